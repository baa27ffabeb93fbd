"""What one run was given, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from genloop.engine.files import read_plain
from genloop.engine.program.header import nested

FORMAT = 1
"""Goes up when a record of an older engine can no longer be used."""
DIGITS = 16
"""Of its sha256, in the file name of a record."""
LARGEST = 32 * 2**20
"""Bytes of a record: a run may print one MiB, which JSON can make six times as long."""
EDITED = "edited during the run"
"""Stands for the digest of an input that nobody can tell: such a record is stale at once."""
Check = Callable[[object], bool]


@dataclass(frozen=True)
class Record:
    """What one run was given, and what came of it."""

    name: str
    stdout: str
    files: Mapping[str, str]
    """File name -> sha256 of what the run wrote."""
    seconds: float
    program: str
    """sha256 of the program without its header, constants replaced; the store has its text."""
    inputs: Mapping[str, str]
    """Path in the project -> sha256, of every file the run read or imported; "" for one it looked for in vain."""
    needs: Mapping[str, Mapping[str, str]]
    """Needed snippet -> its files and their sha256."""
    packages: Mapping[str, str]
    """Distribution -> version, of all that the run imported."""
    direct: Sequence[str]
    """The distributions among these that the program's own import statements name; the rest came along."""
    settings: Mapping[str, str]
    """Python, threads, and what else must be the same (see environment.settings)."""
    style: str
    """sha256 of the house style of figures, "" for a run without matplotlib."""
    processor: str
    started: str
    """ISO 8601, UTC."""
    results: str = ""
    """What the results of a notebook's cells say, as text (see run.cells)."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Files of the course that lay beside it: their names there -> their paths in the project, which are inputs."""
    format: int = FORMAT


def read_record(path: Path) -> Record | None:
    """The record in a file, None if there is no usable one.

    Its file name is the beginning of its digest, so a bit that flipped is seen. A digest can be made to fit, by hand or
    by a store that was brought along: every value has its type, and no name leads out of a folder.
    """
    text = read_plain(path, LARGEST)
    return None if text is None else parse_record(text, path.stem)


def parse_record(text: bytes, identifier: str) -> Record | None:
    """The record that is this text, None if it is none."""
    if hashlib.sha256(text).hexdigest()[:DIGITS] != identifier:
        return None
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or FIELDS.keys() - OPTIONAL != table.keys() - OPTIONAL:
        return None
    if not all(FIELDS[key](value) for key, value in table.items()):
        return None
    return Record(**table)


def text_of(record: Record) -> tuple[str, bytes]:
    """Its identifier, and the text whose digest begins with it."""
    text = json.dumps(asdict(record), indent=1, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()[:DIGITS], text


def is_inside(name: object) -> bool:
    """Whether it is the plain name of a file in a folder or below it: relative, and with no way up."""
    if not isinstance(name, str) or not name or re.search(r"[\x00-\x1f\x7f\\\\]", name):
        return False
    return not any(part in {"", ".", ".."} for part in name.split("/"))


def _is_text(value: object) -> bool:
    """A string that can be written: JSON knows halves of characters, UTF-8 does not."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def _is_name(value: object) -> bool:
    """A plain name that a file system can have."""
    return _is_text(value) and is_inside(value) and all(len(part.encode()) < 256 for part in str(value).split("/"))


def _lie_apart(value: object) -> bool:
    """Whether none of these files would have to be a folder for another one."""
    return isinstance(value, dict) and next(nested(value), None) is None


def is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def is_identifier(value: object) -> bool:
    """Whether it may be the beginning of a record's digest, which names its file."""
    return isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", value) is not None


def _is_path(value: object) -> bool:
    """A path in the project; its name need not be text."""
    return is_inside(value) and not re.search("[\ud800-\udc7f\udd00-\udfff]", str(value))


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and len(value) > 16 and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9


def _table(key: Check, value: Check) -> Check:
    return lambda given: isinstance(given, dict) and all(key(one) and value(other) for one, other in given.items())


_plain_files = _table(_is_name, is_digest)


def _files(value: object) -> bool:
    return _plain_files(value) and _lie_apart(value)


_texts = _table(_is_text, _is_text)
FIELDS: dict[str, Check] = {
    "name": _is_name,
    "stdout": _is_text,
    "files": _files,
    "seconds": _is_seconds,
    "program": is_digest,
    "inputs": _table(_is_path, lambda value: value in ("", EDITED) or is_digest(value)),
    "needs": _table(_is_name, _files),
    "packages": _texts,
    "direct": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "settings": lambda value: _texts(value) and {"Python", "threads"} <= value.keys(),  # type: ignore[attr-defined]  # a table, just seen
    "style": lambda value: value == "" or is_digest(value),
    "processor": _is_text,
    "started": _is_time,
    "results": _is_text,
    "given": _table(_is_name, _is_path),
    "format": lambda value: isinstance(value, int) and not isinstance(value, bool) and value == FORMAT,
}
"""What each value of a record must be."""
OPTIONAL = {"format", "results", "given"}
