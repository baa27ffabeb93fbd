"""What makes a record stale, and what does not. What was really read counts; what was declared or touched does not."""

from __future__ import annotations

import importlib
import os
import py_compile
import shutil
import sys
from pathlib import Path

import pytest

from genloop.engine.open_course import open_course
from genloop.engine.pipeline import stale
from genloop.engine.record import environment
from genloop.engine.run import tracing

from .course import ROOT, Course, says, until

ONE = "print('x: 1')\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Three snippets that have run: `first` writes a file, `second` needs it, `third` stands alone."""
    course = Course.empty(tmp_path_factory.mktemp("chain") / "course")
    course.snippet("first", "open('number.txt', 'w').write('1')\nprint('x: 1')\n", 'files = ["number.txt"]', "x: 1\n")
    course.snippet("second", "print('x:', open('number.txt').read())\n", 'needs = ["first"]', "x: 1\n")
    course.snippet("third", ONE, "[tool.genloop.expect]\nx = { abs = 1 }", "x: 1\n")
    assert course.passes("run").ran == {"first", "second", "third"}
    return course


@pytest.fixture
def chain(prepared: Course, course: Course) -> Course:
    """A copy of the prepared course, store and all."""
    shutil.copytree(prepared.root, course.root, dirs_exist_ok=True)
    return course


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_changed_nothing_runs(chain: Course) -> None:
    """Not even in another folder, with new file times."""
    assert set(chain.passes("run").states.values()) == {"cached"}


def test_check_uses_what_run_made(chain: Course) -> None:
    assert set(chain.passes("check").states.values()) == {"cached"}


def test_touched_files_run_nothing(chain: Course) -> None:
    for path in chain.root.rglob("*.py"):
        os.utime(path, (1, 1))
    assert not chain.passes("run").ran


def test_edited_prose_runs_nothing(chain: Course) -> None:
    chain.page("index.md", "# Other words\n")
    (chain.root / "README.md").write_text("Other words.\n")
    assert not chain.passes("run").ran


def test_edited_expectation_runs_nothing_and_counts_at_once(chain: Course) -> None:
    chain.accepted("third").write_text("x: 2\n")
    chain.passes("check")
    edit(chain.path("third"), "abs = 1", "between = [2, 3]")
    outcome = chain.fails("check")
    assert outcome.problem("third")
    assert not outcome.ran


def test_edited_alt_text_runs_nothing(course: Course) -> None:
    program = "open('a.svg', 'w').write('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>')\n"
    path = course.snippet("draw", program, '[tool.genloop.figures]\n"a.svg" = "A chart."')
    course.passes("run")
    edit(path, "A chart.", "An empty chart.")
    assert not course.passes("run").ran


