"""Pages: what a call turns into, and what stops the build."""

from __future__ import annotations

import html
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import markdown
import pytest

from genloop.engine.files import replace_file
from genloop.engine.open_course import open_course
from genloop.engine.page.course import Course as Shown
from genloop.engine.page.plain_markdown import Plain
from genloop.engine.page.site_markdown import Rich
from genloop.engine.program.project import load_project
from genloop.engine.publish import stage as publish_stage
from genloop.engine.publish.prepare import prepare
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store

from .course import Course, at, line_of, says

PROGRAM = """
SEED = 0
# %% first
x = 1
# %% second part
for step in 1, 2:
    print(f"step={step} loss={1 / step:.2f}")
print("range: -0.863 0.695")
print("coverage: 0.94")
print(f"twice={x} also={x}")
open("a.svg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"><path stroke="#010203"/></svg>')
"""
SETTINGS = """
[tool.genloop.figures]
"a.svg" = "A line that is not there."
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with an accepted snippet, `gan/ring`, and one that needs its variant. Tests write to copies of it."""
    course = Course.empty(tmp_path_factory.mktemp("pages") / "course")
    course.snippet("gan/ring", PROGRAM, SETTINGS, variants="[variants.seed1]\nSEED = 1\n")
    course.snippet("gan/seeds", "print('seeds: 2')\n", 'needs = ["gan/ring", "gan/ring@seed1"]')
    course.accept("gan/ring", "gan/ring@seed1", "gan/seeds")
    return course


@pytest.fixture
def paged(ready: Course, tmp_path: Path) -> Course:
    """A copy of that course."""
    return copied(ready, tmp_path / "course")


def copied(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root)
    return Course(root)


def test_a_section_without_a_title_is_no_suggestion(paged: Course, tmp_path: Path) -> None:
    paged.snippet("a", "# %%\nx = 1\n# %% far\nprint('x: 1')\n")
    paged.accept("a")
    paged.page("page.md", '# Page\n\n{{ code("a", "zzz") }}\n')
    assert "there is: far" in says(paged.fails("stage", str(tmp_path / "out")).problems[0])


def test_stage_overwrites_nobody_s_files(paged: Course, tmp_path: Path) -> None:
    """Neither what was there before, nor a staged page that somebody edited; all are named, and nothing is written."""
    target = tmp_path / "staged"
    target.mkdir()
    (target / "page.md").write_text("mine\n")
    (target / "notes.txt").write_text("mine too\n")
    paged.page("page.md", "# Page\n")
    paged.page("other.md", "# Other\n")
    (problem,) = paged.fails("stage", str(target)).problems
    assert "page.md" in says(problem)
    assert sorted(path.name for path in target.iterdir()) == ["notes.txt", "page.md"]
    (target / "page.md").unlink()
    paged.passes("stage", str(target))
    paged.page("page.md", "# Page two\n")
    paged.passes("stage", str(target))
    assert (target / "page.md").read_text() == "# Page two\n"
    for name in ("page.md", "other.md"):
        (target / name).write_text("edited\n")
    assert len(paged.fails("stage", str(target)).problems) == 2
    assert (target / "other.md").read_text() == "edited\n"
    assert (target / "notes.txt").read_text() == "mine too\n"


@pytest.mark.parametrize("name", ["page", "page.md", "deep"])
@pytest.mark.parametrize("link", [False, True])
def test_stage_writes_nothing_where_a_folder_cannot_be(paged: Course, tmp_path: Path, name: str, link: bool) -> None:
    """A file where a page's folder must be, and a link that leads nowhere."""
    target = tmp_path / "staged"
    target.mkdir()
    (target / name).symlink_to("nowhere") if link else (target / name).write_text("mine\n")
    paged.page("page.md", "# Page\n")
    paged.page("deep/er.md", "# Other\n")
    (problem,) = paged.fails("stage", str(target)).problems
    assert says(problem).count(str(target / name)) and "move it away" in says(problem)
    assert [path.name for path in target.iterdir()] == [name]


