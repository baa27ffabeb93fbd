"""A store that machines share, at a URL: a folder, a bucket, or, for reading, a web server.

It is laid out as the store of a course is, with a list beside the records because a web server lists nothing:

    records/index.json            {"topic/name": {"0123456789abcdef": digest of its program, ...}, ...}
    records/TOPIC/NAME/ID.json    a record, under the beginning of its own digest
    objects/01/2345...            a file, under its digest

Many may write at once: nothing that is there is changed but the list, which is written again until it holds all records
that are there. Nothing that is read is believed: it is of limited size, has the digest and the types that it must have,
and plain names, and it is never executed. A record that is whole can still tell a lie: what it says was printed is
compared with what was accepted, but its figures and files are those of whoever wrote it. So who may write is trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from genloop.engine.errors import Failed, Problem
from genloop.engine.files import replace_file
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.freshness import MANY, changes
from genloop.engine.record.record import LARGEST, Record, is_digest, is_identifier, is_inside, parse_record, text_of
from genloop.engine.record.store import Store

INDEX = "records/index.json"
LARGEST_INDEX = 64 * 2**20
AT_ONCE = 16
"""Transfers at a time: most of one is waiting."""
Index = dict[str, dict[str, str]]
"""Snippet -> identifier of a record -> digest of its program."""


@dataclass
class Brought:
    """What came of fetching, by snippet."""

    fetched: list[str] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)
    """Ran under something else than what is here -> the first difference."""
    damaged: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = [f"{len(self.fetched)} records fetched"]
        if others := self.other.keys() - set(self.fetched):
            name = min(others)
            told.append(f"{len(others)} left, made under something else ({name}: {self.other[name]})")
        if self.damaged:
            told.append(f"{len(self.damaged)} left, damaged ({', '.join(sorted(set(self.damaged))[:MANY])})")
        return "; ".join(told)


class SharedStore:
    """Raises Failed where the URL is none, its protocol is not installed, or the server does not answer as a store."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        try:
            import fsspec  # takes a moment, and most commands do without

            self._files, self._root = fsspec.core.url_to_fs(self.url)
        except ModuleNotFoundError as error:
            self._refuse(f"needs {error.name}", "pip install 'genloop[store]'")
        except (ImportError, ValueError) as error:  # fsspec names the package that this protocol needs
            self._refuse(str(error), "give a folder, or a URL such as https://... or s3://...")

    def fetch(self, store: Store, snippets: Mapping[str, Snippet]) -> Brought:
        """Copies records of these programs as they are now, and their files, into the store of a course."""
        index = self._index()
        if index is None:
            self._refuse(
                f"is no store, or does not answer: there is no {INDEX}", f"to make it one: genloop push {self.url}"
            )
        wanted = [
            (name, one)
            for name, snippet in snippets.items()
            for one, digest in index.get(name, {}).items()
            if digest == snippet.digest
        ]
        found = Brought()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            texts = pool.map(lambda entry: self._get(_record_path(*entry), LARGEST), wanted)
            for (name, one), text in zip(wanted, texts, strict=True):
                record = parse_record(text, one) if text is not None else None
                if text is None or record is None or (record.name, record.program) != (name, snippets[name].digest):
                    found.damaged.append(name)
                elif difference := next(_differences(record, snippets[name]), ""):
                    found.other[name] = difference
                elif self._fetch_files(store, record, snippets[name].settings.most_bytes, pool):
                    store.receive(name, one, text)
                    found.fetched.append(name)
                else:
                    found.damaged.append(name)
        return found

    def push(self, store: Store, records: Iterable[Record]) -> int:
        """Copies these records and their files there; returns how many records were not there before."""
        known = self._index() or {}
        given = [(record, *text_of(record)) for record in records]
        new = [(record, one, text) for record, one, text in given if one not in known.get(record.name, {})]
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                files = {digest for record, _, _ in new for digest in _files_of(record)}
                list(pool.map(lambda digest: self._push_file(store, digest), sorted(files)))
                # After what they name: a record that can be read is whole.
                list(pool.map(lambda entry: self._put(_record_path(entry[0].name, entry[1]), entry[2]), new))
            # Until it holds what others wrote meanwhile: all that write do so, and what is there is the same for all.
            while (there := self._listed()) != self._index():
                self._put(INDEX, json.dumps(there, indent=0, sort_keys=True).encode())
        except Failed:
            raise
        except Exception as error:  # noqa: BLE001 - each protocol has errors of its own
            self._refuse(f"cannot be written: {_told(error)}", "a folder or a bucket that you may write to")
        return len(new)

    def _listed(self) -> Index:
        """Every record that is there."""
        self._files.invalidate_cache()
        known = self._index() or {}
        top = self._place("records")
        found: Index = {}
        for path in self._files.find(top):
            name, _, file = path.removeprefix(top).strip("/").rpartition("/")
            one = file.removesuffix(".json")
            if is_inside(name) and is_identifier(one):
                program = known.get(name, {}).get(one) or self._program_of(name, one)
                if program:
                    found.setdefault(name, {})[one] = program
        return found

    def _program_of(self, name: str, identifier: str) -> str | None:
        text = self._get(_record_path(name, identifier), LARGEST)
        record = parse_record(text, identifier) if text is not None else None
        return record.program if record is not None and record.name == name else None

    def _index(self) -> Index | None:
        """None if there is none. What is not a table of records by their names is left out."""
        text = self._get(INDEX, LARGEST_INDEX)
        try:
            table = json.loads(text) if text is not None else None
        except (ValueError, RecursionError):
            table = None
        if not isinstance(table, dict):
            return None
        return {name: records for name, records in table.items() if is_inside(name) and _are_records(records)}

    def _fetch_files(self, store: Store, record: Record, limit: int, pool: ThreadPoolExecutor) -> bool:
        """Whether all files of a record are there and within the limit; its program may have more than a file."""
        return all(
            [
                self._fetch_file(store, record.program, LARGEST),
                *pool.map(lambda digest: self._fetch_file(store, digest, limit), record.files.values()),
            ]
        )

    def _fetch_file(self, store: Store, digest: str, limit: int) -> bool:
        if store.has(digest):
            return True
        data = self._get(_path_of(digest), limit)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            return False
        store.put(digest, data)
        return True

    def _push_file(self, store: Store, digest: str) -> None:
        path, data = _path_of(digest), store.read(digest)
        try:
            there = self._files.size(self._place(path))
        except FileNotFoundError:
            there = None
        if there != len(data):
            self._put(path, data)

    def _get(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file; None if it is not there, or larger than `limit`."""
        # A web server need not know of ranges, and may say any size: what it sends is counted.
        streamed: dict[str, Any] = {"block_size": 0} if "http" in self._files.protocol else {}
        try:
            with self._files.open(self._place(path), "rb", **streamed) as file:
                data = bytearray()
                while len(data) <= limit and (more := file.read(limit + 1 - len(data))):  # a stream gives what it has
                    data += more
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(f"cannot be read: {_told(error)}", "a store that answers, or the same without --store")
        return bytes(data) if len(data) <= limit else None

    def _put(self, path: str, data: bytes) -> None:
        """Whole or not at all, as a bucket does by itself."""
        place = self._place(path)
        if "file" in self._files.protocol:
            replace_file(Path(place), data)
        else:
            self._files.pipe_file(place, data)

    def _place(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"

    def _refuse(self, why: str, fix: str) -> NoReturn:
        raise Failed([Problem("project", self.url, why, fix=fix)]) from None


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _differences(record: Record, snippet: Snippet) -> Iterator[str]:
    """Why a record of the same program is of no use here; none if its files are worth the transfer."""
    yield from changes(record.settings, environment.settings() | snippet.settings.of_a_run)
    yield from changes(record.packages, {name: environment.version(name) or "" for name in record.packages})


def _files_of(record: Record) -> list[str]:
    return [record.program, *record.files.values()]


def _path_of(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest[2:]}"


def _record_path(name: str, identifier: str) -> str:
    return f"records/{name}/{identifier}.json"


def _are_records(value: object) -> bool:
    return isinstance(value, dict) and all(is_identifier(one) and is_digest(program) for one, program in value.items())
