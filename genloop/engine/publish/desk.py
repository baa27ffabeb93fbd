"""A course while somebody writes it: what is known of each program, and runs in the background of what is stale.

Nothing here stops at what is wrong: a program that fails or differs has its problems, a stale one its last record.
"""

from __future__ import annotations

import contextlib
import graphlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from genloop.engine import steps
from genloop.engine.compare import accepted
from genloop.engine.errors import Failed, Problem
from genloop.engine.open_course import OpenCourse
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import brought, environment
from genloop.engine.record.record import Record
from genloop.engine.run.declared import record_problems
from genloop.engine.run.fork_client import ServerDied, Stop

QUICK = 5.0
"""Seconds that a run may take which goes before trainings that keep all cores busy; one that is new may be quick."""


@dataclass(frozen=True)
class Known:
    """What is known of a program."""

    record: Record | None = None
    """The newest that may be shown, None if it never ran."""
    fresh: bool = False
    problems: tuple[Problem, ...] = ()
    """What is wrong with this run, or with the attempt to make one."""
    failed: bool = False
    """Whether the program as it is now was tried in vain."""


@dataclass(frozen=True)
class Running:
    """A run that was begun."""

    snippet: Snippet
    needs: Mapping[str, Record]
    expected: float
    """The seconds that it will take, 0 if nobody knows."""
    stop: Stop = field(default_factory=Stop)


