"""Files of the course that lie beside a program while it runs: data that it reads, modules that it imports.

A header names them as the program does: `data = ["tables/iris.csv"]`. Each is looked for in the program's own folder,
and then in the folders above it, up to snippets/: so several programs can share one.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from genloop.engine.errors import Problem, nearest
from genloop.engine.files import TOO_DEEP, open_plain, read_source, shown
from genloop.engine.program.snippet import Snippet

LARGEST = 16 * 2**20
"""Bytes of such a file: each reader of the program downloads it, and each run gets a copy."""
KEYS = ("data", "modules")
PLAIN = re.compile(r"(?!\.)[^\x00-\x1f\x7f\\/\"']+")
"""A part of a path that every system has, and that is not hidden. Stars make it a pattern."""


@dataclass
class Laid:
    """The programs of a course with what lies beside them, the modules that are no programs, and what is wrong."""

    snippets: dict[str, Snippet] = field(default_factory=dict)
    modules: dict[str, Snippet] = field(default_factory=dict)
    """By their names: "tools/plots" for snippets/tools/plots.py."""
    problems: list[Problem] = field(default_factory=list)


def lay_beside(snippets: Mapping[str, Snippet], folder: Path) -> Laid:
    """Finds what each program declares. folder: snippets/. A module that one of them declares is no program."""
    found = Laid()
    users: dict[Path, Snippet] = {}
    given: dict[str, tuple[dict[str, Path], tuple[str, ...]]] = {}
    for name, snippet in snippets.items():
        if snippet.base not in given:  # variants share the header of their program
            given[snippet.base] = _of_program(snippet, folder, found.problems)
            users |= {path: snippet for path in given[snippet.base][0].values() if path.suffix == ".py"}
        beside, lacks = given[snippet.base]
        found.snippets[name] = replace(snippet, beside=beside, lacks=lacks)
    programs = {one.path: one for one in found.snippets.values() if not one.variant}
    for path, user in users.items():
        module, why = _module(path, folder, programs.get(path))
        if why:
            file = shown(path.relative_to(folder.parent).as_posix())
            found.problems.append(Problem("snippet", user.name, why[0], file=file, fix=why[1]))
        if module is not None:
            found.modules[module.name] = module
            found.snippets = {name: one for name, one in found.snippets.items() if one.path != path}
    return found


def _of_program(snippet: Snippet, folder: Path, problems: list[Problem]) -> tuple[dict[str, Path], tuple[str, ...]]:
    """What lies beside a program, by its name there; and the words of its header that stand for nothing."""
    beside: dict[str, Path] = {}
    lacks = []
    for key, words in zip(KEYS, (snippet.settings.data, snippet.settings.modules), strict=True):
        for word in words:
            found, wrong = _of_word(snippet, key, word, folder)
            beside |= found
            lacks += [word] if wrong else []
            file = snippet.path.relative_to(folder.parent).as_posix()
            line = snippet.line_in_header(key, word)
            problems += [Problem("snippet", snippet.name, why, line=line, file=file, fix=fix) for why, fix in wrong]
    return beside, tuple(lacks)


def _of_word(snippet: Snippet, key: str, word: str, folder: Path) -> tuple[dict[str, Path], list[tuple[str, str]]]:
    """The files that a word of a header stands for, and what is wrong with them: why, and what to do."""
    if why := unfit(key, word):
        inside = _inside(snippet.path.parent.relative_to(folder) / word) if ".." in word else ""
        is_there = inside and where(inside, snippet.path, folder)
        return {}, [(why, f'let the program read "{inside}", and write: {key} = ["{inside}"]' if is_there else "")]
    base = where(word, snippet.path, folder)
    if base is None:
        there = "matches no file" if is_pattern(word) else "is not there"
        others = "" if is_pattern(word) else nearest(word, _names_for(key, snippet.path, folder))
        why = f'{key}: "{word}" {there}, neither beside the program nor in a folder above it, up to {folder.name}/'
        return {}, [(why + others, "")]
    names = sorted(matching(base, word)) if is_pattern(word) else [word]
    checks = [_odd(name) or unusable(base / name, folder.parent) or _clash(snippet, key, name) for name in names]
    wrong = [(f'{key}: "{shown(name)}" {why[0]}', why[1]) for name, why in zip(names, checks, strict=True) if why]
    return {name: base / name for name, why in zip(names, checks, strict=True) if not why}, wrong


def unfit(key: str, word: str) -> str:
    """Why no file can have this name beside a program; "" if one can."""
    parts = word.split("/")
    if ".." in parts or word.startswith("/"):
        return f'{key}: "{shown(word)}" leads out of the folder that the program runs in'
    if not all(map(PLAIN.fullmatch, parts)):
        signs = "a quote, a backslash or a control sign"
        return f'{key}: "{shown(word)}" is no name for a file; no part of it is empty or hidden, or holds {signs}'
    if any("**" in part and part != "**" for part in parts):
        return f'{key}: "{word}": two stars stand for any folders, and must stand alone, as in "tables/**/*.csv"'
    if key == "modules" and not word.endswith(".py"):
        return f'modules: "{word}" must end in .py'
    return f'data: "{word}" is Python; write modules = ["{word}"]' if key == "data" and word.endswith(".py") else ""


def _odd(name: str) -> tuple[str, str] | None:
    """Whether a file that matches a pattern has a name that a header could not say."""
    plain = all(map(PLAIN.fullmatch, name.split("/"))) and shown(name) == name
    return None if plain else ("has a name with a quote, a backslash or what cannot be printed", "rename it")


def _inside(path: Path) -> str:
    """A way from the folder of a program, "trees/../data/x.csv", as one from snippets/: "data/x.csv"."""
    parts = Path(os.path.normpath(path)).parts
    return "/".join(part for part in parts if part not in {"..", "/"})


def is_pattern(word: str) -> bool:
    return any(sign in word for sign in "*?[")


def matching(base: Path, pattern: str) -> list[str]:
    """The files below a folder that match, by their way from there; what is hidden or cached is none."""
    found = (path.relative_to(base) for path in base.glob(pattern) if not path.is_dir())
    return [
        one.as_posix()
        for one in found
        if not any(part.startswith((".", "__pycache__")) for part in one.parts)
        if (one.suffix == ".py") == pattern.endswith(".py")
    ]


def where(word: str, program: Path, folder: Path) -> Path | None:
    """The nearest folder, from the program's own up to snippets/, in which there is what a word stands for."""
    for base in (program.parent, *program.parent.parents):
        if matching(base, word) if is_pattern(word) else os.path.lexists(base / word):
            return base
        if base == folder:
            break
    return None


