"""Variants by patch and by sweep: what runs, what a page shows, who can need them, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from genloop.engine.page.course import Course as Shown
from genloop.engine.page.site_markdown import Rich
from genloop.engine.program.project import load_project
from genloop.engine.program.unused import unused_variants
from genloop.engine.record.store import Store

from .course import Course, Outcome, at, line_of, says

PROGRAM = """SEED = 0
RATE = 0.5
STEPS = [1]
loss = 2 * RATE
print(f"loss: {loss:.2f}")
print("seed:", SEED, "steps:", *STEPS)
open("loss.txt", "w").write(str(loss))
"""
VARIANTS = """# For the page.
[variants.thrice]
patch = { "loss = 2 * RATE" = "loss = 3 * RATE" }
[variants.both]
SEED = 7
patch = { "loss = 2 * RATE" = "loss = 2 * RATE\\nloss += 1" }
[sweeps.rate]
RATE = [0.25, 1.0]
SEED = [1, 2]
[sweeps.tenfold]
RATE = [10]
patch = { "2 * RATE" = "20 * RATE" }
[sweeps.long]
SEED = [3, 4]
STEPS = [[1, 2]]
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("variants") / "course")
    course.snippet("a", PROGRAM, 'files = ["loss.txt"]', variants=VARIANTS)
    reader = "from pathlib import Path\nfor path in sorted(Path().glob('rate*/loss.txt')):\n    print(path.parent)\n"
    course.snippet("reader", reader, 'needs = ["a@rate*"]')
    course.accept("a", *(f"a@{name}" for name in OUTPUTS), "reader")
    return course


def variant_of(tmp_path: Path, program: str, constants: str = "A = 7") -> tuple[str, list[str]]:
    """The text of a variant, without its header, and what is wrong."""
    course = Course.empty(tmp_path / "course")
    course.snippet("a", program, variants=f"[variants.v]\n{constants}")
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
    "thrice": "loss: 1.50\nseed: 0 steps: 1\n",
    "both": "loss: 2.00\nseed: 7 steps: 1\n",
    "rate0.25_1": "loss: 0.50\nseed: 1 steps: 1\n",
    "rate0.25_2": "loss: 0.50\nseed: 2 steps: 1\n",
    "rate1_1": "loss: 2.00\nseed: 1 steps: 1\n",
    "rate1_2": "loss: 2.00\nseed: 2 steps: 1\n",
    "tenfold10": "loss: 200.00\nseed: 0 steps: 1\n",
    "long3": "loss: 1.00\nseed: 3 steps: 1 2\n",
    "long4": "loss: 1.00\nseed: 4 steps: 1 2\n",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_variant_prints_what_its_change_gives(swept: Course, name: str) -> None:
    assert swept.accepted(f"a@{name}").read_text() == OUTPUTS[name]


def test_no_other_variants(swept: Course) -> None:
    assert {name for name in swept.passes("check").states if name.startswith("a@")} == {f"a@{name}" for name in OUTPUTS}


def test_need_with_a_star_gives_all_that_match(swept: Course) -> None:
    assert swept.accepted("reader").read_text().split() == ["rate0.25_1", "rate0.25_2", "rate1_1", "rate1_2"]


def test_page_shows_the_changed_lines(swept: Course, tmp_path: Path) -> None:
    swept.page("others.md", '{{ output("a@thrice") }}\n\n{{ output("a@tenfold10") }}\n\n{{ seconds("a@long*") }}\n')
    swept.page("page.md", '{{ diff("a@both") }}\n')
    swept.passes("stage", str(tmp_path / "staged"))
    lines = (tmp_path / "staged" / "page.md").read_text().splitlines()
    assert [line for line in lines if line[:1] in {"+", "-"}] == ["-SEED = 0", "+SEED = 7", "+loss += 1"]


def test_page_says_what_a_needed_program_needs_itself(swept: Course) -> None:
    """In the folder of a variant, or where the list does not say it."""
    swept.snippet("then", "SEED = 0\nprint('x: 1')\n", 'needs = ["a"]', "x: 1\n", variants="[variants.b]\nSEED = 1")
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


