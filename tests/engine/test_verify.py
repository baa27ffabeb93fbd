"""What may differ between the accepted and the printed output, and what may not."""

from __future__ import annotations

import json
import time
import tomllib
from dataclasses import dataclass

import pytest

from genloop.engine.compare import printed
from genloop.engine.compare.verify import compare
from genloop.engine.program.header import Rule

from .course import Course, Outcome, says


@dataclass(frozen=True)
class Case:
    """An accepted output, a printed one, the expectations of the header, and the wrong line (0: none)."""

    expected: str
    actual: str
    expect: str = ""
    line: int = 0


ABS = "x = { abs = 0.03 }"
REL = "x = { rel = 0.1 }"
BETWEEN = "x = { between = [0.9, 1.0] }"
FALLS = "x = { falls = true }"
RISES = "x = { rises = true }"
ANY = 'x = { any = "the clock" }'

CASES = {
    # text
    "same": Case("x: 1", "x: 1"),
    "text": Case("x: ring", "x: rung", line=1),
    "case of a letter": Case("x: Ring", "x: ring", line=1),
    "space within": Case("x: a b", "x: a  b", line=1),
    "space at the end": Case("x: a", "x: a ", line=1),
    "indentation": Case("x: a", "  x: a", line=1),
    "line without a label": Case("hello", "hallo", line=1),
    "number in prose": Case("trained 5 steps", "trained 6 steps", line=1),
    "decimal in prose": Case("took 0.50 of it", "took 0.51 of it"),
    "shape": Case("shape: (2, 4)", "shape: (2, 5)", line=1),
    "rank of a shape": Case("shape: (2, 4)", "shape: (2, 4, 1)", line=1),
    "version is no decimal": Case("version: 2.13.0", "version: 2.14.0", line=1),
    "digits in a name": Case("x: conv2d_1", "x: conv2d_2", line=1),
    "label with digits": Case("p95: 0.50", "p96: 0.50", line=1),
    "true and false": Case("x: True", "x: False", line=1),
    # integers
    "integer": Case("x: 6", "x: 8", line=1),
    "integer, one off": Case("x: 1000000", "x: 1000001", line=1),
    "sign of an integer": Case("x: 3", "x: -3", line=1),
    "big integer": Case("x: 9007199254740993", "x: 9007199254740992", line=1),
    "thousands": Case("x: 1,000", "x: 1,001", line=1),
    "integer became decimal": Case("x: 1", "x: 1.0", line=1),
    # decimals
    "one unit up": Case("x: 0.70", "x: 0.71"),
    "one unit down": Case("x: 0.70", "x: 0.69"),
    "two units": Case("x: 0.70", "x: 0.72", line=1),
    "one unit over a carry": Case("x: 0.999", "x: 1.000"),
    "one unit over a digit": Case("x: 9.99", "x: 10.00"),
    "one unit through zero": Case("x: -0.00", "x: 0.01"),
    "two units through zero": Case("x: -0.01", "x: 0.01", line=1),
    "minus zero": Case("x: -0.0", "x: 0.0"),
    "sign": Case("x: 0.50", "x: -0.50", line=1),
    "unit of many digits": Case("x: 0.123456789012", "x: 0.123456789013"),
    "two units of many digits": Case("x: 0.123456789012", "x: 0.123456789014", line=1),
    "rounded float that ends early": Case("x: 0.7", "x: 0.71"),
    "the finer of two numbers of digits": Case("x: 0.7", "x: 0.75", line=1),
    "decimal became integer": Case("x: 1.0", "x: 1", line=1),
    "several numbers": Case("x: -0.863 0.695", "x: -0.862 0.696"),
    "several numbers, second wrong": Case("x: -0.863 0.695", "x: -0.863 0.698", line=1),
    "number too many": Case("x: 0.50", "x: 0.50 0.50", line=1),
    "list": Case("x: [0.50, 0.25]", "x: [0.51, 0.24]"),
    "percent": Case("x: 99.5%", "x: 99.6%"),
    "unit glued to the number": Case("x: 1.25s", "x: 1.26s"),
    "leading point": Case("x: .50", "x: .51"),
    "plus sign": Case("x: +0.50", "x: +0.51"),
    # exponents
    "exponent": Case("x: 1.00e-05", "x: 1.01e-05"),
    "exponent, two units": Case("x: 1.00e-05", "x: 1.02e-05", line=1),
    "exponent over a carry": Case("x: 9.99e-06", "x: 1.00e-05"),
    "other exponent": Case("x: 1.00e-05", "x: 1.00e-04", line=1),
    "mantissa without a point": Case("x: 1e5", "x: 2e5", line=1),
    "mantissa without a point, small": Case("x: 1e-05", "x: 2e-05", line=1),
    "mantissa without a point, one side": Case("x: 1e5", "x: 1.1e5", line=1),
    "mantissa with a point and no digit": Case("x: [1.e+05]", "x: [2.e+05]", line=1),
    "exponent without end": Case("x: 12e4567890", "x: 12e4567890"),
    "exponent without end, another": Case("x: 12e4567890", "x: 12e4567891", line=1),
    "exponent beyond a float": Case("x: 1.50e400", "x: 1.51e400"),
    "exponent beyond a float, two units": Case("x: 1.50e400", "x: 1.52e400", line=1),
    "capital exponent": Case("x: 1.5E+10", "x: 1.6E+10"),
    # not a number
    "nan": Case("x: nan", "x: nan", line=1),
    "nan appears": Case("x: 0.50", "x: nan", line=1),
    "infinity": Case("x: inf", "x: inf", line=1),
    "minus infinity": Case("x: -inf", "x: -inf", line=1),
    "nan in a list": Case("x: [0.5, nan]", "x: [0.5, nan]", line=1),
    "nan of numpy": Case("x=nan y=1", "x=nan y=1", line=1),
    "words with nan and inf": Case("info: banana", "info: banana"),
    "names with nan and inf": Case("nan_count: 3 is_inf nans2 inform", "nan_count: 3 is_inf nans2 inform"),
    "file with nan in its name": Case("wrote: nan.txt", "wrote: nan.txt"),
    **{
        f"spelled {word}": Case(f"x: {word}", f"x: {word}", line=1)
        for word in (
            *("NAN", "Nan", "NaN", "-nan", "+nan", "INF", "Inf", "-Infinity", "infinity", "INFINITY", "∞", "-∞"),
            *("nans", "infs", "nanms", "inf%", "nan%", "infx", "infGB", "nanj", "sNaN", "NaN123", "1.#QNAN", "-1.#IND"),
            *(
                "(1+nanj)",
                "(nan+1j)",
                "(1-infj)",
                "nan+nanj",
                "nan(ind)",
                "0.5-nan",
                "1/inf",
                "nan/1",
                "x/nan",
                "1:nan",
            ),
            *("loss:nan", "a-inf", "tensor(nan)", "[nan]", "'nan'", "nan,", "nan.", "\u2212inf", "10%nan", "3e5=nan"),
        )
    },
    "complex": Case("x: (0.50+0.25j)", "x: (0.51+0.24j)"),
    "complex through zero": Case("x: (0.50-0.00j)", "x: (0.50+0.01j)"),
    "complex, two units": Case("x: (0.50+0.25j)", "x: (0.50+0.27j)", line=1),
    "complex, the sign": Case("x: (0.50+0.25j)", "x: (0.50-0.25j)", line=1),
    # names that look like decimals
    **{
        f"name {old}": Case(f"x: {old}", f"x: {new}", line=1)
        for old, new in (
            ("arXiv:1912.04958", "arXiv:1912.04959"),
            ("arXiv 1912.04958", "arXiv 1912.04959"),
            ("https://arxiv.org/abs/1912.04958", "https://arxiv.org/abs/1912.04959"),
            ("10.1109/5.771073", "10.1109/5.771074"),
            ("0.5.txt", "0.6.txt"),
            ("0.5/loss.csv", "0.6/loss.csv"),
            ("run-0.5.csv", "run-0.6.csv"),
            ("out/0.5", "out/0.6"),
            ("GPT-3.5", "GPT-3.6"),
            ("3.5-turbo", "3.6-turbo"),
            ("torch-2.13", "torch-2.14"),
            ("torch==2.13", "torch==2.14"),
            ("numpy>=1.26", "numpy>=1.27"),
            ("v2.13", "v2.14"),
            ("version 2.13", "version 2.14"),
            ("Python 3.11", "Python 3.12"),
            ("numpy@1.26", "numpy@1.27"),
            ("2.13.0rc1", "2.13.0rc2"),
            ("3e5f1a2b", "3e6f1a2b"),
            ("a1:0.5", "a1:0.6"),
            ("0xff", "0xfe"),
            ("1_000", "1_001"),
        )
    },
    "version as a label": Case("version: 2.13", "version: 2.14", line=1),
    "arXiv as a label": Case("arXiv: 1912.04958", "arXiv: 1912.04959", line=1),
    "range": Case("x: 0.25-0.75", "x: 0.26-0.74"),
    "ratio": Case("x: 0.25/0.75", "x: 0.26/0.74"),
    "end of a sentence": Case("it took 0.50.", "it took 0.51."),
    "abs of grouped digits": Case("x: 1_000", "x: 1_003", "x = { abs = 3 }"),
    "abs with another minus": Case("x: \u22120.50", "x: \u22120.52", ABS),
    "nan with abs": Case("x: nan", "x: nan", ABS, line=1),
    "nan with between": Case("x: 0.95", "x: nan", BETWEEN, line=1),
    "infinity with rel": Case("x: inf", "x: inf", REL, line=1),
    "nan with any": Case("x: nan", "x: 0.5", ANY),
    # abs
    "abs within": Case("x: 0.90", "x: 0.92", ABS),
    "abs at the edge": Case("x: 0.90", "x: 0.93", ABS),
    "abs outside": Case("x: 0.90", "x: 0.94", ABS, line=1),
    "abs below": Case("x: 0.90", "x: 0.86", ABS, line=1),
    "abs of an integer": Case("x: 100", "x: 103", "x = { abs = 3 }"),
    "abs of an integer outside": Case("x: 100", "x: 104", "x = { abs = 3 }", line=1),
    "abs of the other label": Case("x: 0.90\ny: 0.90", "x: 0.90\ny: 0.92", ABS, line=2),
    "abs of a text": Case("x: 0.90 good", "x: 0.90 bad", ABS, line=1),
    "abs of each number": Case("x: 0.90 0.80", "x: 0.92 0.90", ABS, line=1),
    "abs narrower than the default": Case("x: 0.9", "x: 1.0", ABS, line=1),
    # rel
    "rel within": Case("x: 100.0", "x: 109.0", REL),
    "rel at the edge": Case("x: 100.0", "x: 110.0", REL),
    "rel outside": Case("x: 100.0", "x: 111.0", REL, line=1),
    "rel of a negative": Case("x: -100.0", "x: -91.0", REL),
    "rel of zero": Case("x: 0.0", "x: 0.5", REL, line=1),
    "rel of an integer": Case("x: 100", "x: 95", REL),
    # between
    "between inside": Case("x: 0.50", "x: 0.95", BETWEEN),
    "between at the lower edge": Case("x: 0.95", "x: 0.90", BETWEEN),
    "between at the upper edge": Case("x: 0.95", "x: 1.00", BETWEEN),
    "between below": Case("x: 0.95", "x: 0.89", BETWEEN, line=1),
    "between above": Case("x: 0.95", "x: 1.01", BETWEEN, line=1),
    "between and no number": Case("x: 0.95", "x: good", BETWEEN, line=1),
    # falls and rises
    "falls": Case("x: 5.0\nx: 4.0\nx: 2.0", "x: 3.0\nx: 2.0\nx: 1.0", FALLS),
    "falls not": Case("x: 5.0\nx: 4.0\nx: 2.0", "x: 3.0\nx: 1.0\nx: 2.0", FALLS, line=3),
    "falls and stays": Case("x: 5.0\nx: 4.0", "x: 3.0\nx: 3.0", FALLS, line=2),
    "falls to nan": Case("x: 5.0\nx: 4.0", "x: 5.0\nx: nan", FALLS, line=2),
    "falls between other lines": Case("x: 5\ny: 1\nx: 4", "x: 3\ny: 1\nx: 2", FALLS),
    "falls, the second number does not": Case("x: 5.0 5.0\nx: 4.0 4.0", "x: 5.0 5.0\nx: 4.0 6.0", FALLS, line=2),
    "falls, both numbers": Case("x: 5.0 5.0\nx: 4.0 4.0", "x: 3.0 7.0\nx: 2.0 6.0", FALLS),
    "falls, a number less": Case("x: 5 4\nx: 3", "x: 5 4\nx: 3", FALLS, line=2),
    "falls with a line less": Case("x: 5.0\nx: 4.0\nx: 3.0", "x: 5.0\nx: 4.0", FALLS, line=3),
    "rises": Case("x: 1.0\nx: 4.0", "x: 2.0\nx: 3.0", RISES),
    "rises not": Case("x: 1.0\nx: 4.0", "x: 3.0\nx: 2.0", RISES, line=2),
    # any
    "any": Case("x: 3 s", "x: four seconds", ANY),
    "any of the other label": Case("x: 3\ny: 3", "x: 4\ny: 4", ANY, line=2),
    "any and the line is gone": Case("x: 3\ny: 3", "y: 3", ANY, line=1),
    # several labels on a line
    "pairs": Case("step=100 d=1.31 x=0.80", "step=100 d=1.32 x=0.83", ABS),
    "pairs, the other label": Case("step=100 d=1.31 x=0.80", "step=100 d=1.34 x=0.80", ABS, line=1),
    "pairs, the step": Case("step=100 x=0.80", "step=101 x=0.80", ABS, line=1),
    "pairs, the label itself": Case("step=100 x=0.80", "step=100 z=0.80", ABS, line=1),
    "pairs that fall": Case("step=1 x=0.80\nstep=2 x=0.70", "step=1 x=0.50\nstep=2 x=0.40", FALLS),
    "pairs, any": Case("step=1 x=0.80 d=1", "step=1 x=soon d=1", ANY),
    "pairs, beside any": Case("x=0.4 d=0.91", "x=none d=9.99", ANY, line=1),
    "pairs, before any": Case("d=0.91 x=0.4", "d=9.99 x=none", ANY, line=1),
    "pairs, text beside any": Case("d=good x=0.4", "d=bad x=0.4", ANY, line=1),
    "pairs, within a unit beside any": Case("d=0.91 x=0.4", "d=0.92 x=1 2 3", ANY),
    "pairs, a label less beside any": Case("x=0.4 y=2 d=1", "x=0.4 d=1", ANY, line=1),
    "pairs, nan beside any": Case("x=0.4 d=nan", "x=0.4 d=nan", ANY, line=1),
    "pairs, abs beside any": Case("x=0.4 d=0.9", "x=9 d=1.1", 'x = { any = "the clock" }\nd = { abs = 0.1 }', line=1),
    "pairs, a label that is a word for no number": Case("d=1 nan=0", "d=1 nan=0"),
    # lines
    "missing line": Case("x: 1\ny: 2\nz: 3", "x: 1\nz: 3", line=2),
    "missing last line": Case("x: 1\ny: 2", "x: 1", line=2),
    "extra line": Case("x: 1\nz: 3", "x: 1\ny: 2\nz: 3", line=2),
    "extra last line": Case("x: 1", "x: 1\ny: 2", line=2),
    "extra empty line": Case("x: 1\ny: 2", "x: 1\n\ny: 2", line=2),
    "nothing printed": Case("x: 1", "", line=1),
    "something printed": Case("", "x: 1", line=1),
    "other order": Case("x: 1\ny: 2", "y: 2\nx: 1", line=1),
    "other label": Case("x: 1", "y: 1", line=1),
    "other line ends": Case("x: a\u2028y: b\x85z: c", "x: a\u2028y: b\x85z: c"),
    "other line ends, one less": Case("x: a\u2028y: b", "x: a\ny: b", line=1),
    "repeated label": Case("x: 1\nx: 2", "x: 1\nx: 2"),
    "repeated label, once more": Case("x: 1\nx: 1", "x: 1\nx: 1\nx: 1", line=3),
    "repeated label, second wrong": Case("x: 1\nx: 2", "x: 1\nx: 3", line=2),
    "other separator": Case("x: 1", "x=1", line=1),
    "label with spaces": Case("free space: 0.50", "free space: 0.52", '"free space" = { abs = 0.1 }'),
}


