"""Has runs done by the workers of a dask.distributed cluster, and takes in what they answer.

A scheduler and its workers run whatever they are sent, and what they say to Dask is unpickled here: connect only to one
that is your own. What *programs* wrote is no part of that; it comes as bytes, and is checked (see `answer`).
"""

from __future__ import annotations

import contextlib
import itertools
import shlex
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeVar

import distributed
from distributed import CancelledError
from distributed.scheduler import KilledWorker

from genloop.engine.cluster import answer, machine, tree, worker
from genloop.engine.cluster.answer import Answer, Damaged
from genloop.engine.cluster.connection import Cluster, told
from genloop.engine.errors import Failed, Problem
from genloop.engine.open_course import OpenCourse
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.run.fork_client import ServerDied, Stop
from genloop.engine.run.runner import Runner

END = 10.0
"""Seconds in which workers must have ended what a command left to them."""
LOOK = 2.0
"""Seconds between two looks at how many workers there are."""
TRIES = 10
"""Answers that are no end of a run: a worker lacks files, or is not like this machine."""
SMALL = 2**20
"""Bytes of given files that are sent along unasked."""

Result = TypeVar("Result")


class NotRun(Exception):
    """Why there is no answer."""


def join(course: OpenCourse, address: str, jobs: int | None) -> None:
    """Has all runs of a course done by a cluster. jobs: how many at once, if not as many as the workers take."""
    cluster = Cluster(address)

    def start(project: Project, store: Store, work: Path) -> Runner:
        return ClusterRunner(cluster, project, store, work, grow)

    def grow() -> None:
        """Workers come and go."""
        course.jobs = jobs or max(1, sum(cluster.workers.values()))

    course.hand_over(start, jobs or sum(cluster.workers.values()), cluster.close)


