"""Files: what is in them, by a digest, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path


def open_plain(path: Path) -> BufferedReader:
    """Opens a regular file for reading. Raises OSError for whatever is none: nobody waits at a pipe or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # a name that no file can have
        raise OSError(str(error)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is not a regular file")
    return os.fdopen(handle, "rb")


def read_plain(path: Path, limit: int) -> bytes | None:
    """The bytes of a regular file; None if it cannot be read, or has more than `limit`."""
    try:
        with open_plain(path) as file:
            data = file.read(limit + 1)
    except OSError:
        return None
    return data if len(data) <= limit else None


def digest_of(path: Path) -> str | None:
    """sha256 of a file, None if it is not there."""
    try:
        with open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def replace_file(path: Path, data: bytes) -> bool:
    """Writes a file whole or not at all; returns False, and touches nothing, if it holds the same bytes already."""
    if read_plain(path, len(data)) == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True
