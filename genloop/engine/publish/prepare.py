"""From a project to a course that may be published: everything ran, everything matches, every page can be expanded."""

from __future__ import annotations

import re
from pathlib import Path

from genloop.engine import pipeline
from genloop.engine.compare.accepted import read_accepted
from genloop.engine.errors import Failed, Problem
from genloop.engine.files import find_files, read_text, shown
from genloop.engine.page.course import Course
from genloop.engine.page.expand import expand
from genloop.engine.page.site_markdown import Rich
from genloop.engine.pipeline import Outcome, Watch
from genloop.engine.program.project import load_project
from genloop.engine.publish.wheel import build_wheel
from genloop.engine.record.store import Store


def prepare(root: Path, jobs: int, watch: Watch) -> tuple[Course, Outcome]:
    """Brings every record up to date, verifies it, and expands every page once. Raises Failed with all problems."""
    project = load_project(root)
    found = pipeline.check(project, [], jobs, watch)
    problems = [*project.problems, *found.problems]
    wheel = None
    if project.packs:
        try:
            wheel = build_wheel(project.root)
        except RuntimeError as error:
            problems.append(Problem("project", "pyproject.toml", str(error), file="pyproject.toml"))
    course = Course(project, Store(project.store), found.records, read_accepted(project), wheel)
    # Pages are read even if runs failed: a maintainer wants the whole list at once.
    shaky = {problem.name for problem in problems}
    pages, unreadable = read_pages(project.docs)
    problems += unreadable
    for page, text in pages.items():
        problems += [wrong for wrong in expand(text, page, course, Rich())[1] if not _follows(wrong, shaky)]
        problems += needed_files(text, page, course)[1]
    if problems:
        raise Failed(problems)
    return course, found


def _follows(problem: Problem, shaky: set[str]) -> bool:
    """Whether a page's problem only repeats that a run failed."""
    return problem.why.endswith("has no run that may be shown") and problem.why.split(" ")[0] in shaky


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


def needed_files(text: str, page: str, course: Course) -> tuple[dict[Path, tuple[str, str]], list[Problem]]:
    """What the programs of a page need beside them: path -> the run that wrote it, and its name there.

    A reader runs all programs of a page in one folder, so two files of the same name are a problem.
    """
    given: dict[Path, tuple[str, str]] = {}
    problems = {}
    for line, name in whole_programs(text, course):
        for need in course.project.snippets[name].settings.needs:
            files = course.records[need].files if need in course.records else {}
            for file, digest in files.items():
                other, _ = given.setdefault(Path(course.project.snippets[need].variant) / file, (need, file))
                if course.records[other].files[file] != digest:
                    why = f"shows programs that need {file} of {other} and {file} of {need}; show them on two pages"
                    problems[other, need] = Problem("page", page, why, file=f"docs/{page}", line=line)
    return given, list(problems.values())


def whole_programs(text: str, course: Course) -> list[tuple[int, str]]:
    """The programs that stand whole on a page, with the line of the call."""
    call = re.compile(r"""\bcode\(\s*["']([^"']+)["']\s*(?:\)|,\s*fold)""")
    called = [(number, name) for number, line in enumerate(text.splitlines(), 1) for name in call.findall(line)]
    return [(number, name) for number, name in called if name in course.project.snippets]
