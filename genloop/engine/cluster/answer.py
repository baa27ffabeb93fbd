"""What a worker answers, as bytes that are read and never executed: a zip file with a table, and files by digest.

A worker is believed no more than a shared store is: sizes, digests, types and plain names are checked, and what the
record says of the project, of packages and of settings is compared with what is here.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from genloop.engine.errors import Problem
from genloop.engine.files import digest_of
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.freshness import differences
from genloop.engine.record.record import LARGEST, Record, is_digest, parse_record, text_of
from genloop.engine.record.store import Store

TABLE, RECORD = "answer.json", "record.json"
KINDS = {"run", "project"}
"""Of the problems that a run can have."""


class Damaged(Exception):
    """An answer that cannot be used, and why."""


@dataclass(frozen=True)
class Answer:
    """What came of one task: a record, or problems, or why there was no run."""

    record: Record | None = None
    identifier: str = ""
    text: bytes = b""
    """Of the record, as it is stored."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By their digests."""
    problems: Sequence[Problem] = ()
    lacks: Sequence[str] = ()
    """Digests of given files that the worker does not have."""
    unfit: Sequence[str] = ()
    """What is another on the worker than where the project is."""
    worker: str = ""
    """Its address."""


def ran(worker: str, record: Record | None, store: Store, problems: Sequence[Problem]) -> bytes:
    """The answer to a task that was run."""
    table = {"worker": worker, "problems": [asdict(problem) for problem in problems], "id": ""}
    if record is None:
        return _packed(table, {})
    identifier, text = text_of(record)
    files = {digest: store.read(digest) for digest in record.files.values()}
    return _packed({**table, "id": identifier}, {RECORD: text, **files})


def not_run(worker: str, *, lacks: Sequence[str] = (), unfit: Sequence[str] = ()) -> bytes:
    return _packed({"worker": worker, "lacks": list(lacks), "unfit": list(unfit)}, {})


def _packed(table: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {TABLE: json.dumps(table).encode(), **files}.items():
            archive.writestr(name, data)
    return packed.getvalue()


def read(data: object, snippet: Snippet) -> Answer:
    """The answer that these bytes are. Raises Damaged if they are none, or of another run."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise Damaged(f"it is {type(data).__name__}, not bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            table = json.loads(_member(archive, TABLE, LARGEST))
            if not isinstance(table, dict):
                raise Damaged("its table is none")
            lacks, unfit = (_texts(table.get(key, [])) for key in ("lacks", "unfit"))
            worker = str(table.get("worker", ""))
            answer = Answer(problems=_problems(table, snippet), lacks=lacks, unfit=unfit, worker=worker)
            return _with_record(answer, archive, str(table["id"]), snippet) if table.get("id") else answer
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, EOFError) as error:
        raise Damaged(f"it cannot be read: {error}") from None


def _with_record(answer: Answer, archive: zipfile.ZipFile, identifier: str, snippet: Snippet) -> Answer:
    text = _member(archive, RECORD, LARGEST)
    record = parse_record(text, identifier)
    if record is None:
        raise Damaged("its record is damaged")
    if (record.name, record.program) != (snippet.name, snippet.digest):
        raise Damaged(f"it is of another run, {record.name}")
    files = {digest: _member(archive, digest, snippet.settings.most_bytes) for digest in record.files.values()}
    if wrong := [name for name, digest in record.files.items() if hashlib.sha256(files[digest]).hexdigest() != digest]:
        raise Damaged(f"{', '.join(wrong)} is not what its record says")
    return Answer(record, identifier, text, files, answer.problems, worker=answer.worker)


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Of limited size, whatever the archive says of it."""
    with archive.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Damaged(f"{name} is too large")
    return data


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Damaged("its table has a list that is none")
    return value


def _problems(table: Mapping[str, Any], snippet: Snippet) -> list[Problem]:
    given = table.get("problems", [])
    if not isinstance(given, list) or not all(map(_is_problem, given)):
        raise Damaged("a problem in it is none")
    if others := {one["name"] for one in given} - {snippet.name}:
        raise Damaged(f"it is of another run, {min(others)}")
    return [Problem(**{**one, "details": tuple(_texts(one.get("details", [])))}) for one in given]


def _is_problem(one: object) -> bool:
    if not isinstance(one, dict) or not {"kind", "name", "why"} <= one.keys() <= {
        each.name for each in fields(Problem)
    }:
        return False
    texts = {"file", "expected", "actual", "follows"} & one.keys()
    always = {"name", "why", "fix"} & one.keys()
    typed = all(isinstance(one[key], str) for key in always) and all(isinstance(one[key], str | None) for key in texts)
    return typed and isinstance(one.get("line"), int | None) and one["kind"] in KINDS


def contradictions(
    record: Record, snippet: Snippet, needs: Mapping[str, Record], project: Project, sent: Mapping[str, str]
) -> Iterator[str]:
    """What a record that was made elsewhere says otherwise than it is here, in words; it would be stale at once.

    sent: path in the project -> sha256 of what the worker was sent. Edits since then are no contradiction.
    """
    for path, digest in record.inputs.items():
        if digest != sent.get(path, ""):
            yield f"{path} was changed there during the run"
        elif not digest and digest_of(project.root / path):
            yield f"{path} was not sent, and the program looked for it"
    here: dict[str, str] = environment.settings() | snippet.settings.of_a_run
    here |= {name: environment.version(name) or "" for name in record.packages}
    for key, own, other in differences(here, {**record.settings, **record.packages}):
        yield f"{key} is {other or 'none'} there and {own or 'none'} here"
    style = environment.style_of(project)
    if record.style and record.style != environment.style_digest(style):
        yield f"the style of figures, {style.name}, is another one there"
    if record.given != {name: project.relative(path) for name, path in snippet.beside.items()}:
        yield "other files of the course lay beside it"
    if record.needs != {name: dict(needs[name].files) for name in snippet.settings.needs}:
        yield "it was given other files"


def lacking(store: Store, digests: Collection[str]) -> list[str]:
    """The files among these that a store does not have as they were."""
    return [digest for digest in digests if not is_digest(digest) or not store.has(digest)]
