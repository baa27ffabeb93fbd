"""The files of a project that a run may read, as one archive: a worker needs no checkout."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.errors import Failed, Problem
from genloop.engine.files import read_plain, shown
from genloop.engine.program.project import Project
from genloop.engine.record import environment

LARGEST_TREE = 512 * 2**20
"""Bytes of the files of a project. Each worker gets all of them, and keeps the archive in memory."""
NAMED = 3
"""Files that are named where all of them are too large."""


@dataclass(frozen=True)
class Tree:
    """A project as it was packed."""

    archive: bytes
    files: Mapping[str, str]
    """Path in the project -> sha256."""
    modules: tuple[str, ...]
    """The folders in it that Python imports from here."""


def pack(project: Project) -> Tree:
    """All that lies in a project, but for what is built from it, environments, what is hidden, and brought records.

    What a program will read is known only when it has read it. Raises Failed if that is too much to send.
    """
    digests: dict[str, str] = {}
    sizes: dict[str, int] = {}
    packed = io.BytesIO()
    # Neither a clock nor an owner is in it. A date that is long gone also says: nobody edits this during a run.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        total = 0
        for path in sorted({*_files(project), *_beside(project)}):
            name = project.relative(path)
            total += (size := path.stat().st_size if path.is_file() else 0)
            if total > LARGEST_TREE:
                raise Failed([_too_large(project, {**sizes, name: size})])
            if (data := read_plain(path, LARGEST_TREE)) is None:
                continue  # no regular file, or none that can be read: a run would not read it either
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755 if os.access(path, os.X_OK) else 0o644
            archive.addfile(entry, io.BytesIO(data))
            digests[name], sizes[name] = hashlib.sha256(data).hexdigest(), len(data)
    return Tree(packed.getvalue(), digests, tuple(_modules(project)))


def unpack(archive: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        packed.extractall(folder, filter="data")


def _files(project: Project) -> Iterator[Path]:
    built = {project.store, project.generated, project.root / "site", project.brought}
    apart = {*map(str, built), *environment.environment_folders(project.root)}
    for above, folders, names in os.walk(project.root):
        folders[:] = (name for name in folders if not _left_out(os.path.join(above, name), apart))
        yield from (Path(above, name) for name in names if not name.startswith("."))


def _beside(project: Project) -> Iterator[Path]:
    """What programs declare: it may lie in a folder that is a link, which nobody walks into."""
    return (path for snippet in project.snippets.values() for path in snippet.beside.values())


def _left_out(folder: str, apart: set[str]) -> bool:
    name = os.path.basename(folder)
    hidden = name.startswith(".") or name == "__pycache__"
    return hidden or folder in apart or os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def _modules(project: Project) -> Iterator[str]:
    """The project's own folders among those that a run imports from here; "." is the project itself."""
    # The first entry is the folder of the command, unless Python was told to leave it out; no run has it.
    given = sys.path if sys.flags.safe_path else sys.path[1:]
    apart = environment.environment_folders(project.root)
    for folder in dict.fromkeys(Path(entry).resolve() for entry in given if entry):
        inside = folder.is_dir() and folder.is_relative_to(project.root)
        if inside and not any(folder.is_relative_to(environment) for environment in apart):
            yield project.relative(folder)


def _too_large(project: Project, sizes: Mapping[str, int]) -> Problem:
    largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:NAMED]
    told = ", ".join(f"{shown(name)} {sizes[name] / 2**20:.0f} MiB" for name in largest)
    why = f"has over {LARGEST_TREE // 2**20} MiB of files, which is more than workers are sent; the largest: {told}"
    return Problem(
        "project", str(project.root), why, fix="move what no program reads out of it, or leave --scheduler out"
    )
