"""What a page can call, and what a call stands for: the functions `code`, `output`, `figure`, `value`, `claim`, ...

How the answer is written is up to a `Style`.
"""

from __future__ import annotations

import fnmatch
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FrameType

import jinja2

from genloop.engine.compare import difference, printed, versions
from genloop.engine.errors import Problem, nearest
from genloop.engine.page import facts
from genloop.engine.page.course import NOTE, STEPS, Course, Style
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record

TOKEN = "\x02{}\x03"
ALONE = re.compile(r"^([ \t]*)\x02(\d+)\x03[ \t]*$", re.M)
INSIDE = re.compile(r"\x02(\d+)\x03")
JINJA_NAMES = ("<template>", "<unknown>")
"""File names of the frames in which a template runs, and of those that Jinja puts into its tracebacks."""


@dataclass(frozen=True)
class Shown:
    """What a call stands for."""

    text: str
    block: bool = True
    """Whether it is a block of its own, which must stand alone on its line."""
    bare: str = ""
    """For inline code, where no markup counts."""


class Wrong(Exception):
    """A call cannot be answered; its problem is already noted."""


class _Unknown(float):
    """Stands for a number that could not be found, so that one mistake is not reported as a false claim as well."""

    def _true(self, _other: object) -> bool:
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _true

    def __hash__(self) -> int:
        return 0

    def _same(self, *_: object) -> _Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __abs__ = __neg__ = __round__ = _same  # type: ignore[assignment]  # they return a float


