"""The header of a snippet: inline script metadata with a [tool.genloop] table, checked key by key."""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genloop.engine.errors import Problem, line_of, nearest
from genloop.engine.files import TOO_DEEP, lines_of
from genloop.engine.program.variants import ENDING, TABLES, Change

# The regular expression of the inline script metadata specification (packaging.python.org), for type "script".
BLOCK = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
TABLE = re.compile(r"# \[+(?P<name>[\w.\"' -]+)\]+ *(#.*)?")
OWN = "tool.genloop"
LINE, COLUMN = "line: ", "column: "
"""How rules are named that are for no label: no label holds a colon."""
IMAGES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp")
FIGURES = (*IMAGES, ".html")
"""Endings of what a page can show."""
PLAIN = re.compile(r"(?:[^\W_]|[ .,;:()+/%'-])+")
"""Words that are the same in every kind of page."""
SHOWN = re.compile(r"figure_[1-9]\d*\.svg")
"""What figures are called that a program only shows: figure_1.svg, figure_2.svg and so on, in order."""
LARGEST_FILE = 64.0
"""MiB that a file of a run may have, where neither its header nor the course says otherwise."""
DEEPEST = 8
"""Parts of the name of a file that a run writes, folders and its own."""
MOST_MIB = 1024.0
"""What may be said: files are read whole to be checked and published."""


@dataclass(frozen=True)
class Rule:
    """How far the numbers of a label may lie from the accepted ones."""

    word: str = "exact"
    """"exact" (decimals: one unit of the last printed digit), "abs", "rel", "between", "falls", "rises", "any"."""
    amount: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    reason: str = ""

    def __str__(self) -> str:
        match self.word:
            case "abs" | "rel":
                return f"{self.word} {self.amount:g}"
            case "between":
                return f"between {self.low:g} and {self.high:g}"
            case _:
                return self.word


@dataclass(frozen=True)
class Settings:
    """The [tool.genloop] table of a header, and the variants beside it; without a header these defaults hold."""

    timeout: float = 60.0
    """Seconds until a run is stopped."""
    memory: float = 4.0
    """GiB of data a run may allocate."""
    largest_file: float = 0.0
    """MiB that a file may have which it writes; 0 until the project is read: as the course says."""
    raises: str = ""
    """The exception that ends it, as it should; "" for a program that ends well."""
    elsewhere: str = ""
    """What it needs that most machines lack, for readers: "a GPU with 40 GB"; "" for a program that runs everywhere."""
    needs: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    """Files of the course that lie beside it before it starts, by their names there; stars make a pattern."""
    modules: tuple[str, ...] = ()
    """The same of Python files that it imports."""
    files: tuple[str, ...] = ()
    """Artefacts the program writes, besides its figures."""
    figures: Mapping[str, str] = field(default_factory=dict)
    """File name of each image -> its alt text."""
    expect: Mapping[str, Rule] = field(default_factory=dict)
    """Label, or LINE and a pattern, or COLUMN and a head -> its rule."""
    variants: Mapping[str, Change] = field(default_factory=dict)
    """Variants and what sweeps stand for, by name: what the variants file asks for."""
    dependencies: tuple[str, ...] = ()
    """The distributions that the program needs, as requirement strings."""

    @property
    def of_a_run(self) -> dict[str, str]:
        """What of it changes a run though no file does: by a name that `why` prints."""
        asked = {"raises": self.raises, "plt.show()": "saves" if self.shows else ""}
        return {name: value for name, value in asked.items() if value}

    @property
    def most_bytes(self) -> int:
        """What a file may have that it writes."""
        return int((self.largest_file or LARGEST_FILE) * 2**20)

    @property
    def shows(self) -> bool:
        """Whether `plt.show()` saves what it shows: a figure has one of the names that it gives."""
        return any(map(SHOWN.fullmatch, self.figures))


@dataclass(frozen=True)
class Header:
    settings: Settings = field(default_factory=Settings)
    first_line: int = 1
    last_line: int = 0
    """Line of the closing `# ///`; 0 without a header."""
    lines: tuple[str, ...] = ()

    def line_of(self, key: str, after: str = "") -> int | None:
        """The line in the file on which a key stands, from the line that holds `after` on."""
        content = [line.removeprefix("# ") for line in self.lines]
        start = line_of(after, content) if after else 1
        found = line_of(key, content, start) if start else None
        return self.first_line + found - 1 if found else None


def is_plain(file: str) -> bool:
    """Whether a run may write a file of this name: below its folder, and with no hidden or odd part."""
    parts = file.split("/")
    return len(parts) <= DEEPEST and all(re.fullmatch(r"[\w][\w .@-]*", part) and len(part) < 200 for part in parts)


