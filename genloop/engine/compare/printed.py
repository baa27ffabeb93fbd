"""What was printed, taken apart: lines, labels, values, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from genloop.engine.files import lines_of

MINUS = "\N{MINUS SIGN}"
DIGITS = r"[0-9]+(?:_[0-9]+)*"
# What may follow a number without a space: a unit, but no digit, or it is a name ("3e5f1a2b").
DECIMAL = (
    rf"(?:0[xX][0-9a-fA-F]+(?!\w)|0[oO][0-7]+(?!\w)|0[bB][01]+(?!\w)|(?!0[xX])"
    # An exponent of five digits and more is none: no number has it, but a hash may.
    rf"(?:{DIGITS}\.{DIGITS}|\.{DIGITS}|{DIGITS}(?:\.(?=[eE][-+]?[0-9]))?)(?:[eE][-+]?[0-9]{{1,4}})?"
    rf"(?!\w*[0-9]|_|\.[0-9]))"
)
UNITS = "j|[munpµ]?s|min|h|x|[kmgt]?i?b|k|m|g|t|[kmg]?hz|px|nats?|bits?|db|v|w"
# However a program writes it, with or without a unit: C, Fortran, numpy, pandas, decimal, an old Windows.
NOT_FINITE = rf"(?i:s?nan[0-9]*|inf(?:inity)?|∞|[0-9]\.\#(?:[qs]?nan|ind|inf)[0-9]*)(?=(?i:{UNITS})?(?!\w))"
ANY_NUMBER = rf"(?:{NOT_FINITE}|{DECIMAL})"
# The sign between two numbers is text ("0.2-0.4"), but for that of an imaginary part.
NUMBER = re.compile(
    rf"(?<![\w.])[-+{MINUS}]?{ANY_NUMBER}|(?<=[\w∞.])[-+{MINUS}]{ANY_NUMBER}(?=[jJ](?!\w))|(?<=[%])(?:{NOT_FINITE})"
)
SIMPLE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
PLAIN_INTEGER = re.compile(rf"[-+{MINUS}]?(?:{DIGITS}\.?(?:[eE][-+]?[0-9]+)?|0[xXoObB][0-9a-fA-F]+)")
PIECE = re.compile(rf"(?:^|[:/@\\+%{MINUS}-])[0-9]*(?:{NOT_FINITE})(?![.])")
NAME = re.compile(
    r"""
    (?<!\w)[^\W\d]\w*(?:[:/@\\.-]+\w+)+                             # arXiv:1912.04958, torch-2.13, out/0.5, v1.2
  | (?<!\w)[^\W\d][\w.-]*(?:==|~=|!=|>=|<=)[0-9][\w.*]*             # numpy>=1.26
  | (?i:\b(?:arxiv|doi|versions?))[\s:=]*[0-9][\w./-]*              # arXiv 1912.04958, version: 2.13
  | (?i:\bpython)[\s:=]*[23]\.[0-9]+\w*                             # Python 3.11
  | (?<![\w.])10\.[0-9]{4,9}/\S+                                    # a DOI
  | (?<![\w.])[0-9]+(?:\.[0-9]+){2,}[\w.+-]*                        # 2.13.0+cpu
  | (?<![\w.@/\\-])[\w@/\\-][-\w@./\\]*\.(?![eE][-+]?[0-9])[^\W\d][-\w@./\\]*    # 0.5.txt, 0.5/loss.csv
  | (?<![\w.])[0-9][0-9.]*-[^\W\d]\w*                               # 3.5-turbo
    """,
    re.VERBOSE,
)
"""Names that hold what looks like a number: identifiers, versions, files. They are text."""
MAY_BE_NAME = re.compile(r"[:/@\\-]\w|\.(?:[^\W\d]|[0-9]+\.)|[=~!<>]=|(?i:arxiv|doi|version|python)")
"""What every name has, found in a third of the time."""
WORD = re.compile("(?i:nan|inf(?:inity)?)")
"""What is not finite as a number, and may be a word: "my nan bakes", "no nan found", "dropped nan values"."""
ARTICLE = (
    "the|this|that|these|those|no|any|every|each|some|my|your|his|her|our|their"
    "|de[rmns]|das|(?:ein|kein|mein|dein|sein|ihr|unser)(?:e[nmrs]?)?"
)
BEFORE_WORD = re.compile(rf"(?:^|[ (\"'])(?i:{ARTICLE}) $")
LONGEST_ARTICLE = 8
# Neither a unit nor what Python prints for a thing: a value in a row of words has these behind it ("ring nan True").
AFTER_WORD = re.compile(rf" (?!(?i:{UNITS})(?!\w)|{NOT_FINITE}|(?:True|False|None)\b)[^\W\d_]{{2,}}(?=[ .,;:!?)\"']|$)")
BEFORE_NOUN = re.compile(r"(?:^|[\w,] )$")
AFTER_NOUN = re.compile(r" (?i:values?|entry|entries|werten?|wert)(?=[.,;:!?)]|$| (?!per\b))")
PAIR = re.compile(r"(?P<label>[A-Za-z_][\w./-]*)=")
COLON = re.compile(r"(?P<label>[^:=]*[^\s:=])[ \t]*:(?=\s|$)")


@dataclass(frozen=True)
class Number:
    label: str
    text: str

    @property
    def value(self) -> Decimal:
        return decimal(self.text)

    @property
    def is_integer(self) -> bool:
        """Whether no digit stands after a decimal point: 6, 1_000, 0x1f, 1e5."""
        return PLAIN_INTEGER.fullmatch(self.text) is not None


Room = tuple[str, int, int]
"""The name of a rule that is for no label (see rooms), and where its number begins and ends."""


@dataclass(frozen=True)
class Line:
    """A printed line; it is taken apart when somebody asks."""

    text: str
    rooms: tuple[Room, ...] = ()
    """In the order in which they stand there."""

    @property
    def shape(self) -> tuple[str, ...]:
        """Its text before, between and after the numbers. A sign or a width may differ where the number may, so spaces
        before a number do not count."""
        return self._parts[0]

    @property
    def numbers(self) -> tuple[Number, ...]:
        return self._parts[1]

    @cached_property
    def labels(self) -> list[str]:
        """Its labels in their order: "a" and "b" of `a=1 b=2`, "shape" of `shape: (2, 4)`; then the names of rooms."""
        return list(dict.fromkeys([label for _, label in _labels(self.text)] + [name for name, _, _ in self.rooms]))

    @cached_property
    def _parts(self) -> tuple[tuple[str, ...], tuple[Number, ...]]:
        text = self.text
        values = spans(text) or [("", 0, len(text))]
        front = values[0][1] - len(values[0][0]) - 1 if text[values[0][1] - 1 : values[0][1]] == "=" else 0
        numbers = []
        shape = []
        end = place = 0
        for name, first, last in self._spans():
            while place < len(values) and values[place][2] <= first:
                place += 1
            # A number inside a label ("seed 3: 0.91") belongs to the label: it is text. So is one in front of "a=1",
            # but for what is not finite, which must never pass.
            if name or (place < len(values) and values[place][1] <= first):
                label = name or values[place][0]
            elif last <= front and WORD.fullmatch(text[first:last].lstrip(f"+-{MINUS}")):
                label = ""
            else:
                continue
            numbers.append(Number(label, text[first:last]))
            shape.append(text[end:first].rstrip(" "))
            end = last
        return (*shape, text[end:]), tuple(numbers)

    def _spans(self) -> list[Room]:
        """Its numbers, in order: those that have room, and all others, which have "" for a name."""
        rooms = [room for place, room in enumerate(self.rooms) if not place or self.rooms[place - 1][2] <= room[1]]
        others = [
            ("", first, last)
            for first, last in number_spans(self.text)
            if not any(first < end and start < last for _, start, end in rooms)
        ]
        return sorted([*rooms, *others], key=lambda one: one[1]) if rooms else others


def parse_line(text: str) -> Line:
    return Line(text)


def number_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each number of a line begins and ends. What only looks like one, in a name or a version, is none."""
    for found in NUMBER.finditer(NAME.sub(_hide, text) if MAY_BE_NAME.search(text) else text):
        if not (WORD.fullmatch(found[0]) and _is_word(text, *found.span())):
            yield found.span()


