"""What a page can call, and what a call stands for: `run`, `code`, `output`, `figure`, `table`, `claim`, ...

How the answer is written is up to a `Style`. A course may add calls of its own (see own_calls).
"""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import jinja2

from genloop.engine.compare import difference, printed, versions
from genloop.engine.errors import Problem, nearest
from genloop.engine.files import lines_of
from genloop.engine.page import claims, facts, tables
from genloop.engine.page.arithmetic import UNKNOWN, Numbers, Several, Thing, Unknown, kind
from genloop.engine.page.course import Course, Drawn, Style
from genloop.engine.page.front_matter import FrontMatter
from genloop.engine.page.overlap import overlap
from genloop.engine.page.own_calls import Markdown, Own
from genloop.engine.page.page_context import PageContext, Wrong, frames
from genloop.engine.page.placeholders import Placeholders, Shown
from genloop.engine.page.values import Entry, Run, Value, each
from genloop.engine.record.record import Record

CALLS = (
    "code", "diff", "output", "figure", "table", "seconds", "claim", "each", "overlap", "abs", "download", "library",
    "compare", "moved", "files", "runs", "places",
)  # fmt: skip
"""The methods that a page calls."""
GAP = "…"
"""What a page shows, while somebody writes it, where something is not known or wrong."""