class ClusterRunner(Runner):
    """A runner whose runs are done elsewhere; all that it writes into the store, it writes here."""

    def __init__(self, cluster: Cluster, project: Project, store: Store, work: Path, grow: Callable[[], None]) -> None:
        """grow: told from time to time to see how many workers there are."""
        super().__init__(project, store, work)
        self.grow = grow
        self.grown = time.monotonic()
        self.cluster = cluster
        self.session = f"genloop-{uuid.uuid4().hex}"
        self.tasks = itertools.count(1)
        self.running: set[distributed.Future[bytes]] = set()
        self.unfit: set[str] = set()
        self.closed = False
        here = machine.describe(machine.distributions(project))
        self._compare(here)
        self.tree = tree.pack(project)
        plugin = worker.Session(self.session, self.tree, self._sent_project(), here)
        self._call(lambda: cluster.client.register_plugin(plugin, name=self.session))

    def run(
        self, snippet: Snippet, needs: Mapping[str, Record], *, keep: bool = True, stop: Stop | None = None
    ) -> tuple[Record | None, list[Problem]]:
        """As `Runner.run`, on a worker. Raises Failed if there is no cluster any more."""
        if time.monotonic() - self.grown > LOOK:
            self.grown = time.monotonic()
            self._call(self.grow)
        given, at = self._given(needs, None), ""
        for _ in range(TRIES):
            try:
                found = answer.read(self._ask(snippet, needs, given, at, stop), snippet)
            except KilledWorker as killed:
                return None, [self._killed(snippet, killed)]
            except Damaged as damaged:
                return None, [Problem("run", snippet.name, f"a worker gave an answer that is none: {damaged}")]
            except NotRun as none:
                return None, [Problem("run", snippet.name, f"was not run on a worker: {none}")]
            if found.unfit:
                self._refuse_late(found)
            elif found.lacks:
                given, at = self._given(needs, found.lacks), found.worker
            else:
                return self._take(found, snippet, needs, keep)
        why = f"was sent {TRIES} times, and no worker had what it needs"
        return None, [Problem("run", snippet.name, why, fix=f"again: genloop run {shlex.quote(snippet.name)}")]

    def close(self) -> None:
        """Cancels what runs; when this is done nothing of it is left on a worker that answers."""
        self.closed = True
        if self.cluster.there:
            with contextlib.suppress(Exception):
                self.cluster.client.cancel(list(self.running), force=True)
                self.cluster.client.sync(self._end, callback_timeout=END)
        super().close()

    async def _end(self) -> None:
        await self.cluster.client.unregister_worker_plugin(self.session)

    def _ask(
        self, snippet: Snippet, needs: Mapping[str, Record], given: Mapping[str, bytes], at: str, stop: Stop | None
    ) -> object:
        """What a worker answers. at: the one that should be asked, if it is still there."""
        known = {name: (self._sent(self.project.snippets[name]), needs[name]) for name in snippet.settings.needs}
        others = self.project.snippets.values() if snippet.beside else ()
        alike = {one.name: self._sent(one) for one in others if one.base == snippet.base}
        task = worker.Task(self._sent(snippet), known, given, alike)
        chosen = [at] if at else [one for one in self.cluster.workers if one not in self.unfit] if self.unfit else []
        key = f"{self.session}-{next(self.tasks)}-{snippet.name}"
        try:
            future = self.cluster.client.submit(
                worker.run,
                self.session,
                task,
                key=key,
                pure=False,
                workers=chosen or None,
                allow_other_workers=bool(chosen),
            )
        except Exception as error:  # noqa: BLE001 - whatever a client that was closed just now raises
            self._gone(error)
        self.running.add(future)
        if stop:
            stop.reaches(lambda: future.cancel(force=True))
        try:
            if self.closed:
                raise ServerDied("the course was closed")
            return self._wait_for(future)
        except (KilledWorker, ServerDied, Failed):
            raise
        except CancelledError as cancelled:
            if stop and stop.asked and not self.closed:
                raise NotRun("it was stopped") from None
            self._gone(cancelled)
        except Exception as error:  # noqa: BLE001 - what the worker could not even begin
            raise NotRun(told(error)) from None
        finally:
            self.running.discard(future)
            future.release()

    def _wait_for(self, future: distributed.Future[bytes]) -> bytes:
        """Its result; Dask itself would wait forever for a first worker after the last one has gone."""
        alone = 0
        while True:
            try:
                return future.result(timeout=self.cluster.wait)
            except TimeoutError:
                if future.done():
                    raise
            alone = 0 if self._call(lambda: self.cluster.workers) else alone + 1
            if alone > 1:
                fix = f"what has run is kept; start one: dask worker {self.cluster.address}"
                self.cluster.refuse("all workers went away", fix)

    def _take(
        self, found: Answer, snippet: Snippet, needs: Mapping[str, Record], keep: bool
    ) -> tuple[Record | None, list[Problem]]:
        """Stores a record that says nothing else than what is here."""
        record = found.record
        if found.problems or record is None:
            return None, list(found.problems) or [Problem("run", snippet.name, f"{found.worker} gave no record")]
        if wrong := [*answer.contradictions(record, snippet, needs, self.project, self.tree.files)]:
            why = f"ran on {found.worker}, where something is not as it is here"
            return None, [Problem("run", snippet.name, why, details=tuple(wrong), fix="make them alike, then again")]
        if keep:
            self.store.put(snippet.digest, snippet.body.encode())
            for digest, data in found.files.items():
                self.store.put(digest, data)
            self.store.receive(record.name, found.identifier, found.text)
        return record, []

    def _given(self, needs: Mapping[str, Record], lacks: Iterable[str] | None) -> dict[str, bytes]:
        """The files that a worker lacks; None: those that are small, together."""
        digests = {digest for record in needs.values() for digest in record.files.values()}
        if lacks is not None:
            return {digest: self.store.read(digest) for digest in digests & set(lacks)}
        sizes = {digest: self.store.object(digest).stat().st_size for digest in digests}
        small = sum(sizes.values()) <= SMALL
        return {digest: self.store.read(digest) for digest in digests} if small else {}

    def _sent(self, snippet: Snippet) -> Snippet:
        """The snippet without what only pages and comparisons need."""
        settings = replace(snippet.settings, variants={}, expect={}, dependencies=())
        root = self.project.root
        beside = {name: path.relative_to(root) for name, path in snippet.beside.items()}
        return replace(snippet, path=snippet.path.relative_to(root), settings=settings, sections=(), beside=beside)

    def _sent_project(self) -> Project:
        """The project without what comes with the tasks, or is not needed for a run."""
        modules = {name: self._sent(one) for name, one in self.project.modules.items()}
        return Project(Path(), {}, modules, self.project.preload, style=self.project.style)

    def _compare(self, here: machine.Machine) -> None:
        """Refuses workers on which runs would depend on something else, all of them at once."""
        names = [key for key in here if key not in worker.SETTINGS]
        found = self._call(lambda: self.cluster.client.run(worker.described, names, on_error="return"))
        unlike = self._of_scheduler(here)
        known = self._call(lambda: self.cluster.workers)
        for address, there in sorted(found.items()):
            if address not in known:
                continue  # it went away just now
            wrong = machine.compare(here, there) if isinstance(there, dict) else [told(there)]
            if wrong:
                unlike.append(f"worker {address}: {'; '.join(wrong)}")
        if unlike:
            fix = "install there what is installed here, start them with the same settings, then again"
            self.cluster.refuse("the cluster is not like this machine", fix, unlike)

    def _of_scheduler(self, here: machine.Machine) -> list[str]:
        """What is wrong with the scheduler, which reads tasks before it gives them away."""
        try:
            there = self.cluster.client.run_on_scheduler(worker.described, [])
        except Exception as error:  # noqa: BLE001 - there may be no genloop at all
            return [f"scheduler: {told(error)}"] if self.cluster.there else self._gone(error)
        return [f"scheduler: engine {there['engine']}, here {here['engine']}"] * (there["engine"] != here["engine"])

    def _refuse_late(self, found: Answer) -> None:
        """A worker that came after the others were compared, or is full: it gets no more runs, if there is another."""
        self.unfit.add(found.worker)
        if not self.cluster.workers.keys() - self.unfit:
            why = f"worker {found.worker}: {'; '.join(found.unfit)}"
            self.cluster.refuse("no worker is left that can run this", "make it like this machine, then again", [why])

    def _killed(self, snippet: Snippet, killed: KilledWorker) -> Problem:
        times = killed.allowed_failures + 1
        why = f"was given up: {times} workers went away while they ran it, the last one {killed.last_worker.address}"
        fix = f"see whether it takes a machine with it: genloop run {shlex.quote(snippet.name)}"
        return Problem("run", snippet.name, why, fix=fix)

    def _call(self, call: Callable[[], Result]) -> Result:
        """What a scheduler that may go away at any time is asked."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - OSError, a time-out, or what Dask makes of them
            self._gone(error)

    def _gone(self, error: BaseException) -> NoReturn:
        if self.closed:
            raise ServerDied("the course was closed") from None
        self.cluster.refuse(f"the scheduler went away ({told(error)})", "what has run is kept; start it, then again")
