"""Tables of reStructuredText, taken apart: drawn ones, lists of lists, values with commas."""

from __future__ import annotations

import csv
import io
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SIMPLE = re.compile(r"=+( +=+)+ *")
GRID = re.compile(r"\+(-+\+)+ *")
HEADED = re.compile(r"\+(=+\+)+ *")
FIRST = re.compile(r"(=+ +)+=+ *|\+([-=]+\+)+ *")
"""The line that begins a drawn table."""
FILLER = "\0"
ITEM = re.compile(r"(?m)^([-*+•]|#\.|\d+[.)]) +\S")


class NoTable(Exception):
    """Why it cannot be a table of Markdown."""


@dataclass(frozen=True)
class Table:
    """Cells as they are written; a cell may have several lines."""

    head: Sequence[str]
    """Empty texts, where it has none: Markdown wants a head."""
    rows: Sequence[Sequence[str]]

    def markdown(self, inline: Callable[[str], str]) -> str:
        """inline: what turns the marks in a cell into Markdown."""

        def line(cells: Sequence[str]) -> str:
            told = (inline(" ".join(cell.split())).replace("|", "\\|") for cell in cells)
            return f"| {' | '.join(told)} |"

        return "\n".join([line(self.head), "|" + "---|" * len(self.head), *map(line, self.rows)])


def end_of(lines: Sequence[str], at: int) -> int:
    """The line after the last one of the drawn table that begins here. A simple one may have blank lines in it."""
    if lines[at].startswith("+"):
        return next((end for end in range(at, len(lines)) if not lines[end].startswith(("+", "|"))), len(lines))
    rules = (end for end in range(at + 1, len(lines)) if SIMPLE.fullmatch(lines[end]))
    last = (end for end in rules if end + 1 == len(lines) or not lines[end + 1].strip())
    blank = next((end for end in range(at, len(lines)) if not lines[end].strip()), len(lines))
    return next(last, blank - 1) + 1


def drawn(lines: Sequence[str]) -> Table:
    """A table that is drawn with rules. Raises NoTable for cells that span others or hold more than words."""
    lines = [_in_columns(line.rstrip()) for line in lines]
    table = _grid(lines) if lines[0].startswith("+") else _simple(lines)
    if any(ITEM.search(cell) or "\n\n" in cell for row in (table.head, *table.rows) for cell in row):
        raise NoTable("has lists or paragraphs in its cells")
    head, *rows = [[cell.replace(FILLER, "") for cell in row] for row in (table.head, *table.rows)]
    return Table(head, rows)


def _in_columns(line: str) -> str:
    """A line in which each place is one column: Chinese signs are two columns wide."""
    return "".join(sign + FILLER if unicodedata.east_asian_width(sign) in "WF" else sign for sign in line)


def _grid(lines: Sequence[str]) -> Table:
    marks = [at for at, sign in enumerate(lines[0]) if sign == "+"]
    rows: list[list[str]] = []
    heads = 0
    block: list[str] = []
    for line in lines[1:]:
        signs = {line[at : at + 1] for at in marks}
        if GRID.fullmatch(line) or HEADED.fullmatch(line):
            if signs != {"+"} or line.count("+") != len(marks):
                raise NoTable("has cells that span others")
            rows.append([_cell(block, left + 1, right) for left, right in pairwise(marks)])
            heads = len(rows) if HEADED.fullmatch(line) else heads
            block = []
        elif signs == {"|"}:
            block.append(line)
        else:
            raise NoTable("has cells that span others")
    if block or not rows or heads > 1:
        raise NoTable("has more than one row of heads" if heads > 1 else "is not closed")
    return _table(rows, heads)


def _simple(lines: Sequence[str]) -> Table:
    columns = [found.span() for found in re.finditer("=+", lines[0])]
    rules = [at for at, line in enumerate(lines) if SIMPLE.fullmatch(line)]
    if len(rules) not in (2, 3) or rules[-1] != len(lines) - 1:
        raise NoTable("is not closed")
    rows: list[list[str]] = []
    heads = 0
    starts = [start for start, _ in columns]
    for at, line in enumerate(lines[1:-1], 1):
        if at in rules:
            heads = len(rows)
        elif re.fullmatch(r"-+( +-+)*", line) and len(columns) > 1 and line.startswith("-"):
            raise NoTable("has cells that span others")
        elif line.strip():
            if any(line[start - 1 : start].strip() for start in starts[1:]):
                raise NoTable("has text between its columns")
            ends = [*starts[1:], len(line) + 1]  # the last one may be longer than its rule
            cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
            if cells[0] or not rows or at - 1 in rules:
                rows.append(cells)
            else:  # without a first cell it goes on with the row above
                rows[-1] = [" ".join(filter(None, both)) for both in zip(rows[-1], cells, strict=True)]
    if heads > 1:
        raise NoTable("has more than one row of heads")
    return _table(rows, heads)


def _cell(lines: Sequence[str], left: int, right: int) -> str:
    return textwrap.dedent("\n".join(line[left:right].rstrip() for line in lines)).strip("\n")


def listed(body: str, options: Mapping[str, str]) -> Table:
    """A list of lists, the body of `list-table`: each row an item `*`, each cell an item `-` in it."""
    rows: list[list[str]] = []
    for line in body.split("\n"):
        found = re.fullmatch(r"(?:(?P<row>[*-]) +| +)(?:(?P<cell>[*-])(?: +|$))?(?P<text>.*)", line)
        if found and found["row"]:
            rows.append([found["text"]])
        elif found and found["cell"] and rows:
            rows[-1].append(found["text"])
        elif line.strip() and rows:
            rows[-1][-1] += f" {line.strip()}"
    if not rows or {len(row) for row in rows} != {len(rows[0])}:
        raise NoTable("has rows of different lengths")
    return _table(rows, _number(options, "header-rows"))


def separated(body: str, options: Mapping[str, str]) -> Table:
    """Values with commas, the body of `csv-table`."""
    if "file" in options or "url" in options:
        raise NoTable("takes its rows from a file")
    delimiter = options.get("delim", ",")
    sign = {"tab": "\t", "space": " "}.get(delimiter, delimiter)
    if len(sign) != 1:
        raise NoTable(f'has a sign between its values that is none: "{delimiter}"')
    head = [*_read(options["header"], ",")] if "header" in options else []
    rows = [*head, *_read(body, sign)]
    width = max(map(len, rows), default=0)
    if not width:
        raise NoTable("has no rows")
    rows = [[*row, *[""] * (width - len(row))] for row in rows]
    return _table(rows, len(head) or _number(options, "header-rows"))


def _read(text: str, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True) if row)


def _number(options: Mapping[str, str], key: str) -> int:
    return int(options[key]) if options.get(key, "").isdecimal() else 0


def _table(rows: Sequence[Sequence[str]], heads: int) -> Table:
    if heads > 1:
        raise NoTable("has more than one row of heads")
    return Table(rows[0], rows[1:]) if heads else Table([""] * len(rows[0]), rows)
