"""A project: any folder with snippets/. Reads all of them, and checks what they say of each other."""

from __future__ import annotations

import contextlib
import fnmatch
import graphlib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genloop.engine.errors import Failed, Misused, Problem, nearest
from genloop.engine.files import TOO_DEEP, find_files, lines_of, read_source, shown
from genloop.engine.program.beside import clashes, lay_beside
from genloop.engine.program.header import LARGEST_FILE, MOST_MIB, nested
from genloop.engine.program.snippet import Snippet, read_snippet, snippet_name
from genloop.engine.program.variants import ENDING

FOLDER = ".genloop"
WORK = "GENLOOP_WORK"
NO_PAGES = ("generated/", "overrides/")
"""Folders below docs/ in which nobody looks for pages: what the build writes and removes, and the theme's templates."""


@dataclass(frozen=True)
class Project:
    root: Path
    snippets: Mapping[str, Snippet]
    modules: Mapping[str, Snippet] = field(default_factory=dict)
    """Python files that programs declare as modules: they are shown and downloaded like programs, and never run."""
    preload: tuple[str, ...] = ()
    """Modules that the fork server loads before the first run."""
    packs: bool = False
    """Whether the project's library is offered to readers as a wheel."""
    calls: str = ""
    """The file with the calls that the course adds for its pages; "" if there is none."""
    style: str | bool = True
    """Of figures: the house style, none, or the path of a matplotlibrc."""
    largest_file: float = LARGEST_FILE
    """MiB that a file of a run may have, if its header says nothing."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The engine's own words as this course says them: English -> text."""
    problems: tuple[Problem, ...] = field(default=())
    paths: tuple[str, ...] = ()
    """Folders that runs import from first, where the project is a copy of one that Python knows of (see cluster)."""
    work: Path | None = None
    """What GENLOOP_WORK named: the folder whose .genloop is the store, where the checkout may not be written."""

    @property
    def programs(self) -> Path:
        """The folder of its programs, and of the files that they read."""
        return self.root / "snippets"

    @property
    def docs(self) -> Path:
        return self.root / "docs"

    @property
    def generated(self) -> Path:
        """Where `genloop build` writes what pages link to; git-ignored."""
        return self.docs / "generated"

    @property
    def store(self) -> Path:
        """Where records, locks and previews lie. A folder of this name: what is in it is no input of a run."""
        return (self.work or self.root) / FOLDER

    @property
    def brought(self) -> Path:
        """Records of programs that run elsewhere, in the layout of the store; committed, written by `accept` alone."""
        return self.root / "snippets" / "elsewhere"

    @property
    def accepted(self) -> Path:
        return self.root / "snippets" / "accepted.toml"

    @property
    def places(self) -> Path:
        return self.root / "snippets" / "places.toml"

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def named(self, words: Iterable[str]) -> list[str]:
        """The snippets that are meant: by name, by a pattern ("gan/*", "gan/digits@*"), or by the path of a file.

        A star stands for programs unless the pattern has an @. What is none of these is left for `select` to refuse.
        """
        found: dict[str, None] = {}
        for word in words:
            name = self._of_path(word) or word
            pattern = any(sign in name for sign in "*?[") and name not in self.snippets
            alike = [one for one in self.snippets if fnmatch.fnmatchcase(one, name) and ("@" in name or "@" not in one)]
            found |= dict.fromkeys(alike if pattern and alike else [name])
        return list(found)

    def _of_path(self, word: str) -> str | None:
        """The snippet whose program, or accepted output, is this file."""
        path = Path(word)
        if path.suffix not in {".py", ".out"}:
            return None
        for place in (path.absolute(), self.root / path):
            with contextlib.suppress(ValueError):
                name = Path(os.path.realpath(place)).relative_to(self.root / "snippets").with_suffix("").as_posix()
                return name if name in self.snippets else None
        return None

    def imports(self, snippet: Snippet) -> frozenset[str]:
        """The top-level names that a program and the modules beside it import, but for these modules themselves."""
        files = {path for name, path in snippet.beside.items() if name.endswith(".py")}
        ours = (module.imports for module in self.modules.values() if module.path in files)
        return snippet.imports.union(*ours) - snippet.own_modules

    def _unknown(self, name: str) -> str:
        module = name.removeprefix("snippets/").removesuffix(".py")
        if module in self.modules:
            return "is a module, which programs import; it is not run by itself"
        return f'there is no snippet "{name}"{nearest(name, self.snippets)}'

    def select(self, names: Iterable[str]) -> list[str]:
        """The named snippets (none: all) and all that they need, needs first. A program's name brings no variants."""
        wanted = list(names) or list(self.snippets)
        unknown = [Problem("project", name, self._unknown(name)) for name in wanted if name not in self.snippets]
        if unknown:
            raise Misused(unknown)
        graph: dict[str, tuple[str, ...]] = {}
        while wanted:
            name = wanted.pop()
            if name not in graph and name in self.snippets:
                graph[name] = self.snippets[name].settings.needs
                wanted += graph[name]
        try:
            return [name for name in graphlib.TopologicalSorter(graph).static_order() if name in self.snippets]
        except graphlib.CycleError:
            raise Failed(self.problems) from None  # the circle is among them