def text(lines: str) -> str:
    return lines + "\n" if lines else ""


def slug(name: str) -> str:
    return f"case/{list(CASES).index(name)}"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One check of a course with a snippet for every case."""
    course = Course.empty(tmp_path_factory.mktemp("verify") / "course")
    for name, case in CASES.items():
        settings = f"[tool.genloop.expect]\n{case.expect}" if case.expect else ""
        course.snippet(slug(name), f"print({text(case.actual)!r}, end='')\n", settings, text(case.expected))
    return course.fails("check")


@pytest.mark.parametrize("name", CASES)
def test_comparison(checked: Outcome, name: str) -> None:
    lines = [problem["line"] for problem in checked.about(slug(name))]
    if CASES[name].line:
        assert CASES[name].line in lines, checked.about(slug(name))
    else:
        assert not lines, checked.about(slug(name))


def test_every_case_was_run(checked: Outcome) -> None:
    assert checked.states == {slug(name): "ran" for name in CASES}


def test_problem_shows_expected_and_actual(checked: Outcome) -> None:
    problem = checked.problem(slug("integer"))
    assert "6" in str(problem["expected"]) and "8" in str(problem["actual"])


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("integer", "exact"),
        ("two units", "0.01"),
        ("abs outside", "0.03"),
        ("rel outside", "0.1"),
        ("between below", "0.9"),
        ("falls not", "falls"),
        ("rises not", "rises"),
    ],
)
def test_problem_says_what_is_allowed(checked: Outcome, name: str, allowed: str) -> None:
    assert allowed in "\n".join(map(says, checked.about(slug(name))))


def test_a_missing_line_is_one_problem_and_not_one_per_line_after_it(checked: Outcome) -> None:
    assert len(checked.about(slug("missing line"))) == 1
    assert len(checked.about(slug("extra line"))) == 1


def test_text_report_shows_a_diff_by_label(course: Course) -> None:
    course.snippet("gan/ring", "print('modes_covered: 6')\n", out="modes_covered: 8\n")
    outcome = course.call("check")
    assert outcome.code == 1
    assert 'gan/ring line 1: printed "modes_covered: 6", accepted "modes_covered: 8" (exact)' in outcome.text
    assert 'genloop accept gan/ring --why "' in outcome.text


def test_every_problem_is_listed_at_once(course: Course) -> None:
    course.snippet("a", "print('x: 1')\nprint('y: 1')\n", out="x: 2\ny: 2\n")
    course.snippet("b", "print('x: 1')\n", out="x: 2\n")
    outcome = course.fails("check")
    assert [(p["name"], p["line"]) for p in outcome.problems] == [("a", 1), ("a", 2), ("b", 1)]


def test_expectation_of_a_label_that_is_never_printed(course: Course) -> None:
    course.snippet("a", "print('coverage: 1')\n", "[tool.genloop.expect]\ncovrage = { abs = 1 }", "coverage: 1\n")
    problem = course.fails("check").problem("a")
    assert "covrage" in says(problem) and "coverage" in says(problem).replace("covrage", "")


def test_check_names_only_what_was_asked_for(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 2\n")
    course.snippet("b", "print('x: 1')\n", out="x: 1\n")
    assert set(course.passes("check", "b").states) == {"b"}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1_000", [1000]),
        ("0x1f", [31]),
        ("-0x1f 0b101 0o17", [-31, 5, 15]),
        ("\u22123", [-3]),
        ("\u22120.25", [-0.25]),
        ("1.5e400", [15 * 10**399]),
        ("9007199254740993", [9007199254740993]),
        ("(1-2j)", [1, -2]),
        ("12e4567890", []),
        ("0.5.txt", []),
        ("arXiv:1912.04958", []),
        ("1e5 1.e+05 .5 +2", [1e5, 1e5, 0.5, 2]),
        ("1.25s 99%", [1.25, 99]),
    ],
)
def test_numbers_are_read_as_printed(text: str, numbers: list[float]) -> None:
    assert [printed.decimal(number) for number in printed.number_texts(text)] == numbers


def test_a_number_below_all_floats_is_above_zero() -> None:
    assert printed.decimal("1e-400") > 0 > printed.decimal("-1e-400")


def test_lines_end_with_a_line_break_and_nothing_else() -> None:
    assert printed.values("x: a\u2028b\nx: c\x85\n", "x") == ["a\u2028b", "c"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("is nan in 3 breads\n", "line: is * in # breads"),
        ("inf stands for nan\n", "line: * stands for #"),
        ("loss: nan\n", "loss"),
        ("x=1 y=inf\n", "y"),
        ('says "nan", twice\n', 'line: says "*", twice'),
    ],
)
def test_a_word_that_looks_like_a_number_says_how_it_may_stand_there(text: str, rule: str) -> None:
    (problem,) = compare("a", text, text)
    assert problem.fix.endswith(f'[tool.genloop.expect] {json.dumps(rule)} = {{ any = "why" }}')
    own = tomllib.loads(problem.fix.partition("[tool.genloop.expect] ")[2])
    (name,) = own
    left = compare("a", text, text, {name: Rule("any", reason="a word")})
    assert len(left) == (1 if "#" in rule and "inf" in text else 0), "one word at a time"


def test_expectations_of_many_lines_are_told_in_few_problems() -> None:
    falls = {"x": Rule("falls")}
    lines = "".join(f"x: {number}\n" for number in range(1000))
    assert len(compare("a", lines, lines, falls)) == 21


def many(value: str, count: int = 20_000) -> str:
    return f"x: {value}\n" * count


LARGE = {
    "equal": (many("0.70"), many("0.70"), 0),
    "within a unit": (many("0.70"), many("0.71"), 0),
    "numbered": (
        "".join(f"step={step} loss=0.50\n" for step in range(20_000)),
        "".join(f"step={step} loss=0.51\n" for step in range(20_000)),
        0,
    ),
    "all wrong": (many("0.70"), many("0.80"), 21),
    "one more": (many("0.70"), many("0.70") + "x: 0.70\n", 1),
    "one more within": (many("1") + "y: 1\n" + many("1"), many("1") + "y: 1\ny: 1\n" + many("1"), 1),
    "one less at both ends": ("y: 1\n" + many("1") + "z: 1\n", many("1"), 3),
    "every other one": (
        "".join(f"word {'a' * (line % 7)} {line}x\n" for line in range(20_000)),
        "".join(f"word {'a' * (line % 7)} {line}{'xy'[line % 2]}\n" for line in range(20_000)),
        21,
    ),
    "the other way round": (
        "".join(f"name{line}\n" for line in range(20_000)),
        "".join(f"name{line}\n" for line in reversed(range(20_000))),
        21,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_many_lines_are_compared_at_once(name: str) -> None:
    """Without a limit of time these took minutes: twenty thousand lines of one shape were matched each with each."""
    accepted, now, problems = LARGE[name]
    start = time.process_time()
    found = compare("a", accepted, now)
    took = time.process_time() - start
    assert len(found) == problems
    assert took < (0.5 if name == "equal" else 3), took


def test_a_long_line_that_is_nearly_a_ruler_is_read_at_once() -> None:
    """Without a look ahead each of its signs was tried as the one that there must be."""
    text = "a  b\n1  2\n" + "-" * 40_000 + "x\n"
    start = time.process_time()
    assert compare("a", text, text, {"column: a": Rule("abs", 1.0)}) == []
    assert time.process_time() - start < 1


def test_the_rest_of_many_differences_is_one_problem() -> None:
    *first, rest = compare("a", many("1", 100), many("2", 100))
    assert [problem.line for problem in first] == list(range(1, 21))
    assert rest.line == 21 and "80 more" in str(rest) and "line 100" in str(rest)


def test_values_of_the_lines_that_hold_a_text() -> None:
    text = "steps=1 x=1\nsteps=16 x=2\nsteps=1.5 x=3\nexact steps=1, x=4\nmy.steps=1 x=5\n"
    assert printed.values(text, "x", "steps=1") == ["1", "4"]
    assert printed.values(text, "x", "exact steps=1") == ["4"]
    assert printed.values(text, "x", "step") == []
