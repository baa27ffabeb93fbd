"""What only this course's pages can call (docs/calls.py): the loop's strip and the review note."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.course import Course, at, says

CALLS = Path(__file__).parents[2] / "docs" / "calls.py"
FIELDS = ("latent_shape", "output_shape", "quality_check", "diversity_check", "trust_rule")


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with a program that prints a note, and one that prints a part of it."""
    course = Course.empty(tmp_path_factory.mktemp("notes") / "course")
    (course.root / "pyproject.toml").write_text(f'[tool.genloop]\ncalls = "{CALLS}"\n')
    lines = "".join(f'print("{field}: {number} | of <b>five</b>")\n' for number, field in enumerate(FIELDS))
    course.snippet("review/gan", lines)
    course.snippet("review/half", 'print("latent_shape: (2, 4)")\n')
    course.accept("review/gan", "review/half")
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


def test_the_strip_marks_the_pages_step(noted: Course, tmp_path: Path) -> None:
    text = stage(noted, tmp_path, '{{ loop("review") }}\n')
    assert text == "sample -> decode -> **review** -> compare\n\n1 minute to read.\n"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('note("review/half")', ('prints "output_shape" 0 times', "trust_rule")),
        ('loop("revew")', ("revew", "review")),
    ],
)
def test_what_is_wrong_stops_the_build(noted: Course, tmp_path: Path, call: str, words: tuple[str, ...]) -> None:
    noted.page("page.md", f"\n{{{{ {call} }}}}\n")
    (problem,) = noted.fails("stage", str(tmp_path / "out")).problems
    assert at(problem) == ("page.md", 2)
    assert all(word in says(problem) for word in words)
