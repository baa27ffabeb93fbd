"""Variants that nobody shows: they cost time in every build, and no reader sees what comes of them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator

from genloop.engine.errors import Problem
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.program.variants import FEWEST, Change

NAME = re.compile(r"""(?:["']|^program: *)(?P<name>[\w@][\w./@*?!\[\]-]*)""", re.M)
"""What may name runs on a page: the beginning of a quoted text, or a line of its front matter."""
RAW = re.compile(r"{% raw %}.*?{% endraw %}", re.S)
"""Text that shows how a call is written, and calls nothing."""
FEW = 3
"""Runs of one table that are named one by one."""


def unused_variants(project: Project, pages: Iterable[str]) -> list[Problem]:
    """A problem for each table of a variants file of which no page shows, and no program needs, every run.

    pages: their texts. Runs that differ in a seed alone are used together if they are enough to measure a change by.
    """
    used = {need for snippet in project.snippets.values() for need in snippet.settings.needs}
    for page in pages:
        used |= _named(RAW.sub("", page), project)
    problems: list[Problem] = []
    for program in project.snippets.values():
        if not program.variant:
            problems += _unused(program, used, project)
    return problems


def _named(page: str, project: Project) -> set[str]:
    """The runs that a page names, in full, with stars, or as "@seed1" of a program that it names."""
    asked = {found["name"] for found in NAME.finditer(page)}
    programs = asked & project.snippets.keys()
    asked |= {program + variant for variant in asked if variant[0] == "@" for program in programs}
    stars = {name for name in asked if re.search(r"[/@]", name) and re.search(r"[*?[]", name)}
    return asked & project.snippets.keys() | {run for star in stars for run in fnmatch.filter(project.snippets, star)}


def _unused(program: Snippet, used: set[str], project: Project) -> Iterator[Problem]:
    changes = {"": Change(), **program.settings.variants}
    runs = {f"{program.name}@{name}" if name else program.name: change for name, change in changes.items()}
    models = {run: change.without_seed for run, change in runs.items()}
    unused: dict[str, list[str]] = {}
    for run, change in runs.items():
        alike = [other for other in runs if models[other] == models[run]]
        compared = len(alike) >= FEWEST and not used.isdisjoint(alike)
        if run in project.snippets and run not in used and change.table and not compared:
            unused.setdefault(change.table, []).append(run)
    for table, names in unused.items():
        more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
        yield Problem(
            "snippet",
            program.name,
            f"[{table}]: no page shows and no program needs {', '.join(names[:FEW])}{more}",
            line=runs[names[0]].line,
            file=project.relative(program.variants_file),
            fix="show it on a page, or delete it here, and its accepted output",
        )