def test_another_house_style_makes_exactly_the_figures_stale(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The style is the engine's, and no file that a run reads: its digest stands in the record of who drew."""
    course.snippet("draw", "import matplotlib\nprint('x: 1')\n")
    course.snippet("print", "print('x: 1')\n")
    course.passes("run")
    with open_course(course.root, jobs=1) as opened:
        assert stale(opened) == {"draw": [], "print": []}
        monkeypatch.setattr(environment, "style_digest", lambda _: "0" * 64)
        assert stale(opened) == {"draw": ["the style of figures, matplotlibrc, changed"], "print": []}


def test_a_course_has_a_style_of_its_own_or_none(course: Course) -> None:
    settings = course.root / "pyproject.toml"
    course.snippet("draw", "import matplotlib\nprint('size:', matplotlib.rcParams['font.size'])\n")
    course.snippet("print", "print('x: 1')\n")
    course.accept("draw", "print")
    assert course.accepted("draw").read_text() == "size: 11.0\n"

    settings.write_text('[tool.genloop]\npreload = []\nstyle = "docs/matplotlibrc"\n')
    assert "style must be a matplotlibrc of the course" in says(course.fails("check").problems[0])

    style = course.root / "docs" / "matplotlibrc"
    style.write_text("font.size: 7\n")
    outcome = course.fails("check")
    assert outcome.ran == {"draw"} and "size: 7.0" in says(outcome.problem("draw"))
    style.write_text("font.size: 8\n")
    with open_course(course.root, 1) as opened:
        assert stale(opened)["draw"] == ["the style of figures, matplotlibrc, changed"], "and for no other reason"
    assert "size: 8.0" in says(course.fails("check", "--fresh").problem("draw"))

    settings.write_text("[tool.genloop]\npreload = []\nstyle = false\n")
    assert "size: 10.0" in says(
        course.fails("check").problem("draw")
    )  # matplotlib's own, whatever a user's rc file says
    settings.write_text("[tool.genloop]\npreload = []\nstyle = true\n")
    assert not course.passes("check").ran


def test_edited_program_runs_it_but_not_who_needs_its_unchanged_files(chain: Course) -> None:
    edit(chain.path("first"), "print('x: 1')", "print('x: ' + '1')")
    assert chain.passes("run").ran == {"first"}


def test_edited_program_runs_those_whose_needed_files_changed(chain: Course) -> None:
    edit(chain.path("first"), "write('1')", "write('2')")
    assert chain.passes("run").ran == {"first", "second"}


def test_named_snippet_runs_with_its_needs_and_without_the_others(chain: Course) -> None:
    for name in ("first", "second", "third"):
        edit(chain.path(name), "print(", "print('', end='') or print(")
    assert chain.passes("run", "second").ran == {"first", "second"}
    assert chain.passes("run").ran == {"third"}


def test_edit_that_is_taken_back_runs_nothing(chain: Course) -> None:
    before = chain.path("third").read_text()
    edit(chain.path("third"), "print(", "print(end='') or print(")
    assert chain.passes("run").ran == {"third"}
    chain.path("third").write_text(before)
    assert not chain.passes("run").ran


def test_changed_needs_run_the_snippet(chain: Course) -> None:
    chain.snippet("third", ONE, 'needs = ["first"]', "x: 1\n")
    assert chain.passes("run").ran == {"third"}


def test_edited_constant_of_a_variant_runs_that_variant_alone(course: Course) -> None:
    asked = "[variants.a]\nSEED = 1\n[variants.b]\nSEED = 2\n"
    course.snippet("train", "SEED = 0\nprint('x:', SEED)\n", variants=asked)
    course.snippet("then", ONE, 'needs = ["train", "train@a"]')
    assert course.passes("run").ran == {"train", "train@a", "train@b", "then"}
    edit(course.variants("train"), "SEED = 2", "SEED = 3")
    assert "snippets/train.py or snippets/train.variants.toml changed" in course.call("why", "train@b").text
    assert course.passes("run").ran == {"train@b"}


def test_comment_or_another_form_of_the_same_variants_runs_nothing(course: Course) -> None:
    asked = "[variants.seed1]\nSEED = 1\n[variants.seed2]\nSEED = 2\n"
    course.snippet("train", "SEED = 0\nprint('x:', SEED)\n", variants=asked)
    assert len(course.passes("run").ran) == 3
    course.variants("train").write_text("# For the page.\n[sweeps.seed]\nSEED = [1, 2]\n")
    assert not course.passes("run").ran


def test_project_file_that_was_read(course: Course) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    course.snippet("reader", f"print('x:', open({str(data)!r}).read().strip())\n")
    course.snippet("other", ONE)
    course.passes("run")
    data.write_text("2\n")
    assert course.passes("run").ran == {"reader"}


@pytest.mark.parametrize(
    "how",
    [
        "import os, io\nf = os.open(PATH, os.O_RDONLY)\nprint(os.read(f, 9))\n",
        "from pathlib import Path\nprint(Path(PATH).read_bytes())\n",
        "import json\nprint(json.load(open(PATH)))\n",
        "import csv\nprint(list(csv.reader(open(PATH, newline=''))))\n",
        "import numpy as np\nprint(np.loadtxt(PATH))\n",
    ],
    ids=["descriptor", "pathlib", "json", "csv", "numpy"],
)
def test_every_way_of_reading_is_seen(course: Course, how: str) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    course.snippet("reader", f"PATH = {str(data)!r}\n{how}")
    course.passes("run")
    data.write_text("2\n")
    assert course.passes("run").ran == {"reader"}


def test_project_file_that_was_looked_for_and_absent(course: Course) -> None:
    data = course.root / "data.txt"
    course.snippet("seeker", f"try:\n    print(open({str(data)!r}).read())\nexcept OSError:\n    print('none')\n")
    course.passes("run")
    data.write_text("1\n")
    assert course.passes("run").ran == {"seeker"}


def test_deleted_project_file(course: Course) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    course.snippet("reader", f"print(open({str(data)!r}).read())\n")
    course.passes("run")
    data.unlink()
    assert "data.txt" in says(course.fails("run").problem("reader"))


def test_project_file_that_was_read_through_a_link(course: Course, tmp_path: Path) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    (tmp_path / "link").symlink_to(course.root)
    course.snippet("reader", f"print(open({str(tmp_path / 'link' / 'data.txt')!r}).read())\n")
    course.passes("run")
    data.write_text("2\n")
    assert course.passes("run").ran == {"reader"}


def test_project_file_with_a_time_in_the_future(course: Course) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    os.utime(data, (4e9, 4e9))
    course.snippet("reader", f"print(open({str(data)!r}).read())\n")
    course.passes("run")
    assert not course.passes("run").ran


def test_project_file_that_was_edited_while_it_was_read(course: Course, tmp_path: Path) -> None:
    """The run saw the old text; a record with the new one would be wrong for ever."""
    data, seen, go = course.root / "data.txt", tmp_path / "seen", tmp_path / "go"
    data.write_text("1\n")
    course.snippet(
        "reader",
        f"import time\nfrom pathlib import Path\nprint('x:', Path({str(data)!r}).read_text())\n"
        f"Path({str(seen)!r}).touch()\n"
        f"while not Path({str(go)!r}).exists():\n    time.sleep(0.01)\n",
    )
    process = course.start("run")
    assert until(seen.exists)
    data.write_text("2\n")
    go.touch()
    process.communicate(timeout=20)
    assert course.passes("run").ran == {"reader"}
    assert not course.passes("run").ran


def module(course: Course, name: str, text: str) -> str:
    """Write a module of the project; returns the lines that let a program import it."""
    path = course.root / "lib" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return f"import sys\nsys.path.insert(0, {str(path.parent)!r})\n"


def test_project_module_that_was_imported(course: Course) -> None:
    start = module(course, "tool", "VALUE = 1\n")
    module(course, "unused", "VALUE = 1\n")
    course.snippet("user", start + "import tool\nprint(tool.VALUE)\n")
    course.snippet("other", ONE)
    course.passes("run")
    module(course, "unused", "VALUE = 2\n")
    assert not course.passes("run").ran
    module(course, "tool", "VALUE = 22\n")
    assert "lib/tool.py" in course.call("why", "user").text
    assert course.passes("run").ran == {"user"}


def test_module_that_was_imported_by_a_module(course: Course) -> None:
    start = module(course, "outer", "from inner import VALUE\n")
    module(course, "inner", "VALUE = 1\n")
    course.snippet("user", start + "def f():\n    from outer import VALUE\n    return VALUE\nprint(f())\n")
    course.passes("run")
    module(course, "inner", "VALUE = 22\n")
    assert course.passes("run").ran == {"user"}


def test_module_that_a_fork_server_preloads(course: Course) -> None:
    """The server must not hand out yesterday's module, and a preloaded module is an input like any other."""
    module(course, "tool", "VALUE = 1\n")
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["tool"]\n')
    env = {"PYTHONPATH": str(course.root / "lib")}
    course.snippet("user", "import tool\nprint(tool.VALUE)\n")
    course.snippet("other", ONE)
    course.passes("run", env=env)
    module(course, "tool", "VALUE = 22\n")
    assert course.passes("run", env=env).ran == {"user"}
    course.passes("accept", "user", "--why", "test", env=env)
    assert course.accepted("user").read_text() == "22\n"


@pytest.fixture
def package(tmp_path: Path) -> dict[str, str]:
    """The environment in which a distribution `toypkg` 1.0 is installed outside the project."""
    install(tmp_path, "1.0")
    return {"PYTHONPATH": str(tmp_path / "site")}


def install(folder: Path, version: str) -> None:
    site = folder / "site"
    (site / "toypkg").mkdir(parents=True, exist_ok=True)
    (site / "toypkg" / "__init__.py").write_text("VALUE = 1\n")
    info = site / "toypkg-0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: toypkg\nVersion: {version}\n")
    (info / "top_level.txt").write_text("toypkg\n")
    (info / "RECORD").write_text("toypkg/__init__.py,,\ntoypkg-0.dist-info/METADATA,,\n")


