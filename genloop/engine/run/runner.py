"""Runs a snippet in a folder of its own, and turns what came of it into a Record or into problems."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from genloop.engine.errors import Problem
from genloop.engine.files import digest_of
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import EDITED, Record
from genloop.engine.record.store import Store
from genloop.engine.run import process
from genloop.engine.run.beside import lay_beside, unread
from genloop.engine.run.cells import results
from genloop.engine.run.declared import executed, finished_cells
from genloop.engine.run.fork_client import Finished, Server, Stop
from genloop.engine.run.outcome import printed, problems_of, written
from genloop.engine.run.tracing import BACKEND


@dataclass(frozen=True)
class Fresh:
    """What came of a plain `python file.py`."""

    stdout: str
    folder: Path
    """Where the files that it wrote lie, as long as the runner is open."""
    seconds: float
    problems: list[Problem]


@dataclass(frozen=True)
class Traced:
    """What a run that ended well left behind. `place` holds run/, stdout and stderr."""

    place: Path
    seconds: float
    read: list[str]
    """Paths."""
    own: list[str]
    """What of its own folder it read or asked about, by the way from there."""
    imports: list[str]
    """Top-level names."""
    distributions: list[str]
    """Those whose metadata it read."""
    files: Mapping[str, Path]
    """What it wrote, by name."""
    beside: Mapping[str, str]
    """The files of the course that it was given -> their sha256."""


class Runner:
    """Runs one snippet at a time per calling thread, each in an empty folder of its own."""

    def __init__(self, project: Project, store: Store, work: Path) -> None:
        self.project = project
        self.store = store
        self.work = work
        self.server = Server(project, work)
        self.numbers = itertools.count(1)

    def run(
        self, snippet: Snippet, needs: Mapping[str, Record], *, keep: bool = True, stop: Stop | None = None
    ) -> tuple[Record | None, list[Problem]]:
        """A traced run of the snippet in a forked child; its record, which is in the store then, or the problems.

        keep=False: the store does not get it. stop: by which another thread ends it; it ends with problems then.
        """
        place = self._place(snippet)
        try:
            beside, problems = lay_beside(self.project, snippet, place / "run")
            if problems:
                return None, problems
            given = beside | self._give_needs(snippet, needs, place / "run")
            if not snippet.notebook:  # its kernel is a process of its own
                self.server.preload(self._heavy(snippet))
            run = self._start(snippet, place, fresh=False, stop=stop)
            problems = problems_of(snippet, place, run, given, fresh=False)
            if problems:
                return None, problems
            try:
                trace = json.loads((place / "trace.json").read_text(encoding="utf-8"))
            except OSError:
                why = "ended without a trace of what it used; it must end by itself, not through os._exit"
                return None, [Problem("run", snippet.name, why)]
            folder = place / "run"
            files = {path.relative_to(folder).as_posix(): path for path in written(snippet, folder, given)}
            used = (trace["files"], trace["own"], trace["imports"], trace["distributions"])
            traced = Traced(place, run.seconds, *used, files, beside)
            if problems := unread(self.project, snippet, traced.own):
                return None, problems
            record = self._record(snippet, needs, traced)
            if keep:
                self.store.add(record, files, snippet.body)
            return record, []
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def run_fresh(self, snippet: Snippet, folders: Mapping[str, Path]) -> Fresh:
        """Plain `python file.py`; folders: where the fresh runs of what it needs left their files."""
        place = self._place(snippet)
        given, problems = lay_beside(self.project, snippet, place / "run")
        if problems:
            return Fresh("", place / "run", 0.0, problems)
        for name, folder in folders.items():
            need = self.project.snippets[name]
            for file in (*need.settings.files, *need.settings.figures):
                target = place / "run" / need.variant / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file, target)
                given[str(Path(need.variant, file))] = digest_of(target) or ""
        run = self._start(snippet, place, fresh=True)
        problems = problems_of(snippet, place, run, given, fresh=True)
        return Fresh(printed(snippet, place), place / "run", run.seconds, problems)

    def lay_out(self, record: Record) -> Path:
        """A folder with the files of a record, as its run left them."""
        folder = self.work / str(next(self.numbers)) / "run"
        for file in record.files:
            self.store.copy(record, file, folder / file)
        return folder

    def close(self) -> None:
        self.server.close()

    def _heavy(self, snippet: Snippet) -> list[str]:
        """Of the modules that the project preloads those that this program will import, as far as that is known.

        By its own import statements, and by what its last run reached through modules of the project.
        """
        earlier = self.store.newest(snippet.name)
        reached = set(earlier[0].packages) if earlier else set()
        imports = self.project.imports(snippet)

        def wanted(module: str) -> bool:
            top = module.partition(".")[0]
            return top in imports or not reached.isdisjoint(environment.versions([top]))

        return [module for module in self.project.preload if wanted(module)]

    def _place(self, snippet: Snippet) -> Path:
        place = self.work / str(next(self.numbers))
        (place / "run").mkdir(parents=True)
        (place / "run" / snippet.path.name).write_text(snippet.source, encoding="utf-8")
        for stream in ("stdout", "stderr"):
            (place / stream).touch()
        return place

    def _give_needs(self, snippet: Snippet, needs: Mapping[str, Record], folder: Path) -> dict[str, str]:
        """Puts the files of what the snippet needs into its folder; returns them with their sha256."""
        given = {}
        for name in snippet.settings.needs:
            variant = self.project.snippets[name].variant
            for file, digest in needs[name].files.items():
                self.store.copy(needs[name], file, folder / variant / file)
                given[str(Path(variant, file))] = digest
        return given

    def _start(self, snippet: Snippet, place: Path, *, fresh: bool, stop: Stop | None = None) -> Finished:
        request: dict[str, object] = {
            "program": snippet.path.name,
            "folder": str(place / "run"),
            "stdout": str(place / "stdout"),
            "stderr": str(place / "stderr"),
            "trace": str(place / "trace.json"),
            "memory": snippet.settings.memory,
            "largest": snippet.settings.most_bytes,
            "modules": sorted(snippet.own_modules),
            "raises": bool(snippet.settings.raises),
            "environment": {"MPLBACKEND": f"module://{BACKEND}"} if snippet.settings.shows else {},
        }
        if fresh:
            request["command"] = [sys.executable, snippet.path.name]
        elif snippet.notebook:
            task = self._notebook_task(snippet, place)
            request["command"] = process.call("genloop.engine.run.notebook", "execute", json.dumps(task))
        return self.server.run(request, snippet.settings.timeout, stop)

    def _notebook_task(self, snippet: Snippet, place: Path) -> dict[str, object]:
        trace = {"file": str(place / "trace.json"), "root": str(self.project.root), "folder": str(place / "run")}
        return {
            "program": snippet.program,
            "notebook": str(place / "run" / executed(snippet)),
            "scratch": str(place / "jupyter"),
            "trace": {**trace, "apart": environment.apart(self.project)},
        }

    @property
    def _style(self) -> Path:
        return environment.style_of(self.project)

    def _record(self, snippet: Snippet, needs: Mapping[str, Record], run: Traced) -> Record:
        given = {name: self.project.relative(path) for name, path in snippet.beside.items()}
        asked = {name: found for name in run.distributions if (found := environment.version(name))}
        packages = asked | environment.versions(run.imports)
        cells = finished_cells(snippet, run.files[executed(snippet)].read_bytes()) if snippet.notebook else []
        return Record(
            name=snippet.name,
            stdout=printed(snippet, run.place),
            files={name: digest_of(path) or "" for name, path in run.files.items()},
            seconds=round(run.seconds, 3),
            program=snippet.digest,
            inputs=self._inputs(snippet, run.read, run.place) | {given[name]: run.beside[name] for name in given},
            needs={name: dict(needs[name].files) for name in snippet.settings.needs},
            packages=packages,
            direct=list(environment.versions(self.project.imports(snippet))),
            settings=environment.settings() | snippet.settings.of_a_run,
            style=environment.style_digest(self._style) if "matplotlib" in packages else "",
            processor=self._machine(snippet),
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            results=results(cells),
            given=given,
        )

    @staticmethod
    def _machine(snippet: Snippet) -> str:
        """The processor; of a program that needs more than that, also what may be it."""
        parts = [environment.processor(), environment.graphics() if snippet.settings.elsewhere else ""]
        return ", ".join(filter(None, parts))

    def _inputs(self, snippet: Snippet, paths: list[str], place: Path) -> dict[str, str]:
        began, now = (place / "run" / snippet.path.name).stat().st_mtime, time.time()
        inputs = {}
        for path in map(Path, paths):
            if path != snippet.path:
                # A file edited while the run read it: nobody knows which text counted, so the record is stale at once.
                edited = path.exists() and began < path.stat().st_mtime <= now
                inputs[self.project.relative(path)] = EDITED if edited else digest_of(path) or ""
        return inputs
