"""What one run was given, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
"""Goes up when a record of an older engine can no longer be used."""


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
    format: int = FORMAT


def read_record(path: Path) -> Record | None:
    """The record in a file, None if there is no usable one."""
    try:
        record = Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.format == FORMAT and isinstance(record.files, dict) else None
