"""Variants by patch and by sweep: what runs, what a page shows of it, and who can need them."""

from __future__ import annotations

from pathlib import Path

import pytest

from genloop.engine.page.course import Course as Shown
from genloop.engine.page.site_markdown import Rich
from genloop.engine.program.project import load_project
from genloop.engine.record.store import Store

from .course import Course

PROGRAM = """SEED = 0
RATE = 0.5
loss = 2 * RATE
print(f"loss: {loss:.2f}")
print("seed:", SEED)
open("loss.txt", "w").write(str(loss))
"""
SETTINGS = """files = ["loss.txt"]
[tool.genloop.variants.thrice]
patch = { "loss = 2 * RATE" = "loss = 3 * RATE" }
[tool.genloop.variants.both]
SEED = 7
patch = { "loss = 2 * RATE" = "loss = 2 * RATE\\nloss += 1" }
[tool.genloop.sweeps.rate]
RATE = [0.25, 1.0]
SEED = [1, 2]
[tool.genloop.sweeps.tenfold]
RATE = [10]
patch = { "2 * RATE" = "20 * RATE" }
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("variants") / "course")
    course.snippet("a", PROGRAM, SETTINGS)
    reader = "from pathlib import Path\nfor path in sorted(Path().glob('rate*/loss.txt')):\n    print(path.parent)\n"
    course.snippet("reader", reader, 'needs = ["a@rate*"]')
    course.accept("a", *(f"a@{name}" for name in OUTPUTS), "reader")
    return course


def variant_of(tmp_path: Path, program: str, constants: str = "A = 7") -> tuple[str, list[str]]:
    """The text of a variant, without its header, and what is wrong."""
    course = Course.empty(tmp_path / "course")
    course.snippet("a", program, f"[tool.genloop.variants.v]\n{constants}")
    project = load_project(course.root)
    found = project.snippets.get("a@v")
    return found.body if found else "", [problem.why for problem in project.problems]


@pytest.mark.parametrize(
    ("program", "constants", "wanted"),
    [
        ("A = 1; B = 2", "A = 70\nB = 80", "A = 70; B = 80"),
        ("A = 100; B = 2", "A = 7\nB = 8", "A = 7; B = 8"),
        ("x = 1\n\f\nA = 1", "A = 7", "x = 1\n\f\nA = 7"),
        ("x = '\u2028'\ny = '\x85\x1c'\nA = 1", "A = 7", "x = '\u2028'\ny = '\x85\x1c'\nA = 7"),
        ("é = 'é'; A = 1", "A = 7", "é = 'é'; A = 7"),
        ("A = (\n  1,\n  2,\n); B = 1", "A = 7\nB = 8", "A = 7; B = 8"),
        ("A: int = 1", "A = 7", "A: int = 7"),
        ("A = 1\nx = 0" + " + 1" * 900, "A = 7", "A = 7\nx = 0" + " + 1" * 900),
        ("A = 1\nprint([A for A in range(3)])", "A = 7", "A = 7\nprint([A for A in range(3)])"),
        ("A = 1\ndef f(A):\n    A = 2", "A = 7", "A = 7\ndef f(A):\n    A = 2"),
    ],
)
def test_the_text_of_the_constant_is_replaced_and_nothing_else(
    tmp_path: Path, program: str, constants: str, wanted: str
) -> None:
    assert variant_of(tmp_path, program + "\n", constants) == (wanted, [])


@pytest.mark.parametrize(
    "later",
    [
        *("A = 2", "A += 1", "for A in 1, 2: pass", "if True:\n    A = 2", "A, b = 1, 2", "import os as A", "del A"),
        *("def A(): pass", "class A: pass", "with open('f') as A: pass", "print(A := 2)", "from os import path as A"),
        *("def f():\n    global A\n    A = 2", "[A := b for b in range(3)]", "[*A, b] = [1, 2]", "while A: A -= 1"),
        *("try: pass\nexcept OSError as A: pass", "match 3:\n    case A: pass", "match [3]:\n    case [*A]: pass"),
    ],
)
def test_a_constant_that_gets_another_value_later_is_a_problem(tmp_path: Path, later: str) -> None:
    text, wrong = variant_of(tmp_path, f"A = 1\n{later}\n")
    assert not text
    assert len(wrong) == 1 and "assigned on lines" in wrong[0]


def test_lines_of_a_program_end_at_line_breaks_alone(tmp_path: Path) -> None:
    """In the header as well: else the first lines of the program would count as a part of it."""
    course = Course.empty(tmp_path / "course")
    program = "x = '\u2028\x85'\nprint('x: 1')\n"
    head = '# /// script\n# [tool.genloop.figures]\n# "a.svg" = "One\u2028two."\n# ///\n'
    course.snippet("a", head + program)
    project = load_project(course.root)
    assert not project.problems
    assert project.snippets["a"].program == program


OUTPUTS = {
    "thrice": "loss: 1.50\nseed: 0\n",
    "both": "loss: 2.00\nseed: 7\n",
    "rate0.25_1": "loss: 0.50\nseed: 1\n",
    "rate0.25_2": "loss: 0.50\nseed: 2\n",
    "rate1_1": "loss: 2.00\nseed: 1\n",
    "rate1_2": "loss: 2.00\nseed: 2\n",
    "tenfold10": "loss: 200.00\nseed: 0\n",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_variant_prints_what_its_change_gives(swept: Course, name: str) -> None:
    assert swept.accepted(f"a@{name}").read_text() == OUTPUTS[name]


def test_no_other_variants(swept: Course) -> None:
    assert {name for name in swept.passes("check").states if name.startswith("a@")} == {f"a@{name}" for name in OUTPUTS}


def test_need_with_a_star_gives_all_that_match(swept: Course) -> None:
    assert swept.accepted("reader").read_text().split() == ["rate0.25_1", "rate0.25_2", "rate1_1", "rate1_2"]


def test_page_shows_the_changed_lines(swept: Course, tmp_path: Path) -> None:
    swept.page("page.md", '{{ diff("a@both") }}\n')
    swept.passes("stage", str(tmp_path / "staged"))
    lines = (tmp_path / "staged" / "page.md").read_text().splitlines()
    assert [line for line in lines if line[:1] in {"+", "-"}] == ["-SEED = 0", "+SEED = 7", "+loss += 1"]


def test_page_says_what_a_needed_program_needs_itself(swept: Course) -> None:
    """In the folder of a variant, or where the list does not say it."""
    swept.snippet("then", "SEED = 0\nprint('x: 1')\n", 'needs = ["a"]\n[tool.genloop.variants.b]\nSEED = 1', "x: 1\n")
    swept.snippet("last", "print('x: 1')\n", 'needs = ["then", "then@b"]', "x: 1\n")
    project = load_project(swept.root)
    course = Shown(project, Store(project.store), {})
    text = Rich().files(course, project.snippets["last"], "")
    assert "then.py){ download } (there after `a.py`)" in text
    assert "then@b.py){ download }, from inside a folder `b` (there after `a.py`)" in text
    assert "(there after" not in Rich().files(course, project.snippets["then"], "")


def test_page_lists_many_needs_in_a_folded_block(swept: Course) -> None:
    swept.snippet("many", "print('x: 1')\n", 'needs = ["a", "a@*"]', "x: 1\n")
    project = load_project(swept.root)
    course = Shown(project, Store(project.store), {})
    text = Rich().files(course, project.snippets["many"], "../")
    assert f"Run first: {len(OUTPUTS) + 1} runs of a.py" in text
    assert text.count("](../generated/download/a@rate1_2.py)") == 1
