"""What only this course's pages can call (docs/calls.py): the loop's strip, the review note, the predictions."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from genloop.engine.page.own_calls import Markdown, load_calls
from tests.engine.course import Course, at, says

CALLS = Path(__file__).parents[2] / "docs" / "calls.py"
CURVE = 'run("review/curve")'
FIRST, LAST = f"{CURVE}.loss.first", f"{CURVE}.loss.last"
FIELDS = ("latent_shape", "output_shape", "quality_check", "diversity_check", "trust_rule")


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with a program that prints a note, and one that prints a part of it."""
    course = Course.empty(tmp_path_factory.mktemp("notes") / "course")
    (course.root / "pyproject.toml").write_text(f'[tool.genloop]\ncalls = "{CALLS}"\n')
    lines = "".join(f'print("{field}: {number} | of <b>five</b>")\n' for number, field in enumerate(FIELDS))
    course.snippet("review/gan", lines)
    course.snippet("review/half", 'print("latent_shape: (2, 4)")\n')
    course.snippet("review/curve", "for step, loss in ((0, 1.5), (10, 0.5)):\n    print(f'step={step} loss={loss}')\n")
    course.accept("review/gan", "review/half", "review/curve")
    return course


def stage(course: Course, tmp_path: Path, text: str) -> str:
    course.page("page.md", text)
    course.passes("stage", str(tmp_path / "staged"))
    return (tmp_path / "staged" / "page.md").read_text()


def test_a_note_is_a_table_of_its_five_fields(noted: Course, tmp_path: Path) -> None:
    text = stage(noted, tmp_path, '{{ note("review/gan") }}\n')
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == list(FIELDS)


def test_what_a_note_says_is_text(noted: Course, tmp_path: Path) -> None:
    assert r"0 \| of &lt;b&gt;five&lt;/b&gt;" in stage(noted, tmp_path, '{{ note("review/gan") }}\n')


def on_the_site(program: str, short: bool = False) -> list[str]:
    """The rows of an accepted note, as a reader of the site gets them."""
    stdout = (CALLS.parents[1] / "snippets" / f"{program}.out").read_text("utf-8")
    record = SimpleNamespace(name=program, stdout=stdout)
    page = SimpleNamespace(own_record=lambda *_: record, how_made=lambda _: "")
    calls, _ = load_calls(CALLS.parents[1], "docs/calls.py")
    made = calls["note"](page, program, short=short)
    assert isinstance(made, Markdown)
    return [line for line in made.site.splitlines() if line.startswith("| ")]


def test_a_note_has_every_number_beside_its_controls() -> None:
    """Copying, too: three questions are asked, and the rule of trust rests on all of them."""
    rows = on_the_site("review/gan_note")
    assert "| Measurement | this model | real data | noise | by chance |" in rows
    stdout = (CALLS.parents[1] / "snippets/review/gan_note.out").read_text("utf-8")
    shares = re.search(r"near copies of training samples (\S+) \(by chance (\S+)\)", stdout)
    assert shares and f"| near copies | {shares[1]} |  |  | {shares[2]} |" in rows
    names = {row.split(" | ")[0].strip("| ") for row in rows}
    assert {
        "rank test",
        "nearest is training",
        "MMD test, p, pixels",
        "MMD test, p, features",
    } <= names
    assert {"pairwise distance", "latent and output distance"} <= names


def test_a_column_that_no_number_fills_is_left_out() -> None:
    rows = on_the_site("review/ring_note")
    assert "| Measurement | this model | real data |" in rows and not any("|  |" in row for row in rows)


def test_a_short_note_has_one_number_below_each_verdict() -> None:
    rows = on_the_site("review/vae_note", short=True)
    assert len(rows) == 1 + len(FIELDS)
    for row, metric in zip(rows[3:], ("precision", "coverage", "near copies"), strict=True):
        assert f"**<br>{metric} " in row and ("real data" in row or "by chance" in row)


def test_the_strip_marks_the_pages_step(noted: Course, tmp_path: Path) -> None:
    text = stage(noted, tmp_path, '{{ loop("review") }}\n')
    assert text == "sample -> decode -> **review** -> compare\n\n1 minute to read.\n"


def test_a_page_that_stands_alone_asks_nothing(noted: Course, tmp_path: Path) -> None:
    call = f"predict(one={{'up': {FIRST} < {LAST}, 'down': {FIRST} > {LAST}}})"
    text = stage(noted, tmp_path, f'??? question "Up?"\n\n    {{{{ {call} }}}}\n\n    It is {{{{ {LAST} }}}}.\n')
    assert "It is 0.5." in text and "predict" not in text


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('note("review/half")', ('prints "output_shape" 0 times', "trust_rule")),
        ('loop("revew")', ("revew", "review")),
        ("predict()", ("one of one, several, number, line, words", "none")),
        ("predict(words=True, number=1)", ("number and words",)),
        (f"predict(one={{'up': {FIRST} < {LAST}, 'down': {LAST} > {FIRST}}})", ("exactly one", "none")),
        (f"predict(one={{'up': {FIRST} > {LAST}, 'down': {LAST} < {FIRST}}})", ("exactly one", "up and down")),
        ("predict(one={'up': 1 < 2, 'down': 2 < 1})", ("holds whatever the runs print",)),
        (f"predict(one={{'same': {FIRST} == {FIRST}, 'other': {FIRST} != {FIRST}}})", ("with itself",)),
        (f"predict(several={{'up': {FIRST}}})", ("needs conditions",)),
        ("predict(one=['a', 'b'], right='a')", ("not text of the page",)),
        (f"predict(one=['a', 'b'], right={FIRST})", ("1.5", "none of a, b")),
        ("predict(one=['a', 'b'])", ("right=",)),
        ("predict(number=1.5, near=0.1)", ("never typed",)),
        ('live("explore-small", loads=381)', ("never typed",)),
        (f"predict(number={FIRST})", ("near=",)),
        (f"predict(number={CURVE}.loss, near=0.1)", ("2 numbers",)),
        (f"predict(line={CURVE}.loss, at=['0'], near=0.1, high=2)", ("2 numbers and 1 places",)),
        (f"predict(line={CURVE}.loss, at={CURVE}.step, near=0.1)", ("1.5", "0 to 1")),
    ],
)
def test_what_is_wrong_stops_the_build(noted: Course, tmp_path: Path, call: str, words: tuple[str, ...]) -> None:
    noted.page("page.md", f"\n{{{{ {call} }}}}\n")
    (problem,) = noted.fails("stage", str(tmp_path / "out")).problems
    assert at(problem) == ("page.md", 2)
    assert all(word in says(problem) for word in words)