def test_a_stage_that_was_stopped_can_go_on(paged: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had written by then is its own, also if the pages have changed since; so is what it had not replaced."""
    target = tmp_path / "staged"
    for name in ("one", "two"):
        paged.page(f"{name}.md", f"# {name}\n")
    paged.passes("stage", str(target))

    def stopped(path: Path, data: bytes) -> None:
        if path.name == "two.md":
            raise KeyboardInterrupt
        replace_file(path, data)

    for name in ("one", "two"):
        paged.page(f"{name}.md", f"# {name}, edited\n")
    with monkeypatch.context() as patch, open_course(paged.root, jobs=1) as opened:
        made = prepare(opened, lambda _: None, Plain())
        patch.setattr("genloop.engine.publish.stage.replace_file", stopped)
        with pytest.raises(KeyboardInterrupt):
            publish_stage.stage(made, target)
    assert [(target / f"{name}.md").read_text() for name in ("one", "two")] == ["# one, edited\n", "# two\n"]
    for name in ("one", "two"):
        paged.page(f"{name}.md", f"# {name}, edited once more\n")
    paged.passes("stage", str(target))


def stage(course: Course, tmp_path: Path, text: str) -> str:
    """The page as `genloop stage` writes it."""
    course.page("page.md", text)
    course.passes("stage", str(tmp_path / "staged"))
    return (tmp_path / "staged" / "page.md").read_text()


@dataclass(frozen=True)
class Defect:
    """A page with one thing wrong: the wrong line, and words that the problem must say."""

    line: str
    words: tuple[str, ...]


DEFECTS = {
    "unknown one of several labels": Defect(
        'It is {{ run("gan/ring")["loss", "covrage"].most }}.', ("covrage", "coverage")
    ),
    "stars that no label matches": Defect('It is {{ run("gan/ring")["cover*x"] }}.', ("cover*x",)),
    "a row that ends with no label": Defect('It is {{ run("gan/ring").row("step=2 los") }}.', ("step=2 los",)),
    "what does not rise": Defect(
        '{{ claim(run("gan/ring").loss.rising, "It rises.") }}', ("It rises", "1.00 < loss 0.50")
    ),
    "one number that rises": Defect('{{ claim(run("gan/ring").coverage.rising, "It rises.") }}', ("rising", "several")),
    "ranges that do not overlap": Defect(
        '{{ claim(overlap(run("gan/ring").range, run("gan/ring").twice), "They meet.") }}',
        ("They meet", "1 <= range 0.695"),
    ),
    "ranges in different numbers": Defect(
        '{{ claim(overlap(run("gan/ring")["range", "range"], run("gan/ring").loss), "They meet.") }}', ("2 and 1",)
    ),
    "an overlap of no values": Defect(
        '{{ claim(overlap(run("gan/ring").range, 3), "They meet.") }}', ("overlap needs",)
    ),
    "unknown snippet": Defect('{{ code("gan/rng") }}', ("gan/rng", "gan/ring")),
    "unknown snippet of an output": Defect('{{ output("gan/rng") }}', ("gan/rng", "gan/ring")),
    "unknown variant": Defect('{{ output("gan/ring@sed1") }}', ("gan/ring@sed1", "gan/ring@seed1")),
    "unknown section": Defect('{{ code("gan/ring", "secnd part") }}', ("secnd part", "second part")),
    "unknown label": Defect('It is {{ run("gan/ring").covrage }}.', ("covrage", "coverage")),
    "unknown label of an output": Defect('{{ output("gan/ring", "stp") }}', ("stp", "step")),
    "unknown second label": Defect('{{ output("gan/ring", "step", "covrage") }}', ("covrage", "coverage")),
    "unknown figure": Defect('{{ figure("gan/ring", "b.svg", caption="A line.") }}', ("b.svg", "a.svg")),
    "unknown call": Defect('{{ cod("gan/ring") }}', ("cod",)),
    "unknown argument": Defect('{{ code("gan/ring", flod=True) }}', ("flod",)),
    "missing argument": Defect("{{ code() }}", ("code",)),
    "unknown variable": Defect("It is {{ coverage }}.", ("coverage",)),
    "diff of a program": Defect('{{ diff("gan/ring") }}', ("gan/ring", "no variant")),
    "value of a repeated label": Defect('It is {{ run("gan/ring").loss }}.', ("loss", "2 times", '.at("step=100")')),
    "line of a repeated label that is not there": Defect('It is {{ run("gan/ring").loss.at(2) }}.', ("loss",)),
    "text that no line of a repeated label has": Defect(
        'It is {{ run("gan/ring").loss.at("step=10") }}.', ("step=10", "no line")
    ),
    "text that several lines of a label have": Defect('It is {{ run("gan/ring").loss.at("step") }}.', ("2 times",)),
    "item that is not there": Defect('It is {{ run("gan/ring").range[2] }}.', ("range", "2 numbers", "no [2]")),
    "several numbers as one": Defect('{{ claim(run("gan/ring").range > -1, "It is.") }}', ("range", "[0] to [1]")),
    "row that is not there": Defect('It is {{ run("gan/ring").row("step=3").loss }}.', ("step=3", "no row")),
    "label that a row has not": Defect('It is {{ run("gan/ring").row("step=1").coverage }}.', ("coverage", "step=1")),
    "run that no star matches": Defect('It is {{ run("gan/ring@sed*").coverage }}.', ("gan/ring@sed*",)),
    "several runs shown as one": Defect(
        'It is {{ run("gan/ring", "gan/ring@seed1").coverage }}.', ("2 times", ".least")
    ),
    "run of a page without a program": Defect("It is {{ run.coverage }}.", ("program:",)),
    "a run in place of its value": Defect('It is {{ run("gan/ring") }}.', ("run.kl",)),
    "a call that is not called": Defect("{{ code }}", ("code is a call",)),
    "a number from nowhere": Defect("It is {{ 3 }}.", ("3 comes from no run",)),
    "a value as a truth": Defect('{% if run("gan/ring").coverage %}yes{% endif %}', ("neither true nor false",)),
    "a value compared with text": Defect('{{ claim(run("gan/ring").coverage < "9", "It is.") }}', ('the text "9"',)),
    "a block as a value": Defect('{{ claim(output("gan/ring") == 3, "It is.") }}', ("no value",)),
    "a quotient with all its digits": Defect(
        'It is {{ run("gan/ring").coverage / 3 }}.', ("no last digit", "round(2)")
    ),
    "more digits than there are": Defect(
        'It is {{ run("gan/ring").coverage | round(40) }}.', ("coverage", "cannot be rounded to 40")
    ),
    "a filter that changes what was printed": Defect(
        'It is {{ run("gan/ring").coverage | replace("4", "9") }}.', ("replace", "round")
    ),
    "a test of Jinja's": Defect('{% if run("gan/ring") is defined %}yes{% endif %}', ("defined",)),
    "a way to Python": Defect('{{ run("gan/ring").coverage.__class__.__mro__ }}', ("__class__",)),
    "a way to Python through text": Defect('{{ "x".__class__ }}', ("__class__",)),
    "a way to Python through an item": Defect('{{ "x"["upper"]() }}', ()),
    "a way to Python through a call": Defect("{{ code.__globals__ }}", ("__globals__",)),
    "claim of a number and itself": Defect(
        '{{ claim(run("gan/ring").coverage >= run("gan/ring").coverage, "It is.") }}', ("with itself",)
    ),
    "claim of two labels of one value": Defect(
        '{{ claim(run("gan/ring").twice == run("gan/ring").also, "It is.") }}', ("from one value",)
    ),
    "claim of nothing": Defect('{{ claim(1 < 2, "It is.") }}', ("compares nothing",)),
    "false claim": Defect(
        '{{ claim(run("gan/ring").coverage >= 0.95, "covers more than 0.95") }}',
        ("covers more than 0.95", "coverage 0.94 >= 0.95"),
    ),
    "claim without a condition": Defect('{{ claim("It covers more.") }}', ("claim",)),
    "syntax error": Defect('{{ code("gan/ring" }}', ()),
    "call that is not closed": Defect('{{ code("gan/ring") }', ()),
    "unknown tag": Defect("{% frobnicate %}", ("frobnicate",)),
    "division by zero": Defect("{{ 1 / 0 }}", ("a call fails: ", "division", "zero")),
    "typed fence": Defect("```python", ("shown-only",)),
    "typed fence of tildes": Defect("~~~text", ("shown-only",)),
    "typed fence in a list": Defect("  ```text", ("shown-only",)),
    "typed fence in a quote of a quote": Defect("> > ```python", ("shown-only",)),
    "typed preformatted text": Defect("some text <PRE class=x>print(1)</PRE>", ("shown-only", "<pre>")),
    "shown-only without a reason": Defect("<!-- shown-only: -->\n```text", ("reason",)),
    "image without alt text": Defect("![](generated/a.svg)", ("alt",)),
    "HTML image without alt text": Defect('<img src="a.svg">', ("alt",)),
    "misspelt argument": Defect("{{ figure('gan/ring', 'a.svg', captoin='x') }}", ("captoin",)),
}


def write(course: Course, name: str, defect: Defect) -> tuple[str, int]:
    """Write a page with this defect on its third paragraph; returns where the problem must point."""
    fence = re.match(r"[\s>]*(?:```|~~~)", defect.line.split("\n")[-1])
    closing = f"\n{fence[0]}" if fence else ""
    path = course.page(name, f"# A page\n\nSome words.\n\n{defect.line}{closing}\n\nMore words.\n")
    return path.name, line_of(path, "Some words.") + 2 + defect.line.count("\n")


@pytest.fixture(scope="module")
def defective(ready: Course, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For each defect what was said at its place, from one command over all the pages."""
    course = copied(ready, tmp_path_factory.mktemp("defective") / "course")
    places = {
        name: write(course, f"defects/p{number}.md", defect) for number, (name, defect) in enumerate(DEFECTS.items())
    }
    course.page("good.md", '# Good\n\n{{ code("gan/ring") }}\n')
    target = tmp_path_factory.mktemp("stage") / "out"
    outcome = course.fails("stage", str(target))
    assert not target.exists() or not any(target.iterdir())
    built = course.fails("build")
    assert not (course.root / "site").exists() and not (course.root / "docs" / "generated").exists()
    assert sorted(map(at, built.problems)) == sorted(map(at, outcome.problems))
    assert "good.md" not in {at(problem)[0] for problem in outcome.problems}
    return {
        name: [says(problem) for problem in outcome.problems if at(problem) == place] for name, place in places.items()
    }


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_of_a_page_is_named_with_page_and_line(defective: dict[str, list[str]], name: str) -> None:
    """All of them at once, by `stage` and `build` alike, and nothing is written."""
    assert len(defective[name]) == 1
    for word in DEFECTS[name].words:
        assert word in defective[name][0]


def test_two_defects_of_one_page_are_both_listed(paged: Course, tmp_path: Path) -> None:
    paged.page("page.md", '# A page\n\n{{ code("gan/rng") }}\n\n{{ run("gan/ring").covrage }}\n\n```text\nx\n```\n')
    assert sorted(at(problem) for problem in paged.fails("stage", str(tmp_path / "out")).problems) == [
        ("page.md", 3),
        ("page.md", 5),
        ("page.md", 7),
    ]


def test_programs_that_need_different_files_of_one_name_on_one_page(tmp_path: Path) -> None:
    """A reader runs them in one folder."""
    course = Course.empty(tmp_path / "course")
    for name in ("one", "two"):
        course.snippet(f"first/{name}", f"open('f', 'w').write('{name}')\nprint('y: 1')\n", 'files = ["f"]')
        course.snippet(f"then/{name}", "print('x:', open('f').read())\n", f'needs = ["first/{name}"]')
    course.accept("first/one", "first/two", "then/one", "then/two")
    course.page("page.md", '# A page\n\n{{ code("then/one") }}\n\n{{ code("then/two") }}\n')
    course.page("other.md", '# Another\n\n{{ code("then/two") }}\n')
    for words in (["build"], ["stage", str(tmp_path / "staged")]):
        (problem,) = course.fails(*words).problems
        assert at(problem) == ("page.md", 5)
        assert "f of first/one and f of first/two" in says(problem)
    assert not (tmp_path / "staged").exists()
    course.page("page.md", '# A page\n\n{{ code("then/one") }}\n')
    course.passes("stage", str(tmp_path / "staged"))
    assert [(tmp_path / "staged" / page / "f").read_text() for page in ("page", "other")] == ["one", "two"]


def test_page_that_is_not_text(paged: Course, tmp_path: Path) -> None:
    paged.page("page.md", "").write_bytes(b"# \xff\n")
    (problem,) = paged.fails("stage", str(tmp_path / "out")).problems
    assert at(problem)[0] == "page.md" and "UTF-8" in says(problem)


def test_site_without_settings(paged: Course) -> None:
    paged.page("page.md", "# A page\n")
    assert "mkdocs.yml" in says(paged.fails("build").problems[0])


def test_failing_snippet_stops_the_pages(course: Course, tmp_path: Path) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 2\n")
    course.page("index.md", '# A page\n\n{{ output("a") }}\n')
    assert course.fails("stage", str(tmp_path / "out")).problem("a")
    assert course.fails("build").problem("a")
    assert not (course.root / "site").exists() and not (tmp_path / "out").exists()


# What the calls turn into.


def part(course: Course, tmp_path: Path, name: str, section: str) -> str:
    """The first fence of a page that shows a section, and then, as it must, the whole program."""
    staged = stage(course, tmp_path, f'{{{{ code("{name}", "{section}") }}}}\n\n{{{{ code("{name}", fold=True) }}}}\n')
    return staged.split("```")[1]


def test_section(paged: Course, tmp_path: Path) -> None:
    assert part(paged, tmp_path, "gan/ring", "first") == "python\nx = 1\n"


def test_section_with_a_space(paged: Course, tmp_path: Path) -> None:
    text = part(paged, tmp_path, "gan/ring", "second part")
    assert text.startswith("python\nfor step in 1, 2:\n    print(") and "# %%" not in text


def test_top_section_has_no_header(paged: Course, tmp_path: Path) -> None:
    assert part(paged, tmp_path, "gan/ring", "top").strip() == "python\nSEED = 0"


def test_variant_shows_its_constants(paged: Course, tmp_path: Path) -> None:
    assert "SEED = 1\n" in part(paged, tmp_path, "gan/ring@seed1", "top")


def test_parts_without_the_whole_program_are_a_problem(paged: Course, tmp_path: Path) -> None:
    """A reader copies what a page shows, and it must run."""
    paged.page("page.md", '# A page\n\n{{ code("gan/ring", "first") }}\n')
    (problem,) = paged.fails("stage", str(tmp_path / "out")).problems
    assert at(problem) == ("page.md", 3) and "whole program" in says(problem)


def test_whole_program(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '{{ code("gan/ring") }}\n')
    assert "SEED = 0" in staged and "x = 1" in staged and "open(" in staged
    assert "# %%" not in staged and "///" not in staged


def test_output(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '{{ output("gan/ring") }}\n')
    assert paged.accepted("gan/ring").read_text() in staged


def test_output_of_one_label(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '{{ output("gan/ring", "step") }}\n')
    assert "step=1 loss=1.00\nstep=2 loss=0.50\n" in staged
    assert "coverage" not in staged


def test_output_of_two_labels(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '{{ output("gan/ring", "loss", "coverage") }}\n')
    assert "step=1 loss=1.00\nstep=2 loss=0.50\ncoverage: 0.94\n" in staged
    assert "range" not in staged


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ('run("gan/ring").coverage', "0.94"),
        ('run("gan/ring")["coverage"]', "0.94"),
        ('run("gan/ring").loss.last', "0.50"),
        ('run("gan/ring").loss.first', "1.00"),
        ('run("gan/ring").loss.at(-1)', "0.50"),
        ('run("gan/ring").loss.at("step=1")', "1.00"),
        ('run("gan/ring").at("step=2").loss', "0.50"),
        ('run("gan/ring").row("step=2").loss', "0.50"),
        ('run("gan/ring").row(2).loss', "0.50"),
        ('run("gan/ring").loss.least', "0.50"),
        ('run("gan/ring").loss.range', "0.50 to 1.00"),
        ('run("gan/ring").loss.mean | round(2)', "0.75"),
        ('run("gan/ring").range', "-0.863 0.695"),
        ('run("gan/ring").range[1]', "0.695"),
        ('run("gan/ring").range.all.most', "0.695"),
        ('run("gan/ring@seed1").coverage', "0.94"),
        ('run("gan/ring@seed*", "gan/ring").coverage.most', "0.94"),
        ('run("gan/ring").range[1] - run("gan/ring").range[0]', "1.558"),
        ('(100 * run("gan/ring").coverage) | round', "94"),
        ('abs(run("gan/ring").range[0])', "0.863"),
        ('(run("gan/ring").coverage / 3000) | significant(2)', "0.00031"),
        ('claim(run("gan/ring").coverage >= 0.94, "It covers.")', "It covers."),
        ('claim(run("gan/ring").range[0] < 0, "It covers.")', "It covers."),
        ('claim(run("gan/ring").loss > 0.4, "It covers.")', "It covers."),
        ('claim(each(run("gan/ring").coverage, run("gan/ring").range[1]) < 1, "It covers.")', "It covers."),
        ('claim(run("gan/ring").coverage == "0.94", "It covers.")', "It covers."),
        ('run("gan/ring").loss.listed', "1.00 and 0.50"),
        ('((run("gan/ring").loss / 3) | round(1)).listed', "0.3 and 0.2"),
        ('run("gan/ring")["coverage", "twice"].listed', "0.94 and 1"),
        ('run("gan/ring")["*o*e*"].listed', "0.94"),
        ('run("gan/ring")["loss", "range"].listed', "1.00, 0.50, -0.863 and 0.695"),
        ('run("gan/ring").row("step=2 loss")', "0.50"),
        ('run("gan/ring").row("step=1 loss", "coverage").listed', "1.00 and 0.94"),
        ('claim(run("gan/ring")["range"].all.rising, "It rises.")', "It rises."),
        ('claim(overlap(run("gan/ring").range, run("gan/ring").loss), "They meet.")', "They meet."),
        ('claim(overlap(run("gan/ring"), run("gan/ring@seed1"), "range", "loss"), "They meet.")', "They meet."),
    ],
)
def test_number_in_prose(paged: Course, tmp_path: Path, call: str, printed: str) -> None:
    assert f"Here: {printed}!" in stage(paged, tmp_path, f"Here: {{{{ {call} }}}}!\n")


