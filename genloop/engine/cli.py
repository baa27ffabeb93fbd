"""The command line. The only module that imports click; what a command needs is imported when it runs, so that
`genloop --help` answers at once."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloop.engine.errors import Failed, Misused, Problem

if TYPE_CHECKING:
    from genloop.engine.compare.difference import Comparison
    from genloop.engine.open_course import OpenCourse
    from genloop.engine.page.course import Style
    from genloop.engine.pipeline import Event, Happening, Outcome
    from genloop.engine.publish.prepare import Prepared

    Step = Callable[[OpenCourse, Sequence[str]], Happening[Any]]


@dataclass(frozen=True)
class Command:
    """What every command is given."""

    course: OpenCourse
    as_json: bool


@dataclass(frozen=True)
class Ending:
    """How a command ended: what it says if all is well, and everything that is wrong."""

    said: str = ""
    problems: Sequence[Problem] = ()
    events: Sequence[Event] = ()
    status: int = 1
    """Of the process if something is wrong."""
    more: Mapping[str, object] = field(default_factory=dict)
    """What --json tells besides."""

    def show(self, as_json: bool) -> None:
        """Prints all of it at once."""
        if as_json:
            click.echo(json.dumps(self._as_json(), indent=1))
            return
        for alike in _alike(self.problems):
            click.echo(f"{alike}\n", err=True)
        if self.problems:
            click.echo(f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}", err=True)
        elif self.said:
            click.echo(self.said)

    def _as_json(self) -> dict[str, object]:
        problems = [problem.as_json() for problem in self.problems]
        runs = [{"name": one.name, "state": one.state, "seconds": round(one.seconds, 3)} for one in self.events]
        return {"ok": not problems, "problems": problems, "runs": runs, **self.more}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--project", type=click.Path(path_type=Path), default=Path(), help="Folder with snippets/ (default: here)."
)
@click.version_option(package_name="genloop")
@click.pass_context
def genloop(context: click.Context, project: Path) -> None:
    """Runs the programs of a course, compares what they print with what was accepted, and builds its pages.

    Exit status: 0 all is well, 1 something differs or failed (all of it is listed), 2 wrong usage.
    """
    context.obj = project


def command(function: Callable[..., Ending]) -> click.Command:
    """A command with the options that all have. It is given an open course; how it ends is shown, and is the status."""

    @click.option("--project", type=click.Path(path_type=Path), help="Folder with snippets/ (default: here).")
    @click.option("--jobs", "-j", type=click.IntRange(min=1), help="Runs at once (default: one per core).")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
    @functools.wraps(function)
    def with_options(project: Path | None, jobs: int | None, as_json: bool, **rest: Any) -> None:
        from genloop.engine.open_course import open_course

        root: Path = project or click.get_current_context().obj
        try:
            with open_course(root, jobs or _default_jobs()) as course:
                ending = function(Command(course, as_json), **rest)
        except Failed as failed:
            ending = Ending(problems=failed.problems, status=2 if isinstance(failed, Misused) else 1)
        except OSError as error:  # a full disk, a folder that may not be written, a port that is taken
            from genloop.engine.files import shown

            place = shown(error.filename2 or error.filename or root)
            ending = Ending(problems=[Problem("project", place, f"{error.strerror or error}".lower())])
        ending.show(as_json)
        if ending.problems:
            sys.exit(ending.status)

    return genloop.command(name=function.__name__.rstrip("_"))(with_options)


def _default_jobs() -> int:
    from genloop.engine.open_course import default_jobs

    try:
        return default_jobs()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def _alike(problems: Sequence[Problem]) -> Iterator[str]:
    """The texts of problems. What several of one snippet have in common, their cause and what to type, is said once."""
    for _, group in itertools.groupby(problems, key=lambda one: (one.name, one.details, one.fix)):
        *before, last = group
        yield "\n".join([*(str(replace(one, details=(), fix="")) for one in before), str(last)])


def carry_out(command: Command, names: Sequence[str], step: Step, planned: Sequence[str] | None = None) -> Outcome:
    """Takes a step of the pipeline with its progress shown. planned: what it will run, if not the names' needs too."""
    from genloop.engine.pipeline import add_up, expected_seconds
    from genloop.engine.progress import progress

    course = command.course
    runs = course.project.select(names) if planned is None else planned
    with progress(expected_seconds(course, runs), course.jobs, command.as_json) as watch:
        return add_up(step(course, names), watch)


