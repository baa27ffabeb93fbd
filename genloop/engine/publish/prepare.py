"""From an open course to one that may be published: all ran, all matches, the calls of every page are expanded."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genloop.engine import pipeline
from genloop.engine.compare.accepted import Accepted
from genloop.engine.compare.places import Places, current, read_places
from genloop.engine.errors import Failed, Misused, Problem, nearest
from genloop.engine.files import find_files, read_source, shown
from genloop.engine.open_course import OpenCourse
from genloop.engine.page.course import Course, Style
from genloop.engine.page.expand import Expanded, expand
from genloop.engine.page.own_calls import load_calls
from genloop.engine.page.words import faults, read_words
from genloop.engine.program.header import nested
from genloop.engine.program.project import NO_PAGES, Project
from genloop.engine.program.unused import unused_variants
from genloop.engine.publish.wheel import build_wheel
from genloop.engine.record.record import Record
from genloop.engine.steps import Outcome, Watch, add_up


@dataclass(frozen=True)
class Page:
    source: str
    """As it was written."""
    text: str
    """With its calls expanded."""
    needs: Mapping[Path, tuple[str, str]]
    """What its programs need beside them: path -> the run that wrote it, and its name there."""
    beside: Mapping[Path, Path] = field(default_factory=dict)
    """Files of the course that they need: path -> where it is."""


@dataclass(frozen=True)
class Prepared:
    course: Course
    pages: Mapping[str, Page]
    """Path below docs/ -> page."""
    outcome: Outcome


@dataclass(frozen=True)
class Asked:
    """Some pages of a course, and the programs that they show something of."""

    pages: tuple[str, ...]
    """Paths below docs/."""
    runs: tuple[str, ...]
    """What must run for them, in order."""

    def is_about(self, problem: Problem) -> bool:
        """Whether a problem of the project touches these pages."""
        return problem.kind == "project" or problem.name.partition("@")[0] in {
            name.partition("@")[0] for name in self.runs
        }


def prepare(opened: OpenCourse, watch: Watch, style: Style, asked: Asked | None = None) -> Prepared:
    """Brings every record up to date, verifies it, and expands every page. Raises Failed with all problems.

    asked: some pages alone. What they need is run and verified, and all others say that they are not part of this.
    """
    project = opened.project
    runs = [] if asked is None else asked.runs
    found = add_up(pipeline.check(opened, runs), watch) if asked is None or runs else Outcome()
    wheel, unpacked = packed(project)
    course, sources, unread = with_sources(opened, found.records, wheel, opened.accepted)
    problems = [one for one in project.problems if asked is None or asked.is_about(one)]
    problems += [*found.problems, *unpacked, *unread]
    # Pages are read even if runs failed: a maintainer wants the whole list at once.
    shaky = {problem.name for problem in problems}
    pages: dict[str, Page] = {}
    shown: set[str] = set()
    for page, source in sources.items():
        if asked is not None and page not in asked.pages:
            pages[page] = left_out(page, source)
            continue
        pages[page], expanded, wrong = expanded_page(page, source, course, style)
        problems += [one for one in wrong if one.follows not in shaky]
        shown |= expanded.used
    if asked is None and not problems:  # otherwise a page may show more than it could say
        problems += unused_variants(project, shown)
    if problems:
        raise Failed(problems)
    return Prepared(course, pages, found)


def ask(opened: OpenCourse, words: Iterable[str], style: Style) -> Asked:
    """The pages that are meant ("gan/game", "docs/gan/game.md", "gan/*"), and what must run for them.

    Raises Misused for a word that means none.
    """
    course, sources, _ = with_sources(opened, {}, None, opened.accepted)
    pages: dict[str, None] = {}
    unknown = []
    for word in words:
        name = word.removeprefix("docs/").removesuffix(".md")
        names = {page.removesuffix(".md"): page for page in sources}
        if not (alike := [page for one, page in names.items() if fnmatch.fnmatchcase(one, name)]):
            unknown.append(Problem("project", word, f'there is no page "{name}"{nearest(name, names)}'))
        pages |= dict.fromkeys(alike)
    if unknown:
        raise Misused(unknown)
    found = [expand(sources[page], page, course, style) for page in pages]
    # Without any record: which programs a page shows is known from its calls, what they print is not.
    used = frozenset[str]().union(*(one.used for one in found)) & opened.project.snippets.keys()
    everything = any(one.tells_all for one in found)
    return Asked(tuple(pages), tuple(opened.project.select([] if everything else used)) if everything or used else ())


def left_out(page: str, source: str) -> Page:
    """What stands in the place of a page that nobody asked for."""
    heading = next((line for line in source.splitlines() if line.startswith("# ")), f"# {page}")
    name = page.removesuffix(".md")
    text = f"{heading}\n\nThis page is not part of this build. To see it, type `genloop build {name}`.\n"
    return Page(source, text, {})


def packed(project: Project) -> tuple[tuple[str, bytes] | None, list[Problem]]:
    """The project's library as a wheel, if readers are offered it, or why there is none."""
    try:
        return (build_wheel(project.root) if project.packs else None), []
    except RuntimeError as error:
        return None, [Problem("project", "pyproject.toml", str(error), file="pyproject.toml")]


