"""Calls of a course's own: a Python file that `[tool.genloop]` names, `calls = "docs/calls.py"`.

Each public function of the file is a call of every page. It is given the page as its first argument (`calls.Calls`:
`page.record(name)`, `page.wrong(why)`, `page.made(record)`, ...), and the arguments of the call after it. It returns
`Markdown`, or text that is the same for the site and for pages that stand alone.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.errors import Problem

Own = Callable[..., "Markdown | str"]


@dataclass(frozen=True)
class Markdown:
    """What a call of a course gives."""

    site: str
    """For the site: pymdownx blocks may be used, and classes of the course's style sheet."""
    plain: str
    """For Markdown that stands alone, as `genloop stage` writes it."""
    block: bool = True
    """Whether it is a block of its own, which must stand alone on its line."""


def load_calls(root: Path, file: str) -> tuple[Mapping[str, Own], list[Problem]]:
    """The public functions of the file by their names, and what is wrong with it."""
    path = root / file
    if not path.is_file():
        why = f'is named by calls = "{file}" in pyproject.toml and does not exist'
        return {}, [Problem("project", file, why, file=file)]
    spec = importlib.util.spec_from_file_location("genloop_calls", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # docs/ is published, and no place for a cache
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - a course's own file may raise anything; it becomes a problem
        line = line_in(path, error) or getattr(error, "lineno", None)
        return {}, [Problem("project", file, f"cannot be loaded: {type(error).__name__}: {error}", line, file)]
    finally:
        sys.dont_write_bytecode = writes
    own = {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
    return own, []


def line_in(path: Path, error: BaseException) -> int | None:
    """The line of a file on which an error was raised, as far as it was raised there."""
    lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename == str(path)]
    return lines[-1] if lines else None
