"""Room for numbers that have no label: at the stars of a pattern, in lines that hold it; in the columns of a table.

A rule is named by what it is of, "line: took * s" or "column: seconds"; a label holds no colon.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from genloop.engine.compare.printed import ANY_NUMBER, MINUS, Line, Room, labels, number_spans, parse_line, spans
from genloop.engine.files import lines_of
from genloop.engine.program.header import COLUMN, LINE, Rule

SLOT = rf"(?<![0-9.])[-+{MINUS}]?{ANY_NUMBER}"
RULER = re.compile(r"(?=[ \t|+:]*[=-])[ \t|+:=-]+")
"""A line between the head of a table and its rows."""
WIDE = re.compile(r"[^ \t]+(?: [^ \t]+)*")
"""A cell, where two spaces or a tab part cells."""
NARROW = re.compile(r"[^ \t]+")
PIPED = re.compile(r"[^|]+")
Cell = tuple[int, int]
"""Where it begins and ends."""


def parse(text: str, rules: Mapping[str, Rule]) -> list[Line]:
    """The lines of an output; numbers to which a rule for lines or columns gives room have its name as their label."""
    texts = lines_of(text)
    names = [name for name in rules if name.startswith((LINE, COLUMN))]
    if not names:
        return list(map(parse_line, texts))
    patterns = {name: _pattern(name.removeprefix(LINE)) for name in names if name.startswith(LINE)}
    columns = _columns(texts, {name.removeprefix(COLUMN) for name in names if name.startswith(COLUMN)})
    lines = []
    for one, rooms in zip(texts, columns, strict=True):
        for name, pattern in patterns.items():
            found = list(pattern.finditer(one))
            rooms += [(name, *match.span(star)) for match in found for star in range(1, pattern.groups + 1)]
        lines.append(Line(one, tuple(sorted(rooms, key=lambda room: room[1:]))))
    return lines


def known(text: str, rules: Mapping[str, Rule]) -> set[str]:
    """What of an output a rule can be for: its labels, and those lines and columns that rules are for."""
    return {*labels(text), *(name for line in parse(text, rules) for name, _, _ in line.rooms)}


def clashes(lines: Sequence[Line], rules: Mapping[str, Rule]) -> Iterator[tuple[int, str, str]]:
    """Where two rules are for one number: its line, and both of them. Each pair of rules once."""
    told = set()
    for number, line in enumerate(lines, 1):
        labelled: list[Room] = [one for one in spans(line.text) if one[0] in rules] if line.rooms else []
        for place, (name, start, end) in enumerate(line.rooms):
            for other, begin, stop in (*labelled, *line.rooms[:place]):
                if start < stop and begin < end and other != name and (other, name) not in told:
                    told.add((other, name))
                    yield number, other, name


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Finds what is written as "Epoch #: * s": a number with room at each star, any number at each #."""
    parts = {"*": f"({SLOT})", "#": f"(?:{SLOT})", " ": " +"}
    written = "".join(parts.get(part[:1], re.escape(part)) for part in re.split(r"([*#]| +)", pattern))
    before = r"(?<!\w)" if re.match(r"[\w*#]", pattern) else ""
    return re.compile(f"{before}{written}" + (r"(?!\w)" if re.search(r"\w$", pattern) else ""))


@dataclass(frozen=True)
class _Table:
    """The head of a table."""

    cells: re.Pattern[str]
    heads: tuple[str, ...]
    indented: bool

    def row(self, text: str, before: int, kinds: Sequence[bool]) -> list[Cell] | None:
        """The cells of a line, one below each head; None if it is no row of this table.

        before: rows above it. kinds: of the first row, which cells hold numbers. What single spaces part must look like
        that: prose, whose words are as many by chance, does not.
        """
        if self.cells is not PIPED and spans(text):
            return None
        for cells in dict.fromkeys((self.cells, PIPED if self.cells is PIPED else NARROW)):
            found = _cells(cells, text)
            if len(found) == len(self.heads) + 1 and cells is not PIPED:
                # A name or a number in front that has no head: in a table that is text, or in a frame of a notebook.
                found = found[1:] if self.indented or text[slice(*found[0])] == str(before) else found
            fits = cells is not NARROW or not kinds or _kinds(text, found) == kinds
            if len(found) == len(self.heads) and fits:
                return found
        return None


def _columns(texts: Sequence[str], names: Collection[str]) -> list[list[Room]]:
    """For each line the numbers that stand below one of these heads."""
    found: list[list[Room]] = []
    table: _Table | None = None
    rows: list[list[bool]] = []
    """Of each row which cells hold numbers."""
    for text in texts:
        found.append([])
        if table and RULER.fullmatch(text):
            continue
        if table and (cells := table.row(text, len(rows), rows[0] if rows else [])):
            rows.append(_kinds(text, cells))
            under = zip(table.heads, cells, strict=True)
            here = [(head, cell) for head, cell in under if head in names]
            found[-1] += [(COLUMN + head, *span) for head, cell in here for span in _numbers(text, cell)]
        else:
            table, rows = _head(text, names) if names else None, []
    return found


def _head(text: str, names: Collection[str]) -> _Table | None:
    for cells in (PIPED,) if "|" in text else (WIDE, NARROW):
        heads = tuple(text[start:end] for start, end in _cells(cells, text))
        if any(head in names for head in heads):
            return _Table(cells, heads, text.startswith((" ", "\t")))
    return None


def _cells(cells: re.Pattern[str], text: str) -> list[Cell]:
    inner = text.strip(" \t|") if cells is PIPED else text
    shift = text.index(inner)
    found = [match.span() for match in cells.finditer(inner)]
    return [_stripped(text, shift + start, shift + end) for start, end in found]


def _stripped(text: str, start: int, end: int) -> Cell:
    cell = text[start:end]
    return start + len(cell) - len(cell.lstrip(" \t")), end - (len(cell) - len(cell.rstrip(" \t")))


def _numbers(text: str, cell: Cell) -> list[Cell]:
    return [(start, end) for start, end in number_spans(text) if cell[0] <= start and end <= cell[1]]


def _kinds(text: str, cells: Sequence[Cell]) -> list[bool]:
    return [bool(_numbers(text, cell)) for cell in cells]