def test_upgraded_package_runs_what_imported_it(course: Course, tmp_path: Path, package: dict[str, str]) -> None:
    course.snippet("user", "import toypkg\nprint('x:', toypkg.VALUE)\n")
    course.snippet("other", ONE)
    course.passes("run", env=package)
    assert not course.passes("run", env=package).ran
    install(tmp_path, "2.0")
    why = course.call("why", "user", env=package)
    assert "toypkg 1.0 -> 2.0" in why.text
    assert course.passes("run", env=package).ran == {"user"}


def test_upgraded_package_that_is_preloaded_runs_what_imported_it(
    course: Course, tmp_path: Path, package: dict[str, str]
) -> None:
    """The fork server has imported it for everybody; only what a run itself asked for counts."""
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["toypkg"]\n')
    course.snippet("user", "import toypkg\nprint('x:', toypkg.VALUE)\n")
    course.snippet("late", "def f():\n    from toypkg import VALUE\n    return VALUE\nprint('x:', f())\n")
    course.snippet("dynamic", "import importlib\nprint('x:', importlib.import_module('toypkg').VALUE)\n")
    course.snippet("other", ONE)
    course.passes("run", env=package)
    install(tmp_path, "2.0")
    assert course.passes("run", env=package).ran == {"user", "late", "dynamic"}


