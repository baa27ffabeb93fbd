"""Is a record still true? Compares what a run was traced to depend on with what is there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from genloop.engine import machine
from genloop.engine.project import Project
from genloop.engine.snippet import Snippet
from genloop.engine.store import Record, Store, digest_of


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
    if record.program != snippet.digest:
        yield f"{project.relative(snippet.path)} changed"
    for path, digest in record.inputs.items():
        now = digest_of(project.root / path) or ""
        if now != digest:
            yield f"{path} {'is gone' if not now else 'changed' if digest else 'is there now'}"
    yield from changes(record.settings, machine.settings())
    yield from changes(record.packages, {name: machine.version(name) or "" for name in record.packages})
    if record.style and record.style != machine.style_digest():
        yield f"{machine.STYLE.name} changed"
    for name in sorted({*record.needs, *snippet.settings.needs}):
        if name not in snippet.settings.needs:
            yield f"it no longer needs {name}"
        elif name not in record.needs:
            yield f"it now needs {name}"
        elif name not in needs:
            yield f"{name} is stale"
        elif dict(record.needs[name]) != dict(needs[name].files):
            yield f"{name} gave other files"
    if not store.holds(record):
        yield "a file of its record is missing or damaged"


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """ "torch 2.12.1 -> 2.13.0" for every key that differs."""
    for key in sorted({*before, *now}, key=str.lower):
        if before.get(key) != now.get(key):
            yield f"{key} {before.get(key) or 'none'} -> {now.get(key) or 'none'}"
