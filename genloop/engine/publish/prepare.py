"""From an open course to one that may be published: all ran, all matches, the calls of every page are expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genloop.engine import pipeline
from genloop.engine.errors import Failed, Problem
from genloop.engine.files import find_files, read_text, shown
from genloop.engine.open_course import OpenCourse
from genloop.engine.page.course import Course, Style
from genloop.engine.page.expand import Expanded, expand
from genloop.engine.page.own_calls import load_calls
from genloop.engine.pipeline import Outcome, Watch
from genloop.engine.program.unused import unused_variants
from genloop.engine.publish.wheel import build_wheel


@dataclass(frozen=True)
class Page:
    source: str
    """As it was written."""
    text: str
    """With its calls expanded."""
    needs: Mapping[Path, tuple[str, str]]
    """What its programs need beside them: path -> the run that wrote it, and its name there."""


@dataclass(frozen=True)
class Prepared:
    course: Course
    pages: Mapping[str, Page]
    """Path below docs/ -> page."""
    outcome: Outcome


def prepare(opened: OpenCourse, watch: Watch, style: Style) -> Prepared:
    """Brings every record up to date, verifies it, and expands every page. Raises Failed with all problems."""
    project = opened.project
    found = pipeline.add_up(pipeline.check(opened, []), watch)
    problems = [*project.problems, *found.problems]
    wheel = None
    if project.packs:
        try:
            wheel = build_wheel(project.root)
        except RuntimeError as error:
            problems.append(Problem("project", "pyproject.toml", str(error), file="pyproject.toml"))
    calls, unusable = load_calls(project.root, project.calls) if project.calls else ({}, [])
    problems += unusable
    course = Course(project, opened.store, found.records, opened.accepted, wheel, calls)
    # Pages are read even if runs failed: a maintainer wants the whole list at once.
    shaky = {problem.name for problem in problems}
    sources, unreadable = read_pages(project.docs)
    problems += unreadable
    pages: dict[str, Page] = {}
    shown: set[str] = set()
    for page, source in sources.items():
        expanded = expand(source, page, course, style)
        needs, ambiguous = needed_files(expanded, page, course)
        pages[page] = Page(source, expanded.text, needs)
        problems += [*(one for one in expanded.problems if one.follows not in shaky), *ambiguous]
        shown |= expanded.used
    if not problems:  # otherwise a page may show more than it could say
        problems += unused_variants(project, shown)
    if problems:
        raise Failed(problems)
    return Prepared(course, pages, found)


def read_pages(docs: Path) -> tuple[dict[str, str], list[Problem]]:
    """The Markdown pages below docs/, path -> text. Parts of a theme and generated files are no pages."""
    pages = {}
    problems = []
    found, hidden = find_files(docs, ".md")
    for path, why in hidden:
        place = shown(path.relative_to(docs))
        if not place.startswith(("generated", "overrides")):
            problems.append(Problem("page", place, f"{why}; its pages are left out", file=f"docs/{place}"))
    for path in found:
        page = path.relative_to(docs).as_posix()
        if not page.startswith(("generated/", "overrides/")):
            try:
                pages[page] = read_text(path)
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
    return given, list(problems.values())
