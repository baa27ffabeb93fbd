"""`genloop init`: a new course builds at once; programs of others become one; what cannot be done is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup, Tag

from genloop.engine.begin import first, packages, place
from genloop.engine.begin.bring import Brought, bring, valid_name
from genloop.engine.begin.gallery import same_code
from genloop.engine.begin.rst import Converter
from genloop.engine.beginning import begin_course
from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.page.expand import PageLanguage, check_markdown
from genloop.engine.program.snippet import read_snippet

from .course import ROOT, Course, Outcome
from .foreign import COUNT, DATA_COURSE, GALLERY, NOTEBOOK, READER, lay_out, lay_out_data


def init(*words: str, cwd: Path = ROOT) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "genloop", "init", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr)


def page(course: Course, name: str) -> Tag:
    return BeautifulSoup((course.root / "site" / name).read_text(encoding="utf-8"), "html.parser")


# ---- a course from nothing -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course as `genloop init` makes it, after `genloop build`."""
    folder = tmp_path_factory.mktemp("init") / "it's-my {{ first }} course"
    folder.mkdir()  # an empty folder will do, and so will one with a repository in it
    (folder / ".git").mkdir()
    outcome = init(".", cwd=folder)
    assert outcome.code == 0, outcome
    assert "genloop build" in outcome.stdout and "genloop serve" in outcome.stdout
    course = Course(folder)
    assert course.passes("build").ran == set(), "all of it has run, and nothing is left to do"
    return course


def test_a_new_course_builds_at_once(new: Course) -> None:
    home = page(new, "index.html")
    heading = home.select_one("h1")
    assert heading and heading.get_text().startswith("It's my {{ first }} course")
    output = home.select_one('.gl-output[data-snippet="first/walk"] pre')
    assert output and output.get_text() == new.accepted("first/walk").read_text()
    assert home.select_one("figure.gl-figure img[alt]") and home.select_one(".gl-claim")
    assert len(new.passes("check").states) == 6, "a program, four variants, a notebook"
    assert "throws: 1000" in page(new, "generated/notebooks/first/dice.html").get_text()


def test_a_new_course_is_accepted_for_a_reason_and_not_yet_run_elsewhere(new: Course) -> None:
    assert 'why = "as genloop init wrote it"' in (new.root / "snippets" / "accepted.toml").read_text()
    assert str(new.root) not in "".join(path.read_text() for path in (new.root / "snippets").rglob("*.toml"))


def test_what_a_new_course_builds_is_not_for_git(new: Course) -> None:
    ignored = set((new.root / ".gitignore").read_text().split())
    assert {".genloop/", "/docs/generated/", "/site/"} <= ignored
    shutil.rmtree(new.root / ".git")
    subprocess.run(["git", "init", "-q"], cwd=new.root, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-o", "--exclude-standard"], cwd=new.root, check=True, capture_output=True, text=True
    )
    assert {line.partition("/")[0] for line in listed.stdout.split("\n") if line} == {
        ".github",
        ".gitignore",
        "README.md",
        "docs",
        "mkdocs.yml",
        "pyproject.toml",
        "requirements.txt",
        "snippets",
    }


def test_the_workflow_of_a_new_course_installs_what_it_was_built_with(new: Course) -> None:
    workflow = yaml.safe_load((new.root / ".github" / "workflows" / "site.yml").read_text())
    steps = workflow["jobs"]["build"]["steps"]
    assert {"run": "genloop build"} in steps
    assert any("-r requirements.txt" in step.get("run", "") for step in steps)
    pins = [line for line in (new.root / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert {line.partition("==")[0] for line in pins if line} == set(packages.SITE)
    assert all("==" in line for line in pins if line)


def test_without_what_notebooks_need_a_new_course_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "missing", lambda modules: list(modules)[:1])
    contents = first.first_course("A course")
    assert not contents.notebooks and not [name for name in contents.files if "dice" in name]
    assert "dice" not in contents.files["docs/index.md"]


def test_a_new_course_whose_programs_do_not_run_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "PROGRAM", "raise SystemExit(3)\n")
    monkeypatch.setattr(first, "VARIANTS", "")
    monkeypatch.setattr(first, "missing", list)
    with pytest.raises(Failed, match="exit status 3"):
        begin_course(tmp_path / "new", 1, as_json=True)
    assert list(tmp_path.iterdir()) == []


