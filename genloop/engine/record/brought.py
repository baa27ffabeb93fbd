"""Records that were brought along: of programs that run elsewhere, since they need what most machines lack.

They lie in snippets/elsewhere, in the layout of the store, and are committed. Only `genloop accept` writes them, on a
machine that has what the program needs. Nothing that is read there is believed before it was looked at whole, as in a
shared store: the digest of a record and of each file, types, plain names, sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from genloop.engine.errors import Problem
from genloop.engine.files import replace_file
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.freshness import DAMAGED, Given, outdated
from genloop.engine.record.record import Record, is_digest, read_record, text_of
from genloop.engine.record.store import Store

ROOM = 32 * 2**20
"""Bytes of the files of one run that a course may carry: everybody who clones it has them for good."""
ATTRIBUTES = b"# Their digests are looked at: no line end may change.\n* -text -diff\n"


def find_brought(
    project: Project, store: Store, snippet: Snippet, given: Mapping[str, Given]
) -> tuple[Record | None, list[str]]:
    """The record of a program that runs elsewhere, whole and in the store of the course; or None, and why not.

    given: the files of what it needs, as they are here. What was run here, or fetched, does not count: all machines
    show the record that is committed. Nor does that count as a run of this machine: the store gets its files alone.
    """
    folder = Store(project.brought)
    records = folder.newest(snippet.name)
    if not records:
        there = any(folder.records.joinpath(snippet.name).glob("*.json"))
        return None, [DAMAGED if there else "no record of it was brought along"]
    first: list[str] = []
    for record in records:
        reasons = list(outdated(project, snippet, record, given))
        if not reasons and not _take_all(folder, store, record):
            reasons = [DAMAGED]
        if not reasons:
            store.put(record.program, snippet.body.encode())
            return record, []
        first = first or reasons
    return None, first


def newest(project: Project, store: Store, name: str) -> Record | None:
    """The newest record that is whole, though it may be of an older text: for pages that somebody is writing."""
    folder = Store(project.brought)
    return next((record for record in folder.newest(name) if _take_all(folder, store, record)), None)


def _take_all(folder: Store, store: Store, record: Record) -> bool:
    return all(_take(folder, store, digest) for digest in record.files.values())


def _take(folder: Store, store: Store, digest: str) -> bool:
    """Brings a file into the store of the course; False if it is not there, or not what it should be."""
    if store.has(digest):
        return True
    data = folder.find(digest)
    if data is None:
        return False
    store.put(digest, data)
    return True


def named(project: Project) -> set[str]:
    """What the store of the course has of these records, by digest, however old it is: nothing there names it."""
    return {digest for record in _records(project) if record for digest in (record.program, *record.files.values())}


def _records(project: Project) -> list[Record | None]:
    return [read_record(path) for path in Store(project.brought).records.rglob("*.json")]


def missing(snippet: Snippet, reasons: Iterable[str]) -> Problem:
    """The problem of a program that is not run here and has no record that could be shown."""
    why = f"was not run here, since it needs {snippet.settings.elsewhere}; {'; '.join(reasons)}"
    return Problem("run", snippet.name, why, fix=where_to_accept(snippet))


def not_asked(snippet: Snippet) -> Problem:
    """The problem of a program that should be accepted, by a pattern, on a machine that need not be able to run it."""
    why = f"needs {snippet.settings.elsewhere}, and runs only where it is asked for"
    return Problem("run", snippet.name, why, fix=f"{where_to_accept(snippet)}, or the same with --elsewhere")


def where_to_accept(snippet: Snippet) -> str:
    return f'on a machine that has {snippet.settings.elsewhere}: genloop accept {snippet.name} --why "..."'


def too_large(project: Project, store: Store, records: Iterable[Record]) -> list[Problem]:
    """Runs whose files are more than a course may carry."""
    problems = []
    for record in records:
        size = sum(store.object(digest).stat().st_size for digest in set(record.files.values()))
        if project.snippets[record.name].settings.elsewhere and size > ROOM:
            why = f"writes {size / 2**20:.0f} MiB, and is shown elsewhere from a record of at most {ROOM // 2**20} MiB"
            fix = "write less: what no page shows and no program needs can stay out of `files`"
            problems.append(Problem("run", record.name, why, fix=fix))
    return problems


def pack(project: Project, store: Store, records: Iterable[Record]) -> dict[str, bytes | None]:
    """Writes the files of these records, where their programs run elsewhere, into the course.

    Returns what is to be written and removed after that, by path in the project: a record that can be read is whole.
    """
    folder = Store(project.brought)
    changes: dict[str, bytes | None] = {}
    for record in records:
        folder.make_room(folder.records / record.name / "any.json")
        changes |= {project.relative(path): None for path in folder.records.joinpath(record.name).glob("*.json")}
        if project.snippets[record.name].settings.elsewhere:
            replace_file(project.brought / ".gitattributes", ATTRIBUTES)
            for digest in record.files.values():
                folder.put(digest, store.read(digest))
            identifier, text = text_of(record)
            changes[project.relative(folder.records / record.name / f"{identifier}.json")] = text
    return changes


def prune(project: Project) -> list[str]:
    """Removes the files that no record there names any more; returns their paths."""
    folder = Store(project.brought)
    records = _records(project)
    if None in records:
        return []  # one is damaged: nobody knows its files
    used = {digest for record in records if record for digest in record.files.values()}
    found = {path.parent.name + path.name: path for path in folder.objects.glob("*/*") if not path.parent.is_symlink()}
    gone = [path for digest, path in found.items() if is_digest(digest) and digest not in used]
    for path in gone:
        path.unlink()
    return sorted(map(project.relative, gone))
