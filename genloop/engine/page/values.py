"""What a page can say of runs: `run("vae/digits").kl`, its lines, rows and values. These are things, not text."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from genloop.engine.compare import printed
from genloop.engine.errors import nearest
from genloop.engine.page.arithmetic import UNKNOWN, Number, Numbers, Page, Several, Thing, Unknown
from genloop.engine.record.record import Record


def numbers_in(text: str) -> list[str]:
    return printed.number_texts(text)


@dataclass(frozen=True)
class Entry:
    """The text after one label of one line, or one number of that text."""

    record: Record
    label: str
    """As printed, with the row: "real precision"."""
    line: int
    text: str
    place: int | None = None
    """Which of the numbers of the text after the label; None for the whole text."""

    @property
    def source(self) -> str:
        return f"{self.record.name}:{self.line}:{self.label}"

    def __str__(self) -> str:
        return self.text

    def split(self) -> list[Entry]:
        """Each number of the text."""
        return [replace(self, text=text, place=place) for place, text in enumerate(numbers_in(self.text))]

    def number(self) -> Number | None:
        """The number that it is, None if it holds none or several."""
        found = numbers_in(self.text)
        if len(found) != 1:
            return None
        return Number(printed.decimal(found[0]), f"{self.label} {self.text}", f"{self.source}[{self.place or 0}]")


class Value(Numbers):
    """What was printed after a label: once, or on several lines or by several runs. As a number where one is needed."""

    parts: ClassVar[tuple[str, ...]] = (*Numbers.stats, "first", "last", "all", "listed", "at")

    def __init__(self, page: Page, entries: Sequence[Entry], said: str) -> None:
        super().__init__(page, ())
        self.entries = tuple(entries)
        self.said = said
        """What was asked for, for messages: 'vae/digits prints "kl"'."""

    def numbers(self) -> tuple[Number, ...] | None:
        found = []
        for entry in self.entries:
            number = entry.number()
            if number is None:
                count = len(numbers_in(entry.text))
                hint = f"; pick one: [0] to [{count - 1}]" if count else ""
                self.page.wrong(f'{entry.record.name} prints {count} numbers after "{entry.label}": {entry.text}{hint}')
                return None
            found.append(number)
        return tuple(found)

    def part(self, name: str) -> object:
        match name:
            case "first" | "last":
                return self._only(self.entries[0 if name == "first" else -1 :][:1])
            case "all":
                return self._only([one for entry in self.entries for one in entry.split()])
            case "at":
                return self.at
            case "listed":
                return Several([one for entry in self.entries for one in entry.split()], ", ", " and ")
            case "range":
                ends = [self.part("least"), self.part("most")]
                return Several([entry for end in ends if isinstance(end, Value) for entry in end.entries], "", " to ")
            case "least" | "most":
                return self._extreme(min if name == "least" else max, name)
        if name in self.stats:
            return self.stat(name)
        return self.lost(f'{self.said}; a value has no "{name}"{nearest(name, self.parts)}')

    def _extreme(self, which: Callable[..., int], name: str) -> object:
        """The entry itself, so that a page shows it as it was printed, and by whom."""
        found = self.numbers()
        if found is None:
            return UNKNOWN
        if not all(number.value.is_finite() for number in found):
            return self.lost(f".{name} of numbers of which one is not finite")
        place = which(range(len(found)), key=lambda at: found[at].value)
        return self._only([self.entries[place]])

    def at(self, *which: object) -> object:
        """Only of the lines that hold these texts, at("step=800"), or the one of this number, at(-1)."""
        found: Sequence[Entry] = self.entries
        for one in which:
            if isinstance(one, int):
                if not -len(found) <= one < len(found):
                    return self.lost(f"{self._count(found)}; there is no line {one}")
                found = [found[one]]
            else:
                before, found = found, [entry for entry in found if _holds(entry, str(one))]
                if not found:
                    return self.lost(f'{self._count(before)}, but in no line with "{one}"')
        return self._only(found)

    def _count(self, entries: Sequence[Entry]) -> str:
        return f"{self.said} {len(entries)} time{'' if len(entries) == 1 else 's'}"

    def item(self, key: object) -> object:
        found = []
        for entry in self.entries:
            numbers = entry.split()
            for place in key if isinstance(key, tuple) else (key,):
                if not isinstance(place, int):
                    return self.lost(f"{self.said}; its numbers are [0], [1] and so on, not [{place!r}]")
                if not -len(numbers) <= place < len(numbers):
                    said = f'{entry.record.name} prints {len(numbers)} numbers after "{entry.label}"'
                    return self.lost(f"{said}; there is no [{place}]")
                found.append(numbers[place])
        return self._only(found)

    def _only(self, entries: Sequence[Entry]) -> Value:
        return Value(self.page, entries, self.said)

    def _compare(self, other: object, sign: str, holds: Callable[[Decimal, Decimal], bool]) -> bool:
        if isinstance(other, str) and sign in {"==", "!="}:
            every = True
            for entry in self.entries:
                one = (entry.text == other) == (sign == "==")
                left = Number(Decimal(0), f'{entry.label} "{entry.text}"', entry.source)
                self.page.compared(left, sign, Number(Decimal(0), f'"{other}"', ""), one)
                every = every and one
            return every
        return super()._compare(other, sign, holds)

    def one(self) -> Entry | None:
        """The entry, if it is one; otherwise the problem is noted."""
        if len(self.entries) == 1:
            return self.entries[0]
        where = 'say which, by .at("step=100"), .first or .last, or take .least, .most, .mean or .range'
        self.page.wrong(f"{self._count(self.entries)}; {where}")
        return None

    def described(self) -> str:
        return self.said

    def __str__(self) -> str:
        entry = self.one()
        return entry.text if entry else ""


def _holds(entry: Entry, text: str) -> bool:
    return printed.holds(entry.record.stdout.split("\n")[entry.line - 1], text)


@dataclass(frozen=True)
class PrintedLine:
    """One line of one run."""

    record: Record
    number: int
    text: str
    row: str = ""
    """The beginning of the line that was asked for as a row."""

    def labels(self) -> Iterable[tuple[str, str, str]]:
        """(label without the row, label as printed, text) of all that stands in the line."""
        for label, start, end in printed.spans(self.text):
            short = label[len(self.row) :].lstrip() if self.row and label.startswith(self.row) else label
            yield short, label, printed.clean(self.text[start:end])


class Run(Thing):
    """The lines of one run, or of several; a part is what was printed after that label."""

    parts = ("at", "row")

    def __init__(self, page: Page, records: Sequence[Record], lines: Sequence[PrintedLine] | None = None) -> None:
        self.page = page
        self.records = tuple(records)
        self.row_name = ""
        self.lines = tuple(_lines(records) if lines is None else lines)

    @property
    def name(self) -> str:
        return self.records[0].name + (f" and {len(self.records) - 1} more" if len(self.records) > 1 else "")

    def of(self, record: Record) -> Run:
        """What one of the runs printed."""
        return Run(self.page, [record], [line for line in self.lines if line.record is record])

    def part(self, name: str) -> object:
        match name:
            case "at":
                return self.at
            case "row":
                return self.row
        return self.label(name)

    def item(self, key: object) -> object:
        keys = key if isinstance(key, tuple) else (key,)
        known = dict.fromkeys(short for line in self.lines for short, _, _ in line.labels())
        if not any(isinstance(one, str) for one in keys):
            # of a row whose numbers have names, "modes mean, most: 6.4 8"
            value = self.label(next(iter(known)) if len(known) == 1 and self.row_name else "")
            return value.item(key) if isinstance(value, Value) else value
        labels = [label for one in keys for label in _matching(str(one), known)]
        return self.label(labels[0]) if len(labels) == 1 else each(self.page, [self.label(label) for label in labels])

    def label(self, label: str) -> object:
        """What stands after the label, in each line that has it."""
        found, known = [], []
        for line in self.lines:
            for short, full, text in line.labels():
                known.append(short)
                if short == label:
                    found.append(Entry(line.record, full, line.number, text))
        if found:
            missing = {record.name for record in self.records} - {entry.record.name for entry in found}
            if missing:
                return self.lost(f'{min(missing)} does not print "{label}"{self._in_row()}, the other runs do')
            return Value(self.page, found, f'{self.name} prints "{label}"{self._in_row()}')
        if (listed := self._listed(label)) is not None:
            return listed
        return self.lost(f'{self.name} does not print "{label}"{self._in_row()}{nearest(label, filter(None, known))}')

    def _listed(self, label: str) -> Value | None:
        """A number by its name: `mean` of "modes_covered mean, least, greatest: 6.4 4.0 8.0"."""
        found = []
        for line in self.lines:
            for short, full, text in line.labels():
                names, numbers = short.split(", "), numbers_in(text)
                if label in names and len(names) == len(numbers) > 1:
                    place = names.index(label)
                    found.append(Entry(line.record, full, line.number, numbers[place], place))
        return Value(self.page, found, f'{self.name} prints "{label}"{self._in_row()}') if found else None

    def at(self, *texts: str) -> object:
        """The lines that hold these texts."""
        lines = [line for line in self.lines if all(printed.holds(line.text, text) for text in texts)]
        return self._narrowed(lines, self.row_name, f"no line with {' and '.join(texts)}", ())

    def row(self, *names: object) -> object:
        """The lines that begin with one of these names, or whose first label has it for a value.

        A name may end with a label, "step=800 coverage": then it is what stands there after that label.
        """
        if len(names) > 1:
            return together(self.page, [self.row(name) for name in names])
        name = str(names[0]) if names else ""
        begins = [(line, begun) for line in self.lines if (begun := _begins(line.text, name)) is not None]
        if all(line.text.startswith(f"{name}=") for line, _ in begins):
            value = self._row_and_label(name)
            if value is not None:
                return value
        lines = [replace(line, row=begun or line.row) for line, begun in begins]
        return self._narrowed(lines, name, f'no row "{name}"', self.rows())

    def _row_and_label(self, name: str) -> object | None:
        """A row whose name ends with a label of it, as that value; None if it is no such name."""
        row, _, label = name.rpartition(" ")
        begins = [(line, begun) for line in self.lines if row and (begun := _begins(line.text, row)) is not None]
        inside = Run(self.page, self.records, [replace(line, row=begun or line.row) for line, begun in begins])
        inside.row_name = row
        labels = [short for line in inside.lines for short, _, _ in line.labels()]
        is_label = any(label in (short, *short.split(", ")) for short in labels)
        return inside.label(label) if is_label else None

    def _narrowed(self, lines: Sequence[PrintedLine], row: str, why: str, known: Iterable[str]) -> object:
        there = {line.record.name for line in lines}
        for record in self.records:
            if record.name not in there:
                return self.lost(f"{record.name} prints {why}{nearest(row, known)}")
        narrowed = Run(self.page, self.records, lines)
        narrowed.row_name = row
        nameless = all([short for short, _, _ in line.labels()] == [""] for line in lines)
        return narrowed.label("") if nameless else narrowed  # "real_train: 0.93 0.91" is a value by itself

    def rows(self, label: str = "") -> list[str]:
        """The names of the rows that have this label (none: of all), in the order in which they were printed."""
        names: dict[str, None] = {}
        for line in self.lines:
            spans = [(full, text) for _, full, text in line.labels()]
            if not spans:
                continue
            if len(spans) > 1:
                if not label or label in [full for full, _ in spans[1:]]:
                    names[spans[0][1].split()[0] if spans[0][1] else spans[0][0]] = None
            elif not label:
                names[spans[0][0].rpartition(" ")[0] or spans[0][0]] = None
            elif spans[0][0].endswith(f" {label}"):
                names[spans[0][0].removesuffix(f" {label}")] = None
        return list(names)

    def _in_row(self) -> str:
        return f' in its row "{self.row_name}"' if self.row_name else ""

    def lost(self, why: str) -> Unknown:
        self.page.wrong(why)
        return UNKNOWN

    def described(self) -> str:
        return f"the run {self.name}; take one of its labels"

    def __str__(self) -> str:
        self.page.wrong(f"{self.name} is a run; show one of its labels, as in run.kl")
        return ""

    def __bool__(self) -> bool:
        self.page.wrong(f"{self.name} is a run, neither true nor false; compare one of its labels with something")
        return True


def together(page: Page, rows: Sequence[object]) -> object:
    """Rows, of one run or of several, as one thing."""
    if any(isinstance(row, Value | Unknown) for row in rows):
        return each(page, rows)
    runs = [row for row in rows if isinstance(row, Run)]
    records = {record.name: record for run in runs for record in run.records}
    found = Run(page, list(records.values()), [line for run in runs for line in run.lines])
    found.row_name = ", ".join(run.row_name for run in runs)
    return found


def each(page: Page, values: Sequence[object]) -> object:
    """Several values as one: each(a, b) < 5 holds if it holds for both, each(a, b).most is the greater."""
    entries: list[Entry] = []
    numbers: list[Number] = []
    for value in values:
        if isinstance(value, Unknown):
            return UNKNOWN
        if isinstance(value, Value):
            entries += value.entries
        if not isinstance(value, Numbers):
            page.wrong(f"each takes values of runs, not {value!r}")
            return UNKNOWN
    if all(isinstance(value, Value) for value in values):
        return Value(page, entries, "each of these is printed")
    for value in values:
        numbers += (value.numbers() if isinstance(value, Numbers) else None) or ()
    return Numbers(page, numbers)


def _matching(label: str, known: Iterable[str]) -> list[str]:
    """The label itself, or those that it stands for with its stars."""
    return [label] if "*" not in label or label in known else fnmatch.filter(known, label) or [label]


def _lines(records: Sequence[Record]) -> Iterable[PrintedLine]:
    for record in records:
        for number, text in enumerate(record.stdout.split("\n"), 1):
            yield PrintedLine(record, number, text)


def _begins(text: str, name: str) -> str | None:
    """How a line begins with the name of a row, "" if its first label has that value; None if neither."""
    if text.startswith(name) and text[len(name) : len(name) + 1] in {"", " ", ":", "="}:
        return name
    spans = printed.spans(text)
    if len(spans) > 1 and text[spans[0][1] : spans[0][2]].strip() == name:
        return ""
    return None
