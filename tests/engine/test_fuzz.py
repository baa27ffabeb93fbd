"""What the campaign of `make fuzz` found, each once; and a slice of the campaign itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from genloop.engine.begin.cells import as_program
from genloop.engine.cli import genloop
from genloop.engine.files import locked
from genloop.engine.page.words import faults, read_words
from genloop.engine.record.store import Store
from tests.benchmarks.fuzz import campaign, whole_notebook

from .course import Course, says


def call(course: Course, *words: str, **env: str) -> Result:
    """A command in this process, from the folder of the course."""
    result = CliRunner(env=env).invoke(genloop, ["--project", str(course.root), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_slice_of_the_campaign() -> None:
    counts = campaign(seed=13, inputs=60, stores=15)
    assert counts["found"] == 0 and counts["store"] == 15 and len(counts) > 10


@pytest.mark.parametrize("place", ["docs", ".", "snippets", "..", "docs/../..", "{root}"])
def test_clean_leaves_the_folder_that_somebody_named_for_records(
    tiny: Course, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    beside = tiny.root.parent / "letter.txt"
    beside.write_text("mine")
    before = {path for path in tiny.root.rglob("*") if path.is_file()}
    monkeypatch.chdir(tiny.root)
    assert call(tiny, "clean", GENLOOP_WORK=place.format(root=tiny.root)).exit_code == 0
    assert {path for path in tiny.root.rglob("*") if path.is_file()} == before and beside.read_text() == "mine"


@pytest.mark.parametrize("site", ["snippets", "snippets/walk", ".", "..", ".genloop", "docs/../snippets", "link"])
@pytest.mark.parametrize("command", ["build", "clean"])
def test_site_does_not_take_the_place_of_the_course(tiny: Course, command: str, site: str) -> None:
    settings = tiny.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + f"site_dir: {site}\n")
    (tiny.root / "link").symlink_to("snippets")
    result = call(tiny, command)
    assert result.exit_code == 1 and "site_dir" in result.output
    assert tiny.path("walk/steps").is_file() and "ran" not in result.output


@pytest.mark.parametrize("text", ["x", "[1, 2]", "a: [", "a: b: c", "\0", "[" * 3000], ids=range(6))
@pytest.mark.parametrize("command", ["build", "clean"])
def test_settings_of_the_site_that_are_none(tiny: Course, command: str, text: str) -> None:
    (tiny.root / "mkdocs.yml").write_text(text)
    result = call(tiny, command)
    assert result.exit_code == 1 and "mkdocs.yml" in result.output and "problem" in result.output


def test_call_that_is_nested_too_deep(tiny: Course) -> None:
    page = tiny.root / "docs" / "index.md"
    page.write_text("# A page\n\n{{ " + "[" * 3000 + " }}\n")
    assert "docs/index.md" in says(tiny.fails("build", "index").problems[0])


def test_name_of_a_folder_that_is_not_text(tiny: Course, tmp_path: Path) -> None:
    assert "wrote" in call(tiny, "stage", os.fsdecode(os.fsencode(tmp_path) + b"/b\xff")).output


@pytest.mark.parametrize(
    "text", ["{programs:d}", "{programs!q}", "{programs:99999999999}", "{programs:{x}}", "{0}", "{"]
)
def test_word_that_cannot_be_filled(tmp_path: Path, text: str) -> None:
    own = {"Run first, in the same folder: {programs}.": text, "Output": "Says"}
    assert len(list(faults(own))) == 1
    say = read_words(tmp_path / "mkdocs.yml", own)  # pages are made all the same: all problems are told at once
    assert say("Run first, in the same folder: {programs}.", programs="a").endswith("a.") and say("Output") == "Says"


BROKEN: list[Callable[[dict[str, object]], object]] = [
    lambda table: table.update(cells="x"),
    lambda table: table.update(cells=[{}]),
    lambda table: table.update(cells=[{"cell_type": "code", "metadata": {}, "source": 3}]),
    lambda table: table.pop("cells"),
    lambda table: table.update(metadata={"kernelspec": {"language": 3}}),
    lambda table: table.update(nbformat="x"),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_notebook_that_is_none(broken: Callable[[dict[str, object]], object]) -> None:
    table = whole_notebook()
    assert as_program(json.dumps(table), "x").program
    broken(table)
    with pytest.raises(ValueError, match="notebook"):
        as_program(json.dumps(table), "x")


def test_notebook_without_what_nobody_reads() -> None:
    table = whole_notebook()
    del table["nbformat_minor"]
    table["cells"][1]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": ""}}]
    assert "alt text" in str(as_program(json.dumps(table), "x").notes)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of somebody else, with files as old as those that the store removes."""
    folder = tmp_path / "mine"
    (folder / "ab").mkdir(parents=True)
    (folder / "photos").mkdir()
    for path in (folder / "letter.txt", folder / "ab" / "letter.txt"):
        path.write_text("mine")
        os.utime(path, (0, 0))
    return folder


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("place", ["objects", "records", "work", "objects/ab", "records/a"])
def test_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path, mine: Path, place: str) -> None:
    store = Store(tmp_path / "store")
    (store.folder / place).parent.mkdir(parents=True)
    (store.folder / place).symlink_to(mine)
    before = left(mine)
    store.put("ab" + "0" * 62, b"x")
    store.receive("a", "0" * 16, b"x")
    with store.workplace() as folder:
        assert folder.is_dir()
    store.prune()
    assert left(mine) == before and store.object("ab" + "0" * 62).read_bytes() == b"x"