class Runs(Thing):
    """`run`: run("gan/ring") is any run, run("gan/ring", "gan/ring@seed*") several, run.label is of the page's own."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def __call__(self, *names: object) -> object:
        return self.calls.run_of(names)

    def part(self, name: str) -> object:
        own = self.calls.run_of(())
        return own.part(name) if isinstance(own, Thing) else own

    def item(self, key: object) -> object:
        own = self.calls.run_of(())
        return own.item(key) if isinstance(own, Thing) else own


class Calls(PageContext):
    """The functions that a page can call, bound to one page. `values.Page` is what the things see of it."""

    def __init__(self, page: str, course: Course, style: Style, front: FrontMatter, problems: list[Problem]) -> None:
        super().__init__(page, course, front, problems)
        self.style = style
        self.environment: jinja2.Environment | None = None
        self.placeholders = Placeholders()
        self.sections: dict[str, int] = {}
        """Program shown in parts -> the first line that shows one."""
        self.whole: dict[str, int] = {}
        """Program that stands whole on the page -> its line."""
        self.root = "../" * page.count("/")
        self.taken: set[str] = set()
        """Names of the front matter that calls have."""
        self.told = 0
        """Problems before the expression that is being answered."""
        self.unknown = 0
        """Comparisons with what is unknown, before that expression."""

    def names(self) -> dict[str, object]:
        """All that a template of this page may name."""
        calls: dict[str, object] = {"run": Runs(self)}
        calls |= {name: self._noting(getattr(self, name)) for name in CALLS}
        for name, own in self.course.calls.items():
            if name in calls:
                self.wrong(f'the course\'s own call "{name}" has the name of a call that every page has', line=1)
            calls[name] = self._noting(functools.partial(self._own, own))
        if self.front.program:
            with suppress(Wrong):
                self.snippet(self.front.program, line=self.front.line_of("program:"))
        for name in (*self.front.runs, *self.front.rows):
            self.line = self.front.line_of(f"{name}:")
            if name in calls:
                self.wrong(f'"{name}" is the name of a call; choose another')
                self.taken.add(name)
            elif name in self.front.runs:
                calls[name] = self.run_of(self.front.runs[name])
            else:
                calls[name] = self.rows_of(self.front.rows[name])
        self.line = None
        return calls

    @staticmethod
    def _noting(call: Callable[..., object]) -> Callable[..., object]:
        """The call as the template sees it: what cannot be answered is noted, and the page goes on."""

        @functools.wraps(call)
        def noted(*args: object, **options: object) -> object:
            try:
                return call(*args, **options)
            except Wrong:
                return UNKNOWN

        return noted

    def _own(self, own: Own, *args: object, **options: object) -> Shown:
        given = own(self, *args, **options)
        if isinstance(given, Markdown):
            return Shown(given.site if self.style.is_site else given.plain, given.block)
        return Shown(given)

    def show(self, value: object) -> str:
        """What an expression of the page puts there: a place, which is filled when all lines are known."""
        self.made.clear()
        self.told = len(self.problems)
        self.unknown = Unknown.compared
        match value:
            case Unknown():
                return GAP if self.course.draft else ""
            case Shown():
                return self.placeholders.keep(value)
            case Value():
                entry = value.one()
                return self.placeholders.keep(self._value(entry)) if entry else ""
            case Several():
                joined = value.joined(self._written)
                return self.placeholders.keep(Shown(joined, block=False, bare=str(value)))
            case Numbers() | str() | Run():
                return str(value)
            case Runs():
                self.wrong("run is a call; write run.label or run(...).label")
            case _ if callable(value):
                self.wrong(
                    f"{getattr(value, '__name__', 'this')} is a call; write {getattr(value, '__name__', '')}(...)"
                )
            case _:
                self.wrong(f"{value!r} comes from no run; what a page shows is printed by one")
        return ""

    def _value(self, entry: Entry) -> Shown:
        return Shown(self.style.value(self.course, entry.record, entry.label, entry.text), block=False, bare=entry.text)

    def _written(self, shown: object) -> str:
        return self._value(shown).text if isinstance(shown, Entry) else str(shown)

    def whole_programs(self) -> list[Problem]:
        """A reader must be able to copy and run what a page shows: parts come with the whole."""
        whole = {name.partition("@")[0] for name in self.whole}
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
            if name not in whole
        ]

    # ---- what pages call -------------------------------------------------------------------------------------------

    def code(self, *words: object, fold: bool = False) -> Shown:
        """The whole program, or one section of it; or a module. fold: closed until the reader opens it."""
        if module := self.module(words):
            return Shown(self.style.code(self.course, module, "", fold, self.root))
        name, asked = self.about("code", words, most=1)
        snippet, section = self.snippet(name), asked[0] if asked else ""
        if section and snippet.section(section) is None:
            known = [part.name for part in snippet.sections if part.name]
            known += [file for file in snippet.beside if file.endswith(".py")]
            raise self.wrong(f'{name} has no section "{section}"{nearest(section, known)}')
        line = self.line_of(frames()) or 0
        if section:
            self.sections.setdefault(snippet.base, line)
        else:
            self.whole.setdefault(snippet.name, line)
        return Shown(self.style.code(self.course, snippet, section, fold, self.root))

    def diff(self, *words: object) -> Shown:
        """The lines that a variant changes in its program."""
        name, _ = self.about("diff", words, most=0)
        variant = self.snippet(name)
        if not variant.variant:
            raise self.wrong(f'{name} is no variant; diff("{name}@...") shows what a variant changes')
        return Shown(self.style.diff(self.course, self.snippet(variant.base), variant))

    def output(self, *words: object) -> Shown:
        """What the program printed; with labels only the lines that have one of them. A label may have stars."""
        name, labels = self.about("output", words)
        record = self.record(name)
        text = record.stdout
        asked: set[str] = set()
        if labels:
            known = printed.labels(text)
            matching = {label: {label} & {*known} or {*fnmatch.filter(known, label)} for label in labels}
            if unknown := [label for label, found in matching.items() if not found]:
                raise self.wrong(f'{name} does not print "{unknown[0]}"{nearest(unknown[0], known)}')
            asked.update(*matching.values())
            wanted = [line for line in lines_of(text) if asked & {*printed.parse_line(line).labels}]
            text = "\n".join(wanted) + "\n"
        return Shown(self.style.output(self.course, record, text, asked))

    def figure(self, *words: object, caption: str = "", scale: float | None = None, height: int = 450) -> Shown:
        """A figure the program wrote, with the alt text of its header. scale: CSS pixels per pixel; height: of HTML."""
        name, files = self.about("figure", words, most=1)
        record = self.record(name)
        figures = self.snippet(name).settings.figures
        file = files[0] if files else ""
        if file not in figures:
            raise self.wrong(f'{name} has no figure "{file}"{nearest(file, figures)}')
        return Shown(self.style.figure(self.course, Drawn(record, file, caption, scale, height), self.root))

    def table(self, *words: object, **options: Any) -> Shown:
        """A table of printed values; see tables.table."""
        self.line = self.line_of(frames())
        try:
            return Shown(tables.table(self, words, tables.Options(**options)))
        finally:
            self.line = None

    def cell(self, run: Run | Value, path: str) -> str:
        """A path, "coverage[0]" or "[0]", evaluated as `row.coverage[0]` in the language of the page."""
        assert self.environment is not None
        try:
            expression = self.environment.compile_expression(f"row{path if path.startswith('[') else f'.{path}'}")
        except jinja2.TemplateSyntaxError as error:
            raise self.wrong(f'the cell "{path}" cannot be read: {error.message}') from None
        value = expression(row=run)
        if isinstance(value, Value):
            entry = value.one()
            return self._value(entry).text if entry else ""
        if isinstance(value, Several):
            return value.joined(self._written)
        if isinstance(value, Numbers | str | Unknown):
            return str(value)
        raise self.wrong(f'the cell "{path}" is no value')

    def seconds(self, *words: object) -> object:
        """How long the run took, in this build. Of several runs the mean."""
        found = self.run_of(words)
        if not isinstance(found, Run):
            return found
        taken = [record.seconds for record in found.records]
        entry = Entry(found.records[0], "took", 0, facts.took(sum(taken) / len(taken)))
        return Value(self, [entry], f"the seconds of {found.name}")

    def each(self, *values: object) -> object:
        """Several values as one, for a comparison that shall hold for each."""
        return each(self, values)

    def overlap(self, left: object, right: object, *labels: str) -> object:
        """Whether two ranges overlap; with labels, whether those of two rows or runs do under each label."""
        if labels:
            left, right = (of.item(labels) if isinstance(of, Run | Unknown) else of for of in (left, right))
        return overlap(self, left, right)

    def abs(self, value: object) -> object:
        """A number without its sign."""
        if isinstance(value, Numbers | Unknown):
            return abs(value)
        raise self.wrong(f"abs needs a number of a run, not {kind(value)}")

    def claim(self, condition: object, sentence: str = "") -> object:
        """The sentence, if the condition holds for this build's runs; otherwise the build stops."""
        made = list(self.made)
        self.made.clear()
        if not self._known(condition):
            return UNKNOWN
        if not isinstance(condition, bool):
            raise self.wrong('a claim needs a condition, as in claim(run("gan/ring").modes == 8, "all eight")')
        told = f'the claim "{sentence}"' if sentence else "a claim"
        if fault := claims.fault(made, self.course.project.snippets):
            raise self.wrong(f"{told} {fault}")
        if not condition:
            false = list(dict.fromkeys(str(one) for one in made if not one.holds)) or [str(one) for one in made]
            raise self.wrong(f"{told} is false: {'; '.join(false[:4])}{' ...' if len(false) > 4 else ''}")
        return Shown(self.style.claim(self.course, sentence) if sentence else "", block=False)

    def _known(self, *conditions: object) -> bool:
        """False if something in a condition is wrong, which is noted, here or where it was named."""
        if any(isinstance(one, Unknown) for one in conditions) or Unknown.compared > self.unknown:
            return False
        return len(self.problems) <= self.told

    def download(self, *words: object, text: str = "") -> Shown:
        """A link to a readable file that the program wrote, or to one beside it. text: the file's name if empty."""
        if given := self.beside(words):
            link = facts.beside_link(self.course, given[1], text or facts.cell(given[0]), self.root)
            return Shown(f"{link}{{ download }}" if self.style.is_site else link, block=False)
        name, files = self.about("download", words, most=1)
        record = self.record(name)
        readable = [known for known in record.files if known.endswith(facts.READABLE)]
        file = files[0] if files else ""
        if file not in readable:
            known = [*readable, *self.snippet(name).beside]
            raise self.wrong(f'{name} has no file "{file}" that a reader may download{nearest(file, known)}')
        link = self.style.download(record, file, text or file, self.root)
        return Shown(link + facts.weight_of(self.course, record, file), block=False)

    def library(self) -> Shown:
        """A link to the project's library as a wheel."""
        if self.course.wheel is None:
            raise self.wrong(
                "this project packs no library", fix="add to pyproject.toml under [tool.genloop]: wheel = true"
            )
        return Shown(self.style.library(self.course.wheel[0], self.root), block=False)

    def compare(self, *words: object) -> Shown:
        """Two versions of a program side by side: "accepted", "newest" (of this build), or "@variant"."""
        if len(words) not in (2, 3):
            raise self.wrong('compare needs two versions, as in compare("gan/ring", "accepted", "newest")')
        name, _ = self.about("compare", words[:-2], most=0)
        self.record(name)
        one, other = (self._version(name, str(asked)) for asked in words[-2:])
        found = difference.compare(self.course.project, one, other)
        return Shown(self.style.compare(self.course, found, self.root))

    def moved(self) -> Shown:
        """What this build's runs print or were made with otherwise than what was accepted, program by program."""
        found = {
            name: difference.compare(
                self.course.project, self._version(name, "accepted"), self._version(name, "newest")
            )
            for name in sorted(self.course.records)
            if name in self.course.accepted
        }
        self.tells_all = True
        return Shown(self.style.moved(self.course, found))

    def _version(self, name: str, asked: str) -> versions.Version:
        course = self.course
        if asked == "accepted" and name in course.accepted:
            return versions.version_of_accepted(course.project, course.store, name, course.accepted[name])
        if asked == "newest":
            return versions.version_of_record(course.project, course.store, self.record(name), "this build")
        if asked.startswith("@"):
            record = self.record(name.partition("@")[0] + asked)
            return versions.version_of_record(course.project, course.store, record, f"variant {asked[1:]}")
        raise self.wrong(f'{name} has no version "{asked}" for a page; name "accepted", "newest" or "@variant"')

    def files(self, *words: object) -> Shown:
        """What must lie beside the program before it runs."""
        name, _ = self.about("files", words, most=0)
        return Shown(self.style.files(self.course, self.snippet(name), self.root))

    def runs(self) -> Shown:
        """The table of all runs: how long, when, and what they are compared with."""
        self.tells_all = True
        return Shown(self.style.runs(self.course))

    def places(self) -> Shown:
        """The table of all places where programs of the course were run afresh (see compare.places)."""
        self.tells_all = True
        return Shown(facts.places_table(self.course))

    # ---- for the course's own calls --------------------------------------------------------------------------------

    def hold(self, told: str, conditions: Sequence[object]) -> list[bool] | None:
        """Whether each condition of a call holds for this build's runs; None if something in them is wrong."""
        made = list(self.made)
        self.made.clear()
        if not self._known(*conditions):
            return None
        found = [one for one in conditions if isinstance(one, bool)]
        if len(found) < len(conditions):
            raise self.wrong(f"{told} needs conditions, as in run.modes == 8")
        if fault := claims.fault(made, self.course.project.snippets):
            raise self.wrong(f"{told} {fault}")
        return found

    def data_script(self, *words: object) -> tuple[Record, str]:
        """The record of a run, and the address of the script that holds its JSON file (see downloads.as_script)."""
        name, files = self.about("this call", words, most=1)
        record = self.record(name)
        known = [file for file in record.files if file.endswith(".json")]
        file = files[0] if files else known[0] if len(known) == 1 else ""
        if file not in known:
            raise self.wrong(f'{name} has no JSON file "{file}"{nearest(file, known)}')
        return record, self.root + facts.script_path(record, file)

    def how_made(self, record: Record) -> str:
        """The fold "How this was made" of the site."""
        return facts.provenance_block(self.course, record)
