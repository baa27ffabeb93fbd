"""Files of a course beside its programs: data that they read, modules that they import."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from genloop.engine.open_course import open_course
from genloop.engine.program.beside import LARGEST
from genloop.engine.publish.desk import Desk

from .course import Course, at, line_of, says, until

TABLE = "a,b\n1,2\n3,4\n"
HELPER = "import csv\n\n\ndef rows(name):\n    with open(name) as file:\n        return list(csv.reader(file))\n"
GROW = "import helper\n\nprint('rows:', len(helper.rows('tables/t.csv')))\n"
DECLARED = 'modules = ["helper.py"]\ndata = ["tables/t.csv"]'


@pytest.fixture
def trees(course: Course) -> Course:
    """Two programs of a topic; data and a module that all topics may share lie above them."""
    write(course, "tables/t.csv", TABLE)
    write(course, "tables/unused.csv", "x\n")
    write(course, "helper.py", HELPER)
    course.snippet("trees/grow", GROW, DECLARED, "rows: 3\n")
    course.snippet("trees/alone", "print(1)\n", out="1\n")
    return course


def write(course: Course, name: str, text: str) -> Path:
    path = course.root / "snippets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_program_reads_and_imports_what_it_declares_and_an_edit_runs_it_again(trees: Course) -> None:
    names = {"trees/grow", "trees/alone"}
    assert trees.passes("check").ran == names, "a module is no program"
    assert trees.passes("check", "--fresh").ran == names
    assert trees.passes("check").ran == set()
    write(trees, "tables/unused.csv", "y\n")
    assert trees.passes("check").ran == set()
    write(trees, "helper.py", HELPER + "# a word\n")
    assert trees.passes("check").ran == {"trees/grow"}
    trees.accept("trees/grow")
    write(trees, "tables/t.csv", TABLE + "5,6\n")
    differs = trees.fails("check").problem("trees/grow")
    assert differs["actual"] == "rows: 4" and "data: snippets/tables/t.csv changed" in says(differs)
    write(trees, "trees/tables/t.csv", TABLE)  # what lies nearer is meant
    why = trees.call("why", "trees/grow").stdout
    assert "it is now given snippets/trees/tables/t.csv, not snippets/tables/t.csv" in why
    assert trees.passes("check").ran == {"trees/grow"}
    assert "is a module" in trees.call("run", "helper").stderr


def test_a_pattern_gives_all_that_match_and_packages_are_modules_too(trees: Course) -> None:
    write(trees, "tables/sub/t.csv", TABLE)
    write(trees, "tables/.hidden.csv", TABLE)
    write(trees, "kit/__init__.py", "from .part import X\n")
    write(trees, "kit/part.py", "X = 5\n")
    program = "import os, kit\nprint(kit.X, sorted(os.listdir('tables')), sorted(os.listdir('tables/sub')))\n"
    trees.snippet("trees/grow", program, 'data = ["tables/**/*.csv"]\nmodules = ["kit/*.py"]')
    trees.accept("trees/grow")
    assert trees.accepted("trees/grow").read_text() == "5 ['sub', 't.csv', 'unused.csv'] ['t.csv']\n"
    write(trees, "tables/new.csv", "z\n")
    assert "now given tables/new.csv" in trees.call("why", "trees/grow").stdout


def test_a_module_hides_one_that_was_loaded_in_advance(tmp_path: Path) -> None:
    """As it does where plain Python runs the program."""
    course = Course.empty(tmp_path / "course", preload='["click"]')
    write(course, "click.py", "NAME = 'mine'\n")
    course.snippet("first", "import click\nopen('f', 'w').write(click.__name__)\n", 'files = ["f"]', "")
    course.snippet("a", "import click\nprint(click.NAME)\n", 'needs = ["first"]\nmodules = ["click.py"]', "mine\n")
    course.passes("check")
    course.passes("check", "--fresh")
    assert '"packages": {}' in next((course.store / "records" / "a").glob("*.json")).read_text()


WRONG = {
    "a.csv": 'data: "a.csv" is not there',
    "../tables/t.csv": 'data: "../tables/t.csv" leads out of the folder',
    "/etc/passwd": 'data: "/etc/passwd" leads out',
    ".hidden": "no part of it is empty or hidden",
    "tables": 'data: "tables" is a folder',
    "*.md": 'data: "*.md" matches no file',
    "**.csv": "must stand alone",
    "odd/*": "a quote, a backslash or what cannot be printed",
    "helper.py": 'data: "helper.py" is Python; write modules = ["helper.py"]',
    "out.csv": 'data: "out.csv" would lie where the program writes "out.csv"',
    "away.csv": 'data: "away.csv" is a link that leads out of the course',
    "lost.csv": 'data: "lost.csv" is a link that leads nowhere',
    "large.csv": f'data: "large.csv" has {LARGEST + 1:,} bytes',
    "need.csv": 'declares "need.csv", and needs "first", which gives need.csv',
}
WRONG_MODULES = {
    "helper": 'modules: "helper" must end in .py',
    "json.py": 'modules: "json.py" would hide json of the standard library',
    "second.py": 'modules: "second.py" would lie where the program itself does',
    "broken.py": "is no module that can be imported",
    "first.py": "is a program: it has a header or variants",
}


def test_all_that_is_wrong_with_files_is_told_at_once_with_its_line(trees: Course) -> None:
    folder = trees.root / "snippets"
    for name in ("out.csv", "need.csv", "json.py"):
        write(trees, name, "")
    write(trees, "broken.py", "x = (\n")
    write(trees, "odd/a'b.csv", "")
    (folder / "away.csv").symlink_to("/etc/hostname")
    (folder / "lost.csv").symlink_to("nowhere")
    (folder / "large.csv").touch()
    os.truncate(folder / "large.csv", LARGEST + 1)
    trees.snippet("first", "open('need.csv', 'w').close()\n", 'files = ["need.csv"]', "")
    words, modules = (", ".join(f'"{word}"' for word in those) for those in (WRONG, WRONG_MODULES))
    settings = f'needs = ["first"]\nfiles = ["out.csv"]\nmodules = [{modules}]\ndata = [{words}]'
    path = trees.snippet("second", "X = 1\n", settings, variants="[sweeps.x]\nX = [1, 2]\n")
    outcome = trees.fails("run", "second")
    told = [problem for problem in outcome.problems if problem["kind"] == "snippet"]
    for said in (*WRONG.values(), *WRONG_MODULES.values()):
        assert [said in one["why"] for one in told].count(True) == 1, said
    assert len(told) == len(WRONG) + len(WRONG_MODULES)
    lines = {at(problem) for problem in told if problem["why"].startswith("data: ")}
    assert lines == {("second.py", line_of(path, "data = "))}
    assert 'data = ["tables/t.csv"]' in next(says(one) for one in told if "leads out of the folder" in one["why"])
    (last,) = [problem for problem in outcome.problems if problem["kind"] == "run"]
    assert last["why"].startswith("was not run") and last["follows"] == "second"


UNDECLARED = {
    "a module": ("import helper\n", "", 'imports "helper", which is snippets/helper.py', 'modules = ["helper.py"]'),
    "a package": ("import kit\n", "", 'imports "kit", which is snippets/kit/*.py', 'modules = ["kit/*.py"]'),
    "a file": (GROW, 'modules = ["helper.py"]', 'reads "tables/t.csv", which is', 'data = ["tables/t.csv"]'),
    "a folder": ("import os\nos.listdir('tables')\n", "", 'reads "tables", which is', 'data = ["tables/*"]'),
    "a text of Python": ("open('helper.py')\n", "", 'reads "helper.py", which is', 'modules = ["helper.py"]'),
    "one more file": (
        "open('one.csv')\nopen('tables/t.csv')\n",
        'data = ["one.csv"]',
        'reads "tables/t.csv", which is',
        'data = ["one.csv", "tables/t.csv"]',
    ),
    "a file as NumPy says it": (
        "raise FileNotFoundError('tables/t.csv not found.')\n",
        "",
        'reads "tables/t.csv"',
        'data = ["tables/t.csv"]',
    ),
    "a file by its way from the program": (
        "open('../tables/t.csv')\n",
        "",
        'reads snippets/tables/t.csv as "../tables/t.csv"; it runs in a folder of its own',
        'let it read "tables/t.csv"; add to its header: data = ["tables/t.csv"]',
    ),
    "a file beside it by its own place": (
        "from pathlib import Path\n(Path(__file__).parent / 'own.csv').read_text()\n",
        "",
        'reads "own.csv", which is snippets/trees/own.csv',
        'data = ["own.csv"]',
    ),
}


@pytest.mark.parametrize("name", UNDECLARED)
def test_a_file_of_the_course_that_was_not_declared_is_named(trees: Course, name: str) -> None:
    for file in ("one.csv", "trees/own.csv", "kit/__init__.py"):
        write(trees, file, "")
    program, settings, why, fix = UNDECLARED[name]
    trees.snippet("trees/grow", program, settings)
    outcome = trees.call("run", "trees/grow")
    assert outcome.code == 1 and why in outcome.stderr and outcome.stderr.count(fix) == 1, outcome
    assert "pip install" not in outcome.stderr


def test_what_a_program_writes_over_and_what_it_has_no_use_for_is_told(trees: Course) -> None:
    trees.snippet("trees/grow", GROW + "open('tables/t.csv', 'w').write('x')\n", DECLARED)
    assert 'changes "tables/t.csv", which it was given' in says(trees.fails("run", "trees/grow").problem("trees/grow"))
    program = "import os\nos.system('test -s by_others.csv')\nassert os.path.exists('asked.csv')\n"
    for file in ("by_others.csv", "asked.csv", "idle.csv"):
        write(trees, file, "1\n")
    settings = 'data = ["by_others.csv", "asked.csv", "idle.csv", "tables/*"]\nmodules = ["helper.py"]'
    trees.snippet("trees/grow", program, settings)
    told = [problem["why"] for problem in trees.fails("run", "trees/grow").about("trees/grow")]
    chosen = "FILE = 'asked'\nopen(f'{FILE}.csv')\nif FILE == 'never':\n    import helper, kit.part\n"
    write(trees, "kit/part.py", "")
    both = 'data = ["asked.csv", "idle.csv"]\nmodules = ["helper.py", "kit/part.py"]'
    trees.snippet("trees/alone", chosen, both, "")
    trees.variants("trees/alone").write_text("[variants.idle]\nFILE = 'idle'\n")
    trees.passes("run", "trees/alone", "trees/alone@idle")
    assert told == [
        'declares data = ["idle.csv"], and reads it nowhere',
        'declares modules = ["helper.py"], and imports it nowhere',
    ]


def test_a_notebook_has_them_as_well(trees: Course) -> None:
    trees.snippet("trees/grow", "# %% [markdown]\n# # A lab\n\n# %%\n" + GROW, DECLARED)
    trees.accept("trees/grow")
    assert trees.passes("check").ran == {"trees/alone"}
    write(trees, "helper.py", HELPER.replace("return", "return []; return"))
    assert "rows: 0" in says(trees.fails("check").problem("trees/grow"))


PAGE = """\
---
program: trees/grow
---

