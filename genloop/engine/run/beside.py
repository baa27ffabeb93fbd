"""Files of the course beside a program that runs: puts them there, and tells which were not used or not declared."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from genloop.engine.errors import Problem
from genloop.engine.files import lines_of, read_plain, replace_file
from genloop.engine.program.beside import LARGEST, is_pattern, where
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet

MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
FILE = re.compile(r"FileNotFoundError: (?:\[Errno 2\] .*?: '(.+)'$|(\S+) not found|.*\(os error 2\): (\S+))")
"""As Python says it, as NumPy does, and as what is written in Rust does."""


def lay_beside(project: Project, snippet: Snippet, folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Copies what the header declares into the folder of a run; returns the names there with their sha256.

    Or the problems: a program without its files would only say that it does not find them.
    """
    if snippet.lacks:
        why = f'was not run: nothing can be given to it as "{snippet.lacks[0]}"'
        return {}, [Problem("run", snippet.name, why, follows=snippet.name)]
    given = {}
    for name, path in snippet.beside.items():
        data = read_plain(path, LARGEST)
        if data is None:
            why = f"was not run: {project.relative(path)} cannot be read any more"
            return {}, [Problem("run", snippet.name, why, fix=f"again: genloop run {snippet.name}")]
        replace_file(folder / name, data)
        given[name] = hashlib.sha256(data).hexdigest()
    return given, []


def unread(project: Project, snippet: Snippet, read: Collection[str]) -> list[Problem]:
    """What a header declares and the program has no use for. read: names of the files that it opened or asked about.

    Not of a pattern, and not of what is named in the program, a variant of it or a module: libraries open files by
    themselves, which nobody sees, and what this run has no use for another one may have.
    """
    if not snippet.beside:
        return []
    files = set(snippet.beside.values())
    # A copy: on a worker another run may bring its snippets at the same time.
    runs = [one for one in list(project.snippets.values()) if one.base == snippet.base]
    ours = [*runs, *(one for one in project.modules.values() if one.path in files)]
    imported = set[str]().union(*(one.imports for one in ours))
    problems = []
    for key, words in (("data", snippet.settings.data), ("modules", snippet.settings.modules)):
        for word in words:
            top, stem = word.partition("/")[0].removesuffix(".py"), PurePosixPath(word).stem
            named = any(stem in one.body for one in ours) if key == "data" else top in imported
            if not (word in read or named or is_pattern(word)):
                why = f'declares {key} = ["{word}"], and {"reads" if key == "data" else "imports"} it nowhere'
                file, line = project.relative(snippet.path), snippet.line_in_header(key, word)
                fix = "take it out of the header: an edit of it would run the program again"
                problems.append(Problem("run", snippet.name, why, line=line, file=file, fix=fix))
    return problems


def undeclared(snippet: Snippet, said: str) -> tuple[str, str] | None:
    """Which file of the course a failed program looked for in vain, and what to do.

    said: the end of its stderr, without the name of the folder that it ran in.
    """
    last = next((line for line in reversed(lines_of(said)) if MODULE.search(line) or FILE.search(line)), "")
    folder = snippet.path.parents[snippet.name.count("/")]
    if found := MODULE.search(last):
        return _module(snippet, found[1], folder)
    if found := FILE.search(last):
        return _file(snippet, next(filter(None, found.groups())), folder)
    return None


def _module(snippet: Snippet, name: str, folder: Path) -> tuple[str, str] | None:
    file = name.replace(".", "/")
    for word in (f"{file}.py", f"{name.partition('.')[0]}.py", f"{file}/*.py"):
        if word not in snippet.settings.modules and (base := where(word, snippet.path, folder)):
            place = (base / word).relative_to(folder.parent).as_posix()
            return f'imports "{name}", which is {place} and is not declared', _line("modules", word, snippet)
    return None


def _file(snippet: Snippet, asked: str, folder: Path) -> tuple[str, str] | None:
    for start in (snippet.path.parent, *snippet.path.parent.parents):
        path = Path(os.path.normpath(start / asked))
        if path.exists() and path.is_relative_to(folder) and path not in (snippet.path, *snippet.path.parents):
            above = next(base for base in snippet.path.parents if path.is_relative_to(base))
            place, name = path.relative_to(folder.parent).as_posix(), path.relative_to(above).as_posix()
            if path.is_dir():
                return f'reads "{asked}", which is {place}/ and is not declared', _line("data", f"{name}/*", snippet)
            key = "modules" if path.suffix == ".py" else "data"
            if name == asked:
                return f'reads "{asked}", which is {place} and is not declared', _line(key, name, snippet)
            why = f'reads {place} as "{asked}"; it runs in a folder of its own, where that is "{name}"'
            more = "" if name in snippet.beside else f"; {_line(key, name, snippet)}"
            return why, f'let it read "{name}"{more}'
        if start == folder.parent:
            break
    return None


def _line(key: str, word: str, snippet: Snippet) -> str:
    """What to write into the header, with what stands there already."""
    given = snippet.settings.data if key == "data" else snippet.settings.modules
    words = ", ".join(f'"{one}"' for one in (*given, word))
    return f"add to its header: {key} = [{words}]"