def test_folder_that_holds_other_things_as_well(mine: Path) -> None:
    """GENLOOP_WORK may be a folder with a `work` and `objects` of somebody else."""
    shutil.copytree(mine, mine / "work")
    shutil.copytree(mine, mine / "objects", ignore=shutil.ignore_patterns("work"))
    os.utime(mine / "objects" / "ab" / "letter.txt", (0, 0))
    before = left(mine)
    store = Store(mine)
    with store.workplace():
        store.prune()
    assert set(left(mine)) == {*before, "lock"}


@pytest.mark.parametrize("what", ["link", "lost link", "pipe"])
@pytest.mark.parametrize("place", ["locked", "store", "claim"])
def test_lock_that_is_something_else(tmp_path: Path, what: str, place: str) -> None:
    store, letter = tmp_path / "store", tmp_path / "letter.txt"
    lock = store / ("claims/a.lock" if place == "claim" else "lock")
    lock.parent.mkdir(parents=True)
    letter.write_text("mine")
    os.mkfifo(lock) if what == "pipe" else lock.symlink_to(letter if what == "link" else tmp_path / "new")
    hold: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "locked": partial(locked, lock),
        "store": Store(store).workplace,
        "claim": partial(Store(store).claim, "a"),
    }
    with hold[place]():
        pass
    assert letter.read_text() == "mine" and not (tmp_path / "new").exists()


def test_file_of_the_store_that_is_far_too_large(tmp_path: Path) -> None:
    """A sparse one: nobody reads two terabytes to learn that it is not what was written."""
    store = Store(tmp_path)
    store.put("ab" + "0" * 62, b"x")
    os.truncate(store.object("ab" + "0" * 62), 2**41)
    assert not store.has("ab" + "0" * 62) and store.program("ab" + "0" * 62) is None


@pytest.mark.parametrize("place", ["objects/ab", "objects", "records/far"])
def test_accept_removes_nothing_where_a_link_leads(tiny: Course, mine: Path, place: str) -> None:
    (mine / "letter.json").write_text("mine")
    (tiny.root / "snippets" / "far.py").write_text(
        '# /// script\n# [tool.genloop]\n# elsewhere = "a GPU"\n# ///\nprint("x: 1")\n'
    )
    link = tiny.root / "snippets" / "elsewhere" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(mine)
    before = left(mine)
    assert call(tiny, "accept", "far", "--why", "x").exit_code == 0
    assert left(mine) == before


def test_project_that_is_a_link_to_itself(tiny: Course) -> None:
    (tiny.root / "loop").symlink_to("loop")
    assert "has no folder snippets/" in call(tiny, "check", "--project", str(tiny.root / "loop")).output


def test_links_to_themselves_on_a_command_line(tiny: Course) -> None:
    for name in ("loop", "loop.py"):
        (tiny.root / name).symlink_to(name)
    staged = call(tiny, "stage", str(tiny.root / "loop"))
    assert staged.exit_code == 1 and "is not of genloop stage" in staged.output
    assert call(tiny, "run", str(tiny.root / "loop.py")).exit_code == 2
    begun = call(tiny, "init", str(tiny.root / "loop"))
    assert begun.exit_code == 2 and "choose another folder" in begun.output