def prepare(command: Command, style: Style) -> Prepared:
    """All that may be published, with progress shown."""
    from genloop.engine.pipeline import expected_seconds
    from genloop.engine.progress import progress
    from genloop.engine.publish import prepare

    course = command.course
    with progress(expected_seconds(course, course.project.snippets), course.jobs, command.as_json) as watch:
        return prepare.prepare(course, watch, style)


def alone(store: Path) -> contextlib.AbstractContextManager[None]:
    """One command at a time writes docs/generated and the site; the next one says that it waits."""
    from genloop.engine.files import locked
    from genloop.engine.publish.downloads import LOCK

    def waiting() -> None:
        click.echo("another command is writing the pages of this course; waiting for it", err=True)

    return locked(store / LOCK, waiting)


def count(outcome: Outcome) -> str:
    ran = [event for event in outcome.events if event.state == "ran"]
    cached = sum(event.state == "cached" for event in outcome.events)
    return f"{len(ran)} ran, {cached} fresh already"


@command
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Run plain `python file.py`, reading nothing from the store.")
def run(command: Command, names: tuple[str, ...], fresh: bool) -> Ending:
    """Run what is stale (all programs, or NAMES with what they need)."""
    from genloop.engine import pipeline

    found = carry_out(command, names, pipeline.run_fresh if fresh else pipeline.update)
    if names and not command.as_json:
        for name in names:
            if name in found.stdout:
                click.echo(found.stdout[name], nl=False)
    problems = [*command.course.project.problems, *found.problems]
    return Ending("" if names else count(found), problems, found.events)


@command
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Run plain `python file.py` for each, reading nothing from the store.")
@click.option("--no-variants", is_flag=True, help="With --fresh: only programs; variants they need are the store's.")
def check(command: Command, names: tuple[str, ...], fresh: bool, no_variants: bool) -> Ending:
    """Run what is stale and compare everything with what was accepted."""
    from genloop.engine import pipeline

    if no_variants and not fresh:
        raise click.UsageError("--no-variants goes with --fresh: genloop check --fresh --no-variants")
    if no_variants:
        step = functools.partial(pipeline.check_fresh, variants=False)
        found = carry_out(command, names, step, pipeline.programs_only(command.course, names)[0])
    else:
        found = carry_out(command, names, pipeline.check_fresh if fresh else pipeline.check)
    said = f"{count(found)}; all that they print is what was accepted"
    return Ending(said, [*command.course.project.problems, *found.problems], found.events)


@command
@click.argument("names", nargs=-1, required=True)
@click.option("--why", required=True, help="Why this output is right; kept in accepted.toml.")
def accept(command: Command, names: tuple[str, ...], why: str) -> Ending:
    """Show what NAMES print differently now, and make it the accepted output.

    Each of them runs once more before: what is printed by chance cannot be accepted.
    """
    from genloop.engine import pipeline
    from genloop.engine.compare import accepted

    if not why.strip():
        raise click.UsageError("--why must say why this output is right")
    found = carry_out(command, names, pipeline.update)
    project = command.course.project
    involved = {name.partition("@")[0] for name in project.select(names)}
    blocked = [*found.problems, *(wrong for wrong in project.problems if wrong.name.partition("@")[0] in involved)]
    if not blocked:
        blocked = accepted.unfit(project, [found.records[name] for name in names])
    if not blocked:
        again = functools.partial(pipeline.repeat, records=found.records)
        blocked = carry_out(command, names, again, planned=names).problems
    if blocked:
        return Ending(problems=blocked, events=found.events)
    if not command.as_json:
        for name in names:
            click.echo(accepted.difference(project, found.records[name]))
    changed = accepted.write(project, {name: found.records[name] for name in names}, why.strip())
    said = f"accepted: {', '.join(names)}; wrote {', '.join(changed) or 'nothing new'}"
    return Ending(said, events=found.events, more={"changed": changed})


@command
@click.argument("name")
@click.argument("old", default="accepted")
@click.argument("new", default="newest")
def compare(command: Command, name: str, old: str, new: str) -> Ending:
    """Put two versions of NAME side by side: program, settings, printed numbers, figures.

    OLD and NEW are "accepted", "newest", "previous" (the last run that differs), the first letters of a run, or
    @VARIANT. By default what was accepted against a run of the program as it is now.
    """
    from genloop.engine import pipeline
    from genloop.engine.compare import difference
    from genloop.engine.compare.versions import History
    from genloop.engine.files import replace_file
    from genloop.engine.page import side_by_side

    course = command.course
    course.project.select([name])
    fresh = None
    if "newest" in (old, new):
        found = carry_out(command, [name], pipeline.update)
        if found.problems:
            return Ending(problems=found.problems, events=found.events)
        fresh = found.records[name]
    history = History(course.project, course.store, course.accepted.get(name), name, fresh)
    compared = difference.compare(course.project, history.find(old), history.find(new))
    page = course.store.folder / "compare" / f"{name}.html"
    replace_file(page, side_by_side.as_page(compared, course.store).encode())
    shown = os.path.relpath(page)
    hint = (
        f'\n  if the new one is right: genloop accept {name} --why "..."'
        if _may_be_accepted(old, new, compared)
        else ""
    )
    said = f"{side_by_side.as_text(compared)}\n\nside by side, with figures: {shown}{hint}"
    return Ending(said, more={"page": shown, "comparison": side_by_side.as_json(compared)})


