"""Is a record still true? Compares what a run was traced to depend on with what is there now."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from genloop.engine.files import digest_of
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store

DAMAGED = "a file of its record is missing or damaged"
Given = Mapping[str, str]
"""File -> sha256, of what a run gave."""
MANY = 3
"""Runs of one program that are named one by one."""


def find_record(
    project: Project, store: Store, snippet: Snippet, needs: Mapping[str, Record]
) -> tuple[Record | None, list[str]]:
    """A fresh record of the snippet, or None with the reasons why the newest one is stale.

    needs: the fresh records of what the snippet needs. A need that is missing here makes the snippet stale.
    """
    records = store.newest(snippet.name)
    if not records:
        return None, ["it has never run here"]
    first: list[str] = []
    for record in records:
        reasons = list(_reasons(project, store, snippet, record, needs))
        if not reasons:
            return record, []
        first = first or reasons
    return None, first


def _reasons(
    project: Project, store: Store, snippet: Snippet, record: Record, needs: Mapping[str, Record]
) -> Iterator[str]:
    yield from _of_its_text(project, snippet, record)
    yield from changes(record.settings, environment.settings() | snippet.settings.of_a_run)
    yield from changes(record.packages, {name: environment.version(name) or "" for name in record.packages})
    style = environment.style_of(project)
    if record.style and record.style != environment.style_digest(style):
        yield f"the style of figures, {style.name}, changed"
    yield from _of_its_needs(snippet, record, {name: one.files for name, one in needs.items()})
    if not store.holds(record):
        yield DAMAGED


def outdated(project: Project, snippet: Snippet, record: Record, given: Mapping[str, Given]) -> Iterator[str]:
    """Why a record that was made elsewhere is not one of the course as it is; other versions are no reason.

    given: what the snippet needs, as far as it is known -> its files and their sha256.
    """
    yield from _of_its_text(project, snippet, record)
    apart = {*environment.settings(), *environment.NUMERIC}
    own = {name: value for name, value in record.settings.items() if name not in apart}
    yield from changes(own, snippet.settings.of_a_run)
    yield from _of_its_needs(snippet, record, given)


def _of_its_text(project: Project, snippet: Snippet, record: Record) -> Iterator[str]:
    """The program, the files of the project that it read, and those that lie beside it."""
    if record.program != snippet.digest:
        where = (snippet.path, snippet.variants_file) if snippet.variant else (snippet.path,)
        yield f"{' or '.join(map(project.relative, where))} changed"
    for path, digest in record.inputs.items():
        now = digest_of(project.root / path) or ""
        if now != digest:
            yield f"{path} {'is gone' if not now else 'changed' if digest else 'is there now'}"
    beside = {name: project.relative(path) for name, path in snippet.beside.items()}
    for name in sorted({*record.given, *beside}):
        if name not in beside or name not in record.given:
            yield f"it is {'now' if name in beside else 'no longer'} given {name}"
        elif record.given[name] != beside[name]:
            yield f"it is now given {beside[name]}, not {record.given[name]}"


def _of_its_needs(snippet: Snippet, record: Record, given: Mapping[str, Given]) -> Iterator[str]:
    before, wanted = set(record.needs), set(snippet.settings.needs)
    both, ready = before & wanted, set(given)
    others = {name for name in both & ready if dict(record.needs[name]) != dict(given[name])}
    yield from (f"it no longer needs {runs}" for runs in told(before - wanted))
    yield from (f"it now needs {runs}" for runs in told(wanted - before))
    yield from (f"stale: {runs}" for runs in told(both - ready))
    yield from (f"{runs} gave other files" for runs in told(others))


def told(names: Iterable[str]) -> Iterator[str]:
    """The names in order, but "5 runs of gan/ring" for many runs of one program."""
    for base, runs in itertools.groupby(sorted(names), key=lambda name: name.partition("@")[0]):
        several = list(runs)
        yield from several if len(several) <= MANY else [f"{len(several)} runs of {base}"]


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """ "torch 2.12.1 -> 2.13.0" for every key that differs."""
    return (f"{key} {old or 'none'} -> {new or 'none'}" for key, old, new in differences(before, now))


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Every key whose value differs, with what it was and what it is; "" for none."""
    for key in sorted({*before, *now}, key=str.lower):
        if before.get(key, "") != now.get(key, ""):
            yield key, before.get(key, ""), now.get(key, "")
