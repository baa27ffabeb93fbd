"""Defects of snippet files: each is named with its file, its line and the nearest right word."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from genloop.engine.program.project import load_project

from .course import Course, Outcome, at, line_of, says

PROGRAM = "SEED = 0\nprint('x: 1')\n"
OUT = "x: 1\n"


@dataclass(frozen=True)
class Defect:
    """A snippet with one thing wrong: the text on the wrong line, and words that the problem must say."""

    settings: str
    where: str
    words: tuple[str, ...]
    program: str = PROGRAM


DEFECTS = {
    "misspelt key": Defect("timeuot = 5", "timeuot", ("timeuot", "timeout")),
    "misspelt table": Defect('[tool.genloop.figurs]\n"a.svg" = "A chart."', "figurs", ("figurs", "figures")),
    "unknown key without a near one": Defect("zzzz = 5", "zzzz", ("zzzz",)),
    "bad TOML": Defect("timeout = = 5", "= =", ()),
    "timeout of the wrong type": Defect('timeout = "long"', "long", ("timeout", "long")),
    "negative timeout": Defect("timeout = -1", "-1", ("timeout",)),
    "needs of the wrong type": Defect('needs = "other"', "needs", ("needs",)),
    "unknown expectation": Defect("[tool.genloop.expect]\nx = { betwen = [0, 1] }", "betwen", ("betwen", "between")),
    "two expectations": Defect("[tool.genloop.expect]\nx = { abs = 1, rel = 0.1 }", "abs", ("abs", "rel")),
    "no expectation": Defect("[tool.genloop.expect]\nx = {}", "x = {}", ("x",)),
    "any without a reason": Defect('[tool.genloop.expect]\nx = { any = "" }', "any", ("any", "reason")),
    "any that is not a text": Defect("[tool.genloop.expect]\nx = { any = true }", "any", ("any", "reason")),
    "between with one end": Defect("[tool.genloop.expect]\nx = { between = [0] }", "between", ("between",)),
    "between upside down": Defect("[tool.genloop.expect]\nx = { between = [2, 1] }", "between", ("between",)),
    "negative abs": Defect("[tool.genloop.expect]\nx = { abs = -1 }", "abs", ("abs",)),
    "falls that is not true": Defect("[tool.genloop.expect]\nx = { falls = 3 }", "falls", ("falls",)),
    "lines without a star": Defect('[tool.genloop.lines]\n"took # s" = { any = "a" }', "took # s", ("took # s", "*")),
    "lines of spaces": Defect('[tool.genloop.lines]\n"took * " = { any = "a" }', "took *", ("took * ", "no space")),
    "a column without a rule": Defect('[tool.genloop.columns]\n"a b" = {}', "a b", ("columns", "a b", "abs")),
    "columns of the wrong type": Defect('columns = ["a"]', "columns", ("[tool.genloop.columns]",)),
    "need that matches nothing": Defect('needs = ["other@sd*"]', "other@sd*", ("other@sd*", "does not exist")),
    "unknown need": Defect('needs = ["othr"]', "needs", ("othr", "other")),
    "unknown variant of a need": Defect('needs = ["other@sed1"]', "needs", ("other@sed1", "other@seed1")),
    "variants in the header": Defect(
        "[tool.genloop.variants.seed1]\nSEED = 1",
        "variants",
        ("beside", "variants_in_the_header.variants.toml", "[variants.seed1]"),
    ),
    "sweeps in the header": Defect(
        "[tool.genloop.sweeps.seed]\nSEED = [1]",
        "sweeps",
        ("beside", "sweeps_in_the_header.variants.toml", "[sweeps.seed]"),
    ),
    "figure without alt text": Defect('[tool.genloop.figures]\n"a.svg" = ""', "a.svg", ("a.svg", "alt")),
    "figure outside the folder": Defect('[tool.genloop.figures]\n"../a.svg" = "A chart."', "a.svg", ("../a.svg",)),
    "duplicate section": Defect(
        "", "# %%  one", ("one", "line 1"), "# %% one\nprint('x: 1')\n# %% two\n# two\n# %%  one\n# three\n"
    ),
    "section with a quote": Defect("", "Loud", ("Loud", "quote"), "print('x: 1')\n# %% a \"Loud\" title\n"),
    "section with a backtick": Defect("", "Loud", ("Loud", "backtick"), "print('x: 1')\n# %% a `Loud title\n"),
    "section with a backslash": Defect("", "Loud", ("Loud", "backslash"), "print('x: 1')\n# %% a \\Loud title\n"),
    "section with a control sign": Defect("", "Loud", ("Loud", "control"), "print('x: 1')\n# %% a \x1bLoud title\n"),
    "header that does not end": Defect(
        "", "# /// script", ("///",), "# /// script\n# dependencies = []\nprint('x: 1')\n"
    ),
    "syntax error": Defect("", "print((", (), "print('x: 1')\nprint((\n"),
}


def slug(name: str) -> str:
    return name.lower().replace(" ", "_")


def write_other(course: Course) -> None:
    course.snippet("other", PROGRAM, out=OUT, variants="[variants.seed1]\nSEED = 1")
    course.accepted("other@seed1").write_text(OUT)


@pytest.fixture(scope="module")
def course_of_defects(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A snippet for each defect, and a good one."""
    course = Course.empty(tmp_path_factory.mktemp("header") / "course")
    write_other(course)
    for name, defect in DEFECTS.items():
        course.snippet(slug(name), defect.program, defect.settings, OUT)
    return course