SPELLED = """
print("least: \\N{MINUS SIGN}3")
print("mask: 0x1f")
print("total: 1_000")
print("exact: 9007199254740993")
print("loss: 0.5 of torch-2.13")
"""


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("a.least == -3", "\N{MINUS SIGN}3"),
        ("a.mask == 31", "0x1f"),
        ("a.total > 999", "1_000"),
        ("a.exact == 9007199254740993", "9007199254740993"),
        ("a.loss < 1", "0.5 of torch-2.13"),
    ],
)
def test_number_is_read_as_it_is_compared(course: Course, tmp_path: Path, condition: str, text: str) -> None:
    course.snippet("a", SPELLED)
    course.accept("a")
    page = f"---\nruns: {{a: a}}\n---\n{{{{ claim({condition}, 'It holds') }}}}: {{{{ {condition.split()[0]} }}}}.\n"
    assert f"It holds: {text}." in stage(course, tmp_path, page)


def test_figure(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '{{ figure("gan/ring", "a.svg", caption="What to see.") }}\n')
    assert "A line that is not there." in staged and "What to see." in staged


def test_prose_is_left_as_it_is(paged: Course, tmp_path: Path) -> None:
    text = (
        "# A page {#top}\n\nA { brace }, {# an id #} and \\( x_{i} \\), 100 %.\n\n{% raw %}{{ literal }}{% endraw %}\n"
    )
    staged = stage(paged, tmp_path, text)
    assert staged.strip() == text.replace("{% raw %}", "").replace("{% endraw %}", "").strip()


