"""The header of a program that is brought along: what is missing in it is added, what stands there stays."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from genloop.engine.errors import Problem
from genloop.engine.files import lines_of
from genloop.engine.program.header import BLOCK, Settings, read_header


@dataclass(frozen=True)
class Given:
    """The header that a program has already."""

    lines: tuple[str, ...] = ()
    """What stands between its marks."""
    at: int = 0
    """Lines of the file up to its end, from 0; what stands before it is no code."""
    dependencies: bool = False
    """Whether it names packages."""
    settings: Settings | None = None
    """Its settings of genloop, if it has a table for them."""


@dataclass(frozen=True)
class Wanted:
    """What a program is found to need."""

    dependencies: Sequence[str] = ()
    needs: Sequence[str] = ()
    data: Sequence[str] = ()
    modules: Sequence[str] = ()
    files: Sequence[str] = ()
    figures: Mapping[str, str] = field(default_factory=dict)


def given_header(source: str, name: str, file: str) -> tuple[Given, list[Problem]]:
    """The header of a program, and what is wrong in it. It need not be the first thing in the file: it will be."""
    found = BLOCK.search(source)
    first = source[found.start() :] if found else source
    before = source[: found.start()].count("\n") if found else 0
    read, problems = read_header(first, name, file)
    if not found or problems:
        return Given(), [replace(one, line=one.line + before if one.line else None) for one in problems]
    content = lines_of(found["content"])
    table = tomllib.loads("".join(f"{line[2:] if line.startswith('# ') else line[1:]}\n" for line in content))
    own = table.get("tool", {}).get("genloop", {})
    end = before + len(content) + 2
    return Given(tuple(content), end, "dependencies" in table, read.settings if own else None), []


def header(given: Given, wanted: Wanted) -> str:
    """The lines of the header, from `# /// script` to `# ///`."""
    lines = [*given.lines]
    if not given.dependencies:
        lines.insert(0, f"# dependencies = {_list(wanted.dependencies)}")
    if not any(line.startswith("# requires-python") for line in lines):
        lines.insert(0, '# requires-python = ">=3.11"')
    if not given.settings:
        lines += _settings(wanted)
    return "\n".join(["# /// script", *lines, "# ///"])


def _settings(wanted: Wanted) -> list[str]:
    keys = ("needs", "data", "modules", "files")
    own = [f"# {key} = {_list(words)}" for key in keys if (words := getattr(wanted, key))]
    lines = ["#", "# [tool.genloop]", *own] if own else []
    if wanted.figures:
        lines += ["#", "# [tool.genloop.figures]"]
        lines += [f"# {_text(file)} = {_text(alt)}" for file, alt in wanted.figures.items()]
    return lines


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, words))}]"


def _text(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
