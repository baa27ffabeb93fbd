"""What happens in a step, and in which order: each program after those it needs, as many at once as may be."""

from __future__ import annotations

import graphlib
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappop, heappush
from queue import SimpleQueue
from typing import Any, Literal, TypeVar

from genloop.engine.errors import Problem
from genloop.engine.open_course import OpenCourse
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record
from genloop.engine.run.fork_client import ServerDied

State = Literal["cached", "brought", "running", "ran", "failed", "skipped"]
"""Cached: it was fresh already. Brought: it runs elsewhere, and the record that was brought along is shown."""


@dataclass(frozen=True)
class Event:
    """What happened to a snippet."""

    name: str
    state: State
    seconds: float = 0.0
    """Of the run; for "running" what the last run took, 0 if there was none."""
    reason: str = ""
    stdout: str | None = None
    """What it printed, if it is known and may be looked at."""
    record: Record | None = None
    """Its fresh record, if it has one."""


Result = TypeVar("Result")
Happening = Generator[Event | Problem, None, Result]
"""A step at work: gives each event and each problem as it comes, and in the end what it found."""
Watch = Callable[[Event], None]


@dataclass(frozen=True)
class Claimed:
    """Another command runs this at the moment."""

    name: str


Work = Callable[[Snippet], Iterator[Event | Problem | Claimed]]
AGAIN = 0.2
"""Seconds until a program that another command runs is looked at again."""
AT_ONCE = 10_000
"""Threads at most, most of them waiting for another machine: how many there are follows from the jobs of a course."""


@dataclass
class Outcome:
    """All that happened in a step."""

    records: dict[str, Record] = field(default_factory=dict)
    """Those that are fresh now."""
    problems: list[Problem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """How each snippet ended."""
    stdout: dict[str, str] = field(default_factory=dict)
    """What each run printed."""


def add_up(happening: Happening[Any], watch: Watch) -> Outcome:
    """Takes a step to its end. watch: is told of each event at once."""
    found = Outcome()
    with closing(happening):  # also when Ctrl-C comes while an event is shown
        for one in happening:
            if isinstance(one, Problem):
                found.problems.append(one)
                continue
            watch(one)
            if one.state != "running":
                found.events.append(one)
            if one.record is not None:
                found.records[one.name] = one.record
            if one.stdout is not None:
                found.stdout[one.name] = one.stdout
    return found


def expected_seconds(course: OpenCourse, names: Iterable[str]) -> dict[str, float]:
    """What each run took the last time, here or where its output was accepted; 0 for one that nobody has run."""
    found = {}
    for name in names:
        here, entry = course.store.newest(name), course.accepted.get(name)
        found[name] = here[0].seconds if here else entry.seconds if entry else 0.0
    return found


def in_order(course: OpenCourse, names: Sequence[str], ready: Collection[str], step: Work) -> Happening[None]:
    """Takes the step for each snippet after those it needs, as many at once as the course has jobs.

    Of those that may start, the one goes first after which most is still to be done: a long program that starts last
    leaves the other cores waiting.

    ready: what needs to be done no more. A snippet whose need failed is not run, and said to be so; all others go on.
    """
    graph = {name: set(course.project.snippets[name].settings.needs) for name in names}
    order = graphlib.TopologicalSorter({name: needs & graph.keys() for name, needs in graph.items()})
    order.prepare()
    good = set(ready)
    path = longest_paths(graph, expected_seconds(course, names))
    waiting: list[tuple[float, int, str]] = []
    place = {name: number for number, name in enumerate(names)}
    running: dict[Future[None], str] = {}
    claimed: set[str] = set()
    """What another command was found at."""
    left: set[str] = set()
    """What of it gets another turn, once its step has ended."""
    happened: SimpleQueue[Event | Problem | Claimed | Future[None]] = SimpleQueue()

    def take(snippet: Snippet, again: bool) -> None:
        for one in step(snippet):
            if again and isinstance(one, Claimed):
                time.sleep(AGAIN)
            happened.put(one)

    threads = ThreadPoolExecutor(AT_ONCE)
    try:
        while order.is_active():
            for name in order.get_ready():
                if missing := sorted(graph[name] - good):  # also a need that does not exist
                    yield from _skipped(name, missing)
                    order.done(name)
                else:
                    heappush(waiting, (-path[name], place[name], name))
            while waiting and len(running) < course.jobs:
                _, _, name = heappop(waiting)
                future = threads.submit(take, course.project.snippets[name], name in claimed)
                running[future] = name
                future.add_done_callback(happened.put)  # after all that its step has put there
            if not running:
                continue
            one = happened.get()
            if isinstance(one, Future):
                name = running.pop(one)
                yield from _died(one, name)
                if name in left:
                    left.discard(name)
                    heappush(waiting, (1.0, place[name], name))  # after all that nobody is at
                else:
                    order.done(name)
            elif isinstance(one, Claimed):
                if one.name not in claimed:
                    yield Event(one.name, "running", reason="by another command")
                claimed.add(one.name)
                left.add(one.name)
            else:
                if isinstance(one, Event) and one.state in {"cached", "brought", "ran"}:
                    good.add(one.name)
                yield one
    finally:
        # Not waited for: after Ctrl-C the threads end when the course is closed.
        threads.shutdown(wait=False, cancel_futures=True)


def longest_paths(graph: Mapping[str, Collection[str]], seconds: Mapping[str, float]) -> dict[str, float]:
    """For each program the seconds from its start to the end of the longest chain that waits for it.

    graph: program -> what it needs.
    """
    path = {name: seconds.get(name, 0.0) for name in graph}
    for name in reversed(list(graphlib.TopologicalSorter(graph).static_order())):
        for need in graph.get(name, ()):
            if need in path:
                path[need] = max(path[need], seconds.get(need, 0.0) + path[name])
    return path


def _skipped(name: str, missing: Sequence[str]) -> Iterator[Event | Problem]:
    reason = f"{', '.join(missing)} failed"
    yield Problem("run", name, f"was not run, because {reason}", follows=missing[0])
    yield Event(name, "skipped", reason=reason)


def _died(future: Future[None], name: str) -> Iterator[Event | Problem]:
    """Nothing, unless the process that runs snippets went away; what else a step raised, goes on from here."""
    try:
        future.result()
    except ServerDied as died:
        yield Problem("run", name, str(died), fix=f"again: genloop run {name}")
        yield Event(name, "failed")