class Desk:
    """Holds what is known, follows edits, and runs what is stale, first what the looked-at page shows."""

    def __init__(self, course: OpenCourse, changed: Callable[[str], None]) -> None:
        """changed: is told, from any thread, of each program of which something else is known now."""
        self.course = course
        self.changed = changed
        self.known: dict[str, Known] = {}
        self.running: dict[str, Running] = {}
        self.wanted: frozenset[str] = frozenset()
        """The programs of the page that is looked at."""
        self.accepted: Mapping[str, accepted.Accepted] = {}
        self.wrong: tuple[Problem, ...] = ()
        """What is wrong with accepted.toml."""
        self._path: dict[str, float] = {}
        self._expected: dict[str, float] = {}
        self._changed = threading.Condition(threading.RLock())
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._look_at(course.project.snippets)

    @property
    def project(self) -> Project:
        return self.course.project

    @property
    def style(self) -> Path:
        """The matplotlibrc of the course."""
        return environment.style_of(self.project)

    def start(self) -> None:
        """Begins to run what is stale. One thread more than there are jobs, for what is quick."""
        for number in range(self.course.jobs + 1):
            thread = threading.Thread(target=self._work, args=(number == self.course.jobs,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.course.close()
        for thread in self._threads:
            thread.join(5)

    def want(self, names: Iterable[str]) -> None:
        """Says what the page shows that is looked at now: that goes first."""
        with self._changed:
            known = [name for name in names if name in self.project.snippets]
            with contextlib.suppress(Failed):  # a circle of needs, which is told
                self.wanted = frozenset(self.project.select(known)) if known else frozenset()
            self._changed.notify_all()

    def follow(self, paths: Collection[Path]) -> set[str]:
        """Takes in that these files have changed; returns the programs of which something else is known now."""
        with self._changed:
            before, old, modules = dict(self.known), self.project.snippets, self.project.modules
            style = self.style
            loaded = self.style in paths or any(is_module(self.project, path) for path in paths)
            self.course.reread(loaded=loaded)
            restyled = style != self.style or self.style in paths
            touched = {self.project.relative(path) for path in paths if path.is_relative_to(self.project.root)}
            edited = {
                name
                for name, snippet in self.project.snippets.items()
                if snippet != old.get(name)
                or name not in self.known
                or self._reads(name, touched)
                or (restyled and self._draws(name))
            }
            self._look_at(edited | {name for name in self.project.snippets if self._is_judged_by(name, touched)})
            for name, run in self.running.items():
                if name in edited or name not in self.project.snippets or self._needs(run.snippet) != run.needs:
                    run.stop()  # its end is not waited for: what it would say is old
            self._changed.notify_all()
            edited = {name for name, module in self.project.modules.items() if module != modules.get(name)}
            return edited | {name for name in {*before, *self.known} if before.get(name) != self.known.get(name)}

    def _reads(self, name: str, touched: set[str]) -> bool:
        record, beside = self.known[name].record, self.project.snippets[name].beside.values()
        read = {*map(self.project.relative, beside), *(record.inputs if record else ())}
        return not touched.isdisjoint(read)

    def _draws(self, name: str) -> bool:
        """Whether the style of figures is a part of its record; nobody knows that of a program that never ran."""
        record = self.known[name].record
        return record is None or bool(record.style)

    def _is_judged_by(self, name: str, touched: set[str]) -> bool:
        """Whether what it must print may have changed: that ends no run."""
        snippet = self.project.snippets[name]
        records = self.project.relative(self.project.brought / "records")
        judges = (snippet.out, snippet.results, self.project.accepted)
        if snippet.settings.elsewhere and any(path.startswith(f"{records}/{name}/") for path in touched):
            return True
        return any(self.project.relative(path) in touched for path in judges)

    def _look_at(self, names: Iterable[str]) -> None:
        """Looks anew at these programs, and at all that need them."""
        snippets = self.project.snippets
        self.known = {name: known for name, known in self.known.items() if name in snippets}
        try:
            self.accepted, self.wrong = self.course.accepted, ()
        except Failed as failed:
            self.wrong = failed.problems
        graph = {name: set(snippet.settings.needs) & snippets.keys() for name, snippet in snippets.items()}
        try:
            order = list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError:
            return  # is told as a problem of the project
        anew = set(names)
        for name in order:
            if name in anew or graph[name] & anew:
                before = self.known.get(name)
                self.known[name] = self._find(snippets[name])
                if self.known[name] != before:
                    anew.add(name)
        self._expected = {name: known.record.seconds if known.record else 0.0 for name, known in self.known.items()}
        self._path = steps.longest_paths(graph, self._expected)

    def _find(self, snippet: Snippet) -> Known:
        needs = self._needs(snippet)
        record, reasons = self.course.find(snippet, needs)
        if record is not None:
            return self._judged(snippet, record)
        if self.course.is_elsewhere(snippet.name):  # nothing here makes another record
            old = brought.newest(self.project, self.course.store, snippet.name)
            return Known(old, problems=(brought.missing(snippet, reasons),), failed=True)
        newest = self.course.store.newest(snippet.name)
        return Known(newest[0] if newest else None)

    def _judged(self, snippet: Snippet, record: Record) -> Known:
        problems = record_problems(self.project, record, self.course.store)
        problems += accepted.verify(self.project, snippet, record.stdout, record.results)
        fix = accepted.how_to_accept(snippet)
        return Known(record, fresh=True, problems=tuple(replace(one, fix=one.fix or fix) for one in problems))

    def _needs(self, snippet: Snippet) -> Mapping[str, Record]:
        """The fresh records of what it needs, as far as there are any."""
        found = {name: self.known.get(name, Known()) for name in snippet.settings.needs}
        return {name: known.record for name, known in found.items() if known.fresh and known.record}

    # ---- in the background -----------------------------------------------------------------------------------------

    def _work(self, quick: bool) -> None:
        while run := self._take(quick):
            name = run.snippet.name
            self.changed(name)
            ended = self._run(run)
            with self._changed:
                self.running.pop(name, None)
                # If it or what it needs was edited meanwhile, or it did not come to its end, it is stale still.
                if ended and not run.stop.asked:
                    record, problems = ended
                    if record is None:
                        self.known[name] = replace(self.known[name], problems=tuple(problems), failed=True)
                    else:
                        self._look_at([name])
                self._changed.notify_all()
            self.changed(name)

    def _run(self, run: Running) -> tuple[Record | None, list[Problem]] | None:
        """How a run ended; None if its fork server was taken away, because a module was edited."""
        try:
            runner = self.course.runner
            try:
                return runner.run(run.snippet, run.needs, stop=run.stop)
            except ServerDied as died:
                died_by_itself = self.course.renew_runner(runner)
                return (None, [Problem("run", run.snippet.name, str(died))]) if died_by_itself else None
        except ServerDied:  # the course was closed
            return None
        except (Failed, OSError) as error:
            return None, [Problem("run", run.snippet.name, str(error))]

    def _take(self, quick: bool) -> Running | None:
        """The next program to run, as soon as there is one; None in the end."""
        with self._changed:
            while not self._closed:
                if name := self._next(quick):
                    snippet = self.project.snippets[name]
                    self.running[name] = Running(snippet, self._needs(snippet), self._expected.get(name, 0.0))
                    return self.running[name]
                self._changed.wait()
        return None

    def _next(self, quick: bool) -> str | None:
        """What runs next: what the looked-at page shows, then that after which most is still to be done."""

        def may_run(name: str, known: Known) -> bool:
            if known.fresh or known.failed or name in self.running or name not in self.project.snippets:
                return False
            if quick and (name not in self.wanted or self._expected.get(name, 0.0) > QUICK):
                return False
            snippet = self.project.snippets[name]
            return len(self._needs(snippet)) == len(snippet.settings.needs)

        ready = [name for name, known in self.known.items() if may_run(name, known)]
        return min(ready, key=lambda name: (name not in self.wanted, -self._path.get(name, 0.0)), default=None)


def is_module(project: Project, path: Path) -> bool:
    """Whether a file may be a module that the fork server has loaded: it must be loaded anew."""
    return path.suffix == ".py" and not path.is_relative_to(project.root / "snippets")