# ---- where a course goes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["full"], "is not empty"),
        (["file"], "is no folder"),
        (["file/course"], "file, which is no folder"),
        (["link"], "is no folder"),
        (["no/where"], "mkdir -p"),
        (["a\nb"], "is no name for a course"),
        (["x" * 300], "too long"),
        (["/proc/course"], "/proc/course: cannot be made"),
        (["new", "--from", "nowhere"], "is not there"),
        (["new", "--from", "file"], "is a file"),
        (["new", "--from", "void"], "holds no program"),
        (["full", "--from", "scripts"], "is not empty"),
    ],
    ids=lambda words: " ".join(words)[:20].replace("\n", " ") if isinstance(words, list) else None,
)
def test_where_no_course_can_be_made_nothing_is_written(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "full" / "x").mkdir(parents=True)
    (tmp_path / "void").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "a.py").write_text("print(1)\n")
    before = sorted(tmp_path.rglob("*"))
    outcome = init(*words, cwd=tmp_path)
    assert outcome.code in {1, 2} and said in outcome.stderr, outcome
    assert outcome.stderr.count("\n  "), "what to type next"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_course_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    for target in (tmp_path / "new", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(KeyboardInterrupt), place.new_folder(target) as made:  # noqa: PT012 - stopped at its end
            (made / "half").write_text("x")
            raise KeyboardInterrupt
        assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_an_empty_folder_is_filled_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "empty"
    target.mkdir()
    rename = Path.rename

    def failing(path: Path, to: Path) -> Path:
        if path.name == "c":
            raise OSError(28, "No space left on device")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="No space"), place.new_folder(target) as made:  # noqa: PT012 - it fails at its end
        (made / "a").mkdir()
        (made / "a" / "x").write_text("x")
        for name in "bc":
            (made / name).write_text(name)
    assert list(tmp_path.rglob("*")) == [target]