def test_a_variant_that_needs_few_and_many_has_a_sentence_and_a_fold(swept: Course) -> None:
    """The fold begins a block of its own; an archive has only the program itself."""
    swept.snippet("first", "print('x: 1')\n", "", "x: 1\n")
    variants = "[variants.two]\nN = 2\n"
    swept.snippet("many", "N = 1\nprint('x:', N)\n", 'needs = ["first", "a", "a@*"]', "x: 1\n", variants=variants)
    project = load_project(swept.root)
    text = Rich().files(Shown(project, Store(project.store), {}), project.snippets["many@two"], "")
    assert "first.py){ download }.\n\n/// details | Run first" in text
    assert ".zip" not in text


# ---- what is wrong with a variants file ----------------------------------------------------------


@dataclass(frozen=True)
class Defect:
    """A variants file with one thing wrong: the text on the wrong line, and words that the problem must say."""

    variants: str
    where: str
    words: tuple[str, ...]
    program: str = "SEED = 0\nprint('x: 1')\n"


DEFECTS = {
    "unknown constant": Defect("[variants.a]\n# SED\nSED = 1", "SED = 1", ("variant a", "SED", '"SEED"')),
    "unknown constant of the second table": Defect(
        '[variants.ab]\npatch = { "x: 1" = "SED: 1" }\n[variants.a]\nSED = 1', "SED = 1", ("variant a ", "SEED")
    ),
    "name that is not at the top": Defect(
        "[variants.a]\nINNER = 1", "INNER", ("INNER",), "def f() -> None:\n    INNER = 0\n    print('x:', INNER)\nf()\n"
    ),
    "constant that is set twice": Defect(
        "[variants.a]\nSEED = 1", "SEED = 1", ("lines 1 and 2",), "SEED = 0\nSEED = 2\nprint('x: 1')\n"
    ),
    "patch of a text that is not there": Defect(
        "[variants.a]\npatch = { \"print('y: 1')\" = \"print('x: 2')\" }",
        "print('y: 1')",
        ("variant a", "does not stand there", "print('x: 1')"),
    ),
    "patch with quotes": Defect(
        '[variants.a]\n[variants.a.patch]\n"SEED = 0" = "SEED = 1"\n"print(\\"y\\")" = "print()"',
        'print(\\"y\\")',
        ('print("y")', "does not stand there"),
    ),
    "patch of a text that stands there twice": Defect(
        "[variants.a]\npatch = { \"print('x: 1')\" = \"print('x: 2')\" }",
        "print('x: 1')\" =",
        ("2 times", "lines 1, 2", "more of the line"),
        "print('x: 1')\nprint('x: 1')\n",
    ),
    "patch that breaks the program": Defect(
        '[variants.a]\nSEED = 1\npatch = { "print(\'x: 1\')" = "print(" }', "patch", ("not a Python program",)
    ),
    "patch that is no table": Defect("[variants.a]\npatch = 3", "variants.a", ("patch", "old text")),
    "misspelt patch": Defect('[variants.a]\npach = { "SEED = 0" = "SEED = 1" }', "pach", ("pach", '"patch"')),
    "variant of nothing": Defect("[variants.a]", "variants.a", ("variant a", "SEED = 1")),
    "name in capitals": Defect("[variants.Loud]\nSEED = 1", "Loud", ("Loud", "a-z")),
    "sweep without a list": Defect("[sweeps.a]\nSEED = 1", "sweeps.a", ("sweep a", "list")),
    "sweep of an unknown constant": Defect("[sweeps.a]\nSED = [1, 2, 3]", "SED", ("sweep a", "SEED")),
    "sweep with a value twice": Defect("[sweeps.a]\nSEED = [1, 1]", "sweeps.a", ("a1", "twice")),
    "sweep over two lists": Defect("[sweeps.a]\nSEED = [[1], [2]]", "sweeps.a", ('"a"', "twice")),
    "sweep of nothing": Defect("[sweeps.a]\nSEED = []", "sweeps.a", ("0 runs",)),
    "sweep of too much": Defect(f"[sweeps.a]\nSEED = {list(range(201))}\n", "sweeps.a", ("201 runs", "200")),
    "sweep of far too much": Defect(
        "[sweeps.a]\n" + "".join(f"{name} = {list(range(99))}\n" for name in "ABCDEFGH"), "sweeps.a", ("200",)
    ),
    "sweep that gives a variant's name": Defect(
        "[variants.a1]\nSEED = 2\n[sweeps.a]\nSEED = [1]", "sweeps.a", ('"a1"', "variants.a1", "sweeps.a")
    ),
    "not TOML": Defect("[variants.a]\nSEED = = 1", "= =", ("TOML",)),
    "unknown table": Defect("[variant.a]\nSEED = 1", "variant.a", ('"variant"', '"variants"')),
    "table of the header": Defect("[tool.genloop.variants.a]\nSEED = 1", "tool", ('"tool"', "variants")),
    "variants that are no tables": Defect("variants = 3", "variants", ("[variants.NAME]",)),
}


