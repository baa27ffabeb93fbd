"""Files and folders: what is in them, by a digest; writing them whole or not at all; one writer at a time."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from io import BufferedReader, FileIO
from pathlib import Path

TOO_DEEP = "is nested too deep to be read"
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# linux/fcntl.h and linux/fs.h
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def lines_of(text: str) -> list[str]:
    """Its lines. A line ends with a line break, and with nothing else that Unicode or `str.splitlines` knows."""
    return text.removesuffix("\n").split("\n") if text else []


def open_plain(path: Path) -> BufferedReader:
    """Opens a regular file for reading. Raises OSError for whatever is none: nobody waits at a pipe or a device."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.fdopen(handle, "rb")


def read_text(path: Path) -> str:
    """The text of a regular file, its line ends as \\n. Raises FileNotFoundError, or ValueError that says why not."""
    try:
        with open_plain(path) as file:
            return file.read().decode().replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        if path.is_symlink():
            raise ValueError("is a link that leads nowhere") from None
        raise
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None


def read_source(path: Path) -> str:
    """The text of a file that somebody writes by hand: a byte order mark, which some editors put first, is no text."""
    return read_text(path).removeprefix("\ufeff")


def find_files(folder: Path, ending: str) -> tuple[list[Path], list[tuple[Path, str]]]:
    """The files below a folder whose names have this ending; and each folder that hides some, with the reason why."""
    found: list[Path] = []
    hidden: list[tuple[Path, str]] = []

    def note(error: OSError) -> None:
        hidden.append((Path(os.fsdecode(error.filename)), f"cannot be read: {error.strerror}"))

    for above, folders, names in os.walk(folder, onerror=note):
        found += [Path(above, name) for name in names if name.endswith(ending)]
        hidden += [(Path(above, name), "is a folder") for name in folders if name.endswith(ending)]
    return sorted(found), hidden


def shown(text: Path | str) -> str:
    """A path or a text as it can be printed: what is not UTF-8 in it, and what moves a cursor, stands as an escape."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def read_plain(path: Path, limit: int) -> bytes | None:
    """The bytes of a regular file; None if it cannot be read, or has more than `limit`."""
    try:
        with open_plain(path) as file:
            data = file.read(limit + 1)
    except OSError:
        return None
    return data if len(data) <= limit else None


def digest_of(path: Path, limit: int | None = None) -> str | None:
    """sha256 of a file, None if it is not there, or has more bytes than `limit`."""
    try:
        with open_plain(path) as file:
            if limit is not None and os.fstat(file.fileno()).st_size > limit:
                return None
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def replace_file(path: Path, data: bytes, temporary: Path | None = None) -> bool:
    """Writes a file whole or not at all; returns False, and touches nothing, if it holds the same bytes already.

    temporary: the name under which it is written first, for those who clean up after a kill; one of its own otherwise.
    """
    if read_plain(path, len(data)) == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    if temporary is None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        temporary = Path(name)
    else:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True


def swap_folder(new: Path, target: Path) -> None:
    """Puts a folder in the place of another, or of nothing. Killed at any moment, one of the two is there, whole.

    Where the system cannot exchange two names at once, a kill between two renames leaves the old one beside the target;
    `put_back` takes it from there. A link stays a link: what it points to is replaced.
    """
    target = target.resolve()
    put_back(target)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, and the site is a folder", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    if new.stat().st_dev != target.parent.stat().st_dev:  # a rename would not work: copied first, then swapped
        near = target.with_name(f".{target.name}.new")
        _remove(near)
        shutil.copytree(new, near, symlinks=True)
        _remove(new)
        new = near
    if not target.exists():
        new.rename(target)
    elif _exchange(new, target):
        _remove(new)
    else:
        old = _beside(target)
        target.rename(old)
        new.rename(target)
        _remove(old)


def put_back(target: Path) -> None:
    """Ends a swap that was killed: what stands beside the target comes back if the target is gone."""
    target = target.resolve()
    old = _beside(target)
    if old.is_dir() and not target.exists():
        old.rename(target)
    _remove(old)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two names in one step, with Linux's own call; False where there is none."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    if (number := ctypes.get_errno()) in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:  # this file system cannot
        return False
    raise OSError(number, os.strerror(number), str(other))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def open_lock(path: Path) -> FileIO:
    """Opens a file that is there to be locked. A link in its place goes: nothing is made where it leads."""
    if path.is_symlink():
        path.unlink(missing_ok=True)
    # With O_RDWR and O_NONBLOCK nobody waits at a pipe.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return FileIO(os.open(path, flags, 0o644), "r+")


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """One process at a time; one that is killed holds nothing. waiting: called once, if another is at work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = False
    while True:
        with open_lock(path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    waiting()
                told = True
                fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                yield
                return
        path.parent.mkdir(parents=True, exist_ok=True)  # it was removed meanwhile, as `genloop clean` does
