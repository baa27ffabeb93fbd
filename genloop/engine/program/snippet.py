"""Reads snippets: a program with its header, sections and variants. Runs nothing."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from genloop.engine.errors import Problem, line_of
from genloop.engine.files import lines_of, read_source, shown
from genloop.engine.program.header import Settings, for_readers, read_header
from genloop.engine.program.variants import ENDING, apply, read_variants

ALT = re.compile(r"""[ \t]*\balt=("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
MARK = re.compile(r"^# %%[ \t]*(?P<name>.*?)[ \t]*$")
UNFIT = re.compile(r'["\\`]')
"""What no title of a section may hold: it stands in quotes on the line of a code fence."""
TOP = "top"
Report = Callable[..., Problem]


@dataclass(frozen=True)
class Section:
    name: str
    line: int
    """Line of the `# %%` mark in the file, from 1."""
    text: str


@dataclass(frozen=True)
class Snippet:
    """One program that can be run: a file under snippets/, or a variant of one."""

    name: str
    """"gan/ring", or "gan/ring@seed1" for a variant."""
    path: Path
    source: str
    """The whole text that runs; in a variant the constants are already replaced."""
    settings: Settings = field(default_factory=Settings)
    sections: tuple[Section, ...] = ()
    notebook: bool = False
    header_lines: int = 0
    beside: Mapping[str, Path] = field(default_factory=dict)
    """Files of the course that lie beside it while it runs: their names there -> where they are."""
    lacks: tuple[str, ...] = ()
    """Words of its header that stand for no such file, which is told; without it, it cannot run."""

    @property
    def base(self) -> str:
        """The name without its variant."""
        return self.name.partition("@")[0]

    @property
    def variant(self) -> str:
        """ "seed1" for "gan/ring@seed1", "" for the program itself."""
        return self.name.partition("@")[2]

    @property
    def out(self) -> Path:
        """The accepted terminal output: gan/ring.out, gan/ring@seed1.out."""
        return self.path.with_name(self.name.rpartition("/")[2] + ".out")

    @property
    def results(self) -> Path:
        """The accepted results of a notebook's cells, if they have any: explore/lab.results."""
        return self.out.with_suffix(".results")

    @property
    def variants_file(self) -> Path:
        """The file beside the program that asks for its variants; it need not be there."""
        return self.path.with_name(self.path.stem + ENDING)

    @cached_property
    def download(self) -> str:
        """What a reader downloads: the source, with no more of its header than `uv run` needs."""
        lines = self.source.split("\n")
        header = for_readers([line.rstrip() for line in lines[: self.header_lines]])
        return "\n".join([*header, *lines[self.header_lines :]])

    @cached_property
    def program(self) -> str:
        """What a page shows: the source without its header and without section marks."""
        lines = lines_of(self.source)[self.header_lines :]
        kept = "\n".join(line for line in lines if self.notebook or not MARK.match(line))
        return re.sub(r"\n{4,}", "\n\n\n", kept).strip("\n") + "\n"

    @cached_property
    def body(self) -> str:
        """What can change a run: the source without its header (whose `needs` are compared by the files they give).

        The prose and the alt texts of a notebook change no run either.
        """
        lines = lines_of(self.source)[self.header_lines :]
        return "\n".join(_without_prose(lines) if self.notebook else lines)

    @cached_property
    def digest(self) -> str:
        """sha256 of the body."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def own_modules(self) -> set[str]:
        """The top-level names of the modules that lie beside it."""
        return {name.partition("/")[0].removesuffix(".py") for name in self.beside if name.endswith(".py")}

    @cached_property
    def imports(self) -> frozenset[str]:
        """The top-level names that its import statements name."""
        nodes = list(ast.walk(ast.parse(self.source)))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
        return frozenset(name.partition(".")[0] for name in names)

    @cached_property
    def seed(self) -> str:
        """The seeds that stand in the program, for its provenance: "0", or "" if it sets none."""
        constants = {
            target.id: node.value.value
            for node in ast.parse(self.source).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        return ", ".join(dict.fromkeys(str(seed) for seed in _seeds(self.source, constants)))

    def line_in_header(self, key: str, word: str) -> int | None:
        """The line of its header on which a word of a list stands."""
        header = [line.removeprefix("# ") for line in lines_of(self.source)[: self.header_lines]]
        start = line_of(key, header) or 1
        return line_of(word, header, start) or start

    def section(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)


def _seeds(source: str, constants: Mapping[str, object]) -> Iterator[object]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"manual_seed", "seed", "default_rng", "RandomState", "Random"}:
                match node.args[0]:
                    case ast.Constant(value=value):
                        yield value
                    case ast.Name(id=name) if name in constants:
                        yield constants[name]


def read_snippet(path: Path, name: str, file: str) -> tuple[list[Snippet], list[Problem]]:
    """The program at `path` and its variants, with everything that is wrong in the file."""

    def problem(why: str, line: int | None = None, fix: str = "") -> Problem:
        return Problem("snippet", name, why, line=line, file=file, fix=fix)

    try:
        source = read_source(path)
    except (OSError, ValueError) as error:
        return [], [problem(str(error))]
    header, problems = read_header(source, name, file)
    try:
        tree: ast.Module | None = ast.parse(source)
    except SyntaxError as error:
        tree = None
        problems.append(problem(f"is not a Python program: {error.msg}", error.lineno))
    except (RecursionError, MemoryError, ValueError) as error:
        tree = None
        problems.append(problem(f"is no program that Python can read: {type(error).__name__} {error}"))
    if tree is None:
        return [], [*problems, *_variants(Snippet(name, path, source), None, file)[1]]
    notebook = any(_is_markdown(line) for line in lines_of(source))
    if not notebook:
        problems += _wrong_sections(source, problem)
    elif header.settings.raises:
        fix = "catch the exception in its cell, and print it"
        problems.append(problem("is a notebook; only a program may say that it raises", header.line_of("raises"), fix))
    base = Snippet(name, path, source, header.settings, (), notebook, header.last_line)
    snippets, wrong = _variants(base, tree, file)
    return [replace(one, sections=_sections(one)) for one in snippets], [*problems, *wrong]


def _variants(base: Snippet, tree: ast.Module | None, file: str) -> tuple[list[Snippet], list[Problem]]:
    """The program and its variants, with everything that is wrong in the file that asks for them."""
    problems: list[Problem] = []

    def wrong(why: str, line: int | None) -> None:
        problems.append(Problem("snippet", base.name, why, line=line, file=file.removesuffix(".py") + ENDING))

    try:
        text = read_source(base.variants_file)
    except FileNotFoundError:
        return [base], []
    except ValueError as error:
        wrong(str(error), None)
        return [base], problems
    lines = lines_of(text)
    changes = read_variants(text, wrong)
    if tree is None:
        return [], problems
    base = replace(base, settings=replace(base.settings, variants=changes))
    snippets = [base]
    for name, change in changes.items():
        changed, misfits = apply(change, base.source, tree, base.header_lines)
        for why, words in misfits:
            found = (line_of(word, lines, change.line or 1) for word in words)
            wrong(why, next(filter(None, found), change.line))
        if not misfits:
            snippets.append(replace(base, name=f"{base.name}@{name}", source=changed))
    return snippets, list(dict.fromkeys(problems))  # what fits none of a sweep's runs is said once


def _is_markdown(line: str) -> bool:
    mark = MARK.match(line)
    return mark is not None and mark["name"].startswith("[markdown]")


def _without_prose(lines: Iterable[str]) -> list[str]:
    """The code cells of a notebook, without the blank lines at their ends and without the alt texts of their marks."""
    kept: list[str] = []
    prose = False
    for line in lines:
        if MARK.match(line):
            while kept and not kept[-1].strip():
                kept.pop()
            prose = _is_markdown(line)
            line = ALT.sub("", line)
        if not prose:
            kept.append(line)
    return "\n".join(kept).rstrip().split("\n")


def _marks(source: str) -> list[tuple[int, str]]:
    """Line and title of every mark of a section; a mark without a title only ends the section above it."""
    return [(at, mark["name"]) for at, line in enumerate(lines_of(source), 1) if (mark := MARK.match(line))]


def _wrong_sections(source: str, problem: Report) -> list[Problem]:
    problems = []
    seen: dict[str, int] = {TOP: 0}
    for number, name in _marks(source):
        if UNFIT.search(name) or shown(name) != name:
            why = f"the section title {name!r} holds a double quote, a backtick, a backslash or a control sign"
            problems.append(problem(why, number))
        elif name in seen:
            problems.append(problem(f'the section "{name}" stands here and on line {seen[name]}', number))
        if name:
            seen.setdefault(name, number)
    return problems


def _sections(snippet: Snippet) -> tuple[Section, ...]:
    lines, marks = lines_of(snippet.source), _marks(snippet.source)
    if not marks or snippet.notebook:
        return ()
    starts = [(snippet.header_lines, TOP), *marks]
    ends = [number - 1 for number, _ in marks] + [len(lines)]
    return tuple(
        Section(name, start, text + "\n")
        for (start, name), end in zip(starts, ends, strict=True)
        if (text := "\n".join(lines[start:end]).strip("\n"))
    )


def snippet_name(path: Path, folder: Path) -> str:
    """ "gan/ring" for snippets/gan/ring.py."""
    return str(PurePosixPath(path.relative_to(folder).with_suffix("")))
