"""A course that is open: its project, its store, what was accepted, and a runner, each read or started once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path

from genloop.engine.compare.accepted import Accepted, read_accepted
from genloop.engine.program.project import Project, load_project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.brought import find_brought
from genloop.engine.record.freshness import find_record
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.run.fork_client import ServerDied
from genloop.engine.run.runner import Runner

Start = Callable[[Project, Store, Path], Runner]


class OpenCourse:
    """What every step works on. jobs: how many programs may run at once."""

    def __init__(self, project: Project, jobs: int) -> None:
        self.project = project
        self.store = Store(project.store)
        self.jobs = jobs
        self.here: frozenset[str] = frozenset()
        """Of the programs that run elsewhere those that were asked to run on this machine."""
        self.claims = False
        self.closed = False
        self._closing = ExitStack()
        self._lock = threading.Lock()
        self._runner: Runner | None = None
        self._start: Start = Runner

    @cached_property
    def accepted(self) -> Mapping[str, Accepted]:
        """What was accepted when this was first asked for. Raises Failed if it cannot be read."""
        return read_accepted(self.project)

    def is_elsewhere(self, name: str) -> bool:
        """Whether a program is not run on this machine, but shown from the record that was brought along."""
        snippet = self.project.snippets.get(name)
        return snippet is not None and bool(snippet.settings.elsewhere) and name not in self.here

    def find(self, snippet: Snippet, needs: Mapping[str, Record]) -> tuple[Record | None, list[str]]:
        """The record that may be shown now, or None with the reasons. needs: such records of what it needs."""
        if self.is_elsewhere(snippet.name):
            given = {name: one.files for name, one in needs.items()}
            return find_brought(self.project, self.store, snippet, given)
        return find_record(self.project, self.store, snippet, needs)

    @property
    def runner(self) -> Runner:
        """Made when it is first asked for: while nothing is stale, no process starts and no folder is made."""
        with self._lock:
            if self.closed:
                raise ServerDied("the course was closed")
            if self._runner is None:
                self._runner = self._start(
                    self.project, self.store, self._closing.enter_context(self.store.workplace())
                )
                self._closing.callback(self._runner.close)
            return self._runner

    def hand_over(self, start: Start, jobs: int, close: Callable[[], None]) -> None:
        """Has runs done elsewhere. start: makes their runner, once something is stale; close: called in any case."""
        self._start, self.jobs = start, jobs
        self.claims = True
        self._closing.callback(close)

    def claim(self, name: str) -> AbstractContextManager[bool]:
        """Whether a run is ours to do, and no other command's; held until it is done.

        Only where machines share the work: nobody waits for a command that stands still on this one.
        """
        return self.store.claim(name) if self.claims else nullcontext(True)

    def reread(self, *, loaded: bool = False) -> None:
        """Takes the project as it is now. loaded: what a fork server has loaded has changed, so the runner goes.

        It goes as well if another file is the style now.
        """
        with self._lock:
            before, self.project = self.project, load_project(self.project.root)
            self.__dict__.pop("accepted", None)
            if self._runner is not None:
                self._runner.project = self.project
            runner = self._runner
        if (loaded or before.style != self.project.style) and runner is not None:
            self.renew_runner(runner)

    def renew_runner(self, runner: Runner) -> bool:
        """The next run gets a new fork server; what runs in this one ends with it. False if it has one already."""
        with self._lock:
            if self._runner is not runner:
                return False
            self._runner = None
        runner.close()
        return True

    def close(self) -> None:
        """Stops what runs. A thread that was about to run something cannot any more."""
        with self._lock:
            self.closed = True
        self._closing.close()


@contextmanager
def open_course(root: Path, jobs: int) -> Iterator[OpenCourse]:
    """Opens the course at `root`, and in the end stops what still runs in it. Raises Misused if there is none."""
    with closing(OpenCourse(load_project(root), jobs)) as course:
        yield course


def default_jobs() -> int:
    """Runs at once: one per core, divided by the threads of a run. Raises ValueError if these are no number."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return max(1, cores // environment.threads())