def load_project(root: Path) -> Project:
    """Reads the project at `root`; what is wrong in it is in `problems`. Raises Misused if it has no snippets/."""
    root = Path(os.path.realpath(root))  # Path.resolve raises for links in a circle
    folder = root / "snippets"
    if not folder.is_dir():
        raise Misused(
            [
                Problem(
                    "project",
                    str(root),
                    "has no folder snippets/",
                    fix="type: genloop --project DIR ..., or cd to the project",
                )
            ]
        )
    snippets: dict[str, Snippet] = {}
    problems: list[Problem] = []
    programs, hidden = find_files(folder, ".py")
    for path, why in hidden:
        place = shown(path.relative_to(root))
        problems.append(Problem("project", place, f"{why}; its programs are left out", file=place))
    for path in programs:
        name = snippet_name(path, folder)
        if "/." in f"/{name}" or "__pycache__" in path.parts:
            continue
        if shown(name) != name or "@" in name:
            place = shown(path.relative_to(root))
            why = 'has a name that no program can have: "@" is for variants, and all of it must be printable'
            problems.append(Problem("snippet", shown(name), why, file=place, fix="rename it"))
            continue
        found, wrong = read_snippet(path, name, path.relative_to(root).as_posix())
        snippets |= {snippet.name: snippet for snippet in found}
        problems += wrong
    laid = lay_beside(snippets, folder)
    modules = {root / "snippets" / f"{name}.py" for name in laid.modules}
    problems = [one for one in problems if root / (one.file or "") not in modules]  # what it would be as a program
    problems += laid.problems
    snippets = {name: _with_matches(snippet, laid.snippets) for name, snippet in laid.snippets.items()}
    settings, wrong = _settings(root / "pyproject.toml")
    largest = settings.get("largest_file", LARGEST_FILE)
    snippets = {name: _with_limit(snippet, largest) for name, snippet in snippets.items()}
    # What is wrong in a program or in its variants file is told already; its runs are neither unknown nor stray.
    unread = {problem.name for problem in problems}
    more = [*_needs_problems(root, snippets, unread), *_stray_outputs(root, folder, snippets, unread)]
    problems += [*wrong, *more, *_lone_variants(root, folder)]
    work = os.environ.get(WORK)
    project = Project(root, snippets, laid.modules, **settings, work=Path(work).absolute() if work else None)
    return replace(project, problems=(*problems, *_stray_records(project, unread)))