def slug(name: str) -> str:
    return name.lower().replace(" ", "_").replace("'", "")


@pytest.fixture(scope="module")
def course_of_defects(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("defects") / "course")
    for name, defect in DEFECTS.items():
        course.snippet(slug(name), defect.program, out="x: 1\n", variants=defect.variants)
        course.accepted(f"{slug(name)}@a").write_text("x: 1\n")
    course.snippet("needs_one", "print('x: 1')\n", 'needs = ["not_toml@a"]', "x: 1\n")
    return course


@pytest.fixture(scope="module")
def listed(course_of_defects: Course) -> Outcome:
    return course_of_defects.fails("check")


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_named_with_file_line_and_right_word(course_of_defects: Course, listed: Outcome, name: str) -> None:
    """One command lists them all, each once; and no accepted output is called stray, which would be deleted."""
    problems = [problem for problem in listed.about(slug(name)) if problem["kind"] == "snippet"]
    path = course_of_defects.variants(slug(name))
    assert [at(problem) for problem in problems] == [(path.name, line_of(path, DEFECTS[name].where))]
    for word in DEFECTS[name].words:
        assert word in says(problems[0])
    assert not listed.about(f"{slug(name)}@a")


def test_a_need_of_a_variant_that_cannot_be_read_is_no_problem_of_its_own(listed: Outcome) -> None:
    assert [problem["kind"] for problem in listed.about("needs_one")] == ["run"]
    assert listed.states["needs_one"] == "skipped"


def test_what_is_wrong_in_one_file_is_listed_at_once(course: Course) -> None:
    asked = "[variants.a]\nSED = 1\n[variants.b]\nSEED = 1\n[sweeps.c]\nSEED = 1\n[odd]\n"
    course.snippet("a", "SEED = 0\nprint('x: 1')\nprint((\n", "timeuot = 1", "x: 1\n", variants=asked)
    assert [at(problem) for problem in course.fails("check").about("a")] == [
        ("a.py", 5),
        ("a.py", 9),
        ("a.variants.toml", 5),
        ("a.variants.toml", 7),
    ]
    course.snippet("a", "SEED = 0\nprint('x: 1')\n", "", "x: 1\n")
    assert [problem["line"] for problem in course.fails("check").about("a")] == [5, 7, 2]


