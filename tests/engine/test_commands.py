"""The command line itself: exit codes, --json, --help, new, clean."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genloop.engine.command import Ending, to_the_end

from .course import ROOT, Course

COMMANDS = ("run", "check", "accept", "why", "status", "build", "serve", "stage", "clean", "new", "init")


def test_help_loads_neither_torch_nor_mkdocs() -> None:
    words = [sys.executable, "-X", "importtime", "-m", "genloop", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "genloop" in loaded
    assert not loaded & {"torch", "numpy", "matplotlib", "sklearn", "mkdocs", "jinja2", "markdown", "nbformat"}
    for command in COMMANDS:
        assert re.search(rf"^ *{command}\b", done.stdout, re.M), command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(course: Course, command: str) -> None:
    outcome = course.call(command, "--help")
    assert outcome.code == 0
    assert "--jobs" in outcome.stdout and "--json" in outcome.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["run", "--frobnicate"],
        ["run", "--jobs", "0"],
        ["run", "--jobs", "many"],
        ["run", "unknown"],
        ["check", "unknown"],
        ["check", "--fresh", "unknown"],
        ["why"],
        ["why", "unknown"],
        ["stage"],
        ["new"],
    ],
    ids=" ".join,
)
def test_wrong_usage(course: Course, words: list[str]) -> None:
    course.snippet("known", "print('x: 1')\n")
    outcome = course.call(*words)
    assert outcome.code == 2
    assert outcome.stderr and "Traceback" not in outcome.stderr


def test_wrong_number_of_threads(course: Course) -> None:
    course.snippet("known", "print('x: 1')\n")
    for number in ("many", "0", "-1"):
        outcome = course.call("run", env={"GENLOOP_THREADS": number})
        assert outcome.code == 2
        assert "GENLOOP_THREADS" in outcome.stderr


def test_unknown_name_offers_the_nearest(course: Course) -> None:
    course.snippet("gan/ring", "print('x: 1')\n")
    assert "gan/ring" in course.call("run", "gan/rng").stderr


def test_folder_that_is_no_project(tmp_path: Path) -> None:
    outcome = Course(tmp_path).call("check")
    assert outcome.code == 2
    assert "snippets" in outcome.stderr


def test_what_is_not_installed_is_told(course: Course, tmp_path: Path) -> None:
    (tmp_path / "mkdocs.py").write_text("raise ModuleNotFoundError(\"No module named 'mkdocs'\", name='mkdocs')\n")
    env = {"PYTHONPATH": str(tmp_path)}
    outcome = course.call("build", env=env)
    assert (outcome.code, outcome.stderr) == (
        1,
        "mkdocs: is needed for this, and not installed\n  type: python -m pip install mkdocs\n\n1 problem\n",
    )
    (course.root / "requirements.txt").write_text("mkdocs\n")
    assert "pip install -r requirements.txt" in course.call("build", env=env).stderr


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert Course(tmp_path / "nowhere").call("check").code == 2


def test_project_without_snippets_has_nothing_wrong(course: Course) -> None:
    assert course.passes("check").report == {"ok": True, "problems": [], "runs": []}


def test_project_without_settings_has_defaults(course: Course) -> None:
    (course.root / "pyproject.toml").unlink()
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    course.passes("check")


def test_misspelt_setting_of_the_project(course: Course) -> None:
    (course.root / "pyproject.toml").write_text("[tool.genloop]\npreloda = []\n")
    outcome = course.call("check")
    assert outcome.code == 1
    assert "preload" in outcome.text.replace("preloda", "")


def test_default_project_is_the_current_folder(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "genloop", "check", "--json"],
        cwd=course.root,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"][0]["name"] == "a"


@pytest.mark.parametrize("command", ["run", "check", "status"])
def test_json_is_one_object_on_stdout(course: Course, command: str) -> None:
    course.snippet("good", "print('x: 1')\n", out="x: 1\n")
    report = json.loads(course.call(command, "--json").stdout)
    assert {"ok", "problems", "runs"} <= set(report)
    assert report["ok"] is True


def test_json_keeps_the_shape_of_the_contract(course: Course) -> None:
    course.snippet("good", "print('x: 1')\n", out="x: 1\n")
    course.snippet("wrong", "print('x: 1')\n", out="x: 2\n")
    report = course.fails("check").report
    (problem,) = report["problems"]
    assert {"name", "line", "file", "expected", "actual", "why", "kind"} <= set(problem)
    assert sorted(run["name"] for run in report["runs"]) == ["good", "wrong"]
    assert {"name", "state", "seconds"} <= set(report["runs"][0])


def test_json_of_a_header_problem(course: Course) -> None:
    course.snippet("wrong", "", "timeuot = 5", out="")
    assert course.fails("check").problem("wrong")


def test_lines_without_a_terminal_are_plain(course: Course) -> None:
    course.snippet("topic/good", "print('x: 1')\n", out="x: 1\n")
    outcome = course.call("check", env={"FORCE_COLOR": "", "TERM": "xterm-256color"})
    assert "\x1b" not in outcome.text and "\r" not in outcome.text
    assert "topic/good" in outcome.text


def test_a_line_for_every_run(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "print('x: 1')\n")
    text = course.call("run").text
    assert all(any(re.search(rf"\b{name}\b", line) for line in text.splitlines()) for name in ("a", "b"))


def test_new_snippet_runs_and_can_be_accepted(course: Course) -> None:
    outcome = course.call("new", "vae/first")
    assert outcome.code == 0
    assert "snippets/vae/first.py" in outcome.text and "docs/vae/first.md" in outcome.text
    assert "# /// script" in course.path("vae/first").read_text()
    course.accept("vae/first")
    course.passes("check")
    course.passes("check", "--fresh")


def test_new_page_can_be_staged(course: Course, tmp_path: Path) -> None:
    course.call("new", "vae/first")
    course.accept("vae/first")
    course.passes("stage", str(tmp_path / "staged"))
    page = (tmp_path / "staged" / "vae" / "first.md").read_text()
    assert page.startswith("# ")
    assert course.accepted("vae/first").read_text() in page


@pytest.mark.parametrize("topic", ["generated", "overrides"])
def test_new_writes_no_page_where_nobody_looks_for_pages(course: Course, topic: str) -> None:
    outcome = course.call("new", f"{topic}/x")
    assert outcome.code == 2 and f"docs/{topic}/" in outcome.text
    assert not (course.root / "docs" / topic).exists() and not (course.root / "snippets" / topic).exists()


@pytest.mark.parametrize("taken", ["snippets/vae/first.py", "docs/vae/first.md"])
def test_new_overwrites_nothing(course: Course, taken: str) -> None:
    path = course.root / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    assert course.call("new", "vae/first").code != 0
    assert [p for p in course.root.rglob("first.*") if p.is_file()] == [path]
    assert path.read_text() == "mine\n"


@pytest.mark.parametrize("name", ["intro", "01-basics", "gan/01_ring-of-8", "Intro"])
def test_new_takes_names_with_and_without_a_topic(course: Course, name: str) -> None:
    assert course.call("new", name).code == 0
    course.accept(name)
    course.passes("check")
    assert name in course.page(f"{name}.md", (course.root / "docs" / f"{name}.md").read_text()).read_text()


@pytest.mark.parametrize("where", ["work", "course", "."])
def test_a_checkout_that_may_not_be_written_is_checked(course: Course, tmp_path: Path, where: str) -> None:
    """Records lie below the folder that is named, also if that is the course itself, or one above it."""
    (course.root / "data.txt").write_text("1")
    course.snippet("gan/ring", f"print('x:', open({str(course.root / 'data.txt')!r}).read())\n")
    course.accept("gan/ring")
    shutil.rmtree(course.store)
    before = {path: path.stat().st_mtime_ns for path in [course.root, *course.root.rglob("*")]}
    work = {"GENLOOP_WORK": str(tmp_path / where)}
    assert course.passes("check", env=work).ran == {"gan/ring"}
    assert course.passes("check", env=work).ran == set()
    if (tmp_path / where) != course.root:
        assert {path: path.stat().st_mtime_ns for path in [course.root, *course.root.rglob("*")]} == before
    assert list((tmp_path / where / ".genloop" / "records").rglob("*.json"))
    (course.root / "data.txt").write_text("2")
    assert course.fails("check", env=work).ran == {"gan/ring"}, "what it read is known wherever the record lies"
    course.call("clean", env=work)
    assert (tmp_path / where / ".genloop" / "records").exists() is (tmp_path / where != course.root)


@pytest.mark.parametrize(("number", "is_told"), [(errno.EROFS, True), (errno.EACCES, True), (errno.ENOSPC, False)])
def test_a_checkout_that_may_not_be_written_says_what_to_type(
    number: int, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Ending:
        raise OSError(number, os.strerror(number), "/course/.genloop")

    with pytest.raises(SystemExit):
        to_the_end(fail, Path("/course"), as_json=False)
    told = capsys.readouterr().err
    assert "/course/.genloop" in told and os.strerror(number).lower() in told
    assert ("GENLOOP_WORK=DIR genloop check" in told) is is_told


@pytest.mark.parametrize("name", ["../x", "/x", "A B", "x.py", "a@b", ""])
def test_new_refuses_a_bad_name(course: Course, name: str) -> None:
    assert course.call("new", name).code == 2
    assert not list((course.root / "snippets").iterdir())


def test_clean_removes_what_was_made_and_nothing_else(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n")
    course.page("index.md", "# A page\n")
    course.accept("a")
    for folder in ("docs/generated", "site"):
        (course.root / folder).mkdir()
        (course.root / folder / "made").write_text("x")
    kept = {"snippets/a.py", "snippets/a.out", "snippets/accepted.toml", "docs/index.md", "pyproject.toml"}
    assert course.call("clean").code == 0
    assert {str(path.relative_to(course.root)) for path in course.root.rglob("*") if path.is_file()} == kept
    assert course.call("clean").code == 0


# ---- what names mean -----------------------------------------------------------------------------


@pytest.fixture
def named(course: Course) -> Course:
    """Two programs in one folder, one of them with two variants, and one elsewhere."""
    variants = "[sweeps.seed]\nSEED = [1, 2]\n"
    course.snippet("gan/a", "SEED = 0\nprint('seed:', SEED)\n", variants=variants)
    course.snippet("gan/b", "print('b: 1')\n")
    course.snippet("vae/a", "print('a: 1')\n")
    course.accept("gan/a", "gan/a@seed1", "gan/a@seed2", "gan/b", "vae/a")
    return course


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("gan/*", {"gan/a", "gan/b"}),
        ("*/a", {"gan/a", "vae/a"}),
        ("gan/a@*", {"gan/a@seed1", "gan/a@seed2"}),
        ("gan/a*@seed[2]", {"gan/a@seed2"}),
        ("snippets/gan/b.py", {"gan/b"}),
        ("snippets/gan/b.out", {"gan/b"}),
        ("snippets/gan/a@seed1.out", {"gan/a@seed1"}),
    ],
)
def test_a_name_may_be_a_pattern_or_a_path(named: Course, word: str, meant: set[str]) -> None:
    assert set(named.passes("check", word).states) == meant


def test_a_path_is_found_from_the_folder_one_stands_in(named: Course) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "genloop", "--project", "..", "run", "gan/b.py"],
        cwd=named.root / "snippets",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "b: 1\n"), done.stderr


def test_a_pattern_that_fits_nothing_is_told(named: Course) -> None:
    done = named.call("check", "gan/x*")
    assert done.code == 2
    assert 'there is no snippet "gan/x*"' in done.stderr


@pytest.mark.parametrize("verb", ["why", "compare"])
def test_where_one_is_meant_a_pattern_must_fit_one(named: Course, verb: str) -> None:
    done = named.call(verb, "gan/*")
    assert done.code == 2
    assert '"gan/*" means several: gan/a, gan/b' in done.stderr
    assert named.call(verb, "vae/*").code == 0
    assert named.call(verb, "snippets/vae/a.py").code == 0


def test_accept_takes_all_that_differs_and_nothing_else(named: Course) -> None:
    named.snippet("gan/b", "print('b: 2')\n")
    named.snippet("vae/a", "print('a: 2')\n")
    before = named.accepted("gan/a").read_bytes()
    assert named.passes("accept", "--differing", "vae/*", "--why", "one is more").stdout.count('"vae/a') >= 1
    assert named.accepted("vae/a").read_text() == "a: 2\n"
    assert named.accepted("gan/b").read_text() == "b: 1\n"
    named.passes("accept", "--differing", "--why", "one is more")
    assert named.accepted("gan/b").read_text() == "b: 2\n"
    assert named.accepted("gan/a").read_bytes() == before
    assert "nothing differs" in named.call("accept", "--differing", "--why", "again").stdout


def test_accept_of_nothing_is_wrong_usage(named: Course) -> None:
    done = named.call("accept", "--why", "x")
    assert done.code == 2
    assert "--differing" in done.stderr


def test_accept_differing_stops_where_something_failed(named: Course) -> None:
    named.snippet("gan/b", "print('b: 2')\n")
    named.snippet("vae/a", "raise SystemExit(3)\n")
    assert named.fails("accept", "--differing", "--why", "x").about("vae/a")
    assert named.accepted("gan/b").read_text() == "b: 1\n"


def test_clean_says_what_it_throws_away(named: Course) -> None:
    assert re.search(r"removed \.genloop.*, with 5 records: \d+ seconds of runs", named.call("clean").stdout)
