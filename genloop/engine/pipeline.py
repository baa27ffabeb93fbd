"""The steps that commands are made of: bring records up to date, run afresh, verify. Each yields what happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from genloop.engine.compare import accepted
from genloop.engine.compare.changes import Changes, changes_since, known_changes
from genloop.engine.compare.verify import fixed
from genloop.engine.errors import Problem
from genloop.engine.files import digest_of
from genloop.engine.open_course import OpenCourse
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import brought
from genloop.engine.record.record import Record
from genloop.engine.run.declared import record_problems
from genloop.engine.steps import Claimed, Event, Happening, in_order


def update(course: OpenCourse, names: Iterable[str]) -> Happening[Mapping[str, Record]]:
    """Runs what is stale among the named snippets and their needs; finds all their fresh records."""
    project, store = course.project, course.store
    selected = project.select(names)
    # First of all, so that progress knows from the start what there is to do.
    records = _known_records(course, selected)
    for record in records.values():
        yield _known(course, record)

    def step(snippet: Snippet) -> Iterator[Event | Problem | Claimed]:
        with course.claim(snippet.name) as mine:
            yield from bring(snippet) if mine else [Claimed(snippet.name)]

    def bring(snippet: Snippet) -> Iterator[Event | Problem]:
        needs = {name: records[name] for name in snippet.settings.needs}
        record, reasons = course.find(snippet, needs)
        if record is not None:
            yield _known(course, record)
            return
        if course.is_elsewhere(snippet.name):
            yield from _not_here(snippet, reasons)
            return
        earlier, reason = store.newest(snippet.name), "; ".join(reasons)
        yield Event(snippet.name, "running", earlier[0].seconds if earlier else 0.0, reason)
        record, problems = course.runner.run(snippet, needs)
        yield from (replace(one, details=(*one.details, *_asked(snippet))) for one in problems)
        yield _with_record("ran", record, reason) if record is not None else Event(snippet.name, "failed")

    ran = False
    for one in in_order(course, [name for name in selected if name not in records], frozenset(records), step):
        if isinstance(one, Event) and one.record is not None:
            records[one.name] = one.record
            ran |= one.state == "ran"
        yield one
    if ran:
        store.prune(brought.named(project))
    # Also of what is cached: a header can change without a run.
    for record in records.values():
        yield from record_problems(project, record, store)
    return records


def _known(course: OpenCourse, record: Record) -> Event:
    return _with_record("brought" if course.is_elsewhere(record.name) else "cached", record)


def _not_here(snippet: Snippet, reasons: Sequence[str]) -> Iterator[Event | Problem]:
    yield brought.missing(snippet, reasons)
    yield Event(snippet.name, "failed", reason="not run here")


def _asked(snippet: Snippet) -> list[str]:
    """What to say of a program that failed because somebody asked for it on the wrong machine, perhaps."""
    needs = snippet.settings.elsewhere
    return [f"it needs {needs}: does this machine have that?"] if needs else []


def _with_record(state: Literal["cached", "brought", "ran"], record: Record, reason: str = "") -> Event:
    seconds = record.seconds if state == "ran" else 0.0
    return Event(record.name, state, seconds, reason, stdout=record.stdout, record=record)


def check(course: OpenCourse, names: Sequence[str]) -> Happening[None]:
    """`update`, and then every record against what was accepted."""
    records = yield from update(course, names)
    project = course.project
    for name in [name for name in project.snippets if name in records]:
        record = records[name]
        for problem in accepted.verify(project, project.snippets[name], record.stdout, record.results):
            if problem.expected is not None:
                problem = _because(problem, changes_since(course.accepted.get(name), record))
            yield replace(problem, fix=problem.fix or accepted.how_to_accept(project.snippets[name]))
    for name in [name for name in records if name in course.here and project.snippets[name].settings.elsewhere]:
        snippet = project.snippets[name]
        given = {need: records[need].files for need in snippet.settings.needs}
        _, reasons = brought.find_brought(project, course.store, snippet, given)
        if reasons:
            why = f"runs here, and the record that other machines show is none of this program: {'; '.join(reasons)}"
            yield Problem("output", name, why, fix=accepted.accept_command(name))


def programs_only(course: OpenCourse, names: Sequence[str]) -> tuple[list[str], dict[str, Record]]:
    """The named programs (none: all) with their needs, in order, but no variant that was not named.

    Also the fresh records of the variants that those programs need; a variant without one is among the first.
    """
    project = course.project
    selected = project.select(names)
    apart = {name for name in selected if project.snippets[name].variant and name not in names}
    needed = {need for name in selected if name not in apart for need in project.snippets[name].settings.needs}
    known = _known_records(course, project.select([]))
    kept = {name: known[name] for name in apart & needed if name in known}
    return [name for name in selected if name not in apart or (name in needed and name not in kept)], kept


def run_fresh(course: OpenCourse, names: Sequence[str], *, variants: bool = True) -> Happening[Mapping[str, str]]:
    """Runs each program by plain `python file.py`; finds what each printed. No record is written to the store.

    What runs elsewhere is not run: its files are those of the record that was brought along.
    variants=False: see `programs_only`. Otherwise nothing is read from the store either.
    """
    kept: dict[str, Record] = {}
    selected = course.project.select(names)
    if not variants:
        selected, kept = programs_only(course, names)
    folders: dict[str, Path] = {name: course.runner.lay_out(record) for name, record in kept.items()}

    def step(snippet: Snippet) -> Iterator[Event | Problem]:
        if course.is_elsewhere(snippet.name):
            given = {name: _written(course.project.snippets[name], folders[name]) for name in snippet.settings.needs}
            record, reasons = brought.find_brought(course.project, course.store, snippet, given)
            if record is None:
                yield from _not_here(snippet, reasons)
            else:
                folders[snippet.name] = course.runner.lay_out(record)
                yield Event(snippet.name, "brought", stdout=record.stdout)
            return
        yield Event(snippet.name, "running", reason="fresh")
        needs = {name: folders[name] for name in snippet.settings.needs}
        fresh = course.runner.run_fresh(snippet, needs)
        yield from fresh.problems
        if fresh.problems:
            yield Event(snippet.name, "failed", fresh.seconds)
        else:
            folders[snippet.name] = fresh.folder
            yield Event(snippet.name, "ran", fresh.seconds, stdout=fresh.stdout)

    printed = {}
    for one in in_order(course, selected, frozenset(kept), step):
        if isinstance(one, Event) and one.stdout is not None:
            printed[one.name] = one.stdout
        yield one
    return printed


def _written(snippet: Snippet, folder: Path) -> dict[str, str]:
    """The files that a fresh run gives to others, and their sha256."""
    return {file: digest_of(folder / file) or "" for file in (*snippet.settings.files, *snippet.settings.figures)}


def check_fresh(course: OpenCourse, names: Sequence[str], *, variants: bool = True) -> Happening[None]:
    """`run_fresh`, and then what each printed against what was accepted, and against the bytes of a fresh record."""
    printed = yield from run_fresh(course, names, variants=variants)
    known = _known_records(course, course.project.select(names))
    for name, stdout in printed.items():
        snippet = course.project.snippets[name]
        since = known_changes(course.accepted.get(name), snippet)
        problems = [_because(problem, since) for problem in accepted.verify(course.project, snippet, stdout)]
        if not problems and name in known:
            problems = _of_its_own(snippet, known[name].stdout, stdout)
        yield from problems


def _because(problem: Problem, since: Changes) -> Problem:
    """The problem with what may be behind it."""
    causes = (f"changed since it was accepted: {cause}" for cause in since.in_words())
    return replace(problem, details=(*problem.details, *causes))


def repeat(course: OpenCourse, names: Sequence[str], records: Mapping[str, Record]) -> Happening[None]:
    """Runs each of these programs once more, by plain `python file.py`, and compares what it prints with its record.

    What a program without a seed prints is chance; forked children would also share their addresses. Nothing is read
    from the store but the files that they need, and nothing is written to it.
    """

    def step(snippet: Snippet) -> Iterator[Event | Problem]:
        known = records[snippet.name]
        yield Event(snippet.name, "running", known.seconds, "a second time, since it must print the same")
        needs = {need: course.runner.lay_out(records[need]) for need in snippet.settings.needs}
        fresh = course.runner.run_fresh(snippet, needs)
        problems = fresh.problems or _of_its_own(snippet, known.stdout, fresh.stdout)
        if snippet.notebook and not problems:  # plain Python shows no results of cells
            given = {need: records[need] for need in snippet.settings.needs}
            second, problems = course.runner.run(snippet, given, keep=False)
            if second is not None:
                problems = _of_its_own(snippet, known.results, second.results)
        yield from problems
        yield Event(snippet.name, "failed" if problems else "ran", fresh.seconds, stdout=fresh.stdout)

    yield from in_order(course, list(dict.fromkeys(names)), frozenset(records), step)


def _of_its_own(snippet: Snippet, forked: str, fresh: str) -> list[Problem]:
    """What a process of its own prints otherwise than a forked one did."""
    lines = zip_longest(*(fixed(stdout, snippet.settings.expect) for stdout in (forked, fresh)))
    if differ := [f'"{own}" instead of "{other}"' for other, own in lines if own != other]:
        told = f"prints {differ[0]} in a process of its own" + (f", and {len(differ) - 1} more" if differ[1:] else "")
        why = f"{told} (does it set all its seeds?)"
        return [Problem("output", snippet.name, why, expected=forked, actual=fresh)]
    return []


def _known_records(course: OpenCourse, names: Iterable[str]) -> dict[str, Record]:
    """The records of these snippets, each after its needs, that are fresh right now, without running anything."""
    known: dict[str, Record] = {}
    for name in names:
        snippet = course.project.snippets[name]
        needs = {need: known[need] for need in snippet.settings.needs if need in known}
        record, _ = course.find(snippet, needs)
        if record is not None:
            known[name] = record
    return known


def stale(course: OpenCourse) -> dict[str, list[str]]:
    """For every snippet the reasons why it would run now; an empty list for a fresh one."""
    selected = course.project.select([])
    known = _known_records(course, selected)
    reasons = {}
    for name in selected:
        snippet = course.project.snippets[name]
        needs = {need: known[need] for need in snippet.settings.needs if need in known}
        reasons[name] = [] if name in known else course.find(snippet, needs)[1]
    return reasons