def test_upgraded_package_behind_another_one(course: Course, tmp_path: Path, package: dict[str, str]) -> None:
    (tmp_path / "site" / "front.py").write_text("from toypkg import VALUE\n")
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["front"]\n')
    course.snippet("user", "import front\nprint('x:', front.VALUE)\n")
    course.snippet("other", ONE)
    course.passes("run", env=package)
    install(tmp_path, "2.0")
    assert course.passes("run", env=package).ran == {"user"}


def test_removed_package_runs_what_imported_it(course: Course, package: dict[str, str]) -> None:
    course.snippet("user", "import toypkg\nprint('x:', toypkg.VALUE)\n")
    course.passes("run", env=package)
    assert "toypkg" in course.call("why", "user").text
    assert "toypkg" in says(course.fails("run").problem("user"))


def test_number_of_threads_runs_everything(chain: Course) -> None:
    other = {"GENLOOP_THREADS": "2"}
    assert "threads 1 -> 2" in chain.call("why", "third", env=other).text
    assert chain.passes("run", env=other).ran == {"first", "second", "third"}


def test_instruction_set_runs_everything(chain: Course) -> None:
    other = {"ATEN_CPU_CAPABILITY": "default"}
    assert "ATEN_CPU_CAPABILITY" in chain.call("why", "third", env=other).text
    assert chain.passes("run", env=other).ran == {"first", "second", "third"}


def test_unrelated_environment_runs_nothing(chain: Course) -> None:
    assert not chain.passes("run", env={"EDITOR": "ed", "COLUMNS": "44", "TERM": "dumb"}).ran


