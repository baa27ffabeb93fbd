"""The store: records of runs and the files they wrote, content-addressed. The only module that writes there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from genloop.engine.files import digest_of, replace_file
from genloop.engine.record.record import Record, read_record

KEPT = 8
"""Records kept per snippet, so that going back to an earlier branch runs nothing."""


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
            path.stem: record for path in self.records.joinpath(name).glob("*.json") if (record := read_record(path))
        }
        return dict(sorted(found.items(), key=lambda entry: entry[1].started, reverse=True))

    def program(self, digest: str) -> str | None:
        """The text of a program that ran, None if it is not here."""
        path = self.object(digest)
        return path.read_text(encoding="utf-8") if digest_of(path) == digest else None

    def holds(self, record: Record) -> bool:
        """Whether every file of the record is there, and is what was written."""
        return all(digest_of(self.object(digest)) == digest for digest in record.files.values())

    def object(self, digest: str) -> Path:
        return self.objects / digest[:2] / digest[2:]

    def add(self, record: Record, files: Mapping[str, Path], program: str) -> None:
        """Writes files first and the record last, each to a temporary name and renamed: a cut leaves no half record.

        program: the text whose digest the record has.
        """
        replace_file(self.object(record.program), program.encode())
        for file, path in files.items():
            target = self.object(record.files[file])
            if digest_of(target) != record.files[file]:
                replace_file(target, path.read_bytes())
        text = json.dumps(asdict(record), indent=1, sort_keys=True)
        folder = self.records / record.name
        replace_file(folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json", text.encode())
        by_age = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in by_age[KEPT:]:
            path.unlink(missing_ok=True)

    def copy(self, record: Record, file: str, target: Path) -> None:
        replace_file(target, self.object(record.files[file]).read_bytes())

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder for the runs of this process. Folders of processes that were killed are removed."""
        self.work.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w") as making:
            fcntl.flock(making, fcntl.LOCK_EX)
            self._remove_abandoned()
            folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self.work))
            lock = open(folder / "lock", "w")  # noqa: SIM115 - open as long as this process uses the folder
            fcntl.flock(lock, fcntl.LOCK_EX)
        with lock:
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        for folder in [path for path in self.work.iterdir() if path.is_dir()]:
            with contextlib.suppress(BlockingIOError):  # a living process holds the lock of its folder
                if (folder / "lock").exists():
                    with open(folder / "lock") as lock:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)

    def prune(self) -> None:
        """Removes the files that no record names any more. Young ones stay: they may be about to get one."""
        named = set()
        hour_ago = time.time() - 3600
        for path in self.records.rglob("*.json"):
            if (record := read_record(path)) is not None:
                named |= {record.program, *record.files.values()}
        for path in self.objects.rglob("*"):
            if path.is_file() and path.parent.name + path.name not in named and path.stat().st_mtime < hour_ago:
                path.unlink(missing_ok=True)