@pytest.fixture(scope="module")
def listed(course_of_defects: Course) -> Outcome:
    return course_of_defects.fails("check")


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_named_with_file_line_and_right_word(course_of_defects: Course, listed: Outcome, name: str) -> None:
    """One command lists them all."""
    path = course_of_defects.path(slug(name))
    problems = [problem for problem in listed.about(slug(name)) if problem["kind"] == "snippet"]
    assert [at(problem) for problem in problems] == [(path.name, line_of(path, DEFECTS[name].where))]
    for word in DEFECTS[name].words:
        assert word in says(problems[0])


def test_defect_of_one_snippet_does_not_stop_the_others(listed: Outcome) -> None:
    assert listed.states["other"] == listed.states["other@seed1"] == "ran"
    assert not listed.about("other")


def test_a_byte_order_mark_is_no_text(course: Course) -> None:
    """Notepad writes one in front of everything."""
    course.snippet("a", PROGRAM, "timeout = 5", OUT, variants="[variants.seed1]\nSEED = 1")
    course.accepted("a@seed1").write_text(OUT)
    (course.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\n")
    course.page("index.md", '---\ntitle: A title\n---\n\n# Page\n\n{{ code("a") }}\n\n{{ diff("a@seed1") }}\n')
    files = (course.path("a"), course.variants("a"), course.root / "docs" / "index.md", course.root / "pyproject.toml")
    for path in files:
        path.write_text("\ufeff" + path.read_text())
    course.passes("check")
    course.passes("build")
    for path in course.root.glob("site/**/*"):
        if path.suffix in {".html", ".py"}:
            assert "\ufeff" not in path.read_text() and "title: A title" not in path.read_text()


def test_text_report_gives_file_and_line(course: Course) -> None:
    path = course.snippet("topic/broken", PROGRAM, "timeuot = 5", OUT)
    outcome = course.call("check")
    assert outcome.code == 1
    assert f"snippets/topic/broken.py:{line_of(path, 'timeuot')}" in outcome.text.replace(" line ", ":")


def test_cycle_names_every_snippet_in_it(course: Course) -> None:
    for name, need in (("a", "b"), ("b", "c"), ("c", "a")):
        course.snippet(name, PROGRAM, f'needs = ["{need}"]', OUT)
    course.snippet("free", PROGRAM, out=OUT)
    (problem,) = course.fails("check").problems
    assert all(name in says(problem) for name in ("a", "b", "c"))
    assert "free" not in says(problem)


def test_snippet_that_needs_itself(course: Course) -> None:
    course.snippet("a", PROGRAM, 'needs = ["a"]', OUT)
    problem = course.fails("check").problem("a")
    assert at(problem) == ("a.py", 5) and "circle" in says(problem)


def test_snippet_that_was_never_accepted(course: Course) -> None:
    course.snippet("new", PROGRAM)
    problem = course.fails("check").problem("new")
    assert "new.out" in says(problem)
    assert "genloop accept new --why" in says(problem)


def test_accepted_output_without_a_snippet(course: Course) -> None:
    course.snippet("right", PROGRAM, out=OUT)
    course.accepted("gone").write_text("x: 1\n")
    assert "gone.out" in says(course.fails("check").problem("gone"))


def test_variant_needs_its_own_accepted_output(course: Course) -> None:
    course.snippet("right", PROGRAM, out=OUT, variants="[variants.a]\nSEED = 1")
    outcome = course.fails("check")
    assert outcome.about("right@a") and not outcome.about("right")


def test_snippet_that_is_not_text(course: Course) -> None:
    course.snippet("broken", "").write_bytes(b"print('x: \xff')\n")
    assert at(course.fails("check").problem("broken"))[0] == "broken.py"


def test_no_header_is_no_defect(course: Course) -> None:
    course.snippet("plain", PROGRAM, out=OUT)
    course.passes("check")


def test_header_without_our_table_is_no_defect(course: Course) -> None:
    course.snippet("plain", "# /// script\n# dependencies = []\n# ///\n" + PROGRAM, out=OUT)
    course.passes("check")


def test_every_key_of_the_contract_is_known(course: Course) -> None:
    settings = """
timeout = 60
memory = 4
needs = ["other"]
files = ["made.txt"]
[tool.genloop.figures]
"a.svg" = "An empty picture."
[tool.genloop.expect]
"a" = { abs = 0.03 }
"b" = { rel = 0.1 }
"c" = { between = [0, 1] }
"d" = { falls = true }
"e" = { rises = true }
"f" = { any = "the weather" }
"""
    write_other(course)
    program = """
for number in 3, 2:
    print(f"a=1.0 b=1.0 c=1.0 d={number} e={-number} f={number}")
open("made.txt", "w").close()
open("a.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
"""
    course.snippet("full", program, settings)
    course.accept("full")
    course.passes("check")


DOWNLOADS = {
    "nothing but our table": (["# [tool.genloop]", "# timeout = 5"], []),
    "no table of ours": (["# dependencies = []"], ["# dependencies = []"]),
    "ours last": (
        ["# dependencies = []", "#", "# [tool.genloop]", "# # Why.", "# timeout = 5", "#", "# [tool.genloop.expect]"],
        ["# dependencies = []"],
    ),
    "ours in the middle": (
        [
            "# dependencies = []",
            "#",
            "# [ tool.genloop ]  # ours",
            "# timeout = 5",
            "# [tool.uv.sources]",
            '# a = { path = "a.whl" }',
        ],
        ["# dependencies = []", "#", "# [tool.uv.sources]", '# a = { path = "a.whl" }'],
    ),
    "a name that begins like ours": (["# [tool.genloops]", "# a = 1"], ["# [tool.genloops]", "# a = 1"]),
    "lists over many lines": (
        ["# dependencies = [", '#   "a[b]",', "# ]", "# [tool.genloop]", "# needs = [", '#   "a",', "# ]"],
        ["# dependencies = [", '#   "a[b]",', "# ]"],
    ),
}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_download_has_what_uv_reads(course: Course, name: str) -> None:
    given, kept = DOWNLOADS[name]
    program = '"""Says x."""\n\nSEED = 0  # ü\nprint("x: 1")'
    course.snippet("a", "\n".join(["# /// script", *given, "# ///", program]), variants="[variants.b]\nSEED = 1")
    found = load_project(course.root).snippets
    header = "".join(f"{line}\n" for line in ["# /// script", *kept, "# ///"]) if kept else ""
    assert found["a"].download == header + program
    assert found["a@b"].download == header + program.replace("SEED = 0", "SEED = 1")


def test_download_of_a_program_without_a_header_is_its_file(course: Course) -> None:
    course.snippet("a", "SEED = 0\nprint('x: 1')\n")
    assert load_project(course.root).snippets["a"].download == course.path("a").read_text()


@pytest.mark.parametrize(
    "program", ["x = " + "(" * 5000 + ")" * 5000, "x = " + "-" * 100_000 + "1", "x = 1\0", "x = " + "a." * 50_000 + "a"]
)
def test_program_that_python_cannot_read_is_a_problem(course: Course, program: str) -> None:
    course.snippet("a", program + "\n")
    course.snippet("b", "print('x: 1')\n", out="x: 1\n")
    outcome = course.fails("check")
    assert outcome.problem("a")
    assert outcome.states["b"] == "ran"
