"""Follows what a run imports and reads. Runs inside the process of a snippet; imports the standard library only.

A fresh `python file.py` would show its imports in sys.modules. A child of the fork server starts with everything
that was preloaded, so sys.modules proves nothing there. Instead every import statement is followed from the start
of the server on: an edge from the module whose loading runs it to the module that it asks for. What a run used is then
what its own statements reach along these edges.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ENGINE = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "")
BACKEND = "genloop.engine.run.shown"
"""What Matplotlib loads for `plt.show()`: it is ours, and nothing that the program uses."""
edges: dict[str, set[str]] = {}
"""Name of a module -> names of the modules that were asked for while it was loading."""
asked: set[str] = set()
"""Names of the modules that the run itself asked for: its own statements, and the functions that it called."""

_import = builtins.__import__
_import_module = importlib.import_module
_find_spec = importlib.util.find_spec


def follow_imports() -> None:
    """Starts following; to be called before anything that should be seen is imported."""
    builtins.__import__ = _followed_import
    importlib.import_module = _followed_import_module
    importlib.util.find_spec = _followed_find_spec


def _followed_import(
    name: str,
    globals: Mapping[str, Any] | None = None,  # noqa: A002 - the signature of __import__
    locals: Mapping[str, Any] | None = None,  # noqa: A002 - likewise
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    try:
        module = _import(name, globals, locals, fromlist or (), level)
    except ModuleNotFoundError as error:
        _whose().add(error.name or name)
        raise
    if level:
        package = str((globals or {}).get("__package__") or "").rsplit(".", level - 1)[0]
        name = f"{package}.{name}" if name else package
    seen = _whose()
    seen.add(name)
    for part in fromlist or ():
        if f"{name}.{part}" in sys.modules:
            seen.add(f"{name}.{part}")
    return module


def _followed_import_module(name: str, package: str | None = None) -> ModuleType:
    try:
        module = _import_module(name, package)
    except ModuleNotFoundError as error:
        _whose().add(error.name or name)
        raise
    _whose().add(module.__name__)
    return module


def _followed_find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
    _whose().add(importlib.util.resolve_name(name, package) if name.startswith(".") else name)
    return _find_spec(name, package)


def _whose() -> set[str]:
    """On whose account an import goes: that of the module being loaded, or of the run if none is."""
    frame = sys._getframe(2)
    while True:
        code = frame.f_code
        # A cell of a notebook has a code name of its own, "<cell line: 1>".
        if code.co_name == "<module>" or code.co_name.startswith("<cell"):
            name = str(frame.f_globals.get("__name__"))
            if name != "__main__":
                return edges.setdefault(name, set())
            # The command that started this process is not the run.
            return edges.setdefault(name, set()) if code.co_filename == "<string>" else asked
        if frame.f_back is None:  # a thread, or a function called at exit
            return asked
        frame = frame.f_back


class Reads:
    """The files below `root` that this process opened for reading or asked about, from the call of `watch` on.

    Apart from these: what of the run's own folder it opened or asked about, and the distributions whose metadata it
    read.
    """

    def __init__(self, root: str, folder: str, apart: Sequence[str]) -> None:
        self.root = os.path.join(root, "")
        self.folder = os.path.join(folder, "")
        self.own: set[str] = set()
        """Ways from the folder of the run."""
        self.apart = tuple(os.path.join(folder, "") for folder in (folder, *apart))
        """What does not count below root: the folder of the run, the store, the environment, the style of figures."""
        self.paths: set[str] = set()
        self.distributions: set[str] = set()

    def watch(self) -> None:
        sys.addaudithook(self._hook)
        # No audit event tells these two: whether a file is there, and where the folder of a relative path lies.
        stat, open_ = os.stat, os.open

        def noting_stat(path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
            if not isinstance(path, int):
                self._asked(path, dir_fd)
            return stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

        def noting_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if dir_fd is not None and _reads(flags):
                self._asked(path, dir_fd)
            return open_(path, flags, mode, dir_fd=dir_fd)

        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            able.update(new for old, new in ((stat, noting_stat), (open_, noting_open)) if old in able)
        os.stat, os.open = noting_stat, noting_open

    def _asked(self, path: Any, dir_fd: int | None) -> None:
        """A path in an open folder, if this system tells where that lies (macOS has no /proc), or any other one."""
        with contextlib.suppress(OSError):
            folder = "" if dir_fd is None else os.readlink(f"/proc/self/fd/{dir_fd}")
            self._note(os.path.join(folder, os.fsdecode(path)))

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(args[0], str | bytes | os.PathLike):
            return
        _, mode, flags = args
        if "r" in mode or "+" in mode if isinstance(mode, str) else _reads(flags):
            self._note(os.fsdecode(args[0]))

    def _note(self, path: str) -> None:
        # Also the name that was used: it may be a link, which leads elsewhere one day.
        full = os.path.abspath(path)
        self.paths.update(filter(self.counts, {full, os.path.realpath(path)}))
        if full.startswith(self.folder):
            self.own.add(full.removeprefix(self.folder))
        folder, name = os.path.split(path)
        if name == "METADATA" and folder.endswith(".dist-info"):
            self.distributions.add(os.path.basename(folder).partition("-")[0])

    def counts(self, path: str) -> bool:
        # A kernel is started by the engine itself, which may lie in the project: that is no part of the run.
        return path.startswith(self.root) and not f"{path}/".startswith((*self.apart, ENGINE))


def _reads(flags: int) -> bool:
    return (flags & os.O_ACCMODE) != os.O_WRONLY


def _before(name: str, reads: Reads) -> Iterator[str]:
    """The files of the project that would have been the module of this name, had they been there."""
    if name in sys.builtin_module_names:
        return  # in Python itself: no file goes before it
    found = os.path.abspath(str(getattr(sys.modules.get(name), "__file__", None) or ""))
    for entry in sys.path:
        folder = os.path.abspath(entry)
        for file in (os.path.join(folder, name, "__init__.py"), os.path.join(folder, f"{name}.py")):
            if file == found:
                return
            if reads.counts(file):
                yield file
        if found.startswith(os.path.join(folder, f"{name}.")):
            return  # compiled: looked for before the source in the same folder, and in none after it


def write_trace(target: str, reads: Reads) -> None:
    """Writes what the run used, as JSON: the files it read, and the top-level names of what it imported."""
    reached: set[str] = set()
    waiting = list(asked)
    while waiting:
        name = waiting.pop()
        if name not in reached and name != BACKEND:
            reached.add(name)
            waiting += edges.get(name, ())
            if parent := name.rpartition(".")[0]:
                waiting.append(parent)
    files = set(reads.paths)
    names = set()
    for name in reached:
        if "." not in name:
            files.update(_before(name, reads))
        source = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(source, str) and reads.counts(os.path.abspath(source)):
            files.add(os.path.abspath(source))
        elif isinstance(source, str) and os.path.abspath(source).startswith(reads.folder):
            continue  # a module of the course, which lies beside the program
        elif (top := name.partition(".")[0]) and top not in sys.stdlib_module_names:
            names.add(top)
    used = {
        "files": sorted(f for f in map(_source, files) if f and not os.path.isdir(f)),
        "own": sorted(reads.own),
        "imports": sorted(names),
        "distributions": sorted(reads.distributions),
    }
    with open(target, "w", encoding="utf-8") as out:
        json.dump(used, out)


def _source(file: str) -> str:
    """The source that a compiled file stands for, "" if none does; any other file itself."""
    if "__pycache__" not in file:
        return file
    try:
        return importlib.util.source_from_cache(file)
    except ValueError:
        return ""
