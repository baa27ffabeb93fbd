"""A problem is a value: everything that is wrong is collected, and listed at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["snippet", "run", "output", "page", "project"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and what to type next."""

    kind: Kind
    name: str
    """The snippet ("gan/ring"), or the page ("gan/ring.md")."""
    why: str
    line: int | None = None
    """The line in `file`; for kind "output" the line of the terminal output."""
    file: str | None = None
    """Path in the project, if it is not told by the name."""
    expected: str | None = None
    actual: str | None = None
    details: tuple[str, ...] = ()
    fix: str = ""
    follows: str | None = None
    """The snippet whose own problem this one only repeats."""

    def __str__(self) -> str:
        where = self.file or self.name
        if self.line is not None:
            where += f" line {self.line}"
        lines = [f"{where}: {self.why}", *(f"  {detail}" for detail in self.details)]
        if self.fix:
            lines.append(f"  {self.fix}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "text": str(self)}


class Failed(Exception):
    """Raised once, at the end of a step, with every problem that the step found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Misused(Failed):
    """The command itself was wrong (a name that does not exist): exit status 2."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the known word closest to a wrong one, or the list of all."""
    options = sorted(known)
    if close := difflib.get_close_matches(word, options, n=1, cutoff=0.5):
        return f'; did you mean "{close[0]}"?'
    return f"; there is: {', '.join(options)}" if 0 < len(options) <= 12 else ""


def line_of(word: str, lines: Sequence[str], start: int = 1) -> int | None:
    """The number of the first line of TOML, from `start` on, on which a word stands; comments do not count."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    numbered = enumerate(lines[start - 1 :], start)
    return next((at for at, line in numbered if not line.lstrip().startswith("#") and whole.search(line)), None)