def _is_word(text: str, first: int, last: int) -> bool:
    """Whether words around "nan" or "inf" say that it is one. A number would have to stand in the same place."""
    before = text[max(0, first - LONGEST_ARTICLE - 2) : first]
    if BEFORE_WORD.search(before) and AFTER_WORD.match(text, last):
        return True
    return BEFORE_NOUN.search(before) is not None and AFTER_NOUN.match(text, last) is not None


def _hide(name: re.Match[str]) -> str:
    """As many letters as the name has, unless one of its pieces is not a number, which must never pass."""
    return name[0] if PIECE.search(name[0]) else "x" * len(name[0])


def number_texts(text: str) -> list[str]:
    """The numbers of a printed value, as they stand there."""
    return [text[first:last] for first, last in number_spans(text)]


def decimal(text: str) -> Decimal:
    """A printed number, exactly: "0x1f", "1_000" and other minus signs; whatever is not finite as nan or infinity."""
    if SIMPLE.fullmatch(text):  # nearly all are; what follows takes ten times as long
        return Decimal(text)
    plain = text.replace(MINUS, "-").lower()
    if re.fullmatch(r"[-+]?0[xob]\w+", plain):
        return Decimal(int(plain, 0))
    if re.search("nan|ind", plain):
        return Decimal("nan")
    if re.search("inf|∞", plain):
        return Decimal("-inf" if plain.startswith("-") else "inf")
    return Decimal(plain)


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
    lines = [text for text in lines_of(stdout) if holds(text, holding)]
    return [clean(text[start:end]) for text in lines for name, start, end in spans(text) if name == label]


def holds(text: str, part: str) -> bool:
    """Whether the part stands in the text, not as a piece of a longer word or number."""
    return not part or re.search(rf"(?<![\w.]){re.escape(part)}(?!\w|\.\d)", text) is not None


def clean(value: str) -> str:
    """A value without the space around it, and without the comma that parts it from the next label."""
    return value.strip().rstrip(",;").strip()


def labels(stdout: str) -> list[str]:
    return list(dict.fromkeys(label for text in lines_of(stdout) for label in parse_line(text).labels))
