"""Properties of the comparison that hold for every output."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from genloop.engine.compare.verify import compare

WORDS = st.text("abcxyz_", min_size=1, max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(
    st.integers().map(str),
    FINITE.map(str),
    FINITE.map("{:.3f}".format),
    FINITE.map("{:.2e}".format),
    st.lists(st.integers(0, 999), min_size=1, max_size=4).map(lambda shape: str(tuple(shape))),
    WORDS,
)
COLON = st.tuples(WORDS, VALUES).map(": ".join)
PAIRS = st.lists(st.tuples(WORDS, VALUES.filter(lambda value: " " not in value)).map("=".join), min_size=1).map(
    " ".join
)
OUTPUT = st.lists(st.one_of(COLON, PAIRS, st.just("")), max_size=6).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(OUTPUT)
def test_an_output_verifies_against_itself(output: str) -> None:
    assert compare("name", output, output, {}) == []


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])))
def test_any_text_verifies_against_itself_unless_it_holds_no_number(text: str) -> None:
    assume(not any(word in text.lower() for word in ("nan", "inf")))
    assert compare("name", text, text, {}) == []


@given(OUTPUT, WORDS, st.integers(), st.integers(), OUTPUT)
def test_a_changed_integer_never_verifies(before: str, label: str, old: int, new: int, after: str) -> None:
    assume(old != new)
    start = before.count("\n") + 1
    problems = compare("name", f"{before}{label}: {old}\n{after}", f"{before}{label}: {new}\n{after}", {})
    assert [problem.line for problem in problems] == [start]


@given(OUTPUT, WORDS, OUTPUT)
def test_a_lost_line_never_verifies(before: str, label: str, after: str) -> None:
    whole = f"{before}{label}: 1\n{after}"
    assert compare("name", whole, before + after, {})
    assert compare("name", before + after, whole, {})


@given(st.integers(-(10**6), 10**6), st.integers(1, 6), st.integers(-3, 3))
def test_decimals_may_differ_by_one_unit_and_no_more(number: int, digits: int, off: int) -> None:
    def printed(value: int) -> str:
        sign, value = ("-", -value) if value < 0 else ("", value)
        return f"x: {sign}{value // 10**digits}.{value % 10**digits:0{digits}d}\n"

    assert (compare("name", printed(number), printed(number + off), {}) == []) == (abs(off) <= 1)


@given(OUTPUT, OUTPUT)
def test_comparison_is_symmetric_without_expectations(one: str, other: str) -> None:
    assert bool(compare("name", one, other, {})) == bool(compare("name", other, one, {}))
