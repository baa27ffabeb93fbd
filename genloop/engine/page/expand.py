"""Expands the calls of a page. One pure function, `expand`: text in, text and problems out; it runs nothing."""

from __future__ import annotations

import re

import jinja2
import jinja2.nodes

from genloop.engine.errors import Problem, nearest
from genloop.engine.page.calls import Calls, line_of_failure
from genloop.engine.page.course import Course, Style

FENCE = re.compile(r"^(?P<indent>[ \t]*(?:>[ \t]*)?)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$")
SHOWN_ONLY = re.compile(r"<!--\s*shown-only:\s*(?P<reason>\S.*?)\s*-->")
IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=)[^>]*>")


def expand(text: str, page: str, course: Course, style: Style) -> tuple[str, list[Problem]]:
    """The page with every call replaced by what it stands for, and all that is wrong on it.

    text: Markdown. page: its path below docs/, "gan/ring.md", for links and for messages.
    """
    problems = check_markdown(text, page)
    calls = Calls(page, course, style, problems)
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        comment_start_string="{##",  # {# would take the {#anchor} of attribute lists
        comment_end_string="##}",
    )
    environment.globals = dict(calls.functions())
    try:
        tree = environment.parse(text)
    except jinja2.TemplateSyntaxError as error:
        why = f"a call cannot be read: {error.message}"
        return text, [*problems, Problem("page", page, why, line=error.lineno, file=f"docs/{page}")]
    names = list(tree.find_all(jinja2.nodes.Name))
    known = {*environment.globals, *(name.name for name in names if name.ctx != "load")}
    unknown = [name for name in names if name.name not in known]
    for name in unknown:
        why = f'there is no "{name.name}" to call{nearest(name.name, environment.globals)}'
        calls.wrong(why, line=name.lineno)
    if unknown:
        return text, problems
    code = environment.compile(tree)
    calls.template = jinja2.Template.from_code(environment, code, environment.make_globals(None))
    try:
        rendered = calls.template.render()
    except Exception as error:  # noqa: BLE001 - an expression in a page may raise anything; it becomes a problem
        calls.wrong(f"a call fails: {error}", line=line_of_failure(error))
        return text, problems
    expanded = calls.put_in(rendered)
    return expanded, sorted([*problems, *calls.whole_programs()], key=lambda problem: problem.line or 0)


def check_markdown(text: str, page: str) -> list[Problem]:
    """Fences that no snippet answers for, and images that say nothing to those who cannot see them."""
    problems = []
    open_mark = ""
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and not open_mark:
            open_mark = fence["mark"]
            if not SHOWN_ONLY.search(above):
                kind = fence["info"].strip() or "no language"
                why = f"this fence ({kind}) comes from no snippet and is not marked as shown only"
                fix = 'use {{ code("topic/name") }}, or write above it: <!-- shown-only: the reason -->'
                problems.append(Problem("page", page, why, line=number, file=f"docs/{page}", fix=fix))
        elif fence and fence["mark"].startswith(open_mark) and not fence["info"].strip():
            open_mark = ""
        elif not open_mark and IMAGE_WITHOUT_ALT.search(re.sub(r"`[^`]*`", "", line)):
            why = "this image has no alt text"
            problems.append(
                Problem("page", page, why, line=number, file=f"docs/{page}", fix="say what a reader would see")
            )
        if line.strip() and "raw %}" not in line:
            above = line
    if open_mark:
        problems.append(Problem("page", page, "a code fence is never closed", file=f"docs/{page}"))
    return problems
