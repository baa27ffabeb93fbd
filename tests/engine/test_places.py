"""Where programs printed what was accepted: what is noted, what of it counts, and what pages show of it."""

from __future__ import annotations

import shutil
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from genloop.engine.compare import places
from genloop.engine.compare.accepted import read_accepted
from genloop.engine.compare.places import Place
from genloop.engine.program.project import load_project
from genloop.engine.record import environment

from .course import Course, says

PAGE = (
    "# A\n\n{{ code('b') }}\n\n{{ output('b') }}\n\n{{ code('a', fold=True) }}\n\n{{ output('a') }}\n\n{{ places() }}\n"
)
TWO = {"GENLOOP_THREADS": "2", "ATEN_CPU_CAPABILITY": "default"}


@pytest.fixture
def noted(course: Course) -> Course:
    """Two programs that were run afresh here; `b` needs what `a` writes."""
    (course.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    (course.root / "data.txt").write_text("1")
    read = f"import click\nopen('n.txt', 'w').write('1')\nprint('x:', open({str(course.root / 'data.txt')!r}).read())\n"
    course.snippet("a", read, 'files = ["n.txt"]')
    course.snippet("b", "print('y:', open('n.txt').read())\n", 'needs = ["a"]')
    course.page("index.md", PAGE)
    course.accept("a", "b")
    assert "noted in snippets/places.toml: 2 of 2 as accepted in linux-" in note(course).stdout
    return course


def note(course: Course, *words: str, **env: str) -> Any:
    return course.call("check", "--fresh", "--note-place", *words, env=env)


def table(course: Course) -> dict[str, Any]:
    return tomllib.loads((course.root / "snippets" / "places.toml").read_text())


def page(course: Course) -> BeautifulSoup:
    course.passes("build")
    return BeautifulSoup((course.root / "site" / "index.html").read_text(), "html.parser")


def rows(course: Course) -> list[list[str]]:
    (shown,) = [one for one in page(course).find_all("table") if "As accepted" in one.get_text()]
    return [[cell.get_text() for cell in row.find_all("td")] for row in shown.find_all("tr")[1:]]


def test_a_place_is_noted_once_and_another_beside_it(noted: Course) -> None:
    before = table(noted)
    (here,) = before["places"].values()
    assert here["system"] == environment.system() and here["packages"]["click"] == environment.version("click")
    assert before["runs"].keys() == {"a", "b"} and not before["runs"]["a"]["other"]
    note(noted)
    assert table(noted) == before
    note(noted, **TWO)
    both = table(noted)
    assert len(both["places"]) == 2 and all(len(run["same"]) == 2 for run in both["runs"].values())
    assert any("default-2-threads" in name for name in both["places"])


def test_programs_that_import_other_packages_are_in_the_same_place(
    noted: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted.snippet("c", "import jinja2\nprint('z: 3')\n")
    noted.accept("c")
    note(noted, "c")
    (here,) = table(noted)["places"].values()
    assert {"click", "Jinja2"} <= here["packages"].keys()
    project, accepted = load_project(noted.root), read_accepted(load_project(noted.root))
    version = environment.version
    monkeypatch.setattr(environment, "version", lambda name: "9.9" if name == "click" else version(name))
    assert places.note(project, accepted, {"a": True}).endswith("-2"), "another version is another place"
    assert table(noted)["runs"]["a"]["same"] == sorted(table(noted)["places"])


def test_pages_show_where_it_holds(noted: Course) -> None:
    note(noted, **TWO)
    shown = page(noted).get_text()
    assert shown.count("Holds on") == 2 and "default, 2 threads, Python 3." in shown and "Differs on" not in shown
    found = rows(noted)
    assert [row[3:] for row in found] == [["2", ""], ["2", ""]]
    assert all("click" in row[1] and environment.processor().split(",")[0] in row[0] for row in found)


def test_a_program_that_differs_somewhere_is_told_there(noted: Course) -> None:
    noted.accepted("b").write_text("y: 2\n")
    note(noted)
    assert table(noted)["runs"]["b"] == table(noted)["runs"]["b"] | {"same": []}
    noted.snippet("b", "import os\nprint('y:', os.environ.get('GENLOOP_THREADS', '1'))\n", 'needs = ["a"]')
    noted.accepted("b").write_text("y: 1\n")
    noted.accept("b")
    note(noted)
    said = note(noted, **TWO)
    assert said.code == 1 and "y: 2" in said.text
    shown = page(noted).get_text()
    assert "Differs on" in shown and sorted(row[3:] for row in rows(noted)) == [["1", "1"], ["2", ""]]


@pytest.mark.parametrize("what", ["program", "needed program", "data", "accepted"])
def test_what_has_changed_since_counts_no_more(noted: Course, what: str) -> None:
    if what == "data":
        (noted.root / "data.txt").write_text("1 ")
        noted.accepted("a").write_text("x: 1 \n")
    elif what == "accepted":
        noted.accepted("b").write_text("y:  1\n")  # which verifies as before
    else:
        path = noted.path("b" if what == "program" else "a")
        path.write_text(path.read_text() + "# a word more\n")
    left = {"program": {"a"}, "accepted": {"a"}}.get(what, set())
    assert page(noted).get_text().count("Holds on") == len(left)
    note(noted, "a" if left else "b")
    assert left <= table(noted)["runs"].keys()
    assert len(table(noted)["runs"]) == (1 if left else 2), "what counts no more is gone from the file"


def test_a_program_that_is_gone_takes_its_place_with_it(noted: Course) -> None:
    note(noted, "b", **TWO)
    for path in (noted.path("b"), noted.accepted("b")):
        path.unlink()
    note(noted, "a")
    assert table(noted)["runs"].keys() == {"a"} and len(table(noted)["places"]) == 2, "it ran there for b"
    noted.path("a").write_text(noted.path("a").read_text() + "# a word more\n")
    note(noted, "a")
    assert len(table(noted)["places"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = [",
        "[places]\nx = 3",
        "[runs.a]\ndigest = 'x'\nsame = ['nowhere']\nother = []",
        "[runs.a]\ndigest = 3\nsame = []\nother = []",
        "[runs.a]\ndigest = 'x'\nsame = [3]\nother = []",
        "[more]",
        "runs = 3",
        "\xff",
    ],
)
def test_a_file_that_nobody_wrote_is_told(noted: Course, text: str) -> None:
    (noted.root / "snippets" / "places.toml").write_bytes(text.encode("latin-1"))
    checked = noted.fails("check", "--fresh", "--note-place")
    assert checked.ran == set(), "it is told before anything runs"
    for outcome in (noted.fails("build"), checked):
        (problem,) = outcome.problems
        assert "git checkout snippets/places.toml" in says(problem)
    assert (noted.root / "snippets" / "places.toml").read_bytes() == text.encode("latin-1"), "and left as it is"


def test_two_at_once_lose_nothing(noted: Course, tmp_path: Path) -> None:
    other = Course(tmp_path / "other")
    shutil.copytree(noted.root, other.root)
    threads = [threading.Thread(target=note, args=(noted,), kwargs={"GENLOOP_THREADS": str(n)}) for n in (2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(table(noted)["places"]) == 4 and all(len(run["same"]) == 4 for run in table(noted)["runs"].values())


def test_without_fresh_nothing_is_noted(noted: Course) -> None:
    assert noted.call("check", "--note-place").code == 2


@pytest.mark.parametrize(
    ("processor", "short"),
    [
        ("AMD EPYC, avx512", "avx512"),
        ("Some, 3, avx2, 2 threads, ATEN_CPU_CAPABILITY=default", "default, 2 threads"),
        ("arm64, MKL_CBWR=COMPATIBLE", "no avx2, MKL_CBWR=COMPATIBLE"),
    ],
)
def test_a_place_in_few_words(processor: str, short: str) -> None:
    assert Place("Linux", processor, "3.11.7", {}, "2026-11-27").instructions == short