# `why` and `status` say the cause in words, without running anything.


def test_why_of_a_fresh_snippet(chain: Course) -> None:
    outcome = chain.call("why", "third")
    assert outcome.code == 0
    assert "fresh" in outcome.text or "nothing" in outcome.text


def test_why_of_a_snippet_that_never_ran(course: Course) -> None:
    course.snippet("new", ONE)
    outcome = course.call("why", "new")
    assert outcome.code == 0
    assert "never" in outcome.text or "no record" in outcome.text


def test_why_names_the_edited_program(chain: Course) -> None:
    edit(chain.path("third"), "print(", "print(end='') or print(")
    assert "third.py" in chain.call("why", "third").text
    assert not chain.passes("run", "first").ran


def test_why_names_the_need_that_changed(chain: Course) -> None:
    edit(chain.path("first"), "write('1')", "write('2')")
    assert "first" in chain.call("why", "second").text
    chain.passes("run", "first")
    assert "first gave other files" in chain.call("why", "second").text


def test_why_names_the_data_file(course: Course) -> None:
    data = course.root / "data.txt"
    data.write_text("1\n")
    course.snippet("reader", f"print('x:', open({str(data)!r}).read().strip())\n")
    course.passes("run")
    data.write_text("2\n")
    assert "data.txt" in course.call("why", "reader").text


def test_why_of_an_unknown_name(chain: Course) -> None:
    outcome = chain.call("why", "thrid")
    assert outcome.code == 2
    assert "third" in outcome.text


def test_status_names_what_is_stale_and_because_of_what(chain: Course) -> None:
    edit(chain.path("third"), "print(", "print(end='') or print(")
    outcome = chain.call("status")
    assert outcome.code == 0
    line = outcome.text.splitlines()[line_of_text(outcome.text, "third")]
    assert "third.py" in line
    assert chain.passes("run").ran == {"third"}


def line_of_text(text: str, word: str) -> int:
    return next(number for number, line in enumerate(text.splitlines()) if word in line)


