"""Several files, all of them or none: written down first, so that the next command can finish what a kill cut off."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.files import locked, read_plain, replace_file

LARGEST = 2**30
"""Bytes that a journal may have."""


@dataclass(frozen=True)
class CutOff:
    """What was found of a change that was cut off."""

    finished: bool
    """Whether it is carried out now; otherwise it is taken back."""
    files: tuple[str, ...]


class Journal:
    """The journal of one folder of files. root: the folder. place: where the journal lies."""

    def __init__(self, root: Path, place: Path) -> None:
        self.root = root
        self.place = place

    def write(self, files: Mapping[str, bytes | None]) -> list[str]:
        """Writes the files, path below root -> bytes, all or none of them; returns those that changed.

        None stands for no file. The caller holds the lock, from before it read what it changes. Raises OSError if one
        of them cannot be written; then all are as they were.
        """
        before = {name: self._read(name) for name in files}
        changed = {name: data for name, data in files.items() if before[name] != data}
        if changed:
            table = {name: [_text(before[name]), _text(data)] for name, data in changed.items()}
            replace_file(self.place, json.dumps(table).encode(), _temporary(self.place))
            try:
                for name, data in changed.items():
                    self._put(name, data)
            except OSError:
                for name in changed:
                    if self._read(name) != before[name]:
                        self._put(name, before[name])
                raise
            finally:
                self.place.unlink()
        return list(changed)

    def lock(self) -> contextlib.AbstractContextManager[None]:
        return locked(self.place.with_suffix(".lock"))

    def finish(self) -> CutOff | None:
        """Carries out what a kill cut off, or takes it back; None if nothing was."""
        if not self.place.exists() and not _temporary(self.place).exists():
            return None
        with self.lock():  # whoever was at work is done now, or was killed
            return self.finish_alone()

    def finish_alone(self) -> CutOff | None:
        """`finish`, for who holds the lock.

        Each file is as it was or as it should be: then it is finished, unless nothing was done yet. If a person changed
        one of them meanwhile, the others get back what they had, and that one is left alone.
        """
        _temporary(self.place).unlink(missing_ok=True)
        table = self._table()
        now = {name: self._read(name) for name in table}
        begun = any(now[name] == new for name, (_, new) in table.items())
        finishes = begun and all(now[name] in pair for name, pair in table.items())
        for name, (old, new) in table.items():
            if finishes:
                self._put(name, new)
            elif now[name] == new:
                self._put(name, old)
            _temporary(self.root / name).unlink(missing_ok=True)
        self.place.unlink(missing_ok=True)
        return CutOff(finishes, tuple(table)) if begun else None

    def _table(self) -> dict[str, tuple[bytes | None, bytes | None]]:
        """Path -> what it had and what it gets. Empty for a journal that this engine did not write."""
        try:
            table = json.loads(read_plain(self.place, LARGEST) or b"")
            pairs = {name: (_bytes(old), _bytes(new)) for name, (old, new) in table.items()}
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}
        inside = all((self.root / name).resolve().is_relative_to(self.root.resolve()) for name in pairs)
        return pairs if inside else {}

    def _read(self, name: str) -> bytes | None:
        return read_plain(self.root / name, LARGEST)

    def _put(self, name: str, data: bytes | None) -> None:
        path = self.root / name
        if data is None:
            path.unlink(missing_ok=True)
        else:
            replace_file(path, data, _temporary(path))


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")