def test_comment_is_dropped(paged: Course, tmp_path: Path) -> None:
    assert "secret" not in stage(paged, tmp_path, "# A page\n\n{## secret ##}\n")


def test_shown_only_fence_is_kept_with_its_mark(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, "# A page\n\n<!-- shown-only: not ours -->\n```python\nnot python\n```\n")
    assert "not python" in staged
    fence = staged.splitlines().index("```python")
    assert "not ours" in staged.splitlines()[fence - 1]


def test_call_in_inline_code_is_expanded_by_nobody(paged: Course, tmp_path: Path) -> None:
    staged = stage(paged, tmp_path, '# A page\n\nWrite `{% raw %}{{ code("x") }}{% endraw %}`.\n')
    assert 'Write `{{ code("x") }}`.' in staged


@pytest.mark.parametrize(
    ("before", "indent"),
    [
        ("!!! note\n\n    ", "    "),
        ('??? question "Why?"\n\n    ', "    "),
        ('=== "One"\n\n    ', "    "),
        ("1. first\n\n    ", "    "),
        ('!!! note\n\n    === "One"\n\n        ', "        "),
    ],
    ids=["admonition", "details", "tab", "list", "nested"],
)
def test_blocks_are_indented_as_their_call(paged: Course, tmp_path: Path, before: str, indent: str) -> None:
    staged = stage(paged, tmp_path, f'{before}{{{{ output("gan/ring", "step") }}}}\n\nafter\n')
    lines = staged.splitlines()
    assert f"{indent}step=1 loss=1.00" in lines and f"{indent}step=2 loss=0.50" in lines
    fences = [line for line in lines if "```" in line]
    assert len(fences) == 2 and all(line.startswith(f"{indent}```") for line in fences)