def test_a_new_folder_can_be_read_by_others(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with place.new_folder(tmp_path / "new"):
        pass
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


# ---- what folders say of themselves ---------------------------------------------------------------


def test_what_a_gallery_says_of_itself_is_its_first_page(brought: Course) -> None:
    index = page(brought, "index.html").select_one("article, [role=main]")
    assert index
    heads = [" ".join(head.get_text().replace("#", "").replace("¶", "").split()) for head in index.select("h1, h2, h3")]
    assert heads == ["Walks and more", "What is where", "More walks", "How to read them"]
    text = " ".join(index.get_text().split())
    order = ["Programs about walks.", "A walk, drawn", "Two walks that part", "Read, not run", "cat walk.json", "A lab"]
    places = [text.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert [cell.get_text() for cell in index.select("td")] == ["plot-Two walks.py", "A walk, drawn"]
    linked = index.select_one('a[href="more/reader.html"]')
    assert linked and linked.get_text() == "the reader" and not index.select("img")
    nav = (brought.root / "mkdocs.yml").read_text()
    assert "More walks" in nav and "site_name: " in nav


def test_what_of_a_readme_cannot_come_along_is_told_with_its_line(tmp_path: Path) -> None:
    text = "# A *title*\n\n[![b](https://x.y/z.svg)](https://x.y) [docs](a.md) [web](https://x.y)\n\n    {{ x }}\n<b>"
    found = of(tmp_path, {"a.py": "print(1)\n", "README.md": text + "\n\n~~~\n{{ y }}\n"})
    assert [(note.file, note.line) for note in found.notes] == [("README.md", 3)]
    index = found.contents.files["docs/index.md"]
    assert index.startswith("# A title\n\n docs [web](https://x.y)\n") and "&lt;b>" in index
    assert "{{" not in PageLanguage().from_string(index).render().replace("{{ x }}", "").replace("{{ y }}", "")
    assert check_markdown(index, "index.md") == []


def test_a_readme_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    found = of(tmp_path, {"a.py": "print(1)\n", "README.rst": b"\xff\xfe"})
    assert [note.file for note in found.notes] == ["README.rst"] and "docs/a.md" in found.contents.files
    assert found.contents.files["docs/index.md"].startswith("# ")


def test_two_folders_with_one_title_keep_their_names(tmp_path: Path) -> None:
    both = {
        f"{folder}/{name}": text
        for folder in "ab"
        for name, text in (("x.py", "print(1)\n"), ("README.md", "# Runs\n\nSome."))
    }
    index = of(tmp_path, both).contents.files["docs/index.md"]
    assert "## A\n\nSome.\n" in index and "## B\n\nSome.\n" in index


# ---- programs of others --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Foreign programs as a course: brought, accepted and built as the command says."""
    folder = tmp_path_factory.mktemp("from")
    outcome = init(str(folder / "course"), "--from", str(lay_out(folder / "scripts")))
    assert outcome.code == 0, outcome
    assert "4 programs and 1 notebook brought; next" in outcome.stdout
    assert 'genloop accept --differing --why "first version"' in outcome.stdout
    course = Course(folder / "course")
    course.passes("accept", "--differing", "--why", "first version")
    course.passes("build")
    return course


def test_foreign_programs_become_a_course_that_builds(brought: Course) -> None:
    listed = [str(link["href"]) for link in page(brought, "index.html").select("article li a, [role=main] li a")]
    assert {"plot_two_walks.html", "more/reader.html", "more/silent.html"} <= set(listed)
    assert "sum: 2" in page(brought, "generated/notebooks/more/lab.html").get_text()
    assert "'shown'" in (brought.root / "snippets" / "more" / "lab.results").read_text()


def test_a_gallery_keeps_its_order_of_prose_code_and_figures(brought: Course) -> None:
    shown = page(brought, "plot_two_walks.html").select_one("article")
    assert shown
    text = " ".join(shown.get_text().split())
    order = [
        "Two walks that part",
        "see random.Random and its manual.",
        "this is {{ n }}, and {{ this }} is text",
        "It starts at zero.",
        "import random",
        "Each step is",
        "[{{ 0 }}]",
        "rng = random.Random(0)",
        "as an SVG",
        'NAME = "walk.svg"',
        "Save it.",
        "with open(NAME",
        "Once more, with feeling.",
        'print("saved: 2")',
        " ".join(brought.accepted("plot_two_walks").read_text().split()),
        "The whole program",
    ]
    places = [text.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert shown.select_one('a[href="https://docs.python.org/3/"]') and len(shown.select("math")) == 2
    figure = shown.select_one("figure.gl-figure img")
    assert figure and figure["alt"] == "Two walks that part"


def test_what_a_gallery_shows_stands_below_the_lines_that_show_it(brought: Course) -> None:
    shown = page(brought, "more/plot_shown.html").select_one("article")
    assert shown
    places = [str(shown).index(words) for words in ("It rises.", "figure_1.svg", "It falls.", "figure_2.svg")]
    assert places == sorted(places)
    assert [image["alt"] for image in shown.select("figure.gl-figure img")] == ["Two lines, shown"] * 2


def test_a_gallery_leaves_its_prose_out_of_the_program(brought: Course) -> None:
    program = brought.path("plot_two_walks").read_text()
    assert program.startswith('# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n')
    assert '# files = ["walk.json"]\n' in program and '# "walk.svg" = "Two walks that part"\n' in program
    assert '"""Two walks that part."""\n\n# License: MIT\n' in program
    for gone in ("sphinx_gallery", "coding", "#!", "Each step", "####"):
        assert gone not in program
    marks = [line for line in program.splitlines() if line.startswith("# %%")]
    assert marks == ["# %% Walk", "# %% Draw", "# %% part 3", "# %% Save it."]


def test_what_one_program_writes_and_another_reads_is_a_need(brought: Course) -> None:
    program = brought.path("more/reader").read_text()
    assert '# needs = ["plot_two_walks"]' in program
    assert program.count("# /// script") == 1 and '# dependencies = ["numpy>=2"]  # as its author wrote it' in program
    assert '# requires-python = ">=3.12"' in program and ">=3.11" not in program
    assert "\ufeff" not in program and "\r" not in program
    assert (brought.root / "docs/more/reader.md").read_text().count("shows this") == 0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course on data, as others write it, brought, accepted and built with the default theme."""
    folder = tmp_path_factory.mktemp("data")
    outcome = init(str(folder / "course"), "--from", str(lay_out_data(folder / "scripts")))
    assert outcome.code == 0 and "3 programs, with 9 files that they read or import, brought; next" in outcome.stdout
    assert "helpers.py line 15: is a module that 01-count.py imports; it is not run" in outcome.stdout
    course = Course(folder / "course")
    course.passes("accept", "--differing", "--why", "first version")
    course.passes("build")
    return course


def test_data_and_modules_come_along_with_the_scripts_that_use_them(data: Course) -> None:
    assert data.accepted("01_count").read_text() == "flowers: 3\nspecies: 3\n"
    assert data.accepted("means").read_text() == "sepal: 6.13\npetal: 4.03\n"
    assert data.accepted("my_topic/size").read_text() == "bytes: 3\nfiles: 2\n"
    assert '# data = ["many/*.txt", "raw.bin"]\n' in data.path("my_topic/size").read_text()
    program = data.path("means").read_text()
    assert '# data = ["columns.txt", "data/iris.csv"]\n' in program
    assert '# modules = ["colors.py", "helpers.py", "stats/*.py"]\n' in program
    assert COUNT.partition("\n\n")[2] in data.path("01_count").read_text(), "no line of a script is changed"
    copied = {name: name.replace("My topic", "my_topic") for name in DATA_COURSE}
    brought = {name for name, place in copied.items() if (data.root / "snippets" / place).is_file()}
    assert brought == DATA_COURSE.keys() - {"data/unused.csv", "01-count.py", "Means.py"}
    shown = page(data, "means.html")
    assert [block["data-module"] for block in shown.select("[data-module]")] == [
        "colors",
        "helpers",
        "stats/__init__",
        "stats/means",
    ]
    assert shown.select_one('.gl-actions a[href="generated/data/columns.txt"]')
    assert data.passes("check", "--fresh").ran == {"01_count", "means", "my_topic/size"}


def test_a_page_keeps_its_order_where_only_prose_follows_the_code(tmp_path: Path) -> None:
    program = "print(1)\n" + "#" * 20 + "\n# That was it.\n\n" + "#" * 20 + "\n"
    shown = of(tmp_path, {"a.py": program}).contents.files["docs/a.md"]
    assert shown.endswith("# A\n\n{{ code() }}\n\nThat was it.\n\n{{ output() }}\n")


def of(tmp_path: Path, files: Mapping[str, str | bytes]) -> Brought:
    """What becomes of files beside one good program."""
    for name, text in {"good.py": "print(1)\n", "best.py": "print(2)\n", **files}.items():
        path = tmp_path / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return bring(tmp_path / "scripts", "A course")


def told(problems: tuple[Problem, ...]) -> list[tuple[str, int | None]]:
    assert all(problem.fix for problem in problems), "what to do"
    return [(problem.name, problem.line) for problem in problems]


LEFT_OUT: dict[str, tuple[str, int | None, str]] = {
    "a syntax error": ("x = 1\nprint(\n", 2, "never closed"),
    "not UTF-8": ("caf\xe9", None, "not UTF-8"),
    "a null byte": ("x = 1\0\n", None, "null"),
    "nothing": ("# a comment\n", None, "holds no code"),
    "half a character": ('"""\\ud800"""\n', None, "surrogates"),
    "too deep": ("x = " + "(" * 400 + ")" * 400 + "\n", 1, "nested"),
    "too long a sum": ("open(" + "+".join(["'a'"] * 5000) + ")\n", None, "deep"),
    "input": ("x = 1\ny = input('?')\n", 2, "asks somebody a question"),
    "argv": ("import sys\nprint(sys.argv[1])\n", 2, "sys.argv[1]"),
    "argparse": ("p = 1\n\np.add_argument('name')\n", 3, 'add_argument("name")'),
    "required": ("p = 1\np.add_argument('--name', required=True)\n", 2, 'add_argument("--name")'),
    "click": ("import click\n@click.argument('x')\ndef f(): ...\n", 2, "click.argument"),
    "cuda": ("import torch\nx = torch.zeros(1).cuda()\n", 2, "needs a GPU"),
    "to cuda": ("import torch\nx = torch.zeros(1).to('cuda:0')\n", 2, "needs a GPU"),
    "a device": ("import jax\nx = jax.put(1, device='cuda')\n", 2, "needs a GPU"),
    "cupy": ("import cupy\n", 1, "needs a GPU"),
    "a file above it": ("from pathlib import Path\nx = Path(__file__).parent.parent\n", 2, "__file__"),
    "a file above it, by os": (
        "import os\nd = os.path.dirname\nx = os.path.dirname(os.path.dirname(__file__))\n",
        3,
        "__file__",
    ),
    "a package": ("from . import x\n", 1, "part of a package"),
    "its own data": ("import numpy\nx = numpy.load('data.npz')\n", 2, 'reads "data.npz"'),
    "its own text": (
        "from pathlib import Path\nD = Path('in')\nx = (D / 'a.txt').read_text()\n",
        3,
        'reads "in/a.txt"',
    ),
    "an open file": ("x = open('data.csv').read()\n", 1, 'reads "data.csv"'),
    "another folder": ("import os\nfig = 1\nfig.savefig(os.path.join('out', 'a.png'))\n", 3, "makes no folder"),
    "a folder above": ("fig = 1\nfig.savefig('../a.png')\n", 2, 'as "a.png"'),
    "a header that is no TOML": ("x = 1\n# /// script\n# dependencies = [\n# ///\n", 2, "not TOML"),
    "a header with a wrong key": ("# /// script\n# dependecies = []\n# ///\n", 2, "dependecies"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_cannot_be_brought_is_told_with_its_line_and_the_rest_is_done(tmp_path: Path, name: str) -> None:
    text, line, said = LEFT_OUT[name]
    found = of(tmp_path, {"bad.py": text.encode("latin-1")})
    assert told(found.left_out) == [("bad.py", line)]
    assert said in str(found.left_out[0])
    assert "snippets/best.py" in found.contents.files
    assert "snippets/bad.py" not in found.contents.files and "docs/bad.md" not in found.contents.files


def test_all_of_it_is_told_at_once(tmp_path: Path) -> None:
    source = tmp_path / "scripts"
    source.mkdir()
    (source / "bad0.py").write_text("import sys\n1 +")
    for number, (text, _, _) in enumerate(LEFT_OUT.values()):
        (source / f"bad{number}.py").write_bytes(text.encode("latin-1"))
    outcome = init(str(tmp_path / "course"), "--from", str(source))
    assert outcome.code == 1 and not (tmp_path / "course").exists(), "no program is left"
    assert all(f"bad{number}.py" in outcome.stderr for number in range(len(LEFT_OUT)))
    (source / "good.py").write_text("print(1)\n")
    outcome = init(str(tmp_path / "course"), "--from", str(source), "--json")
    assert outcome.code == 1 and (tmp_path / "course" / "snippets" / "good.py").exists()
    assert {problem["name"] for problem in outcome.problems} == {f"bad{number}.py" for number in range(len(LEFT_OUT))}


FINE = {
    "a folder that it makes": "import os\nos.makedirs('out', exist_ok=True)\nopen('out/a.csv', 'w').close()\n",
    "asks for a GPU and does without": "import torch\nif torch.cuda.is_available():\n    x = x.cuda()\n",
    "arguments with defaults": "p.add_argument('-n')\np.add_argument('x', nargs='?')\np.parse(sys.argv[1:])\n",
    "its own file": "open('a.txt', 'w').write('1')\nprint(open('a.txt').read())\n",
    "a title with control signs": "# %% a\x7fb\nx = 1\n",
    "a word": "print('cuda')\nx.to('cpu')\n",
    "a method called input": "self.input('x')\n",
    "a form feed": "x = 1\n\f\n# %%\n# Prose.\ny = '\f'\n",
    "no end of line": "x = 1\n# %%",
    "a mark in a text": "x = '''\n# %%\n# no prose\n'''\n",
    "a wrong escape": "x = '\\d'\n",
    "two statements on a line": '"""Title\n=====\n"""; x = 1\n',
}


@pytest.mark.parametrize("name", FINE)
def test_what_can_run_alone_is_brought(tmp_path: Path, name: str) -> None:
    found = of(tmp_path, {"fine.py": FINE[name]})
    assert found.left_out == ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is compared here; of what is brought, nothing must be said
        assert same_code(found.contents.files["snippets/fine.py"], FINE[name])
        (tmp_path / "fine.py").write_text(found.contents.files["snippets/fine.py"])
        assert read_snippet(tmp_path / "fine.py", "fine", "snippets/fine.py")[1] == []


NOTES: dict[str, tuple[str, int | None, str]] = {
    "a figure that is shown": (
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n",
        3,
        '"figure_1.svg" = "..."',
    ),
    "figures in a loop": (
        "import matplotlib.pyplot as plt\nfor i in 1, 2:\n    plt.plot([i])\n    plt.show()\n",
        4,
        'plt.savefig("odd.svg")',
    ),
    "a figure nowhere": ("import matplotlib.pyplot as plt\nplt.plot([1])\n", 1, "saves none"),
    "a package that is not here": ("import sklearnish\n", 1, "pip install sklearnish"),
    "a name that is made": ("fig = 1\nfor i in 1, 2:\n    fig.savefig(f'{i}.png')\n", 3, "made while it runs"),
    "a figure that nobody tells": ("fig = 1\nfig.savefig('a.png')\n", 2, '"a.png" = "..."'),
    "a figure of another kind": ("fig = 1\nfig.savefig('a.eps')\n", 2, "save it as .svg or .png"),
    "a PDF": ("fig = 1\nfig.savefig('out.pdf')\n", 2, '{{ download("out.pdf") }}'),
    "a server": ("import pandas\nx = pandas.read_csv('https://x.y/z.csv')\n", 2, "https://x.y/z.csv"),
    "a directive": ('"""\nTitle\n=====\n\nText.\n\n.. image:: x.png\n"""\n', 7, "image"),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_is_left_to_do_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    text, line, said = NOTES[name]
    found = of(tmp_path, {"odd.py": text})
    notes = [note for note in found.notes if "pip install pandas" not in note.fix]
    assert told(tuple(notes)) == [("odd.py", line)]
    assert said in str(notes[0])
    assert "snippets/odd.py" in found.contents.files


def test_a_mark_in_a_text_is_none_and_the_others_are(tmp_path: Path) -> None:
    program = "x = '''\n# %% Not\n'''\n# %% Real\nprint(x)\n"
    shown = of(tmp_path, {"a.py": program}).contents.files["docs/a.md"]
    assert '{{ code("top") }}\n\n{{ code("Real") }}\n' in shown and "Not" not in shown


def test_a_module_is_what_lies_in_the_same_folder(tmp_path: Path) -> None:
    """Not what has its name elsewhere, and no notebook."""
    files = {"sub/yaml.py": "print(1)\n", "jinja2.ipynb": notebook(), "a.py": "import yaml\nimport jinja2\n"}
    found = of(tmp_path, dict(files))
    assert found.left_out == () and not found.contents.copies
    found = of(tmp_path, {"yaml.py": "import numpy\nprint(1)\n"})
    assert found.left_out == () and [*found.contents.copies] == ["snippets/yaml.py"]
    assert '# dependencies = ["jinja2", "numpy"]\n' in found.contents.files["snippets/a.py"].lower()
    assert told(found.notes) == [("yaml.py", 2)], "it is run by nobody now"


def test_what_lies_beside_a_program_and_cannot_come_along_is_told(tmp_path: Path) -> None:
    files = {
        "z1.py": "open('left.h5', 'w').write('1')\n",
        "z2.py": "import odd\nodd.File('left.h5')\n",
        "left.h5": "of an earlier run",
        "a.py": "import broken\n",
        "broken.py": "x = (\n",
        "b.py": "import only\ninput()\n",
        "only.py": "x = 1\n",
        "sub/c.py": "open('../t.csv')\n",
        "sub/d.py": "open('link.csv')\nopen('gone.csv')\n",
        "t.csv": "1",
        "x y/t.csv": "1",
        "x y/e.py": "open('t.csv')\n",
        "x-y/t.csv": "2",
        "x-y/f.py": "open('t.csv')\n",
    }
    (tmp_path / "scripts" / "sub").mkdir(parents=True)
    (tmp_path / "scripts" / "sub" / "link.csv").symlink_to("/etc/hostname")
    found = of(tmp_path, dict(files))
    assert [*found.contents.copies] == ["snippets/x_y/t.csv"], "not what a program writes"
    left = {problem.name: problem for problem in found.left_out}
    assert left.keys() == {"a.py", "b.py", "broken.py", "only.py", "sub/c.py", "sub/d.py", "x-y/f.py"}
    assert all(problem.fix for problem in left.values())
    assert [problem.line for problem in found.left_out if problem.name == "sub/d.py"] == [1, 2]
    said = {
        "a.py": "imports broken, which cannot be read",
        "broken.py": "is not a Python program",
        "only.py": "is a module that b.py imports",
        "sub/c.py": 'let it read "t.csv"',
        "sub/d.py": 'reads "gone.csv", which is not there',
        "x-y/f.py": "would lie where x y/t.csv does",
    }
    assert [name for name, words in said.items() if words not in str(left[name])] == []


def test_a_figure_that_nobody_tells_stops_the_build(tmp_path: Path) -> None:
    course = Course.empty(tmp_path / "course")
    path = course.path("odd")
    path.write_text(of(tmp_path, {"odd.py": NOTES["a figure that nobody tells"][0]}).contents.files["snippets/odd.py"])
    assert "has no alt text" in course.fails("check").about("odd")[0]["why"]


def test_names_that_clash_are_told(tmp_path: Path) -> None:
    files = {"a b.py": "1", "a-b.py": "1", "index.py": "1", "generated/x.py": "1", "a_b.ipynb": json.dumps(NOTEBOOK)}
    found = of(tmp_path, dict(files))
    assert [name for name, _ in told(found.left_out)] == ["a-b.py", "a_b.ipynb", "index.py", "generated/x.py"]
    assert "as a b.py is" in str(found.left_out[0])


def test_a_program_whose_need_is_left_out_is_left_out(tmp_path: Path) -> None:
    """And so is one that needs that, in whatever order they are looked at."""
    writer, reader = "open('a.txt', 'w').write(input())\n", "open('b.txt', 'w').write(open('a.txt').read())\n"
    last = "print(open('b.txt').read())\n"
    found = of(tmp_path, {"writer.py": writer, "reader.py": reader, "a_last.py": last, "z_last.py": last})
    assert {name for name, _ in told(found.left_out)} == {"writer.py", "reader.py", "a_last.py", "z_last.py"}


def test_two_writers_of_one_file_are_told(tmp_path: Path) -> None:
    writer = "open('a.txt', 'w')\n"
    found = of(tmp_path, {"one.py": writer, "two.py": writer, "reader.py": "open('a.txt')\n"})
    assert told(found.left_out) == [("reader.py", 1)]
    assert "one.py and two.py" in found.left_out[0].why


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("sub dir/plot-Ring 2.py", "sub_dir/plot_ring_2"),
        ("Schöne Übung.ipynb", "schone_ubung"),
        ("第一章/日本 2.py", "第一章/日本_2"),
        ("?!.py", "program"),
        ("a@b.py", "a_b"),
        ("01_x.py", "01_x"),
    ],
)
def test_names_are_made_valid(place: str, name: str) -> None:
    assert valid_name(place) == name


# ---- notebooks -----------------------------------------------------------------------------------


def notebook(**changes: object) -> str:
    return json.dumps(NOTEBOOK | changes)


def code(source: str, **more: object) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": {},
        "execution_count": 1,
        "outputs": [],
        "source": source,
    } | more


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("{", "no notebook that can be read"),
        ("[]", "no notebook that can be read"),
        ("{}", "no notebook that can be read"),
        (notebook(metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}), "a notebook of R"),
        (notebook(cells=[code("!ls")]), 'cell 1: "!ls" is no Python'),
        (notebook(cells=[code("x = 1"), code("%%bash\nls")]), 'cell 2: "%%bash"'),
        (notebook(cells=[code("x = 1"), code("y = 2\nx = input()")]), "cell 2: asks somebody a question"),
        (notebook(cells=[NOTEBOOK["cells"][0], code("x = 1 +")]), "cell 2: is not a Python program"),
    ],
)
def test_notebooks_that_cannot_be_brought(tmp_path: Path, text: str, said: str) -> None:
    found = of(tmp_path, {"bad.ipynb": text})
    assert said in str(found.left_out[0]) and not [name for name in found.contents.files if "bad" in name]
    told(found.left_out)


@pytest.mark.parametrize(("attached", "told"), [({}, 0), ({"a.png": {"image/png": "aGk="}}, 1)])
def test_a_picture_that_is_attached_is_told(tmp_path: Path, attached: dict[str, object], told: int) -> None:
    cell = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "Text.", "attachments": attached}
    found = of(tmp_path, {"lab.ipynb": notebook(cells=[cell, code("print(1)")])})
    assert sum("attached" in note.why for note in found.notes) == told


def test_a_notebook_without_jupytext_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupytext", None)
    found = of(tmp_path, {"lab.ipynb": notebook()})
    assert told(found.left_out) == [("lab.ipynb", None)]
    assert "pip install jupytext" in str(found.left_out[0])


def test_a_notebook_whose_figure_has_no_alt_text_is_told(tmp_path: Path) -> None:
    drawn = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGk="}}]
    quoted = 'A "line".'
    found = of(
        tmp_path,
        {"lab.ipynb": notebook(cells=[code("1", outputs=drawn), code("2", outputs=drawn, metadata={"alt": quoted})])},
    )
    assert [note.why for note in found.notes] == ["cell 1: shows a figure without alt text"]
    program = found.contents.files["snippets/lab.py"]
    assert "# %% [markdown]\n# # Lab\n" in program, "by a cell of prose a notebook is known"
    assert f"# %% alt={json.dumps(quoted)}\n2\n" in program


# ---- prose ---------------------------------------------------------------------------------------


@pytest.fixture
def lost() -> list[tuple[int, str]]:
    return []


LIST_TABLE = """\
.. list-table:: Runs
   :header-rows: 1

   * - I
     - n
   * - a
     - 1
       2
   * - b
     -
"""


@pytest.mark.parametrize(
    ("rst", "markdown"),
    [
        ("A\n=\n\nText", "A\n=\n\nText"),  # too short to be a rule
        ("Abc\n===\n\nText", "## Abc\n\nText"),
        ("===\nAbc\n===\n\nDef\n---\n\nGhi\n~~~", "## Abc\n\n## Def\n\n### Ghi"),
        ("``a`` and :func:`~a.b.c` and :ref:`text <x>`", "``a`` and `a.b.c` and text"),
        ("`text <https://x.y>`_, `other`_ and name_", "[text](https://x.y), other and name_"),
        ("an_underscored_name and __init__", "an_underscored_name and __init__"),
        ("* a\n* b\n\n  more\n\n  1. c\n     d\n", "- a\n- b\n\n    more\n\n    1. c\n        d"),
        ("#. a\n#. b", "1. a\n1. b"),
        ("term\n   what it is", "term\n:   what it is"),
        ("   quoted\n   twice", "> quoted\n> twice"),
        ("one\n\n----\n\ntwo", "one\n\n---\n\ntwo"),
        (".. seealso:: that\n   and this", "!!! note\n\n    that\n    and this"),
        (".. admonition:: A title\n\n   Text.", '!!! note "A title"\n\n    Text.'),
        (".. a comment\n   goes on\n\nText", "Text"),
        (".. [1] A book.", "[1] A book."),
        (".. math:: x < 1", "\\[\nx < 1\n\\]"),
        ("a < b and <b>", "a &lt; b and &lt;b>"),
        (
            "=====  ===\nA      B\n=====  ===\n``1``  a|b\n       *c*\n\n2      long\n=====  ===\n\nText",
            "| A | B |\n|---|---|\n| ``1`` | a\\|b *c* |\n| 2 | long |\n\nText",
        ),
        ("== ==\n1  2\n== ==", "|  |  |\n|---|---|\n| 1 | 2 |"),
        (
            "+---+----+\n| A | B  |\n+===+====+\n| 1 | 2  |\n|   | 3  |\n+---+----+\n| x |    |\n+---+----+\nText",
            "| A | B |\n|---|---|\n| 1 | 2 3 |\n| x |  |\n\nText",
        ),
        (
            LIST_TABLE,
            "**Runs**\n\n| I | n |\n|---|---|\n| a | 1 2 |\n| b |  |",
        ),
        (
            '.. csv-table::\n   :header: "a", b\n\n   "1, 2", *x*\n   3',
            "| a | b |\n|---|---|\n| 1, 2 | *x* |\n| 3 |  |",
        ),
        ("====  ===\n步数  B\n====  ===\n零    a\n====  ===", "| 步数 | B |\n|---|---|\n| 零 | a |"),
        ("+------+---+\n| 步数 | B |\n+======+===+\n| 0    | 1 |\n+------+---+", "| 步数 | B |\n|---|---|\n| 0 | 1 |"),
        (".. table:: Two\n\n   == ==\n   1  2\n   == ==", "**Two**\n\n|  |  |\n|---|---|\n| 1 | 2 |"),
        ("/// html", "\\/// html"),
        ("see\n#1 and ``#2``", "see\n\\#1 and ``#2``"),
    ],
)
def test_gallery_prose_becomes_markdown(rst: str, markdown: str, lost: list[tuple[int, str]]) -> None:
    assert Converter(lambda line, why: lost.append((line, why))).convert(rst) == markdown
    assert lost == []


TABLES = {
    "spans": ("+---+---+\n| A     |\n+---+---+\n| 1 | 2 |\n+---+---+", "a table has cells that span others"),
    "spans down": ("+---+---+\n| A | B |\n+   +---+\n|   | 2 |\n+---+---+", "a table has cells that span others"),
    "spans in a simple one": ("== == ==\nA  B\n-- -----\n1  2  3\n== == ==", "a table has cells that span others"),
    "a list": ("+-----+---+\n| - a | b |\n| - c |   |\n+-----+---+", "a table has lists or paragraphs in its cells"),
    "two heads": ("== ==\nA  B\na  b\n== ==\n1  2\n== ==", "a table has more than one row of heads"),
    "not closed": ("== ==\nA  B", "a table is not closed"),
    "a grid not closed": ("+---+\n| A |", "a table is not closed"),
    "words between": ("== ==\nA longer\n== ==", "a table has text between its columns"),
    "from a file": (".. csv-table::\n   :file: x.csv", '".. csv-table::" takes its rows from a file'),
    "uneven": (".. list-table::\n\n   * - a\n     - b\n   * - c", "has rows of different lengths"),
    "no rows": (".. csv-table::\n\n", "has no rows"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_markdown_cannot_have_is_told(name: str, lost: list[tuple[int, str]]) -> None:
    rst, why = TABLES[name]
    shown = Converter(lambda line, why: lost.append((line, why))).convert(f"Text\n\n{rst}\n\nMore", 5)
    assert [(line, why in told) for line, told in lost] == [(7, True)], lost
    assert shown.startswith("Text") and shown.endswith("More")
    assert name in {"from a file", "uneven", "no rows"} or rst.strip() in shown, "shown as it was written"


def test_a_reference_finds_its_address_elsewhere_in_the_file() -> None:
    convert = Converter(lambda *_: None, "# .. _here: https://x.y/z\n".replace("# ", "")).convert
    assert convert("Look here_, or `Here`_.") == "Look [here](https://x.y/z), or [Here](https://x.y/z)."


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }}",
        "{% if %}",
        "{## x ##}",
        "{{{ x }}}",
        "``{{ x }}`` {{ y }}",
        "a::\n\n    {{ x }}\n    {% raw %}\n",
        "`{%`",
    ],
)
def test_braces_of_others_call_nothing(text: str) -> None:
    """The page is expanded as pages are, and shows the braces that were there."""
    markdown = Converter(lambda *_: None).convert(text)
    shown = PageLanguage().from_string(markdown).render()
    assert check_markdown(markdown, "x.md") == []
    assert BeautifulSoup(shown, "html.parser").get_text().count("{") == text.count("{")


def test_the_foreign_gallery_is_as_odd_as_the_tests_say() -> None:
    """What the tests above look for stands in the programs that they bring."""
    assert "{{ this }}" in GALLERY and "{{1}}" in GALLERY and "[{{ 0 }}]" in GALLERY
    assert READER.startswith("# /// script")


def test_folders_are_looked_at_and_not_changed(tmp_path: Path) -> None:
    source = lay_out(tmp_path / "scripts")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    bring(source, "A course")
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before


def test_a_course_can_be_made_inside_of_what_it_is_made_from(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)\n")
    (tmp_path / "course").mkdir()
    assert init("course", "--from", ".", cwd=tmp_path).code == 0
    assert sorted(path.name for path in (tmp_path / "course" / "snippets").iterdir()) == ["a.py"]
    assert bring(tmp_path, "Another").programs == 1, "the programs of a course are no others"


def test_nothing_to_bring_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Misused):
        bring(tmp_path, "A course")
    (tmp_path / "a.py").write_text("1 +")
    with pytest.raises(Failed):
        bring(tmp_path, "A course")