def test_status_runs_nothing(course: Course, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    course.snippet("touch", f"open({str(outside)!r}, 'w').close()\n")
    assert course.call("status").code == 0
    assert course.call("why", "touch").code == 0
    assert not outside.exists()


@pytest.mark.parametrize(
    "asks",
    [
        "import os; print('x:', os.path.exists(FILE))",
        "import pathlib; print('x:', pathlib.Path(FILE).is_file())",
        "import os; print('x:', 'data.txt' in os.environ or os.access(FILE, 0) or os.path.isfile(FILE))",
    ],
)
def test_file_that_was_only_asked_about(course: Course, asks: str) -> None:
    file = course.root / "data.txt"
    course.snippet("one", f"FILE = {str(file)!r}\n{asks}\n", out="x: False\n")
    course.passes("run")
    assert not course.passes("run").ran
    file.write_text("1")
    assert course.call("run", "--json").ran == {"one"}
    assert not course.passes("run").ran
    file.unlink()
    assert course.passes("run", "one").states["one"] in {"ran", "cached"}


def test_file_that_was_opened_from_its_folder(course: Course) -> None:
    (course.root / "data").mkdir()
    file = course.root / "data" / "number.txt"
    file.write_text("1")
    opened = f"os.open('number.txt', os.O_RDONLY, dir_fd=os.open({str(file.parent)!r}, os.O_RDONLY))"
    course.snippet("one", f"import os\nprint('x:', os.read({opened}, 9).decode())\n")
    course.passes("run")
    assert not course.passes("run").ran
    file.write_text("2")
    assert course.passes("run").ran == {"one"}


def test_link_that_leads_elsewhere_now(course: Course, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_text(str(number))
    link = course.root / "number.txt"
    link.symlink_to(tmp_path / "1.txt")
    course.snippet("one", f"print('x:', open({str(link)!r}).read())\n")
    course.passes("run")
    assert not course.passes("run").ran
    link.unlink()
    link.symlink_to(tmp_path / "2.txt")
    assert course.passes("run").ran == {"one"}
    (tmp_path / "2.txt").write_text("3")
    assert course.passes("run").ran == {"one"}


IN_VAIN = "try:\n    import helper\nexcept ImportError:\n    helper = None\nprint('x:', helper is None)\n"
FOUND = "import importlib.util\nprint('x:', importlib.util.find_spec('helper') is None)\n"


@pytest.mark.parametrize("program", [IN_VAIN, FOUND])
def test_module_that_is_there_now(course: Course, program: str) -> None:
    (course.root / "lib").mkdir()
    course.snippet("one", program)
    env = {"PYTHONPATH": str(course.root / "lib")}
    course.passes("run", env=env)
    assert not course.passes("run", env=env).ran
    (course.root / "lib" / "helper.py").write_text("a = 1\n")
    assert course.passes("run", env=env).ran == {"one"}


def test_module_that_hides_another_one_now(course: Course) -> None:
    for folder in ("first", "second"):
        (course.root / folder).mkdir()
    (course.root / "second" / "helper.py").write_text("a = 1\n")
    course.snippet("one", "import helper\nprint('x:', helper.a)\n")
    env = {"PYTHONPATH": os.pathsep.join(str(course.root / folder) for folder in ("first", "second"))}
    course.passes("run", env=env)
    assert not course.passes("run", env=env).ran
    (course.root / "first" / "helper.py").write_text("a = 2\n")
    assert course.passes("run", env=env).ran == {"one"}


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [
        ("_ast", 0, 0),  # in Python itself: nothing goes before it
        ("_asyncio", 0, 2),  # a compiled module of the standard library
        ("json", 0, 2),
        ("nowhere", 2, 2),  # imported in vain: wherever it is put, it is found next time
    ],
)
def test_only_what_would_be_found_before_a_module_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, last: int, first: int
) -> None:
    """The project is last on the path of an editable install, and first where somebody puts it there."""
    importlib.import_module("_asyncio")
    reads = tracing.Reads(str(tmp_path), str(tmp_path / "run"), [])
    path = [entry for entry in sys.path if entry and Path(entry).resolve() != ROOT]
    for entries, count in (([*path, str(tmp_path)], last), ([str(tmp_path), *path], first)):
        monkeypatch.setattr(sys, "path", entries)
        assert len([*tracing._before(name, reads)]) == count


@pytest.mark.parametrize("compiled", [False, True])
def test_module_that_was_loaded_from_its_file(course: Course, compiled: bool) -> None:
    module = course.root / "helper.py"
    module.write_text("a = 1\n")
    if compiled:
        py_compile.compile(str(module))
    lines = [
        "import importlib.util",
        f"spec = importlib.util.spec_from_file_location('helper', {str(module)!r})",
        "helper = importlib.util.module_from_spec(spec)",
        "spec.loader.exec_module(helper)",
        "print('x:', helper.a)\n",
    ]
    course.snippet("one", "\n".join(lines))
    course.passes("run")
    assert not course.passes("run").ran
    module.write_text("a = 23\n")
    assert course.passes("run").ran == {"one"}


def test_version_of_a_package_that_is_asked_for_and_not_imported(
    course: Course, tmp_path: Path, package: dict[str, str]
) -> None:
    course.snippet("one", "import importlib.metadata\nprint('x:', importlib.metadata.version('toypkg'))\n")
    course.passes("run", env=package)
    assert not course.passes("run", env=package).ran
    install(tmp_path, "2.0")
    assert course.passes("run", env=package).ran == {"one"}


def test_the_time_zone_of_the_machine_changes_nothing(course: Course) -> None:
    course.snippet("one", "import time\nprint('zone:', time.tzname[0])\n", out="zone: UTC\n")
    course.passes("check", env={"TZ": "Asia/Tokyo"})
    course.passes("check", "--fresh", env={"TZ": "Asia/Tokyo"})