def test_output_cannot_break_out_of_its_fence(course: Course, tmp_path: Path) -> None:
    """Markdown, HTML and Jinja in a program's output are text."""
    course.snippet("a", "print('``` <b>x</b> {{ y }} {% z %} --8<-- \"f\"')\n")
    course.accept("a")
    assert '``` <b>x</b> {{ y }} {% z %} --8<-- "f"\n' in stage(course, tmp_path, '{{ output("a") }}\n')


def test_program_with_braces_is_shown_as_it_is(course: Course, tmp_path: Path) -> None:
    course.snippet("a", 'x = 1\nprint(f"{{{x}}} {x}")  # {% if %} {# no #}\n')
    course.accept("a")
    assert 'print(f"{{{x}}} {x}")  # {% if %} {# no #}\n' in stage(course, tmp_path, '{{ code("a") }}\n')


def test_pages_in_folders_are_staged_in_folders(paged: Course, tmp_path: Path) -> None:
    paged.page("gan/deep/page.md", '{{ output("gan/ring", "coverage") }}\n')
    paged.passes("stage", str(tmp_path / "staged"))
    assert "coverage: 0.94" in (tmp_path / "staged" / "gan" / "deep" / "page.md").read_text()


def test_stage_refuses_to_write_into_the_pages(paged: Course) -> None:
    page = paged.page("page.md", '{{ output("gan/ring") }}\n')
    assert paged.call("stage", str(paged.root / "docs")).code != 0
    assert page.read_text() == '{{ output("gan/ring") }}\n'


