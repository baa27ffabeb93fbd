"""Variants that nobody shows: they cost time in every build, and no reader sees what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from genloop.engine.errors import Problem
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.program.variants import FEWEST, Change

FEW = 3
"""Runs of one table that are named one by one."""


def unused_variants(project: Project, shown: Iterable[str]) -> list[Problem]:
    """A problem for each table of a variants file of which no page shows, and no program needs, every run.

    shown: the runs that pages show something of. Runs that differ in a seed alone are used together if they are enough
    to measure a change by.
    """
    used = {*shown, *(need for snippet in project.snippets.values() for need in snippet.settings.needs)}
    programs = [snippet for snippet in project.snippets.values() if not snippet.variant]
    return [problem for program in programs for problem in _unused(program, used, project)]


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