def with_sources(
    opened: OpenCourse,
    records: Mapping[str, Record],
    wheel: tuple[str, bytes] | None,
    accepted: Mapping[str, Accepted],
) -> tuple[Course, Mapping[str, str], list[Problem]]:
    """A course that shows these records, the text of its pages, and what of them cannot be read."""
    project = opened.project
    calls, unusable = load_calls(project.root, project.calls) if project.calls else ({}, [])
    sources, unreadable = read_pages(project.docs)
    odd = [Problem("project", "pyproject.toml", why, file="pyproject.toml") for why in faults(project.words)]
    say = read_words(project.root / "mkdocs.yml", project.words)
    places, unknown = Places(), list[Problem]()
    try:
        places = current(project, accepted, read_places(project))
    except Failed as failed:
        unknown += failed.problems
    course = Course(project, opened.store, records, accepted, places, wheel, calls, say)
    return course, sources, [*odd, *unusable, *unknown, *unreadable]


def expanded_page(page: str, source: str, course: Course, style: Style) -> tuple[Page, Expanded, list[Problem]]:
    """A page with its calls expanded, and what is wrong on it."""
    expanded = expand(source, page, course, style)
    needs, ambiguous = needed_files(expanded, page, course)
    beside, more = files_beside(expanded, page, course, needs)
    return Page(source, expanded.text, needs, beside), expanded, [*expanded.problems, *ambiguous, *more]


def read_pages(docs: Path) -> tuple[dict[str, str], list[Problem]]:
    """The Markdown pages below docs/, path -> text. Parts of a theme and generated files are no pages."""
    pages = {}
    problems = []
    found, hidden = find_files(docs, ".md")
    for path, why in hidden:
        place = shown(path.relative_to(docs))
        if not f"{place}/".startswith(NO_PAGES):
            problems.append(Problem("page", place, f"{why}; its pages are left out", file=f"docs/{place}"))
    for path in found:
        page = path.relative_to(docs).as_posix()
        if not page.startswith(NO_PAGES):
            try:
                pages[page] = read_source(path)
            except (OSError, ValueError) as error:
                problems.append(Problem("page", shown(page), str(error), file=f"docs/{shown(page)}"))
    return pages, problems


def needed_files(expanded: Expanded, page: str, course: Course) -> tuple[dict[Path, tuple[str, str]], list[Problem]]:
    """What the programs of a page need beside them: path -> the run that wrote it, and its name there.

    A reader runs all programs of a page in one folder, so two files of the same name are a problem.
    """
    given: dict[Path, tuple[str, str]] = {}
    problems = {}
    for name, line in expanded.programs.items():
        for need in course.project.snippets[name].settings.needs:
            files = course.records[need].files if need in course.records else {}
            for file, digest in files.items():
                other, _ = given.setdefault(Path(course.project.snippets[need].variant) / file, (need, file))
                if course.records[other].files[file] != digest:
                    why = f"shows programs that need {file} of {other} and {file} of {need}; show them on two pages"
                    problems[other, need] = Problem("page", page, why, file=f"docs/{page}", line=line)
    for one, inner in nested(path.as_posix() for path in given):
        runs = given[Path(one)][0], given[Path(inner)][0]
        why = f"shows programs that need a file {one} of {runs[0]} and {inner} of {runs[1]}; show them on two pages"
        problems[runs] = Problem("page", page, why, file=f"docs/{page}")
    return given, list(problems.values())


def files_beside(
    expanded: Expanded, page: str, course: Course, needs: Mapping[Path, tuple[str, str]]
) -> tuple[dict[Path, Path], list[Problem]]:
    """The files of the course that the programs of a page read or import, by their paths beside these."""
    given: dict[Path, Path] = {}
    problems = []
    for name, line in expanded.programs.items():
        for called, path in course.project.snippets[name].beside.items():
            other = given.setdefault(Path(called), path)
            run = needs.get(Path(called), ("", ""))[0]
            if other != path or run:
                both = f"{course.project.relative(path)} and one of {run or course.project.relative(other)}"
                why = f"shows programs that need two files as {called}, {both}; show them on two pages"
                problems.append(Problem("page", page, why, file=f"docs/{page}", line=line))
    return given, problems