def test_variants_file_that_is_not_text(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n").with_name("a.variants.toml").write_bytes(b"# \xff\n")
    problem = course.fails("check").problem("a")
    assert at(problem) == ("a.variants.toml", None) and "UTF-8" in problem["why"]


def test_variants_file_without_its_program(course: Course) -> None:
    course.snippet("topic/ring", "SEED = 0\nprint('x: 1')\n", out="x: 1\n")
    course.variants("topic/rnig").write_text("[variants.a]\nSEED = 1\n")
    problem = course.fails("check").problem("topic/rnig")
    assert at(problem)[0] == "rnig.variants.toml"
    assert '"snippets/topic/ring.py"' in problem["why"]


# ---- variants that nobody shows ------------------------------------------------------------------

MODEL = "SEED = 0\nRATE = 1\nSPLIT_SEED = 5\nprint('x: 1')\n"
ASKED = """[variants.fast]
RATE = 2
# Seeds.
[sweeps.seed]
SEED = [1, 2]
SPLIT_SEED = 6
[sweeps.slow]
RATE = [3, 4]
"""


@pytest.fixture
def model(course: Course) -> Course:
    course.snippet("topic/model", MODEL, variants=ASKED)
    return course


def unused(course: Course, *shown: str) -> list[str]:
    """The tables that are said to be used by nobody."""
    project = load_project(course.root)
    assert not project.problems
    found = unused_variants(project, shown)
    for problem in found:
        assert problem.file == "snippets/topic/model.variants.toml"
    return [problem.why for problem in found]


def test_variants_that_nobody_shows_are_named_by_table(model: Course) -> None:
    first, second, third = unused_variants(load_project(model.root), [])
    assert (first.line, second.line, third.line) == (1, 4, 7)
    assert "[variants.fast]" in first.why and "topic/model@fast" in first.why
    assert "[sweeps.seed]" in second.why and "topic/model@seed1, topic/model@seed2" in second.why


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ({"topic/model@fast"}, ["seed", "slow"]),
        ({"topic/model", "topic/model@seed1", "topic/model@slow3", "topic/model@slow4"}, ["fast"]),
        ({"topic/model", "topic/model@fast"}, ["slow"]),
        ({"topic/model@slow3"}, ["fast", "seed", "slow4"]),
        ({"topic/other"}, ["fast", "seed", "slow"]),
        ({"topic/model@seed1"}, ["fast", "slow"]),
    ],
)
def test_page_shows_what_it_names(model: Course, shown: set[str], left: list[str]) -> None:
    """A program that a page shows is compared over its seeds, if there are three of them."""
    said = unused(model, *shown)
    assert len(said) == len(left)
    for why, name in zip(said, left, strict=True):
        assert f"topic/model@{name}" in why
        assert not ("slow4" in left and "slow3" in why)


@pytest.mark.parametrize(
    "page",
    [
        '{{ output("topic/model@fast") }}',
        '{{ compare("topic/model", "newest", "@fast") }}',
        "---\nprogram: topic/model@fast\n---\n\n{{ output() }}",
        "---\nruns:\n  quick: [topic/model, topic/model@f*]\n---\n\nIt is {{ quick.x.least }}.",
    ],
)
def test_build_passes_with_each_way_to_show_a_variant(model: Course, tmp_path: Path, page: str) -> None:
    model.variants("topic/model").write_text("[variants.fast]\nRATE = 2\n")
    model.accept("topic/model", "topic/model@fast")
    model.page("page.md", f"{page}\n")
    model.passes("stage", str(tmp_path / "staged"))
    model.page("page.md", "Type `genloop run topic/model@fast`.\n")
    assert "topic/model@fast" in says(model.fails("stage", str(tmp_path / "staged")).problems[0])


def test_two_seeds_are_no_range_to_compare_with(course: Course) -> None:
    course.snippet("topic/model", MODEL, variants="[variants.seed1]\nSEED = 1\n")
    assert len(unused(course, "topic/model")) == 1


def test_what_a_program_needs_is_used(model: Course) -> None:
    model.snippet("topic/plot", "print('x: 1')\n", 'needs = ["topic/model@*"]')
    assert unused(model) == []


def test_build_stops_at_a_variant_that_nobody_shows(model: Course, tmp_path: Path) -> None:
    runs = ("topic/model", *(f"topic/model@{name}" for name in ("fast", "seed1", "seed2", "slow3", "slow4")))
    model.accept(*runs)
    model.page("page.md", '{{ output("topic/model") }}\n\n{{ seconds("topic/model@s*") }}\n')
    model.passes("check")
    (problem,) = model.fails("stage", str(tmp_path / "staged")).problems
    assert at(problem) == ("model.variants.toml", 1)
    assert "no page shows and no program needs topic/model@fast" in problem["why"]
