"""The promise: copy any program from a page into an empty folder, and it prints what the page shows.

And all that was verified, shown or not: this is also the check that no forked run hides anything.

The text comes from the built HTML. Each program runs as a reader runs it, plain `python name.py` with nothing of
genloop in sight. What it needs beside it was written by the programs that its page says to run first. The files of
variants are those of the build: they are the same programs with other constants, and there are many of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from genloop.engine.compare.verify import fixed
from genloop.engine.open_course import open_course
from genloop.engine.pipeline import update
from genloop.engine.program.project import Project, load_project
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.steps import add_up
from tests.site.built import ROOT, SITE, Program, pages, squeeze, tree
from tests.site.tree import fenced

DOWNLOADS = SITE / "generated" / "download"


@dataclass
class Shown:
    """What the pages show of one program."""

    name: str
    whole: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    """Terminal output, all of it or the lines of one label."""

    @property
    def text(self) -> str | None:
        """The program, if a reader can copy all of it: in one piece or in sections."""
        if self.whole:
            return self.whole[0]
        order = list(Program.named(self.name).sections)
        if set(order) == set(self.parts):
            return "\n".join(self.parts[section] for section in order)
        return None


def shown() -> dict[str, Shown]:
    found: dict[str, Shown] = {}
    for page in pages():
        for block in tree(page).all("div", cls="gl-code"):
            if "data-module" in block.attrs:
                continue  # is imported by programs, and copied with them
            one = found.setdefault(block.attrs["data-snippet"], Shown(block.attrs["data-snippet"]))
            if section := block.attrs.get("data-section"):
                one.parts[section] = fenced(block)
            else:
                one.whole.append(fenced(block))
        for block in tree(page).all("div", cls="gl-output"):
            one = found.setdefault(block.attrs["data-snippet"], Shown(block.attrs["data-snippet"]))
            one.outputs.append(fenced(block))
        for block in tree(page).all("div", cls="gl-note"):
            one = found.setdefault(block.attrs["data-snippet"], Shown(block.attrs["data-snippet"]))
            (fold,) = block.all("details", cls="gl-printed")
            one.outputs.append(fold.all("pre")[0].text + "\n")
        for name, text, printed in notebook(page):
            found[name] = Shown(name, whole=[text], outputs=[printed])
    return found


def notebook(page: str) -> list[tuple[str, str, str]]:
    """Name, program and terminal output of a rendered notebook: its code cells and its streams, in order."""
    root = tree(page)
    if not root.all(cls="jp-Notebook"):
        return []
    name = page.removeprefix("generated/notebooks/").removesuffix(".html")
    cells = [area.all("pre")[0].text for area in root.all(cls="jp-InputArea-editor")]
    streams = [pre.text for area in root.all(cls="jp-OutputArea-output") for pre in area.all("pre")]
    return [(name, "\n".join(cells), "".join(streams))]


@dataclass(frozen=True)
class Ran:
    """What a copied program did, and the folder it left."""

    folder: Path
    code: int
    stdout: str
    stderr: str


SHOWN = shown()
PROGRAMS = {name: one.text for name, one in SHOWN.items() if "@" not in name and one.text is not None}
# A reader's machine need not have what a program needs that runs elsewhere: its files are those of the build.
ELSEWHERE = {name for name, one in load_project(ROOT).snippets.items() if one.settings.elsewhere}
RUN = sorted(PROGRAMS.keys() - ELSEWHERE)


def test_every_program_on_a_page_is_there_in_full() -> None:
    """A reader who meets one section of a program finds the rest of it on the site."""
    torn = [name for name, one in SHOWN.items() if (one.whole or one.parts) and one.text is None]
    assert torn == []


def test_every_program_is_on_a_page() -> None:
    assert {name for name in project().snippets if "@" not in name} == set(PROGRAMS)


def test_sections_and_whole_are_the_same_program() -> None:
    for name, one in SHOWN.items():
        assert len(set(map(squeeze, one.whole))) <= 1, name
        for section, text in one.parts.items():
            assert all(squeeze(text) in squeeze(whole) for whole in one.whole), f"{name}: {section}"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Every program of the site, run once, in the order of what they need, each in an empty folder."""
    root = tmp_path_factory.mktemp("reader")
    needs: dict[str, Sequence[str]] = {}
    queue = list(PROGRAMS)
    while queue:
        name = queue.pop()
        needs[name] = [] if "@" in name or name in ELSEWHERE else project().snippets[name].settings.needs
        queue += [need for need in needs[name] if need not in needs]
    return {name: run(name, root) for name in TopologicalSorter(needs).static_order()}


@cache
def project() -> Project:
    return load_project(ROOT)


@cache
def built() -> Mapping[str, Record]:
    """The records that the site was built from."""
    with open_course(ROOT, jobs=1) as course:
        return add_up(update(course, []), lambda _: None).records


def run(name: str, root: Path) -> Ran:
    folder = root / name
    folder.mkdir(parents=True)
    if "@" in name or name in ELSEWHERE:
        for file in built()[name].files:
            Store(project().store).copy(built()[name], file, folder / file)
        return Ran(folder, 0, built()[name].stdout, "")
    text = PROGRAMS.get(name) or (DOWNLOADS / f"{name}.py").read_text(encoding="utf-8")
    for need in project().snippets[name].settings.needs:
        place = folder / need.partition("@")[2]
        place.mkdir(exist_ok=True)
        for path in (root / need).iterdir():
            if path.is_file() and path.suffix != ".py":
                shutil.copy(path, place)
    for called, path in project().snippets[name].beside.items():
        shared = path.relative_to(ROOT / "snippets").as_posix()
        (folder / called).parent.mkdir(parents=True, exist_ok=True)
        published = DOWNLOADS if path.suffix == ".py" else DOWNLOADS.with_name("data")
        shutil.copy(published / shared, folder / called)
    (folder / f"{Path(name).name}.py").write_text(text, encoding="utf-8")
    # A reader's environment: nothing of ours, but one thread, so that two cores serve the whole test run.
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "ATEN_CPU_CAPABILITY") if key in os.environ}
    done = subprocess.run(
        [sys.executable, f"{Path(name).name}.py"],
        cwd=folder,
        env={**kept, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return Ran(folder, done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("name", RUN or ["no page shows a program"])
def test_copied_program_prints_what_the_page_shows(name: str, copied: dict[str, Ran]) -> None:
    ran = copied[name]
    assert ran.code == 0, ran.stderr[-2000:]
    expect = project().snippets[name].settings.expect
    printed = fixed(ran.stdout, expect)
    assert printed == fixed(built()[name].stdout, expect)
    for output in SHOWN[name].outputs:
        lines = fixed(output, expect)
        assert lines
        # All lines, or those of one label, in their order.
        assert lines == printed or lines == [line for line in printed if line in set(lines)]


@pytest.mark.parametrize("name", RUN or ["no page shows a program"])
def test_copied_program_writes_what_its_header_declares(name: str, copied: dict[str, Ran]) -> None:
    header = Program.named(name).header
    figures, files = header.get("figures", {}), header.get("files", [])
    assert isinstance(figures, dict)
    assert isinstance(files, list)
    for file in [*figures, *files]:
        assert (copied[name].folder / file).is_file(), file


def test_every_output_on_a_page_is_of_a_program_on_a_page() -> None:
    """Otherwise a reader could not check it."""
    assert [name for name, one in SHOWN.items() if one.outputs and "@" not in name and name not in PROGRAMS] == []