class Calls:
    """The functions that a page can call, bound to one page."""

    def __init__(self, page: str, course: Course, style: Style, problems: list[Problem]) -> None:
        self.page = page
        self.course = course
        self.style = style
        self.problems = problems
        self.template: jinja2.Template | None = None
        self.shown: list[Shown] = []
        self.sections: dict[str, int] = {}
        """Program shown in parts -> the first line that shows one."""
        self.whole: set[str] = set()
        self.root = "../" * page.count("/")

    def functions(self) -> dict[str, Callable[..., object]]:
        printing = (
            self.code,
            self.diff,
            self.output,
            self.figure,
            self.value,
            self.seconds,
            self.claim,
            self.note,
            self.download,
            self.library,
            self.compare,
            self.moved,
            self.files,
            self.loop,
            self.runs,
        )
        return {call.__name__: self._noting(call) for call in printing} | {"number": self._number}

    def _noting(self, call: Callable[..., Shown]) -> Callable[..., str]:
        """The call as the template sees it: it gives back a token, which is replaced when all lines are known."""

        def noted(*args: object, **options: object) -> str:
            try:
                self.shown.append(call(*args, **options))
            except Wrong:
                return ""
            return TOKEN.format(len(self.shown) - 1)

        return noted

    def put_in(self, rendered: str) -> str:
        """Replaces tokens; a block inside a list or an admonition takes its indentation."""

        def block(found: re.Match[str]) -> str:
            text = self.shown[int(found[2])].text
            return "\n".join(found[1] + line if line else line for line in text.split("\n"))

        def inside(found: re.Match[str]) -> str:
            shown = self.shown[int(found[1])]
            if shown.block:
                line = rendered[: rendered.index(found.group())].count("\n") + 1
                self.wrong("a call for code, an output or a figure must stand alone on its line", line=line)
            before = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
            return shown.bare if shown.bare and before.count("`") % 2 else shown.text

        return INSIDE.sub(inside, ALONE.sub(block, rendered))

    def whole_programs(self) -> list[Problem]:
        """A reader must be able to copy and run what a page shows: parts come with the whole."""
        return [
            Problem(
                "page",
                self.page,
                f"shows parts of {name} and nowhere the whole program",
                line=line,
                file=f"docs/{self.page}",
                fix=f'add: {{{{ code("{name}", fold=True) }}}}',
            )
            for name, line in self.sections.items()
            if name not in self.whole
        ]

    def wrong(self, why: str, line: int | None = None, fix: str = "", follows: str | None = None) -> Wrong:
        if line is None:
            line = self.line_of(_frames())
        self.problems.append(
            Problem("page", self.page, why, line=line, file=f"docs/{self.page}", fix=fix, follows=follows)
        )
        return Wrong()

    def line_of(self, frames: Iterable[tuple[FrameType, int]]) -> int | None:
        """The line of the page whose call is being answered: that of the innermost frame of its template."""
        lines = [
            self.template.get_corresponding_lineno(number)
            for frame, number in frames
            if frame.f_code.co_filename in JINJA_NAMES and self.template is not None
        ]
        return lines[-1] if lines else None

    # ---- what pages call -------------------------------------------------------------------------------------------

    def code(self, name: str, section: str = "", *, fold: bool = False) -> Shown:
        """The whole program, or one section of it. fold: closed until the reader opens it."""
        snippet = self._snippet(name)
        if section and snippet.section(section) is None:
            known = [part.name for part in snippet.sections]
            raise self.wrong(f'{name} has no section "{section}"{nearest(section, known)}')
        if section:
            self.sections.setdefault(snippet.base, self.line_of(_frames()) or 0)
        else:
            self.whole.add(snippet.base)
        return Shown(self.style.code(self.course, snippet, section, fold, self.root))

    def diff(self, name: str) -> Shown:
        """The lines that a variant changes in its program."""
        variant = self._snippet(name)
        if not variant.variant:
            raise self.wrong(f'{name} is no variant; diff("{name}@...") shows what a variant changes')
        return Shown(self.style.diff(self._snippet(variant.base), variant))

    def output(self, name: str, *labels: str) -> Shown:
        """What the program printed; with labels only the lines that have one of them."""
        record = self._record(name)
        text = record.stdout
        if labels:
            known = printed.labels(text)
            if unknown := [label for label in labels if label not in known]:
                raise self._no_label(record, unknown[0])
            wanted = [line for line in text.splitlines() if {*labels} & {*printed.parse_line(line).labels}]
            text = "\n".join(wanted) + "\n"
        return Shown(self.style.output(self.course, record, text, self.root))

    def figure(self, name: str, file: str, *, caption: str = "", scale: float | None = None) -> Shown:
        """A figure the program wrote, with the alt text of its header. scale: CSS pixels per pixel of a PNG."""
        record = self._record(name)
        figures = self._snippet(name).settings.figures
        if file not in figures:
            raise self.wrong(f'{name} has no figure "{file}"{nearest(file, figures)}')
        return Shown(self.style.figure(self.course, record, file, caption, scale, self.root))

    def value(self, name: str, label: str, *, at: str | int | None = None, item: int | None = None) -> Shown:
        """The text printed after a label. at: which of its lines, by what else it says, "step=800"; or by number, -1
        the last. item: which of its numbers."""
        record, text = self._value(name, label, at, item)
        return Shown(self.style.value(record, label, text), block=False, bare=text)

    def seconds(self, name: str) -> Shown:
        """How long the run took, in this build. With a star the mean over all runs that match."""
        matching = fnmatch.filter(self.course.records, name) if "*" in name else [name]
        if not matching:
            raise self.wrong(f'no run matches "{name}"')
        taken = [self._record(one).seconds for one in matching]
        text = facts.took(sum(taken) / len(taken))
        return Shown(self.style.value(self._record(matching[0]), "took", text), block=False, bare=text)

    def claim(self, condition: object, sentence: str = "") -> Shown:
        """The sentence, if the condition holds for this build's runs; otherwise the build stops."""
        if not isinstance(condition, bool):
            raise self.wrong('a claim needs a condition, as in claim(number("gan/ring", "modes") == 8, "all eight")')
        if not condition:
            raise self.wrong(f'the claim "{sentence}" is false' if sentence else "a claim is false")
        return Shown(self.style.claim(sentence), block=False) if sentence else Shown("", block=False)

    def note(self, name: str) -> Shown:
        """The review note of a program that prints its five fields as `field: answer`."""
        record = self._record(name)
        answers = {}
        for label in NOTE:
            found = printed.values(record.stdout, label)
            if len(found) != 1:
                raise self.wrong(
                    f'{name} prints "{label}" {len(found)} times; a note has each of {", ".join(NOTE)} once'
                )
            answers[label] = found[0]
        return Shown(self.style.note(self.course, record, answers, self.root))

    def download(self, name: str, file: str, text: str = "") -> Shown:
        """A link to a readable file that the program wrote. text: of the link, the file's name if empty."""
        record = self._record(name)
        readable = [known for known in record.files if known.endswith(facts.READABLE)]
        if file not in readable:
            raise self.wrong(f'{name} has no file "{file}" that a reader may download{nearest(file, readable)}')
        return Shown(self.style.download(record, file, text or file, self.root), block=False)

    def library(self) -> Shown:
        """A link to the project's library as a wheel."""
        if self.course.wheel is None:
            raise self.wrong(
                "this project packs no library", fix="add to pyproject.toml under [tool.genloop]: wheel = true"
            )
        return Shown(self.style.library(self.course.wheel[0], self.root), block=False)

    def compare(self, name: str, old: str, new: str) -> Shown:
        """Two versions of a program side by side. old, new: "accepted", "newest" (of this build), or "@variant"."""
        self._record(name)
        one, other = (self._version(name, asked) for asked in (old, new))
        return Shown(self.style.compare(self.course, difference.compare(self.course.project, one, other), self.root))

    def moved(self) -> Shown:
        """What this build's runs print or were made with otherwise than what was accepted, program by program."""
        found = {
            name: difference.compare(
                self.course.project, self._version(name, "accepted"), self._version(name, "newest")
            )
            for name in sorted(self.course.records)
            if name in self.course.accepted
        }
        return Shown(self.style.moved(self.course, found))

    def _version(self, name: str, asked: str) -> versions.Version:
        course = self.course
        if asked == "accepted" and name in course.accepted:
            return versions.version_of_accepted(course.project, course.store, name, course.accepted[name])
        if asked == "newest":
            return versions.version_of_record(course.project, course.store, self._record(name), "this build")
        if asked.startswith("@"):
            record = self._record(name.partition("@")[0] + asked)
            return versions.version_of_record(course.project, course.store, record, f"variant {asked[1:]}")
        raise self.wrong(f'{name} has no version "{asked}" for a page; name "accepted", "newest" or "@variant"')

    def files(self, name: str) -> Shown:
        """What must lie beside the program before it runs."""
        return Shown(self.style.files(self.course, self._snippet(name), self.root))

    def loop(self, step: str = "") -> Shown:
        """The strip "sample, decode, review, compare", with the page's own step marked."""
        if step and step not in STEPS:
            raise self.wrong(f'the loop has no step "{step}"{nearest(step, STEPS)}')
        return Shown(self.style.loop(step))

    def runs(self) -> Shown:
        """The table of all runs: how long, when, and what they are compared with."""
        return Shown(self.style.runs(self.course))

    def _number(self, name: str, label: str, *, at: str | int | None = None, item: int | None = None) -> float:
        """`value` as a number, for claims."""
        try:
            _, text = self._value(name, label, at, item)
        except Wrong:
            return _Unknown()
        found = printed.numbers(text)
        if len(found) != 1:
            hint = f"; pick one with item=0 to {len(found) - 1}" if found else ""
            self.wrong(f'{name} prints {len(found)} numbers after "{label}": {text}{hint}')
            return _Unknown()
        return found[0]

    def _value(self, name: str, label: str, at: str | int | None, item: int | None) -> tuple[Record, str]:
        record = self._record(name)
        lines = printed.values(record.stdout, label)
        if not lines:
            raise self._no_label(record, label)
        said = f'{name} prints "{label}" {len(lines)} times'
        if isinstance(at, str):
            lines = printed.values(record.stdout, label, at)
            if not lines:
                raise self.wrong(f'{said}, but in no line with "{at}"')
            said = f'{name} prints "{label}" in {len(lines)} lines with "{at}"'
        if len(lines) > 1 and not isinstance(at, int):
            raise self.wrong(f'{said}; say which by more of its line, at="step=100", or by number, at=-1 for the last')
        text = self._pick(lines, at if isinstance(at, int) else 0, said)
        if item is not None:
            numbers = [found.group() for found in printed.NUMBER.finditer(text)]
            text = self._pick(numbers, item, f'{name} prints {len(numbers)} numbers after "{label}"')
        return record, text

    def _pick(self, items: list[str], index: int, said: str) -> str:
        try:
            return items[index]
        except IndexError:
            raise self.wrong(f"{said}; there is no number {index}") from None

    def _no_label(self, record: Record, label: str) -> Wrong:
        return self.wrong(f'{record.name} does not print "{label}"{nearest(label, printed.labels(record.stdout))}')

    def _snippet(self, name: str) -> Snippet:
        snippets = self.course.project.snippets
        if name not in snippets:
            raise self.wrong(f'there is no snippet "{name}"{nearest(name, snippets)}')
        return snippets[name]

    def _record(self, name: str) -> Record:
        self._snippet(name)
        if name not in self.course.records:
            raise self.wrong(f"{name} has no run that may be shown", fix=f"type: genloop check {name}", follows=name)
        return self.course.records[name]


def _frames() -> list[tuple[FrameType, int]]:
    """The frames of this call and their lines, outermost first."""
    return list(traceback.walk_stack(None))[::-1]


def line_of_failure(error: Exception) -> int | None:
    """The line of the page on which a call raised: Jinja puts the page's own lines into the traceback."""
    lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename in JINJA_NAMES]
    return lines[-1] if lines else None
