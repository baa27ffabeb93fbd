"""The steps that commands are made of: bring records up to date, verify them, accept them."""

from __future__ import annotations

import graphlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal

from genloop.engine.compare import accepted
from genloop.engine.compare.verify import fixed
from genloop.engine.errors import Problem
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.freshness import find_record
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.run.declared import record_problems
from genloop.engine.run.fork_client import ServerDied
from genloop.engine.run.runner import Runner

State = Literal["cached", "running", "ran", "failed", "skipped"]


@dataclass(frozen=True)
class Event:
    """What happened to a snippet, for whoever shows progress."""

    name: str
    state: State
    seconds: float = 0.0
    """Of the run; for "running" what the last run took, 0 if there was none."""
    reason: str = ""


@dataclass
class Outcome:
    """What a step found: the records that are fresh now, and everything that is wrong."""

    records: dict[str, Record] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stdout: dict[str, str] = field(default_factory=dict)
    """What each run printed."""


Watch = Callable[[Event], None]
Work = Callable[[Snippet], Outcome]


def default_jobs() -> int:
    """Runs at once: one per core, divided by the threads that each run has."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    return max(1, cores // environment.threads())


def expected_seconds(project: Project, names: Iterable[str]) -> dict[str, float]:
    """What each run took the last time, here or where its output was accepted; 0 for one that nobody has run."""
    store, entries = Store(project.store), accepted.read_accepted(project)
    found = {}
    for name in names:
        here = store.newest(name)
        found[name] = here[0].seconds if here else entries[name].seconds if name in entries else 0.0
    return found


def update(project: Project, names: Iterable[str], jobs: int, watch: Watch) -> Outcome:
    """Runs what is stale among the named snippets and their needs, `jobs` at a time."""
    store = Store(project.store)
    found = Outcome()
    selected = project.select(names)
    # First of all, so that progress knows from the start what there is to do.
    for name, record in _known_records(project, store, selected).items():
        _take(found, _outcome(record, Event(name, "cached")), watch)
    with runner(project, store) as run:

        def step(snippet: Snippet) -> Outcome:
            needs = {name: found.records[name] for name in snippet.settings.needs}
            record, reasons = find_record(project, store, snippet, needs)
            if record is not None:
                return _outcome(record, Event(snippet.name, "cached"))
            earlier = store.newest(snippet.name)
            watch(Event(snippet.name, "running", earlier[0].seconds if earlier else 0.0, "; ".join(reasons)))
            record, problems = run().run(snippet, needs)
            if record is None:
                return Outcome({}, problems, [Event(snippet.name, "failed")])
            return _outcome(record, Event(snippet.name, "ran", record.seconds, "; ".join(reasons)))

        in_order(project, [name for name in selected if name not in found.records], step, found, jobs, watch)
    if any(event.state == "ran" for event in found.events):
        store.prune()
    # Also of what is cached: a header can change without a run.
    for name, record in found.records.items():
        found.problems += record_problems(project.snippets[name], record, store)
    return found


def _outcome(record: Record, event: Event) -> Outcome:
    return Outcome({record.name: record}, [], [event], {record.name: record.stdout})


def check(project: Project, names: Sequence[str], jobs: int, watch: Watch) -> Outcome:
    """`update`, and then every record against what was accepted."""
    found = update(project, names, jobs, watch)
    entries = accepted.read_accepted(project)
    for name in [name for name in project.snippets if name in found.records]:
        record = found.records[name]
        for problem in accepted.verify(project, project.snippets[name], record.stdout):
            causes = accepted.causes(entries.get(name), record) if problem.expected is not None else []
            details = (*problem.details, *(f"changed since it was accepted: {cause}" for cause in causes))
            found.problems.append(replace(problem, details=details, fix=problem.fix or accepted.accept_command(name)))
    return found


def programs_only(project: Project, names: Sequence[str]) -> tuple[list[str], dict[str, Record]]:
    """The named programs (none: all) with their needs, in order, but no variant that was not named.

    Also the fresh records of the variants that those programs need; a variant without one is among the first.
    """
    selected = project.select(names)
    apart = {name for name in selected if project.snippets[name].variant and name not in names}
    needed = {need for name in selected if name not in apart for need in project.snippets[name].settings.needs}
    known = _known_records(project, Store(project.store), project.select([]))
    kept = {name: known[name] for name in apart & needed if name in known}
    return [name for name in selected if name not in apart or (name in needed and name not in kept)], kept


def run_fresh(project: Project, names: Sequence[str], jobs: int, watch: Watch, *, variants: bool = True) -> Outcome:
    """Runs each program by plain `python file.py`. Nothing is written to the store.

    variants=False: see `programs_only`. Otherwise nothing is read from the store either.
    """
    found = Outcome()
    kept: dict[str, Record] = {}
    selected = project.select(names)
    if not variants:
        selected, kept = programs_only(project, names)
    with runner(project, Store(project.store)) as run:
        folders = {name: run().lay_out(record) for name, record in kept.items()}

        def step(snippet: Snippet) -> Outcome:
            watch(Event(snippet.name, "running", reason="fresh"))
            needs = {name: folders[name] for name in snippet.settings.needs}
            fresh = run().run_fresh(snippet, needs)
            if fresh.problems:
                return Outcome({}, fresh.problems, [Event(snippet.name, "failed", fresh.seconds)])
            folders[snippet.name] = fresh.folder
            return Outcome({}, [], [Event(snippet.name, "ran", fresh.seconds)], {snippet.name: fresh.stdout})

        in_order(project, selected, step, found, jobs, watch, done=lambda name: name in folders)
    return found


def check_fresh(project: Project, names: Sequence[str], jobs: int, watch: Watch, *, variants: bool = True) -> Outcome:
    """`run_fresh`, and then what each printed against what was accepted, and against the bytes of a fresh record."""
    found = run_fresh(project, names, jobs, watch, variants=variants)
    known = _known_records(project, Store(project.store), project.select(names))
    entries = accepted.read_accepted(project)
    for name, stdout in found.stdout.items():
        causes = accepted.known_causes(entries.get(name), project.snippets[name])
        problems = [
            replace(
                problem, details=(*problem.details, *(f"changed since it was accepted: {cause}" for cause in causes))
            )
            for problem in accepted.verify(project, project.snippets[name], stdout)
        ]
        if not problems and name in known:
            problems = _of_its_own(project.snippets[name], known[name].stdout, stdout)
        found.problems += problems
    return found


def repeat(project: Project, names: Sequence[str], records: Mapping[str, Record], jobs: int, watch: Watch) -> Outcome:
    """Runs each of these programs once more, by plain `python file.py`, and compares what it prints with its record.

    What a program without a seed prints is chance; forked children would also share their addresses. Nothing is read
    from the store but the files that they need, and nothing is written to it.
    """
    found = Outcome()
    with runner(project, Store(project.store)) as run:

        def step(snippet: Snippet) -> Outcome:
            known = records[snippet.name]
            watch(Event(snippet.name, "running", known.seconds, "a second time, since it must print the same"))
            fresh = run().run_fresh(snippet, {need: run().lay_out(records[need]) for need in snippet.settings.needs})
            problems = fresh.problems or _of_its_own(snippet, known.stdout, fresh.stdout)
            state: State = "failed" if problems else "ran"
            return Outcome({}, problems, [Event(snippet.name, state, fresh.seconds)], {snippet.name: fresh.stdout})

        in_order(project, list(names), step, found, jobs, watch, done=lambda _name: True)
    return found


def _of_its_own(snippet: Snippet, forked: str, fresh: str) -> list[Problem]:
    """What a process of its own prints otherwise than a forked one did."""
    lines = zip_longest(*(fixed(stdout, snippet.settings.expect) for stdout in (forked, fresh)))
    if differ := [f'"{own}" instead of "{other}"' for other, own in lines if own != other]:
        told = f"prints {differ[0]} in a process of its own" + (f", and {len(differ) - 1} more" if differ[1:] else "")
        why = f"{told} (does it set all its seeds?)"
        return [Problem("output", snippet.name, why, expected=forked, actual=fresh)]
    return []


def _known_records(project: Project, store: Store, names: Iterable[str]) -> dict[str, Record]:
    """The records of these snippets, each after its needs, that are fresh right now, without running anything."""
    known: dict[str, Record] = {}
    for name in names:
        needs = {need: known[need] for need in project.snippets[name].settings.needs if need in known}
        record, _ = find_record(project, store, project.snippets[name], needs)
        if record is not None:
            known[name] = record
    return known


def stale(project: Project) -> dict[str, list[str]]:
    """For every snippet the reasons why it would run now; an empty list for a fresh one."""
    store = Store(project.store)
    selected = project.select([])
    known = _known_records(project, store, selected)
    reasons = {}
    for name in selected:
        needs = {need: known[need] for need in project.snippets[name].settings.needs if need in known}
        reasons[name] = [] if name in known else find_record(project, store, project.snippets[name], needs)[1]
    return reasons


@contextmanager
def runner(project: Project, store: Store) -> Iterator[Callable[[], Runner]]:
    """Gives a runner at the first call only: when nothing is stale, no process starts and no folder is made."""
    lock = threading.Lock()
    made: list[Runner] = []
    with ExitStack() as stack:

        def get() -> Runner:
            with lock:
                if not made:
                    made.append(Runner(project, store, stack.enter_context(store.workplace())))
                    stack.callback(made[0].close)
                return made[0]

        yield get


def in_order(
    project: Project,
    names: Sequence[str],
    step: Work,
    found: Outcome,
    jobs: int,
    watch: Watch,
    done: Callable[[str], bool] | None = None,
) -> None:
    """Calls `step` for each snippet after those it needs, `jobs` at a time; adds what it gives to `found`.

    A snippet whose need failed is not run, and said to be so; all others go on.
    """
    graph = {name: set(project.snippets[name].settings.needs) for name in names}
    order = graphlib.TopologicalSorter({name: needs & graph.keys() for name, needs in graph.items()})
    order.prepare()
    is_done = done or (lambda name: name in found.records)
    running: dict[Future[Outcome], str] = {}
    threads = ThreadPoolExecutor(jobs)
    try:
        while order.is_active():
            for name in order.get_ready():
                missing = sorted(need for need in graph[name] if not is_done(need))
                if missing:  # also a need that does not exist
                    event = Event(name, "skipped", reason=f"{', '.join(missing)} failed")
                    _take(found, Outcome({}, [], [event]), watch)
                    order.done(name)
                else:
                    running[threads.submit(step, project.snippets[name])] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                _take(found, _result(future, name), watch)
                order.done(name)
    finally:
        # Not waited for: after Ctrl-C the threads end when the caller closes the runner.
        threads.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[Outcome], name: str) -> Outcome:
    try:
        return future.result()
    except ServerDied as died:
        return Outcome({}, [Problem("run", name, str(died), fix=f"again: genloop run {name}")], [Event(name, "failed")])


def _take(found: Outcome, more: Outcome, watch: Watch) -> None:
    found.records |= more.records
    found.problems += more.problems
    found.events += more.events
    found.stdout |= more.stdout
    for event in more.events:
        if event.state == "skipped":
            why = f"was not run, because {event.reason}"
            found.problems.append(Problem("run", event.name, why))
        watch(event)