# A page

{{ files() }}

It reads {{ download("tables/t.csv", text="a table") }}, with {{ download("trees/grow", "helper.py") }}.

{{ code() }}

{{ code("helper.py", fold=True) }}

{{ code("near.py") }}

{{ output() }}
"""


def test_readers_get_them_on_the_page_in_the_archive_and_in_staged_pages(trees: Course, tmp_path: Path) -> None:
    (trees.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    trees.snippet("trees/last", "print(open('seen.txt').read())\n", 'needs = ["trees/grow"]', "3\n")
    write(trees, "trees/near.py", "NEAR = 3\n")
    more = "import near\nopen('seen.txt', 'w').write(str(near.NEAR))\n"
    settings = DECLARED.replace('["helper.py"]', '["helper.py", "near.py"]') + '\nfiles = ["seen.txt"]'
    trees.snippet("trees/grow", GROW + more, settings, "rows: 3\n")
    trees.page("a.md", PAGE)
    trees.page("b.md", '# B\n\n{{ code("trees/last") }}\n\n{{ code("trees/alone") }}\n')
    trees.passes("build")
    site = trees.root / "site"
    page = (site / "a.html").read_text()
    for link in ("generated/data/tables/t.csv", "generated/download/helper.py"):
        assert page.count(f'href="{link}"') >= 2, "beside the download of the program, and among its files"
        assert (site / link).read_text() == (TABLE if link.endswith(".csv") else HELPER)
    assert ">a table</a>, with <a download" in page.replace(' href="generated/download/helper.py"', "")
    assert "The module helper.py" in page and 'data-module="helper"' in page and 'data-module="trees/near"' in page
    assert not (site / "generated" / "data" / "tables" / "unused.csv").exists()

    with zipfile.ZipFile(site / "generated" / "download" / "trees" / "grow.zip") as archive:
        archive.extractall(tmp_path)
    assert run(tmp_path / "grow", "grow.py") == "rows: 3\n"
    with zipfile.ZipFile(site / "generated" / "download" / "trees" / "last.zip") as archive:
        archive.extractall(tmp_path)
    assert "\n3\n" in run(tmp_path / "last", "run_all.py"), "what a needed program reads is there, too"

    trees.passes("stage", str(tmp_path / "staged"))
    assert (tmp_path / "staged" / "a" / "tables" / "t.csv").read_text() == TABLE
    assert (tmp_path / "staged" / "a" / "helper.py").read_text() == HELPER
    assert (tmp_path / "staged" / "a.md").read_text().count('skip(reason="a module, which programs import")') == 2


def run(folder: Path, file: str) -> str:
    return subprocess.run([sys.executable, file], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_programs_of_one_page_cannot_have_two_files_of_one_name(trees: Course) -> None:
    write(trees, "other/helper.py", HELPER)
    write(trees, "tables/t.csv", TABLE)
    trees.snippet("other/grow", GROW, DECLARED, "rows: 3\n")
    trees.page("a.md", '# A\n\n{{ code("trees/grow") }}\n\n{{ code("other/grow") }}\n\n{{ code("no.py") }}\n')
    (trees.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    told = [says(problem) for problem in trees.fails("build").about("a.md")]
    assert len(told) == 2
    assert "two files as helper.py, snippets/other/helper.py and one of snippets/helper.py" in "".join(told)


def test_whoever_writes_is_told_of_edits_of_data_and_modules(trees: Course) -> None:
    """Also where no run has ended well yet."""
    write(trees, "tables/t.csv", "")
    trees.snippet(
        "trees/grow",
        "import helper\nprint('rows:', 1 + len(helper.rows('tables/t.csv')[1:3]))\n"
        "assert helper.rows('tables/t.csv')\n",
        DECLARED,
        "rows: 3\n",
    )
    with open_course(trees.root, jobs=1) as opened:
        desk = Desk(opened, lambda _: None)
        desk.start()
        try:
            assert until(lambda: desk.known["trees/grow"].failed)
            data = write(trees, "tables/t.csv", TABLE)
            assert "trees/grow" in desk.follow({data})
            assert until(lambda: desk.known["trees/grow"].fresh)
            module = write(trees, "helper.py", HELPER + "x = 1\n")
            assert {"trees/grow", "helper"} <= desk.follow({module})
            assert until(lambda: desk.known["trees/grow"].fresh)
        finally:
            desk.close()
