"""Where a new course goes: a folder that is made whole or not at all."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genloop.engine.errors import Misused, Problem
from genloop.engine.files import shown

BESIDE = frozenset({".git"})
"""What may lie in a folder that counts as empty."""


def title_of(folder: Path) -> str:
    """The name of a course: "my-course" is "My course"."""
    name = " ".join(re.sub(r"[-_]+", " ", shown(os.path.basename(os.path.realpath(folder)))).split())
    return name[:1].upper() + name[1:] or "A course"


def refuse(folder: Path) -> None:
    """Raises Misused if no course can be made there: something lies there already, or nothing can be written there."""
    if why := _unfit(folder):
        raise Misused([Problem("project", shown(folder), why[0], fix=why[1])])


def _unfit(folder: Path) -> tuple[str, str] | None:
    """What is wrong with a place for a course, and what to type; None if nothing is."""
    fix = "choose another folder: genloop init FOLDER"
    try:
        target = folder.resolve()
        if shown(target.name) != target.name or not target.name:
            return "is no name for a course; use letters, digits, - and _", fix
        if target.is_dir():
            if set(os.listdir(target)) - BESIDE:
                return "is not empty, and a new course writes over nothing", fix
            above = target
        elif os.path.lexists(folder):
            return "is there already, and is no folder", fix
        else:
            above = target.parent
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, a null in it, links in a circle
        return f"cannot be looked at: {getattr(error, 'strerror', None) or error}", fix
    if not above.is_dir():
        if os.path.lexists(above):
            return f"lies in {shown(folder.parent)}, which is no folder", fix
        return "lies in a folder that is not there", f"make that first: mkdir -p {shlex.quote(shown(folder.parent))}"
    if not os.access(above, os.W_OK | os.X_OK):
        return f"cannot be made: {shown(above)} may not be written", fix
    return None


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write to, aside; it becomes `folder` when the block ends well, and is gone when it does not."""
    refuse(folder)
    target = folder.resolve()
    try:
        aside = tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:40]}.")
    except OSError as error:  # a place where nobody can make a folder, though it says otherwise
        why = f"cannot be made: {error.strerror}".lower()
        raise Misused(
            [Problem("project", shown(folder), why, fix="choose another folder: genloop init FOLDER")]
        ) from None
    with aside as beside:
        made = Path(beside, target.name)  # not the temporary folder itself, which nobody else may read
        made.mkdir()
        yield made
        if not target.exists():
            made.rename(target)
        else:
            _fill(target, made)


def _fill(target: Path, made: Path) -> None:
    """Moves what was made into an empty folder. The folder stays: somebody may stand in it."""
    moved: list[Path] = []
    try:
        for path in sorted(made.iterdir()):
            path.rename(target / path.name)
            moved.append(target / path.name)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
