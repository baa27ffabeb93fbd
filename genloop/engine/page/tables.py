"""`table(...)`: rows and columns of printed values, by name.

    table(controls, "precision | {coverage[0]} of {cells}", rows="copy = the data again | noise", head="Control | ...")

    table(controls, "(precision | coverage)[0]")        as precision[0] | coverage[0]

The last word before the options is the cells of a row; before it stand the run whose printed rows these are, or a list
of runs, one for each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from genloop.engine.errors import nearest
from genloop.engine.page.values import Run, Value

INSIDE = re.compile(r"\{([^{}]+)\}")
SHARED = re.compile(r"\((?P<paths>[^(){}]*)\)(?P<end>[.\[].*)")
"""Paths that end alike."""
PARTED = re.compile(r"(?<!\\)\|")
"""What parts the cells of a text: a bar, as in a table of Markdown."""


@dataclass(frozen=True)
class Options:
    rows: str = ""
    """Which rows, and what a reader sees before them: "copy = the data again | noise". Without it all, as printed."""
    head: str = ""
    """Of the columns, that of the names first: "Control | precision | coverage"."""
    align: str = "l"
    """"l" or "r" for each column; those that are missing are as the last."""
    bold: str = ""
    """A row that stands out."""
    turn: bool = False
    """Whether columns become rows."""


class Page(Protocol):
    """What a table needs of the page that it stands on."""

    def wrong(self, why: str, line: int | None = None, fix: str = "") -> Exception: ...
    def run_of(self, names: Sequence[object], line: int | None = None) -> object: ...
    def cell(self, run: Run | Value, path: str) -> str: ...


@dataclass(frozen=True)
class Row:
    head: str
    """What the reader sees before the values; Markdown."""
    run: Run | Value
    """The lines that its cells are taken from."""


def table(page: Page, words: Sequence[object], options: Options) -> str:
    if not words or not isinstance(words[-1], str):
        raise page.wrong('table needs the cells of a row, as in table(run, "precision | coverage")')
    paths = paths_of(words[-1])
    rows = rows_of(page, words[:-1], paths, cells_of(options.rows))
    body = [[row.head, *(fill(path, lambda one, row=row: page.cell(row.run, one)) for path in paths)] for row in rows]  # type: ignore[misc]  # mypy cannot infer the default
    heads = cells_of(options.head) or ["", *paths]
    if len(heads) != len(paths) + 1:
        raise page.wrong(f"head has {len(heads)} cells for {len(paths) + 1} columns, the one of the names included")
    names = [row[0] for row in body]
    if options.bold and options.bold not in names:
        raise page.wrong(f'the table has no row "{options.bold}"{nearest(options.bold, names)}')
    body = [[f"**{cell}**" for cell in row] if row[0] == options.bold else row for row in body]
    if options.turn:
        heads, body = (
            [heads[0], *(row[0] for row in body)],
            [[head, *(row[at] for row in body)] for at, head in enumerate(heads[1:], 1)],
        )
    return markdown(heads, body, options.align)


def rows_of(page: Page, source: Sequence[object], paths: Sequence[str], asked: Sequence[str]) -> list[Row]:
    """The rows of a table: of one run those that it prints, of several runs one for each."""
    many = bool(source) and isinstance(source[0], list | tuple)
    if len(source) == 1 and isinstance(source[0], Run):
        found: object = source[0]  # as it is: a row, or the run itself
    else:
        found = page.run_of(tuple(source[0]) if many else source)  # type: ignore[arg-type]  # a list, if there are many
    if not isinstance(found, Run):
        return []
    if many or len(found.records) > 1:
        heads = asked or [record.name for record in found.records]
        if len(heads) != len(found.records):
            raise page.wrong(f"rows has {len(heads)} names for {len(found.records)} runs")
        return [Row(head, found.of(record)) for head, record in zip(heads, found.records, strict=True)]
    rows = []
    for row in asked or found.rows(label_of(paths[0])):
        name, _, head = (part.strip() for part in row.partition(" = "))
        if isinstance(run := found.row(name), Run | Value):
            rows.append(Row(head or name, run))
    return rows


def cells_of(text: str) -> list[str]:
    return [part.strip() for part in PARTED.split(text)] if text.strip() else []


def paths_of(text: str) -> list[str]:
    """The cells of a row; "(a | b)[0]" is "a[0] | b[0]"."""
    shared = SHARED.fullmatch(text.strip())
    return [f"{path}{shared['end']}" for path in cells_of(shared["paths"])] if shared else cells_of(text)


def label_of(path: str) -> str:
    """The label with which a cell's path begins, "" if it begins with a number's place."""
    found = re.match(r"[^{]*\{?(\w+)", path) if "{" in path else re.match(r"(\w+)", path)
    return found[1] if found else ""


def fill(pattern: str, cell: Callable[[str], str]) -> str:
    """A cell: a path, or text with paths in braces: "{coverage[0]} ({coverage[1]} to {coverage[2]})"."""
    return INSIDE.sub(lambda found: cell(found[1]), pattern) if "{" in pattern else cell(pattern)


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    aligned = align + align[-1:] * (len(heads) - len(align))
    rule = "".join("---:|" if letter == "r" else "---|" for letter in aligned[: len(heads)])
    return "\n".join([f"| {' | '.join(heads)} |", f"|{rule}", *(f"| {' | '.join(row)} |" for row in rows)])
