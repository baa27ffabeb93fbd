"""Expands the calls of a page. One pure function, `expand`: text in, text and problems out; it runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jinja2
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from genloop.engine.errors import Problem, nearest
from genloop.engine.files import TOO_DEEP
from genloop.engine.page.arithmetic import Thing, rounded, significant
from genloop.engine.page.calls import Calls
from genloop.engine.page.course import Course, Style
from genloop.engine.page.front_matter import read_front_matter
from genloop.engine.page.own_calls import line_in
from genloop.engine.page.page_context import line_of_failure

FENCE = re.compile(r"^(?P<indent>[ \t]*(?:>[ \t]*)*)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$")
SHOWN_ONLY = re.compile(r"<!--\s*shown-only:\s*(?P<reason>\S.*?)\s*-->")
RAW_CODE = re.compile(r"<pre(?=[\s>])", re.I)
IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=)[^>]*>")


@dataclass(frozen=True)
class Expanded:
    """A page with every call replaced by what it stands for, and all that is wrong on it."""

    text: str
    problems: tuple[Problem, ...]
    programs: Mapping[str, int] = field(default_factory=dict)
    """The programs that stand whole on it -> their lines."""
    used: frozenset[str] = frozenset()
    """The programs and runs that it shows something of."""
    tells_all: bool = False
    """Whether it tells of all runs of the course."""


class PageLanguage(ImmutableSandboxedEnvironment):
    """Jinja for pages: names, things and their parts, and nothing of Python behind them."""

    def __init__(self) -> None:
        super().__init__(
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            comment_start_string="{##",  # {# would take the {#anchor} of attribute lists
            comment_end_string="##}",
        )
        self.filters = {"round": rounded, "significant": significant}
        self.tests = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Thing):
            return obj.part(attribute)
        raise TypeError(f"{_word(obj)} has no .{attribute}; only runs and their values have parts")

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Thing):
            return obj.item(argument)
        return obj[argument]  # of a list; Jinja itself would look for an attribute of that name, too

    def is_safe_callable(self, obj: Any) -> bool:
        return callable(obj)  # whatever a template can reach was given to it


def _word(obj: object) -> str:
    return f'"{obj}"' if isinstance(obj, str) else str(getattr(obj, "__name__", obj))


def expand(text: str, page: str, course: Course, style: Style) -> Expanded:
    """Expands a page. text: Markdown, with its front matter. page: its path below docs/, "gan/ring.md"."""
    problems = check_markdown(text, page)
    front = read_front_matter(text)
    calls = Calls(page, course, style, front, problems)
    for why, word in front.wrong:
        calls.wrong(why, line=front.line_of(word))
    environment = calls.environment = PageLanguage()
    environment.finalize = jinja2.pass_context(lambda _, value: calls.show(value))
    try:
        tree = environment.parse(text)
    except jinja2.TemplateSyntaxError as error:
        why = f"a call cannot be read: {error.message}"
        return Expanded(text, (*problems, Problem("page", page, why, line=error.lineno, file=f"docs/{page}")))
    except (RecursionError, MemoryError):
        return Expanded(text, (*problems, Problem("page", page, f"a call {TOO_DEEP}", file=f"docs/{page}")))
    environment.globals = calls.names()
    named = {name.name for name in tree.find_all(jinja2.nodes.Name)}
    named |= {row.partition(" ")[0] for rows in front.rows.values() for row in rows}
    for name in [name for name in (*front.runs, *front.rows) if name not in named and name not in calls.taken]:
        calls.wrong(f'"{name}" is named in the front matter and used nowhere', line=front.line_of(f"{name}:"))
    # Of a page that cannot be expanded to its end it is at least known which programs it names.
    named_runs = {one.value for one in tree.find_all(jinja2.nodes.Const)} & course.project.snippets.keys()
    unknown = _unknown_names(tree, environment)
    for name, number, known in unknown:
        calls.wrong(f'there is no "{name}" to call{nearest(name, known)}', line=number)
    if unknown:
        return Expanded(text, tuple(problems), used=frozenset(calls.used | named_runs))
    try:
        code = environment.compile(tree)
        calls.template = jinja2.Template.from_code(environment, code, environment.make_globals(None))
        rendered = calls.template.render()
    except Exception as error:  # noqa: BLE001 - an expression in a page may raise anything; it becomes a problem
        own = [calls.course.project.root / calls.course.project.calls] if calls.course.project.calls else []
        inside = next((f" (line {line} of {path.name})" for path in own if (line := line_in(path, error))), "")
        calls.wrong(f"a call fails: {error}{inside}", line=line_of_failure(error))
        return Expanded(text, tuple(problems), used=frozenset(calls.used | named_runs))
    alone = "a call for code, an output or a figure must stand alone on its line"
    expanded = calls.placeholders.fill(rendered, lambda line: calls.wrong(alone, line=line))
    problems = sorted([*problems, *calls.whole_programs()], key=lambda problem: problem.line or 0)
    return Expanded(expanded, tuple(problems), calls.whole, frozenset(calls.used), calls.tells_all)


def _unknown_names(
    tree: jinja2.nodes.Template, environment: jinja2.Environment
) -> list[tuple[str, int, Iterable[str]]]:
    """Names, filters and tests that a page uses and nobody knows: the name, its line, and what there is."""
    names = list(tree.find_all(jinja2.nodes.Name))
    known = {*environment.globals, *(name.name for name in names if name.ctx != "load")}
    found: list[tuple[str, int, Iterable[str]]] = [
        (name.name, name.lineno, environment.globals) for name in names if name.name not in known
    ]
    found += [
        (one.name, one.lineno, environment.filters)
        for one in tree.find_all(jinja2.nodes.Filter)
        if one.name not in environment.filters
    ]
    return found + [(one.name, one.lineno, ()) for one in tree.find_all(jinja2.nodes.Test)]


def check_markdown(text: str, page: str) -> list[Problem]:
    """Fences that no snippet answers for, and images that say nothing to those who cannot see them."""
    problems = []
    open_mark = ""
    above = ""

    def typed(what: str, number: int) -> None:
        if not SHOWN_ONLY.search(above):
            why = f"this {what} comes from no snippet and is not marked as shown only"
            fix = 'use {{ code("topic/name") }}, or write above it: <!-- shown-only: the reason -->'
            problems.append(Problem("page", page, why, line=number, file=f"docs/{page}", fix=fix))

    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        outside = "" if open_mark else re.sub(r"`[^`]*`", "", line)
        if fence and not open_mark:
            open_mark = fence["mark"]
            typed(f"fence ({fence['info'].strip() or 'no language'})", number)
        elif fence and fence["mark"].startswith(open_mark) and not fence["info"].strip():
            open_mark = ""
        elif RAW_CODE.search(outside):
            typed("<pre>", number)
        elif IMAGE_WITHOUT_ALT.search(outside):
            why = "this image has no alt text"
            problems.append(
                Problem("page", page, why, line=number, file=f"docs/{page}", fix="say what a reader would see")
            )
        if line.strip() and "raw %}" not in line:
            above = line
    if open_mark:
        problems.append(Problem("page", page, "a code fence is never closed", file=f"docs/{page}"))
    return problems