def unusable(path: Path, root: Path) -> tuple[str, str] | None:
    """What is wrong with a file of the course, and what to do; None if nothing is."""
    if path.is_dir():
        return "is a folder", f'name the files in it, or all of them: ".../{path.name}/*"'
    if not path.exists():
        return "is a link that leads nowhere", "put the file there"
    if not path.resolve().is_relative_to(root):
        return "is a link that leads out of the course", "put the file there: a clone of the course has nothing else"
    try:
        with open_plain(path) as file:
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        return f"cannot be read: {error.strerror}", ""
    if size > LARGEST:
        return f"has {size:,} bytes; {LARGEST:,} are allowed", "keep a part of it: each reader downloads it"
    return None


def _clash(snippet: Snippet, key: str, name: str) -> tuple[str, str] | None:
    """Whether a name means something else already where the program runs."""
    if _taken(name, (snippet.path.name,)):
        return "would lie where the program itself does", "rename one"
    if other := _taken(name, (*snippet.settings.files, *snippet.settings.figures)):
        return f'would lie where the program writes "{other}"', "rename one"
    top = PurePosixPath(name).parts[0].removesuffix(".py")
    if key == "modules" and top in sys.stdlib_module_names:
        return f"would hide {top} of the standard library", "rename it"
    return None


def _taken(name: str, others: Iterable[str]) -> str:
    """The name among others that cannot be there together with this one: the same, or one is a folder of the other."""
    alike = (one for one in others if one == name or one.startswith(f"{name}/") or name.startswith(f"{one}/"))
    return next(alike, "")


def clashes(snippet: Snippet, given: Mapping[str, str], file: str) -> Iterator[Problem]:
    """Files of the course that a needed program gives as well. given: their names -> the program."""
    for name in snippet.beside:
        if other := _taken(name, given):
            why = f'declares "{name}", and needs "{given[other]}", which gives {other}; rename one'
            yield Problem("snippet", snippet.name, why, file=file)


def _module(path: Path, folder: Path, program: Snippet | None) -> tuple[Snippet | None, tuple[str, str] | None]:
    """A module as something that a page can show; and what is wrong with it. program: what it was taken for."""
    name = path.relative_to(folder).with_suffix("").as_posix()
    if program is not None and (program.header_lines or program.settings.variants):
        fix = "take it out of modules; what both use goes into a file without a header"
        return None, ("is a program: it has a header or variants, and no module has", fix)
    try:
        source = read_source(path)
        ast.parse(source)
    except (OSError, SyntaxError, ValueError) as error:
        return Snippet(name, path, ""), (f"is no module that can be imported: {error}", "mend it")
    except (RecursionError, MemoryError):
        return Snippet(name, path, ""), (f"is no module that can be imported: it {TOO_DEEP}", "take it apart")
    return Snippet(name, path, source), None


def _names_for(key: str, program: Path, folder: Path) -> set[str]:
    """The names by which a program could be given the files of the course that lie beside it, or above it."""
    names = set()
    for base in (program.parent, *program.parent.parents):
        files = (path.relative_to(base) for path in base.rglob("*") if path.is_file() and path != program)
        apart = {".out", ".results", ".toml"}
        names |= {
            one.as_posix() for one in files if one.suffix not in apart and (one.suffix == ".py") == (key != "data")
        }
        if base == folder:
            break
    return names