class TestOfPage:
    """A page's own program and names, in its front matter."""

    FRONT = (
        "---\nprogram: gan/ring\nruns:\n  both: [gan/ring, '@seed*']\nrows:\n  second: step=2\n---\n\n"
        "Both, {{ both.coverage.most }}, and the second, {{ second.loss }}.\n"
    )

    @pytest.mark.parametrize(
        ("call", "shown"),
        [
            ("run.coverage", "0.94"),
            ("both.coverage.least", "0.94"),
            ("second.loss", "0.50"),
            ('run("@seed1").coverage', "0.94"),
            ('output("coverage")', "coverage: 0.94"),
            ('code("top")', "SEED = 0"),
            ('code("@seed1", "top")', "SEED = 1"),
            ('diff("@seed1")', "+SEED = 1"),
            ('figure("a.svg")', "A line that is not there."),
        ],
    )
    def test_need_not_be_named(self, paged: Course, tmp_path: Path, call: str, shown: str) -> None:
        text = f"{self.FRONT}\n{{{{ {call} }}}}\n\n{{{{ code(fold=True) }}}}\n"
        assert shown in stage(paged, tmp_path, text)

    def test_rows_that_are_values(self, paged: Course, tmp_path: Path) -> None:
        """A label at the end, which of several numbers, several of them; a run that only rows name is used."""
        rows = "  wide: ring range[1]\n  some: ['ring range[0, 1]', ring step=2 loss]\n"
        text = f"---\nruns:\n  ring: gan/ring\nrows:\n{rows}---\n\n# A page\n\n{{{{ wide }}}}; {{{{ some.listed }}}}\n"
        assert "0.695; -0.863, 0.695 and 0.50" in stage(paged, tmp_path, text)

    @pytest.mark.parametrize(
        ("front", "line", "words"),
        [
            ("program: gan/rng", 2, ("gan/rng", "gan/ring")),
            ("program: 3", 2, ("name of a program",)),
            ("runs:\n  b: gan/rng", 3, ("gan/rng", "gan/ring")),
            ("runs:\n  code: gan/ring", 3, ("name of a call",)),
            ("runs:\n  a b: gan/ring", 3, ("a b", "letters")),
            ("runs: gan/ring", 2, ("runs must be a table",)),
            ("rows:\n  b: gan/ring step=7", 3, ("step=7",)),
            ("rows:\n  b: gan/ring range[2]", 3, ("no [2]",)),
            ("runs: [", 2, ("not YAML",)),
            ("runs:\n  a: gan/ring", 3, ('"a"', "used nowhere")),
        ],
    )
    def test_front_matter_that_is_wrong(
        self, paged: Course, tmp_path: Path, front: str, line: int, words: tuple[str, ...]
    ) -> None:
        paged.page("page.md", f"---\n{front}\n---\n\n# A page\n\n{{% set x = {'b' if '  b:' in front else 1} %}}\n")
        (problem,) = paged.fails("stage", str(tmp_path / "out")).problems
        assert at(problem) == ("page.md", line)
        assert all(word in says(problem) for word in words)


class TestTables:
    LINES = "for row, at in ('copy', 1), ('noise', 2):\n    print(f'{row} precision: 0.{at}1 0.{at}0 0.{at}2')\n"
    PAIRS = "for step in 1, 2:\n    print(f'step={step} loss=0.{step} modes={step}')\n"

    @pytest.fixture
    def tabled(self, tmp_path: Path) -> Course:
        course = Course.empty(tmp_path / "course")
        course.snippet("a/rows", self.LINES)
        course.snippet("a/pairs", "SEED = 0\n" + self.PAIRS, variants="[variants.seed1]\nSEED = 1")
        course.snippet("a/both", "print('x: 1')\n", 'needs = ["a/pairs@seed1"]', "x: 1\n")
        course.accept("a/rows", "a/pairs", "a/pairs@seed1")
        return course

    @pytest.mark.parametrize(
        ("call", "table"),
        [
            (
                'table("a/rows", "{precision[0]} ({precision[1]} to {precision[2]})", head="Set | precision")',
                "| Set | precision |\n|---|---|\n| copy | 0.11 (0.10 to 0.12) |\n| noise | 0.21 (0.20 to 0.22) |",
            ),
            (
                'table("a/rows", "precision[0]", rows="noise = all noise | copy", align="lr", bold="copy")',
                "|  | precision[0] |\n|---|---:|\n| all noise | 0.21 |\n| **copy** | **0.11** |",
            ),
            (
                'table("a/pairs", "(loss | modes).most", rows="2 = two")',
                "|  | loss.most | modes.most |\n|---|---|---|\n| two | 0.2 | 2 |",
            ),
            (
                'table("a/pairs", "loss | modes", head="Step | loss | modes", turn=True)',
                "| Step | 1 | 2 |\n|---|---|---|\n| loss | 0.1 | 0.2 |\n| modes | 1 | 2 |",
            ),
            (
                'table(["a/pairs", "a/pairs@seed1"], "loss.last | modes.most", rows="one | other", head="Run | a | b")',
                "| Run | a | b |\n|---|---|---|\n| one | 0.2 | 2 |\n| other | 0.2 | 2 |",
            ),
        ],
    )
    def test_a_table_of_printed_values(self, tabled: Course, tmp_path: Path, call: str, table: str) -> None:
        assert table in stage(tabled, tmp_path, f"# A page\n\n{{{{ {call} }}}}\n")

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            ('table("a/rows", "recall", rows="copy")', ("recall", "copy")),
            ('table("a/rows", "precision[0]", rows="cop")', ('no row "cop"', "copy")),
            ('table("a/rows", "precision[0]", head="Set")', ("head has 1 cells for 2 columns",)),
            ('table("a/rows", "precision[0]", bold="cpy")', ('no row "cpy"', "copy")),
            ('table("a/rows", "precision[", rows="copy")', ("cannot be read",)),
            ('table("a/pairs", "loss", rows="1 | 2", hed="x")', ("hed",)),
            ('table(["a/pairs", "a/pairs@seed1"], "loss.last", rows="one")', ("1 names for 2 runs",)),
            ("table(3)", ("needs the cells",)),
        ],
    )
    def test_a_table_that_is_wrong(self, tabled: Course, tmp_path: Path, call: str, words: tuple[str, ...]) -> None:
        tabled.page("page.md", f"# A page\n\n{{{{ {call} }}}}\n")
        (problem,) = tabled.fails("stage", str(tmp_path / "out")).problems
        assert at(problem) == ("page.md", 3)
        assert all(word in says(problem) for word in words)