def nested(files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that cannot lie in one folder: a file, and one that lies in a folder of that name."""
    ordered = sorted({*files}, key=lambda file: file.split("/"))
    for one, other in itertools.pairwise(ordered):
        if other.startswith(f"{one}/"):
            yield one, other


def for_readers(lines: Sequence[str]) -> list[str]:
    """The lines of a header without [tool.genloop], which only the engine reads; none if nothing is left."""
    kept, own = [], False
    for line in lines[1:-1]:
        if table := TABLE.fullmatch(line):
            own = f"{table['name'].replace(' ', '')}.".startswith(f"{OWN}.")
        kept += [] if own else [line]
    while kept and kept[-1] == "#":
        kept.pop()
    return [lines[0], *kept, lines[-1]] if kept else []


def read_header(source: str, name: str, file: str) -> tuple[Header, list[Problem]]:
    """The header of a program, and everything that is wrong in it. No header is a valid header."""
    problems: list[Problem] = []

    def wrong(why: str, line: int | None = None, fix: str = "") -> None:
        problems.append(Problem("snippet", name, why, line=line, file=file, fix=fix))

    blocks = list(BLOCK.finditer(source))
    if not blocks:
        if (start := re.search(r"(?m)^# /// script", source)) is not None:
            line = source[: start.start()].count("\n") + 1
            wrong("the header is not closed; end it with a line `# ///`, and begin each of its lines with `# `", line)
        return Header(), problems
    block = blocks[0]
    first = source[: block.start()].count("\n") + 1
    lines = tuple(lines_of(block.group(0)))
    bare = Header(first_line=first, last_line=first + len(lines) - 1, lines=lines)
    if len(blocks) > 1:
        wrong("there are two headers; keep one", source[: blocks[1].start()].count("\n") + 1)
    if source[: block.start()].strip():
        wrong("the header must be the first thing in the file", first)
    content = "".join(f"{line[2:] if line.startswith('# ') else line[1:]}\n" for line in lines_of(block["content"]))
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = first + int(at[1]) if at else first
        wrong(f"the header is not TOML: {error}", line, fix="a comment inside the header is written `# # text`")
        return bare, problems
    except RecursionError:
        wrong(f"the header {TOO_DEEP}", first)
        return bare, problems
    settings = _Reader(bare, wrong, file.removesuffix(".py") + ENDING).settings(table)
    return Header(settings, first, bare.last_line, lines), problems


@dataclass
class _Reader:
    """Turns the TOML table into Settings, and reports whatever does not fit instead of stopping at it."""

    header: Header
    wrong: Callable[..., None]
    beside: str
    """The variants file, by its path in the project."""

    def settings(self, table: Mapping[str, Any]) -> Settings:
        self.known("", table, {"requires-python", "dependencies", "tool"})
        own = self.table(self.table(table, "tool"), "genloop")
        known = {
            "timeout",
            "memory",
            "largest_file",
            "raises",
            "elsewhere",
            "needs",
            "data",
            "modules",
            "files",
            "figures",
        }
        known |= {"expect", "lines", "columns"}
        self.known("[tool.genloop]", {key: own[key] for key in own if key not in TABLES}, known)
        self.moved(own)
        return self.apart(
            Settings(
                timeout=self.positive(own, "timeout", Settings.timeout),
                memory=self.positive(own, "memory", Settings.memory),
                largest_file=self.largest_file(own),
                raises=self.exception(own),
                elsewhere=self.elsewhere(own),
                needs=self.words(own, "needs"),
                data=self.words(own, "data"),
                modules=self.words(own, "modules"),
                files=tuple(file for file in self.words(own, "files") if self.plain_file("files", file)),
                figures=self.figures(self.table(own, "figures")),
                expect=self.expect(own, "expect")
                | self.expect(own, "lines", LINE)
                | self.expect(own, "columns", COLUMN),
                dependencies=self.words(table, "dependencies"),
            )
        )

    def at(self, key: str, after: str = "") -> int | None:
        return self.header.line_of(key, after)

    def known(self, where: str, table: Mapping[str, Any], keys: set[str]) -> None:
        for key in table:
            if key not in keys:
                self.wrong(f'unknown key "{key}"{f" in {where}" if where else ""}{nearest(key, keys)}', self.at(key))

    def moved(self, own: Mapping[str, Any]) -> None:
        """Variants do not stand in the header: a reader who downloads the program would have to scroll past them."""
        for kind in (kind for kind in TABLES if kind in own):
            name = next(iter(own[kind]), "NAME") if isinstance(own[kind], dict) else "NAME"
            fix = f'move them to {self.beside}: there a table is [{kind}.{name}], and no line begins with "# "'
            self.wrong(f"{kind} stand in a file beside the program, not in its header", self.at(kind), fix=fix)

    def table(self, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong(f"{key} must be a table, [tool.genloop.{key}]", self.at(key))
        return {}

    def words(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self.wrong(f'{key} must be a list of strings, {key} = ["..."]', self.at(key))
        return ()

    def positive(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value)
        self.wrong(f"{key} must be a positive number, not {value!r}", self.at(key))
        return default

    def largest_file(self, table: Mapping[str, Any]) -> float:
        value = self.positive(table, "largest_file", LARGEST_FILE) if "largest_file" in table else 0.0
        if value <= MOST_MIB:
            return value
        self.wrong(f"largest_file must be at most {MOST_MIB:g}, in MiB, not {value:g}", self.at("largest_file"))
        return 0.0

    def exception(self, table: Mapping[str, Any]) -> str:
        value = table.get("raises", "")
        if "raises" not in table or (isinstance(value, str) and re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", value)):
            return str(value)
        self.wrong('raises must name the exception that ends the program, raises = "ValueError"', self.at("raises"))
        return ""

    def elsewhere(self, table: Mapping[str, Any]) -> str:
        value = table.get("elsewhere", "")
        if "elsewhere" not in table or (isinstance(value, str) and value.strip() and PLAIN.fullmatch(value)):
            return str(value).strip()
        why = 'elsewhere must say in plain words what the program needs, elsewhere = "a GPU with 40 GB"'
        self.wrong(why, self.at("elsewhere"))
        return ""

    def plain_file(self, key: str, file: str) -> bool:
        if is_plain(file):
            return True
        fix = "a folder is made by the program itself; each file is named, since a star would miss none that is missing"
        why = f'{key}: "{file}" must be a plain file name, in the current folder or in one below it'
        self.wrong(why, self.at(file), fix if set(file) & set("*?/") else "")
        return False

    def apart(self, settings: Settings) -> Settings:
        """What a run writes has names that can lie beside one another."""
        for one, other in nested((*settings.files, *settings.figures)):
            self.wrong(f'"{one}" cannot be a file, since "{other}" lies in a folder of this name', self.at(other))
        return settings

    def figures(self, table: Mapping[str, Any]) -> dict[str, str]:
        for file, alt in table.items():
            if not isinstance(alt, str) or not alt.strip():
                self.wrong(
                    f'the figure "{file}" has no alt text; say what a reader would see', self.at(file, "figures")
                )
            elif not file.endswith(FIGURES):
                self.wrong(f'the figure "{file}" must end in {" or ".join(FIGURES)}', self.at(file, "figures"))
        return {file: alt for file, alt in table.items() if self.plain_file("figures", file) and isinstance(alt, str)}

    def expect(self, own: Mapping[str, Any], kind: str, prefix: str = "") -> dict[str, Rule]:
        rules = {}
        for name, given in self.table(own, kind).items():
            line = self.at(name, kind)
            rule = self.rule(given)
            if prefix == LINE and "*" not in name:
                self.wrong(f'lines for "{name}": put a * where the number stands that has room', line)
            elif prefix and (name != name.strip() or not name):
                self.wrong(f'{kind} for "{name}": begin and end it with a word or a sign, and no space', line)
            elif isinstance(rule, Rule):
                rules[prefix + name] = rule
            else:
                self.wrong(f'{kind} for "{name}": {rule}', line)
        return rules

    @staticmethod
    def rule(given: object) -> Rule | str:
        """The rule, or what is wrong with it."""
        words = ("abs", "rel", "between", "falls", "rises", "any")
        if not isinstance(given, dict) or len(given) != 1:
            return f"give exactly one of {', '.join(words)}, as in {{ abs = 0.02 }}"
        [(word, value)] = given.items()
        number = isinstance(value, int | float) and not isinstance(value, bool)
        match word:
            case "abs" | "rel" if number and 0 < value < math.inf:
                return Rule(word, amount=float(value))
            case "between" if isinstance(value, list) and len(value) == 2:
                low, high = value
                if all(isinstance(end, int | float) for end in value) and low <= high:
                    return Rule(word, low=float(low), high=float(high))
                return f"between = [low, high] with low <= high, not {value}"
            case "falls" | "rises" if value is True:
                return Rule(word)
            case "any" if isinstance(value, str) and value.strip():
                return Rule(word, reason=value)
        forms = {
            "abs": "abs = 0.02, a positive number",
            "rel": "rel = 0.05, a positive number",
            "between": "between = [low, high]",
            "falls": "falls = true",
            "rises": "rises = true",
            "any": 'any = "the reason why nothing is compared"',
        }
        if word in forms:
            return f"write {forms[word]}"
        return f'unknown word "{word}"{nearest(word, words)}'
