"""One page that is being expanded: its course, what is wrong on it, and which runs its calls are about."""

from __future__ import annotations

import fnmatch
import re
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

import jinja2

from genloop.engine.errors import Problem, nearest
from genloop.engine.page import claims, facts
from genloop.engine.page.arithmetic import UNKNOWN, Number, Thing, Unknown
from genloop.engine.page.course import Course
from genloop.engine.page.front_matter import FrontMatter
from genloop.engine.page.values import Run, together
from genloop.engine.program.header import FIGURES
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record

PLACES = re.compile(r"\[(\d+(?:, *\d+)*)\]$")
"""Which of several numbers, at the end of a row of the front matter."""
JINJA_NAMES = ("<template>", "<unknown>")
"""File names of the frames in which a template runs, and of those that Jinja puts into its tracebacks."""


class Wrong(Exception):
    """A call cannot be answered; its problem is already noted."""


class PageContext:
    def __init__(self, page: str, course: Course, front: FrontMatter, problems: list[Problem]) -> None:
        self.page = page
        self.course = course
        self.front = front
        self.problems = problems
        self.template: jinja2.Template | None = None
        self.used: set[str] = set()
        """The programs and runs that the page shows something of."""
        self.tells_all = False
        """Whether it tells of all runs of the course."""
        self.line: int | None = None
        """The line of a call that evaluates expressions of its own."""
        self.made: list[claims.Comparison] = []
        """Comparisons since the last expression that was shown."""

    def wrong(self, why: str, line: int | None = None, fix: str = "", follows: str | None = None) -> Wrong:
        if line is None:
            line = self.line or self.line_of(frames())
        self.problems.append(
            Problem("page", self.page, why, line=line, file=f"docs/{self.page}", fix=fix, follows=follows)
        )
        return Wrong()

    def compared(self, left: Number, sign: str, right: Number, holds: bool) -> None:
        self.made.append(claims.Comparison(left, sign, right, holds))

    def line_of(self, frames: Iterable[tuple[FrameType, int]]) -> int | None:
        """The line of the page whose call is being answered: that of the innermost frame of its template."""
        lines = [
            self.template.get_corresponding_lineno(number)
            for frame, number in frames
            if frame.f_code.co_filename in JINJA_NAMES and self.template is not None
        ]
        return lines[-1] if lines else None

    def run_of(self, names: Sequence[object], line: int | None = None) -> object:
        """The run that is named, or several: names, variants of the page's own program ("@seed1"), stars."""
        if not names:
            if not self.front.program:
                self.wrong('names no program; name one, or write "program: topic/name" into the front matter', line)
                return UNKNOWN
            names = (self.front.program,)
        found: dict[str, Record] = {}
        for name in names:
            if isinstance(name, str):
                self.used.update(self._matching(name))  # all of them, also if an earlier one has no record
        for name in names:
            if isinstance(name, Run):
                found |= {record.name: record for record in name.records}
            elif isinstance(name, Unknown):
                return UNKNOWN
            elif not isinstance(name, str):
                self.wrong(f"a run is named by its name, not by {name!r}", line)
                return UNKNOWN
            else:
                matching = self._matching(name)
                try:
                    found |= {one: self.record(one, line) for one in matching}
                except Wrong:
                    return UNKNOWN
                if not matching:
                    self.wrong(f'no run matches "{name}"{nearest(name, self.course.project.snippets)}', line)
                    return UNKNOWN
        return Run(self, list(found.values()))

    def rows_of(self, told: Sequence[str]) -> object:
        """Rows that the front matter names: "epoch=100" of the page's own program, "review/faults blur" of another.

        Or what stands in them: "epoch=100 kl", and of several numbers some, "review/controls real recall[0]".
        """
        found: list[object] = []
        for one in told:
            program, _, row = one.partition(" ")
            is_named = program in self.course.project.snippets or "/" in program or program.startswith("@")
            named = self.front.runs.get(program, (program,) if is_named else ())
            run = self.run_of(named)
            places = PLACES.search(one)
            row = PLACES.sub("", row if named else one)
            value = run.row(row) if isinstance(run, Run) else run
            if places and isinstance(value, Thing):
                value = value.item(tuple(map(int, places[1].split(","))))
            found.append(value)
        return found[0] if len(found) == 1 else together(self, found)

    def _matching(self, name: str) -> list[str]:
        whole = self.front.program.partition("@")[0] + name if name.startswith("@") else name
        return fnmatch.filter(self.course.project.snippets, whole) if re.search(r"[*?[]", whole) else [whole]

    def about(self, call: str, words: Sequence[object], most: int | None = None) -> tuple[str, list[str]]:
        """The program that a call is about, and its other words. Without a program's name it is the page's own.

        most: how many other words the call takes.
        """
        first = words[0] if words else ""
        if isinstance(first, Unknown):
            raise Wrong
        if isinstance(first, Run):
            if len(first.records) > 1:
                raise self.wrong(f"{call} shows one run, and this stands for {len(first.records)}")
            name, rest = first.records[0].name, words[1:]
        elif not isinstance(first, str):
            raise self.wrong(f"{call} needs the name of a program, not {first!r}")
        elif first.startswith("@") and self.front.program:
            name, rest = self.front.program.partition("@")[0] + first, words[1:]
        elif first in self.course.project.snippets or self._names_program(first) or (first and not self.front.program):
            name, rest = first, words[1:]
        elif self.front.program:
            name, rest = self.front.program, words
        else:
            why = f'{call}() names no program; name one, or write "program: topic/name" into the front matter'
            raise self.wrong(why)
        if most is not None and len(rest) > most:
            raise self.wrong(
                f"{call} takes {most} words after the program, not {len(rest)}: {', '.join(map(str, rest))}"
            )
        return name, [str(word) for word in rest]

    def _names_program(self, word: str) -> bool:
        """Whether a word with a slash can only be a program: it is not the name of a file in a folder of a run."""
        return "/" in word and not (self.front.program and word.endswith((*FIGURES, *facts.READABLE)))

    def snippet(self, name: str, line: int | None = None) -> Snippet:
        snippets = self.course.project.snippets
        self.used.add(name)
        if name not in snippets:
            raise self.wrong(f'there is no snippet "{name}"{nearest(name, snippets)}', line)
        return snippets[name]

    def module(self, words: Sequence[object]) -> Snippet | None:
        """The module that is named as the page's program names it, or by its path in snippets/; None if none is."""
        project = self.course.project
        if len(words) != 1 or not isinstance(words[0], str) or not words[0].endswith(".py"):
            return None
        path = project.programs / words[0]
        if own := project.snippets.get(self.front.program):
            path = own.beside.get(words[0], path)
        found = next((one for one in project.modules.values() if one.path == path), None)
        if found is not None:
            self.used.add(found.name)
        return found

    def beside(self, words: Sequence[object]) -> tuple[str, Path] | None:
        """The file beside a program that a call names, its program first or not; None if it names none."""
        *program, word = words or ("",)
        named = self.course.project.snippets.get(str(program[0]) if len(program) == 1 else self.front.program)
        if named is None or len(program) > 1 or not isinstance(word, str) or word not in named.beside:
            return None
        self.used.add(named.name)
        return word, named.beside[word]

    def record(self, name: str, line: int | None = None) -> Record:
        """The record of a run that may be shown; otherwise the problem is noted."""
        self.snippet(name, line)
        if name not in self.course.records:
            raise self.wrong(f"{name} has no run that may be shown", line, f"type: genloop check {name}", name)
        return self.course.records[name]

    def own_record(self, *words: object) -> Record:
        """The record that a call of the course is about: the named one, or that of the page's own program."""
        name, _ = self.about("this call", words, most=0)
        return self.record(name)


def frames() -> list[tuple[FrameType, int]]:
    """The frames of this call and their lines, outermost first."""
    return list(traceback.walk_stack(None))[::-1]


def line_of_failure(error: BaseException) -> int | None:
    """The line of the page on which a call raised: Jinja puts the page's own lines into the traceback."""
    lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename in JINJA_NAMES]
    return lines[-1] if lines else None