class TestOwnCalls:
    """A course adds calls of its own by a Python file."""

    CALLS = """
from genloop.engine.page.own_calls import Markdown

def total(page, *words, name="all"):
    record = page.own_record(*words)
    if name != "all":
        raise page.wrong(f"there is no total {name}")
    return Markdown(site="SITE", plain=f"{name}: {len(record.stdout)} characters")

def again(page):
    return "again"

def broken(page):
    return 1 / 0

def _hidden(page):
    return "hidden"
"""

    @pytest.fixture
    def own(self, tmp_path: Path) -> Course:
        course = Course.empty(tmp_path / "course")
        (course.root / "pyproject.toml").write_text('[tool.genloop]\ncalls = "docs/calls.py"\n')
        (course.root / "docs" / "calls.py").write_text(self.CALLS)
        course.snippet("a/b", "print('x: 1')\n")
        course.accept("a/b")
        return course

    def test_they_give_markdown(self, own: Course, tmp_path: Path) -> None:
        assert "all: 5 characters" in stage(own, tmp_path, '# A\n\n{{ total("a/b") }}\n')
        assert "again" in stage(own, tmp_path, "# A\n\n{{ again() }}\n")

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            ('total("a/c")', ("a/c", "a/b")),
            ('total("a/b", name="none")', ("there is no total none",)),
            ("broken()", ("division by zero", "calls.py")),
            ("_hidden()", ("_hidden",)),
        ],
    )
    def test_what_is_wrong_in_them_has_the_pages_line(
        self, own: Course, tmp_path: Path, call: str, words: tuple[str, ...]
    ) -> None:
        own.page("page.md", f"# A\n\n{{{{ {call} }}}}\n")
        (problem,) = own.fails("stage", str(tmp_path / "out")).problems
        assert at(problem) == ("page.md", 3)
        assert all(word in says(problem) for word in words)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("def code(page):\n    return ''\n", ('"code"',)),
            ("x = 1\nraise KeyError('no')\n", ("cannot be loaded", "KeyError")),
            ("def f(:\n", ("cannot be loaded", "SyntaxError")),
            (None, ("does not exist",)),
        ],
    )
    def test_a_file_that_cannot_be_used(
        self, own: Course, tmp_path: Path, text: str | None, words: tuple[str, ...]
    ) -> None:
        path = own.root / "docs" / "calls.py"
        path.unlink() if text is None else path.write_text(text)
        own.page("page.md", "# A\n")
        problem = own.fails("stage", str(tmp_path / "out")).problems[0]
        assert all(word in says(problem) for word in words)


class TestFiles:
    """Seconds, files to download, and the library itself."""

    @pytest.fixture
    def noted(self, tmp_path: Path) -> Course:
        course = Course.empty(tmp_path / "course")
        writes = (
            'open("note.json", "w").write("{}")\nopen("note.md", "w").write("# Note")\nopen("w.bin", "w").write("x")\n'
        )
        course.snippet("review/gan", writes, 'files = ["note.json", "note.md", "w.bin"]')
        course.accept("review/gan")
        return course

    def test_seconds_are_those_of_the_run(self, noted: Course, tmp_path: Path) -> None:
        text = stage(noted, tmp_path, 'It took {{ seconds("review/gan") }}, all {{ seconds("review/*") }}.\n')
        assert re.fullmatch(r"It took \d+\.\d\d s, all \d+\.\d\d s\.\n", text)

    def test_readable_files_are_published_and_linked(self, noted: Course, tmp_path: Path) -> None:
        """A Markdown file gets another ending on the site: MkDocs would make a page of it."""
        text = stage(
            noted, tmp_path, '{{ download("review/gan", "note.json") }} {{ download("review/gan", "note.md") }}\n'
        )
        assert text == (
            "[note.json](generated/files/review/gan/note.json) [note.md](generated/files/review/gan/note.md.txt)\n"
        )
        published = noted.root / "docs" / "generated" / "files" / "review" / "gan"
        assert (published / "note.json").read_text() == "{}"
        assert (published / "note.md.txt").read_text() == "# Note"
        assert not (published / "w.bin").exists()

    def test_json_is_also_a_script_because_a_page_from_disk_fetches_nothing(self, tmp_path: Path) -> None:
        course = Course.empty(tmp_path / "course")
        told = {"text": "</script> \u2028", "numbers": [1, 0.5]}
        course.snippet("a", f'import json\njson.dump({told!r}, open("a.json", "w"))\n', 'files = ["a.json"]')
        course.accept("a")
        stage(course, tmp_path, '{{ download("a", "a.json") }}\n')
        script = (course.root / "docs" / "generated" / "files" / "a" / "a.json.js").read_text()
        begin, _, value = script.partition(" = ")
        assert begin == '(globalThis.glData ??= {})["a/a.json"]'
        assert json.loads(value.rstrip(";\n")) == told
        assert script.isascii()

    def test_a_json_file_that_holds_none_is_a_problem(self, tmp_path: Path) -> None:
        course = Course.empty(tmp_path / "course")
        course.snippet("a", 'open("a.json", "w").write("{")\n', 'files = ["a.json"]')
        course.accept("a")
        course.page("page.md", '{{ download("a", "a.json") }}\n')
        assert "wrote a.json, which is no JSON" in says(course.fails("stage", str(tmp_path / "out")).problem("a"))

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            ('download("review/gan", "note.jso")', 'did you mean "note.json"'),
            ('download("review/gan", "w.bin")', 'has no file "w.bin" that a reader may download'),
            ('seconds("review/x*")', 'no run matches "review/x*"'),
            ("library()", "this project packs no library"),
        ],
    )
    def test_what_is_not_there_is_a_problem(self, call: str, words: str, noted: Course) -> None:
        noted.page("page.md", f"See {{{{ {call} }}}}.\n")
        assert words in says(noted.fails("stage", str(noted.root / "out")).problem("page.md"))


