"""What runs on a worker: one session for each command that has runs done there.

A plugin of the worker, which the scheduler gives to those that come later as well. It unpacks the project at the first
run, and runs with the runner and the limits that a run has anywhere.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from genloop.engine.cluster import answer, machine, tree
from genloop.engine.errors import Problem
from genloop.engine.open_course import OpenCourse
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import Record
from genloop.engine.run.fork_client import ServerDied, Stop

IDLE = 60.0
"""Seconds without a run after which a session puts away what it has: its command may be gone."""


@dataclass(frozen=True)
class Task:
    """One run. The paths of snippets are those in the project."""

    snippet: Snippet
    needs: Mapping[str, tuple[Snippet, Record]]
    given: Mapping[str, bytes]
    """Files of the needs, by digest; the worker may have others already."""
    alike: Mapping[str, Snippet] = field(default_factory=dict)
    """Its program and the variants of that, if files of the course lie beside it: one may use what another does not."""


class Session(WorkerPlugin):
    """What one command has on one worker."""

    def __init__(self, name: str, packed: tree.Tree, project: Project, here: machine.Machine) -> None:
        """project: with the paths of its modules in it; its snippets come with the tasks."""
        self.name = name
        self.archive = packed.archive
        self.paths = packed.modules
        self.project = project
        self.here = here

    def setup(self, worker: Worker) -> None:
        self.worker = worker
        self.folder = Path(worker.local_directory).resolve() / self.name
        self.lock = threading.Lock()
        self.stops: dict[str, Stop] = {}
        """By the key of a task that runs now."""
        self.snippets: dict[str, Snippet] = {}
        """Those that others need, as far as they have come."""
        self.course: OpenCourse | None = None
        self.closed = False
        self.idle: threading.Timer | None = None
        self.unfit = machine.compare(self.here, described([key for key in self.here if key not in SETTINGS]))

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask gives it
        self.closed = True
        with self.lock:
            self._put_away()

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Ends a run that nobody waits for any more: it was cancelled, or its command or the scheduler is gone."""
        if not str(key).startswith(self.name):
            return
        if finish == "executing":
            self.stops.setdefault(str(key), Stop())
        elif start == "executing" and finish == "released" and (stop := self.stops.get(str(key))):
            stop()

    def run(self, task: Task, key: str) -> bytes:
        if self.unfit:
            return answer.not_run(self.worker.address, unfit=self.unfit)
        stop = self.stops.setdefault(key, Stop())
        try:
            course = self._opened()
            for digest, data in task.given.items():
                course.store.put(digest, data)
            wanted = {digest for _, record in task.needs.values() for digest in record.files.values()}
            if lacks := answer.lacking(course.store, wanted):
                return answer.not_run(self.worker.address, lacks=lacks)
            record, problems = self._run(course, task, stop)
            return answer.ran(self.worker.address, record, course.store, problems)
        except OSError as error:  # a full disk: another worker may have room
            return answer.not_run(self.worker.address, unfit=[str(error)])
        finally:
            del self.stops[key]
            self._rest(stop.asked)

    def _run(self, course: OpenCourse, task: Task, stop: Stop) -> tuple[Record | None, list[Problem]]:
        snippet = _below(self.folder, task.snippet)
        known = {name: _below(self.folder, need) for name, (need, _) in task.needs.items()}
        known |= {name: _below(self.folder, one) for name, one in task.alike.items()}
        self.snippets.update(known)
        runner = None
        try:
            runner = course.runner
            return runner.run(snippet, {name: record for name, (_, record) in task.needs.items()}, stop=stop)
        except ServerDied as died:
            if self.closed or course.closed:
                raise Reschedule from None  # the worker goes: its run goes elsewhere
            if runner is not None:
                course.renew_runner(runner)
            return None, [Problem("run", snippet.name, str(died), fix=f"again: genloop run {snippet.name}")]

    def _opened(self) -> OpenCourse:
        with self.lock:
            if self.closed:
                raise Reschedule
            if self.idle is not None:
                self.idle.cancel()
            if self.course is None:
                tree.unpack(self.archive, self.folder)
                paths = tuple(str(self.folder / path) for path in self.paths)
                modules = {name: _below(self.folder, one) for name, one in self.project.modules.items()}
                project = replace(self.project, root=self.folder, snippets=self.snippets, modules=modules, paths=paths)
                self.course = OpenCourse(project, self.worker.state.nthreads)
            return self.course

    def _rest(self, given_up: bool) -> None:
        """After a run: nothing stays for long if no other comes."""
        with self.lock:
            if not self.stops and not self.closed:
                if self.idle is not None:
                    self.idle.cancel()
                self.idle = threading.Timer(0.0 if given_up else IDLE, self._put_away_if_idle)
                self.idle.daemon = True
                self.idle.start()

    def _put_away_if_idle(self) -> None:
        with self.lock:  # a run says that it is there before it asks for the lock
            if not self.stops:
                self._put_away()

    def _put_away(self) -> None:
        """Ends what runs, and removes the project with all that was made; another run unpacks it again."""
        course, self.course = self.course, None
        if self.idle is not None:
            self.idle.cancel()
        if course is not None:
            course.close()
        shutil.rmtree(self.folder, ignore_errors=True)


SETTINGS = {"engine", "Python", "threads", *environment.NUMERIC}
"""What a machine is compared by besides distributions."""


def described(names: list[str]) -> machine.Machine:
    """What a worker is asked before the first run."""
    environment.forget()  # it may be older than what was installed on it
    return machine.describe(names)


def run(session: str, task: Task) -> bytes:
    """The task that workers are given."""
    worker = get_worker()
    plugin = worker.plugins.get(session)
    if not isinstance(plugin, Session):  # its command has ended
        raise Reschedule
    return plugin.run(task, str(worker.get_current_task()))


def _below(root: Path, snippet: Snippet) -> Snippet:
    beside = {name: root / path for name, path in snippet.beside.items()}
    return replace(snippet, path=root / snippet.path, beside=beside)