def _settings(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """[tool.genloop] of pyproject.toml, as fields of Project."""

    def wrong(why: str) -> Problem:
        return Problem("project", path.name, why, file=path.name)

    try:
        table = tomllib.loads(read_source(path)).get("tool", {})
    except FileNotFoundError:
        return {}, []
    except tomllib.TOMLDecodeError as error:
        return {}, [wrong(f"is not TOML: {error}")]
    except RecursionError:
        return {}, [wrong(TOO_DEEP)]
    except ValueError as error:
        return {}, [wrong(str(error))]
    table = table.get("genloop", {}) if isinstance(table, dict) else table
    if not isinstance(table, dict):
        return {}, [wrong("must have its settings in one table, [tool.genloop]")]
    known = ("preload", "wheel", "calls", "style", "words", "largest_file")
    problems = [
        wrong(f'unknown key "{key}" in [tool.genloop]{nearest(key, known)}') for key in table if key not in known
    ]
    preload, packs, calls = table.get("preload", []), table.get("wheel", False), table.get("calls", "")
    style, words = table.get("style", True), table.get("words", {})
    if not isinstance(preload, list) or not all(isinstance(module, str) for module in preload):
        problems.append(wrong("preload must be a list of module names"))
        preload = []
    if not isinstance(packs, bool):
        problems.append(wrong("wheel must be true or false: whether readers get the library as a wheel"))
    if not isinstance(calls, str):
        problems.append(wrong('calls must be the path of a Python file, calls = "docs/calls.py"'))
        calls = ""
    if not isinstance(style, str | bool) or (isinstance(style, str) and not (path.parent / style).is_file()):
        problems.append(wrong('style must be a matplotlibrc of the course, style = "docs/matplotlibrc", true or false'))
        style = True
    if not isinstance(words, dict) or not all(isinstance(text, str) for text in words.values()):
        problems.append(wrong('words must be a table of texts, [tool.genloop.words] "Output" = "..."'))
        words = {}
    largest = table.get("largest_file", LARGEST_FILE)
    if not isinstance(largest, int | float) or isinstance(largest, bool) or not 0 < largest <= MOST_MIB:
        why = f"largest_file must be a number of MiB, more than 0 and at most {MOST_MIB:g}: what a program may write"
        problems.append(wrong(why))
        largest = LARGEST_FILE
    settings = {"preload": tuple(preload), "packs": packs is True, "calls": calls, "style": style, "words": words}
    return settings | {"largest_file": float(largest)}, problems


def _with_limit(snippet: Snippet, largest: float) -> Snippet:
    """The snippet with the limit of a file: its own, or that of the course."""
    return replace(snippet, settings=replace(snippet.settings, largest_file=snippet.settings.largest_file or largest))


def _with_matches(snippet: Snippet, snippets: Mapping[str, Snippet]) -> Snippet:
    """The snippet with a need like "gan/ring@seed*" replaced by all that match. What matches none stays: a problem."""
    needs: list[str] = []
    for need in snippet.settings.needs:
        needs += (fnmatch.filter(snippets, need) if "*" in need else []) or [need]
    if tuple(needs) == snippet.settings.needs:
        return snippet
    return replace(snippet, settings=replace(snippet.settings, needs=tuple(dict.fromkeys(needs))))


def _needs_problems(root: Path, snippets: Mapping[str, Snippet], unread: set[str]) -> list[Problem]:
    """Needs that do not exist, that run in a circle, or that would write over each other's files."""
    problems = []
    for name, snippet in snippets.items():
        if snippet.variant:
            continue  # shares its header with the program
        file = snippet.path.relative_to(root).as_posix()
        given: dict[str, str] = {}
        for need in snippet.settings.needs:
            line = _line_of_need(snippet, need)
            if need not in snippets:
                why = f'needs "{need}", which does not exist{nearest(need, snippets)}'
                if need.partition("@")[0] not in unread:
                    problems.append(Problem("snippet", name, why, line=line, file=file))
                continue
            for written in given_files(snippets[need]):
                if written in given:
                    why = f'needs "{given[written]}" and "{need}", and both give {written}; rename one'
                    problems.append(Problem("snippet", name, why, line=line, file=file))
                given[written] = need
        for one, other in nested(given):
            why = f'needs "{given[one]}" and "{given[other]}"; {one} of one is a folder of the other; rename one'
            problems.append(Problem("snippet", name, why, line=_line_of_need(snippet, given[other]), file=file))
        own = {*snippet.settings.files, *snippet.settings.figures}
        for one, other in nested([*given, *own]):
            if (one in own) != (other in own):
                why = f'writes and is given "{one}" and "{other}", and one cannot be a folder of the other; rename one'
                problems.append(Problem("snippet", name, why, file=file))
        problems += clashes(snippet, given, file)
    graph = {name: [need for need in snippet.settings.needs if need in snippets] for name, snippet in snippets.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = list(reversed(error.args[1]))
        why = f"needs run in a circle: {' -> '.join(circle)}"
        first = snippets[circle[0]]
        file = first.path.relative_to(root).as_posix()
        problems.append(Problem("snippet", first.name, why, line=_line_of_need(first, circle[1]), file=file))
    return problems


def _line_of_need(snippet: Snippet, need: str) -> int | None:
    header = enumerate(lines_of(snippet.source)[: snippet.header_lines], 1)
    return next(
        (
            number
            for number, line in header
            for quoted in re.findall(r"[\"']([^\"']+)[\"']", line)
            if quoted == need or ("*" in quoted and fnmatch.fnmatchcase(need, quoted))
        ),
        None,
    )


def given_files(snippet: Snippet) -> list[str]:
    """The files that a run gives to those who need it, as they lie in their folder: a variant's in its own folder."""
    folder = f"{snippet.variant}/" if snippet.variant else ""
    return [folder + file for file in (*snippet.settings.files, *snippet.settings.figures)]


def _stray_outputs(root: Path, folder: Path, snippets: Mapping[str, Snippet], unread: set[str]) -> list[Problem]:
    """Accepted outputs whose program is gone: nobody would ever look at them again. Data may have such a name, too."""
    given = {path for snippet in snippets.values() for path in snippet.beside.values()}
    return [
        Problem(
            "snippet",
            snippet_name(path, folder),
            f"belongs to no snippet{nearest(snippet_name(path, folder), snippets)}",
            file=path.relative_to(root).as_posix(),
            fix=f"delete it: rm '{path.relative_to(root).as_posix()}'",
        )
        for ending in (".out", ".results")
        for path in find_files(folder, ending)[0]
        if path not in given
        if (name := snippet_name(path, folder)) not in snippets and name.partition("@")[0] not in unread
    ]


def _stray_records(project: Project, unread: set[str]) -> list[Problem]:
    """Records that were brought along, and of whose programs none runs elsewhere: no page would ever show them."""
    folder = project.brought / "records"
    names = {path.parent.relative_to(folder).as_posix() for path in find_files(folder, ".json")[0]}
    elsewhere = [name for name, one in project.snippets.items() if one.settings.elsewhere]
    return [
        Problem("snippet", name, why, file=place, fix=f"delete it: rm -r '{place}'")
        for name in sorted(names)
        if name not in elsewhere and name.partition("@")[0] not in unread
        for place in [project.relative(folder / name)]
        for why in ["is the record of no program that runs elsewhere" + nearest(name, elsewhere)]
    ]


def _lone_variants(root: Path, folder: Path) -> list[Problem]:
    """Variants files whose program is gone, or has another name."""
    programs = {path.relative_to(root).as_posix() for path in find_files(folder, ".py")[0]}
    problems = []
    for path in find_files(folder, ENDING)[0]:
        program = path.with_name(path.name.removesuffix(ENDING) + ".py").relative_to(root).as_posix()
        if program not in programs:
            why = f"asks for variants of {program}, which does not exist{nearest(program, programs)}"
            name = snippet_name(root / program, folder)
            problems.append(Problem("snippet", name, why, file=path.relative_to(root).as_posix()))
    return problems
