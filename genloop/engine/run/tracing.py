"""Follows what a run imports and reads. Runs inside the process of a snippet; imports the standard library only.

A fresh `python file.py` would show its imports in sys.modules. A child of the fork server starts with everything
that was preloaded, so sys.modules proves nothing there. Instead every import statement is followed from the start
of the server on: an edge from the module whose loading runs it to the module that it asks for. What a run used is then
what its own statements reach along these edges.
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

ENGINE = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "")
edges: dict[str, set[str]] = {}
"""Name of a module -> names of the modules that were asked for while it was loading."""
asked: set[str] = set()
"""Names of the modules that the run itself asked for: its own statements, and the functions that it called."""

_import = builtins.__import__
_import_module = importlib.import_module


def follow_imports() -> None:
    """Starts following; to be called before anything that should be seen is imported."""
    builtins.__import__ = _followed_import
    importlib.import_module = _followed_import_module


def _followed_import(
    name: str,
    globals: Mapping[str, Any] | None = None,  # noqa: A002 - the signature of __import__
    locals: Mapping[str, Any] | None = None,  # noqa: A002 - likewise
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    module = _import(name, globals, locals, fromlist or (), level)
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
    module = _import_module(name, package)
    _whose().add(module.__name__)
    return module


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
    """The files below `root` that this process opened for reading, from the call of `watch` on."""

    def __init__(self, root: str, apart: Sequence[str]) -> None:
        self.root = os.path.join(root, "")
        self.apart = tuple(os.path.join(folder, "") for folder in apart)
        """Folders below root that do not count: the run's own, the store, the environment."""
        self.paths: set[str] = set()

    def watch(self) -> None:
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(args[0], str | bytes | os.PathLike):
            return
        _, mode, flags = args
        reading = "r" in mode or "+" in mode if isinstance(mode, str) else (flags & os.O_ACCMODE) != os.O_WRONLY
        if reading:
            path = os.path.realpath(os.fsdecode(args[0]))
            if self.counts(path):
                self.paths.add(path)

    def counts(self, path: str) -> bool:
        # A kernel is started by the engine itself, which may lie in the project: that is no part of the run.
        return path.startswith(self.root) and not path.startswith((*self.apart, ENGINE))


def write_trace(target: str, reads: Reads) -> None:
    """Writes what the run used, as JSON: the files it read, and the top-level names of what it imported."""
    reached: set[str] = set()
    waiting = list(asked)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
            if parent := name.rpartition(".")[0]:
                waiting.append(parent)
    files = set(reads.paths)
    names = set()
    for name in reached:
        source = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(source, str) and reads.counts(os.path.abspath(source)):
            files.add(os.path.abspath(source))
        elif (top := name.partition(".")[0]) and top not in sys.stdlib_module_names:
            names.add(top)
    # Compiled files stand for their source, which is in the list.
    used = {
        "files": sorted(f for f in files if "__pycache__" not in f and not os.path.isdir(f)),
        "imports": sorted(names),
    }
    with open(target, "w", encoding="utf-8") as out:
        json.dump(used, out)