class TestLibrary:
    """A project may offer its own library to readers, as a wheel."""

    BUILD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    PROJECT = '[project]\nname = "tiny"\nversion = "1.2.3"\nrequires-python = ">=3.11"\n[tool.genloop]\nwheel = true\n'

    def course(self, tmp_path: Path, settings: str) -> Course:
        course = Course.empty(tmp_path / "course")
        course.snippet("a/b", 'print("x: 1")\n')
        (course.root / "tiny").mkdir()
        (course.root / "tiny" / "__init__.py").write_text("")
        course.accept("a/b")
        (course.root / "pyproject.toml").write_text(settings)
        return course

    def test_the_wheel_is_built_and_linked(self, tmp_path: Path) -> None:
        course = self.course(tmp_path, self.BUILD + self.PROJECT)
        text = stage(course, tmp_path, "Get {{ library() }}.\n")
        assert text == "Get [tiny-1.2.3-py3-none-any.whl](generated/download/tiny-1.2.3-py3-none-any.whl).\n"
        wheel = course.root / "docs" / "generated" / "download" / "tiny-1.2.3-py3-none-any.whl"
        assert "tiny/__init__.py" in zipfile.ZipFile(wheel).namelist()

    def test_the_same_files_give_the_same_wheel(self, tmp_path: Path) -> None:
        course = self.course(tmp_path, self.BUILD + self.PROJECT)
        stage(course, tmp_path, "Get {{ library() }}.\n")
        wheel = next((course.root / "docs" / "generated" / "download").glob("*.whl"))
        first = wheel.read_bytes()
        wheel.unlink()
        stage(course, tmp_path, "Get {{ library() }}.\n")
        assert wheel.read_bytes() == first

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            (PROJECT, "needs [build-system] with a build-backend"),
            (
                PROJECT + BUILD.replace("hatchling.build", "nobody.build"),
                "the wheel cannot be built: ModuleNotFoundError",
            ),
            ("[tool.genloop]\nwheel = 1\n", "wheel must be true or false"),
            ("[tool.genloop]\nweel = true\n", 'did you mean "wheel"?'),
        ],
    )
    def test_what_cannot_be_packed_is_a_problem(self, settings: str, words: str, tmp_path: Path) -> None:
        course = self.course(tmp_path, settings)
        assert words in says(course.fails("stage", str(tmp_path / "out")).problem("pyproject.toml"))


def test_a_program_whose_lines_may_be_anything_is_staged_without_its_output(tmp_path: Path) -> None:
    """pytest-codeblocks would compare a time to the last digit."""
    course = Course.empty(tmp_path / "course")
    course.snippet("a/clock", 'print("seconds: 0.12")\n', '[tool.genloop.expect]\n"seconds" = { any = "a time" }')
    course.accept("a/clock")
    assert "expected-output" not in stage(course, tmp_path, '{{ code("a/clock") }}\n')


@pytest.mark.parametrize(
    "printed", ["2*3*4*5", "a_b_c", "[x](http://a.b)", "![i](http://a.b/c.png)", "`1`", "<b>1</b>", "1 | 2"]
)
def test_what_a_program_printed_is_no_markup_in_a_sentence(course: Course, printed: str) -> None:
    record = Record("a/b", "", {}, 1.0, "0" * 64, {}, {}, {}, (), {}, "", "", "2026-11-26T00:00:00.000+00:00")
    course.snippet("a/b", "print('x: 1')\n")
    shown_by = Shown(load_project(course.root), Store(course.store), {})
    shown = markdown.markdown(
        f"It is {Rich().value(shown_by, record, 'x', printed)}.", extensions=["attr_list", "tables"]
    )
    text = re.sub(r"</?(?:p|span)[^>]*>", "", shown)
    assert html.unescape(text) == f"It is {printed}."


def test_staged_pages_come_with_a_list_for_programs_that_read(paged: Course, tmp_path: Path) -> None:
    paged.page("index.md", "---\ntitle: Home [x]\ndescription: >\n  Where it\n  begins.\n---\n\n# Not this\n")
    paged.page("gan/ring.md", "# The ring\n\n{{ code('gan/ring') }}\n")
    paged.page("more.md", "No heading.\n")
    (paged.root / "mkdocs.yml").write_text(
        "site_name: A course\nsite_description: About\n  rings.\nsite_url: !ENV [X, '']\n"
        "nav: [index.md, {Part: [{Deep: [{It: gan/ring.md}]}, gone.md]}]\n"
    )
    paged.passes("stage", str(tmp_path / "staged"))
    listed = (tmp_path / "staged" / "llms.txt").read_text()
    assert listed == (
        "# A course\n\n> About rings.\n\n## Pages\n\n- [Home x](index.md): Where it begins.\n\n"
        "## Part\n\n- [The ring](gan/ring.md)\n\n## Optional\n\n- [more.md](more.md)\n"
    )
    assert all((tmp_path / "staged" / page).is_file() for page in re.findall(r"\]\((.+?)\)", listed))
    (paged.root / "mkdocs.yml").write_text("a: [")
    paged.passes("stage", str(tmp_path / "other"), "--no-files")
    assert not (tmp_path / "other" / "gan" / "ring").exists() and (tmp_path / "staged" / "gan" / "ring").is_dir()
    assert (tmp_path / "other" / "llms.txt").read_text().startswith("# A course\n\n## Pages\n\n- [The ring]")