def _may_be_accepted(old: str, new: str, compared: Comparison) -> bool:
    return (old, new) == ("accepted", "newest") and compared.old.stdout != compared.new.stdout


@command
@click.argument("name")
def why(command: Command, name: str) -> Ending:
    """Say why NAME would run again, or that it would not."""
    from genloop.engine import pipeline

    command.course.project.select([name])
    reasons = pipeline.stale(command.course)[name]
    said = "\n".join([f"{name} is stale:", *(f"  {reason}" for reason in reasons)]) if reasons else f"{name} is fresh"
    return Ending(said, more={"name": name, "stale": bool(reasons), "reasons": reasons})


@command
def status(command: Command) -> Ending:
    """List what is stale, and because of what."""
    from genloop.engine import pipeline

    reasons = pipeline.stale(command.course)
    stale = {name: because for name, because in reasons.items() if because}
    lines = [f"{name}: {'; '.join(because)}" for name, because in stale.items()]
    lines.append(f"{len(stale)} of {len(reasons)} are stale" + ("; type: genloop check" if stale else ""))
    return Ending("\n".join(lines), command.course.project.problems, more={"snippets": reasons})


@command
def build(command: Command) -> Ending:
    """Check everything, write docs/generated, and build the site. Publishes nothing if anything is wrong."""
    from genloop.engine.page.site_markdown import Rich
    from genloop.engine.publish import mkdocs_plugin

    made = prepare(command, Rich())
    with alone(command.course.store.folder):
        built = mkdocs_plugin.build(made)
    index = os.path.relpath(built.site / "index.html")
    said = f"{count(made.outcome)}; all verified; pages built in {built.seconds:.1f} s: {index}"
    return Ending(said, events=made.outcome.events)


@command
def serve(command: Command) -> Ending:
    """Serve the site on http://127.0.0.1:8000, and follow every edit."""
    from genloop.engine.publish import mkdocs_plugin

    mkdocs_plugin.serve(command.course.project.root)
    return Ending()


@command
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def stage(command: Command, folder: Path) -> Ending:
    """Write the pages to FOLDER as Markdown that stands alone, with the files their programs need."""
    from genloop.engine.page.plain_markdown import Plain
    from genloop.engine.publish import stage

    made = prepare(command, Plain())
    with alone(command.course.store.folder):
        written = stage.stage(made, folder)
    return Ending(f"wrote {len(written)} pages to {folder}", events=made.outcome.events)


@command
def clean(command: Command) -> Ending:
    """Remove what was built: .genloop, docs/generated and site."""
    project = command.course.project
    gone = [path for path in (project.store, project.generated, _site(project.root)) if path.exists()]
    for path in gone:
        shutil.rmtree(path)
    names = ", ".join(project.relative(path) for path in gone)
    return Ending(f"removed {names}" if gone else "nothing to remove")


def _site(root: Path) -> Path:
    """Where `build` puts the site. What mkdocs.yml names outside of the project is not ours to remove."""
    if not (root / "mkdocs.yml").is_file():
        return root / "site"
    from genloop.engine.publish import mkdocs_plugin

    site = mkdocs_plugin.site_of(root)
    return site if site.is_relative_to(root) else root / "site"


@command
@click.argument("name", metavar="TOPIC/NAME")
def new(command: Command, name: str) -> Ending:
    """Write a small snippet and a page for it, to be changed into a lesson."""
    from genloop.engine.program import scaffold

    written = scaffold.new(command.course.project, name)
    said = (
        f"wrote {' and '.join(written)}; next:\n"
        f"  genloop run {name}\n"
        f'  genloop accept {name} --why "first version"\n'
        f"  add {name}.md to nav in mkdocs.yml, then: genloop build"
    )
    return Ending(said, more={"written": written})


def main() -> None:
    try:
        genloop(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was finished is kept, and the next run goes on from there", err=True)
        sys.exit(130)
