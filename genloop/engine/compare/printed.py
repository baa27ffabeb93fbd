"""What was printed, taken apart: lines, labels, values, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d+)?(?!\d|\.\d)|(?:nan|NaN|inf|Infinity)(?!\w))"
)
PAIR = re.compile(r"(?P<label>[A-Za-z_][\w./-]*)=")
COLON = re.compile(r"(?P<label>[^:=]*[^\s:=])[ \t]*:(?=\s|$)")


@dataclass(frozen=True)
class Number:
    label: str
    text: str

    @property
    def value(self) -> Decimal:
        return Decimal(self.text)

    @property
    def is_integer(self) -> bool:
        return re.fullmatch(r"[-+]?\d+", self.text) is not None


@dataclass(frozen=True)
class Line:
    """A printed line, taken apart."""

    text: str
    shape: tuple[str, ...]
    """Its text before, between and after the numbers. A sign or a width may differ where the number may, so spaces
    before a number do not count."""
    numbers: tuple[Number, ...]

    @property
    def labels(self) -> list[str]:
        """Its labels in their order: "a" and "b" of `a=1 b=2`, "shape" of `shape: (2, 4)`."""
        return list(dict.fromkeys(label for _, label in _labels(self.text)))


def parse_line(text: str) -> Line:
    marks = _labels(text)
    numbers = []
    shape = []
    end = 0
    for found in NUMBER.finditer(text):
        # A number inside the first label ("seed 3: 0.91") belongs to the label: it is text.
        if marks and found.start() < marks[0][0]:
            continue
        label = next((label for start, label in reversed(marks) if start <= found.start()), "")
        numbers.append(Number(label, found.group()))
        shape.append(text[end : found.start()].rstrip(" "))
        end = found.end()
    return Line(text, (*shape, text[end:]), tuple(numbers))


def _labels(text: str) -> list[tuple[int, str]]:
    """(where its value begins, label) of each `label: value` and `label=value` of a line."""
    marks = [(found.end(), found["label"]) for found in PAIR.finditer(text)]
    head = text[: marks[0][0]] if marks else text
    if colon := COLON.match(head):
        marks.insert(0, (colon.end(), colon["label"].strip()))
    return marks


def spans(text: str) -> list[tuple[str, int, int]]:
    """Each label of a line, and where its value begins and ends: at the next label, or with the line."""
    marks = _labels(text)
    ends = [*(start - len(label) - 1 for start, label in marks[1:]), len(text)]
    return [(label, start, end) for (start, label), end in zip(marks, ends, strict=False)]


def values(stdout: str, label: str, holding: str = "") -> list[str]:
    """What was printed after a label, once for each line that has it: "-0.863 0.695".

    holding: only of lines that hold this text.
    """
    lines = [text for text in stdout.splitlines() if holds(text, holding)]
    return [clean(text[start:end]) for text in lines for name, start, end in spans(text) if name == label]


def holds(text: str, part: str) -> bool:
    """Whether the part stands in the text, not as a piece of a longer word or number."""
    return not part or re.search(rf"(?<![\w.]){re.escape(part)}(?!\w|\.\d)", text) is not None


def clean(value: str) -> str:
    """A value without the space around it, and without the comma that parts it from the next label."""
    return value.strip().rstrip(",;").strip()


def labels(stdout: str) -> list[str]:
    return list(dict.fromkeys(label for text in stdout.splitlines() for label in parse_line(text).labels))


def numbers(text: str) -> list[float]:
    """The numbers in a printed value."""
    return [float(found.group()) for found in NUMBER.finditer(text)]
