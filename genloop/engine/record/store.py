"""The store: records of runs and the files they wrote, content-addressed. The only module that writes there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from genloop.engine.errors import Failed, Problem
from genloop.engine.files import digest_of, open_lock, read_plain, replace_file
from genloop.engine.program.header import MOST_MIB
from genloop.engine.record.record import Record, is_digest, read_record, text_of
from genloop.engine.record.strays import kill_strays

KEPT = 8
"""Records kept per snippet, so that going back to an earlier branch runs nothing."""
OURS = re.compile(r"[0-9]+-\w+")
"""The name of a folder of a process, below `work`: its number first."""
LARGEST_FILE = int(MOST_MIB * 2**20)
"""Bytes of a file, whatever a course allows (see program.header)."""


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.records = folder / "records"
        self.work = folder / "work"

    def newest(self, name: str) -> list[Record]:
        """The records of a snippet, newest first. What is damaged, incomplete or of another format is absent."""
        return list(self.named(name).values())

    def named(self, name: str) -> dict[str, Record]:
        """The same by their identifiers, which are the beginnings of their own digests."""
        found = {
            path.stem: record
            for path in self.records.joinpath(name).glob("*.json")
            if (record := read_record(path)) and record.name == name
        }
        return dict(sorted(found.items(), key=lambda entry: entry[1].started, reverse=True))

    def program(self, digest: str) -> str | None:
        """The text of a program that ran, None if it is not here."""
        data = self.find(digest)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:  # the file of a run, under the digest of a program
            return None

    def holds(self, record: Record) -> bool:
        """Whether every file of the record is there, and is what was written."""
        return all(map(self.has, record.files.values()))

    def has(self, digest: str) -> bool:
        return digest_of(self.object(digest), LARGEST_FILE) == digest

    def find(self, digest: str) -> bytes | None:
        """The bytes of a file, None if it is not here, or not what was written."""
        data = read_plain(self.object(digest), LARGEST_FILE)
        return data if data is not None and hashlib.sha256(data).hexdigest() == digest else None

    def object(self, digest: str) -> Path:
        return self.objects / digest[:2] / digest[2:]

    def add(self, record: Record, files: Mapping[str, Path], program: str) -> None:
        """Writes files first and the record last, each to a temporary name and renamed: a cut leaves no half record.

        program: the text whose digest the record has.
        """
        self._write(self.object(record.program), program.encode())
        for file, path in files.items():
            target = self.object(record.files[file])
            if not self.has(record.files[file]):
                self._write(target, path.read_bytes())
        self.receive(record.name, *text_of(record))

    def receive(self, name: str, identifier: str, text: bytes) -> None:
        """A record as it is stored, read and found good; its files are here (see `put`). Of many the oldest goes."""
        written = self.records / name / f"{identifier}.json"
        self._write(written, text)
        # Whatever the clock says: the record of this run is not the one that is too old.
        others = [path for path in written.parent.glob("*.json") if path != written]
        for path in sorted(others, key=_modified, reverse=True)[KEPT - 1 :]:
            path.unlink(missing_ok=True)

    def put(self, digest: str, data: bytes) -> None:
        """A file of a record that was made elsewhere."""
        self._write(self.object(digest), data)

    def _write(self, path: Path, data: bytes) -> None:
        self.make_room(path)
        replace_file(path, data)

    def make_room(self, path: Path) -> None:
        """Removes what cannot be there in a store that is whole: a folder for a file, a file or a link for a folder.

        What a link leads to is left alone: it need not be ours.
        """
        for above in reversed(path.relative_to(self.folder).parents[:-1]):
            place = self.folder / above
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                place.unlink()
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)

    def read(self, digest: str) -> bytes:
        """The bytes of a file. Raises Failed if they are not what was written: somebody changed them just now."""
        data = self.find(digest)
        if data is None:
            why = f"a file of the store is missing or damaged ({digest[:8]})"
            raise Failed([Problem("project", str(self.folder), why, fix="again: it will be made anew")])
        return data

    def copy(self, record: Record, file: str, target: Path) -> None:
        replace_file(target, self.read(record.files[file]))

    @contextlib.contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Whether no other command holds this run; it is held until the end then. One that was killed holds nothing."""
        path = self.folder / "claims" / f"{name}.lock"
        self.make_room(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_lock(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who held it has removed it just now: what is locked here is no longer the file of this name.
                mine = os.path.samestat(path.stat(), os.fstat(file.fileno()))
            except (BlockingIOError, FileNotFoundError):
                mine = False
            try:
                yield mine
            finally:
                if mine:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder for the runs of this process. Folders of processes that were killed are removed."""
        self.make_room(self.work / "any")
        self.work.mkdir(parents=True, exist_ok=True)
        with open_lock(self.folder / "lock") as making:
            fcntl.flock(making, fcntl.LOCK_EX)
            self._remove_abandoned()
            folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.work))
            lock = open(folder / "lock", "w")  # noqa: SIM115 - open as long as this process uses the folder
            fcntl.flock(lock, fcntl.LOCK_EX)
        with lock:
            try:
                yield folder
            finally:
                kill_strays(folder)
                shutil.rmtree(folder, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        # Somebody may keep a folder of his own in here: only what has our names is ours.
        for folder in [path for path in self.work.iterdir() if OURS.fullmatch(path.name) and path.is_dir()]:
            with contextlib.suppress(BlockingIOError):  # a living process holds the lock of its folder
                if (folder / "lock").exists():
                    with open_lock(folder / "lock") as lock:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                kill_strays(folder)
                shutil.rmtree(folder, ignore_errors=True)

    def prune(self, also: Iterable[str] = ()) -> None:
        """Removes the files that no record names any more. Young ones stay: they may be about to get one.

        also: digests that are named elsewhere.
        """
        named = set(also)
        hour_ago = time.time() - 3600
        for path in self.records.rglob("*.json"):
            if (record := read_record(path)) is not None:
                named |= {record.program, *record.files.values()}
        here = [path for path in self.objects.glob("??/*") if is_digest(path.parent.name + path.name)]
        for path in [*here, *self.objects.rglob(".*.tmp"), *self.records.rglob(".*.tmp")]:
            if path.is_file() and path.parent.name + path.name not in named and _modified(path) < hour_ago:
                path.unlink(missing_ok=True)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another command removed it just now
        return 0.0
