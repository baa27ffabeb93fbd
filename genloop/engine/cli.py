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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloop.engine.errors import Failed, Misused, Problem

if TYPE_CHECKING:
    from genloop.engine.compare.difference import Comparison
    from genloop.engine.pipeline import Outcome, Watch
    from genloop.engine.program.project import Project

    Step = Callable[[Project, Sequence[str], int, Watch], Outcome]
    Plan = Callable[[Project, Sequence[str]], Sequence[str]]

Options = dict[str, Any]


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
    context.obj = {"root": project}


def command(function: Callable[..., Any]) -> click.Command:
    """A command with the options that all have, whose problems are listed and become exit status 1."""

    @click.option("--project", type=click.Path(path_type=Path), help="Folder with snippets/ (default: here).")
    @click.option("--jobs", "-j", type=click.IntRange(min=1), help="Runs at once (default: one per core).")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
    @functools.wraps(function)
    def with_options(project: Path | None, jobs: int | None, as_json: bool, **rest: Any) -> None:
        root = project or click.get_current_context().obj["root"]
        try:
            function({"root": root, "jobs": jobs or default_jobs(), "json": as_json}, **rest)
        except Failed as failed:
            report(list(failed.problems), [], as_json, status=2 if isinstance(failed, Misused) else 1)
        except OSError as error:  # a full disk, a folder that may not be written, a port that is taken
            from genloop.engine.files import shown

            place = shown(error.filename2 or error.filename or root)
            report([Problem("project", place, f"{error.strerror or error}".lower())], [], as_json)

    return genloop.command(name=function.__name__.rstrip("_"))(with_options)


def default_jobs() -> int:
    from genloop.engine import pipeline
    from genloop.engine.record import environment

    try:
        environment.threads()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    return pipeline.default_jobs()


def report(
    problems: Sequence[Problem],
    outcome: Outcome | Sequence[object],
    as_json: bool,
    said: str = "",
    status: int = 1,
    **more: object,
) -> None:
    """Prints what was found, all at once, and ends with `status` if something is wrong."""
    events = list(getattr(outcome, "events", ()))
    if as_json:
        runs = [{"name": event.name, "state": event.state, "seconds": round(event.seconds, 3)} for event in events]
        result = {"ok": not problems, "problems": [problem.as_json() for problem in problems], "runs": runs, **more}
        click.echo(json.dumps(result, indent=1))
    else:
        for alike in _alike(problems):
            click.echo(f"{alike}\n", err=True)
        if problems:
            click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        elif said:
            click.echo(said)
    if problems:
        sys.exit(status)


def _alike(problems: Sequence[Problem]) -> Iterator[str]:
    """The texts of problems. What several of one snippet have in common, their cause and what to type, is said once."""
    for _, group in itertools.groupby(problems, key=lambda one: (one.name, one.details, one.fix)):
        *before, last = group
        yield "\n".join([*(str(replace(one, details=(), fix="")) for one in before), str(last)])


def load(options: Options) -> Project:
    from genloop.engine.program.project import load_project

    return load_project(options["root"])


def carry_out(options: Options, names: Sequence[str], step: Step, plan: Plan | None = None) -> tuple[Project, Outcome]:
    """Loads the project, and takes a step of the pipeline with its progress shown. plan: what the step will run."""
    from genloop.engine.pipeline import expected_seconds
    from genloop.engine.progress import progress

    project = load(options)
    planned = plan(project, names) if plan else project.select(names)
    with progress(expected_seconds(project, planned), options["jobs"], options["json"]) as watch:
        return project, step(project, names, options["jobs"], watch)


def alone(store: Path) -> contextlib.AbstractContextManager[None]:
    """One command at a time writes docs/generated and the site; the next one says that it waits."""
    from genloop.engine.files import locked

    def waiting() -> None:
        click.echo("another command is writing the pages of this course; waiting for it", err=True)

    return locked(store / "pages.lock", waiting)


def count(outcome: Outcome) -> str:
    ran = [event for event in outcome.events if event.state == "ran"]
    cached = sum(event.state == "cached" for event in outcome.events)
    return f"{len(ran)} ran, {cached} fresh already"


@command
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Run plain `python file.py`, reading nothing from the store.")
def run(options: Options, names: tuple[str, ...], fresh: bool) -> None:
    """Run what is stale (all programs, or NAMES with what they need)."""
    from genloop.engine import pipeline

    project, found = carry_out(options, names, pipeline.run_fresh if fresh else pipeline.update)
    if names and not options["json"]:
        for name in names:
            if name in found.stdout:
                click.echo(found.stdout[name], nl=False)
    report([*project.problems, *found.problems], found, options["json"], "" if names else count(found))


@command
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Run plain `python file.py` for each, reading nothing from the store.")
@click.option("--no-variants", is_flag=True, help="With --fresh: only programs; variants they need are the store's.")
def check(options: Options, names: tuple[str, ...], fresh: bool, no_variants: bool) -> None:
    """Run what is stale and compare everything with what was accepted."""
    from genloop.engine import pipeline

    if no_variants and not fresh:
        raise click.UsageError("--no-variants goes with --fresh: genloop check --fresh --no-variants")
    if no_variants:
        step = functools.partial(pipeline.check_fresh, variants=False)
        project, found = carry_out(options, names, step, lambda *asked: pipeline.programs_only(*asked)[0])
    else:
        project, found = carry_out(options, names, pipeline.check_fresh if fresh else pipeline.check)
    said = f"{count(found)}; all that they print is what was accepted"
    report([*project.problems, *found.problems], found, options["json"], said)


@command
@click.argument("names", nargs=-1, required=True)
@click.option("--why", required=True, help="Why this output is right; kept in accepted.toml.")
def accept(options: Options, names: tuple[str, ...], why: str) -> None:
    """Show what NAMES print differently now, and make it the accepted output.

    Each of them runs once more before: what is printed by chance cannot be accepted.
    """
    from genloop.engine import pipeline
    from genloop.engine.compare import accepted

    if not why.strip():
        raise click.UsageError("--why must say why this output is right")
    project, found = carry_out(options, names, pipeline.update)
    involved = {name.partition("@")[0] for name in project.select(names)}
    blocked = [*found.problems, *(wrong for wrong in project.problems if wrong.name.partition("@")[0] in involved)]
    if not blocked:
        blocked = accepted.unfit(project, [found.records[name] for name in names])
    if not blocked:
        blocked = run_again(options, project, names, found)
    if blocked:
        report(blocked, found, options["json"])
    if not options["json"]:
        for name in names:
            click.echo(accepted.difference(project, found.records[name]))
    changed = accepted.write(project, {name: found.records[name] for name in names}, why.strip())
    said = f"accepted: {', '.join(names)}; wrote {', '.join(changed) or 'nothing new'}"
    report([], found, options["json"], said, changed=changed)


def run_again(options: Options, project: Project, names: Sequence[str], found: Outcome) -> list[Problem]:
    """Runs what is to be accepted once more, however long it takes; what it then prints otherwise."""
    from genloop.engine import pipeline
    from genloop.engine.progress import progress

    expected = {name: found.records[name].seconds for name in names}
    with progress(expected, options["jobs"], options["json"]) as watch:
        return pipeline.repeat(project, names, found.records, options["jobs"], watch).problems


@command
@click.argument("name")
@click.argument("old", default="accepted")
@click.argument("new", default="newest")
def compare(options: Options, name: str, old: str, new: str) -> None:
    """Put two versions of NAME side by side: program, settings, printed numbers, figures.

    OLD and NEW are "accepted", "newest", "previous" (the last run that differs), the first letters of a run, or
    @VARIANT. By default what was accepted against a run of the program as it is now.
    """
    from genloop.engine import pipeline
    from genloop.engine.compare import difference, versions
    from genloop.engine.compare.accepted import read_accepted
    from genloop.engine.files import replace_file
    from genloop.engine.page import side_by_side
    from genloop.engine.record.store import Store

    fresh = None
    if "newest" in (old, new):
        project, found = carry_out(options, [name], pipeline.update)
        if found.problems:
            report(found.problems, found, options["json"])
        fresh = found.records[name]
    else:
        project = load(options)
        project.select([name])
    store, accepted = Store(project.store), read_accepted(project)
    one, other = (versions.find_version(project, store, accepted, name, asked, fresh) for asked in (old, new))
    compared = difference.compare(project, one, other)
    page = project.store / "compare" / f"{name}.html"
    replace_file(page, side_by_side.as_page(compared, store).encode())
    shown = os.path.relpath(page)
    hint = (
        f'\n  if the new one is right: genloop accept {name} --why "..."'
        if _may_be_accepted(old, new, compared)
        else ""
    )
    said = f"{side_by_side.as_text(compared)}\n\nside by side, with figures: {shown}{hint}"
    report([], [], options["json"], said, page=shown, comparison=side_by_side.as_json(compared))


def _may_be_accepted(old: str, new: str, compared: Comparison) -> bool:
    return (old, new) == ("accepted", "newest") and compared.old.stdout != compared.new.stdout


@command
@click.argument("name")
def why(options: Options, name: str) -> None:
    """Say why NAME would run again, or that it would not."""
    from genloop.engine import pipeline

    project = load(options)
    project.select([name])
    reasons = pipeline.stale(project)[name]
    said = "\n".join([f"{name} is stale:", *(f"  {reason}" for reason in reasons)]) if reasons else f"{name} is fresh"
    report([], [], options["json"], said, name=name, stale=bool(reasons), reasons=reasons)


@command
def status(options: Options) -> None:
    """List what is stale, and because of what."""
    from genloop.engine import pipeline

    project = load(options)
    reasons = pipeline.stale(project)
    stale = {name: because for name, because in reasons.items() if because}
    lines = [f"{name}: {'; '.join(because)}" for name, because in stale.items()]
    lines.append(f"{len(stale)} of {len(reasons)} are stale" + ("; type: genloop check" if stale else ""))
    report(project.problems, [], options["json"], "\n".join(lines), snippets=reasons)


@command
def build(options: Options) -> None:
    """Check everything, write docs/generated, and build the site. Publishes nothing if anything is wrong."""
    from genloop.engine import pipeline
    from genloop.engine.progress import progress
    from genloop.engine.publish import downloads, mkdocs_plugin, prepare

    project = load(options)
    expected = pipeline.expected_seconds(project, project.snippets)
    with progress(expected, options["jobs"], options["json"]) as watch:
        made, found = prepare.prepare(options["root"], options["jobs"], watch)
    with alone(made.store.folder):
        downloads.publish(made)
        seconds = mkdocs_plugin.build(made)
    site = made.project.root / "site"
    said = f"{count(found)}; all verified; pages built in {seconds:.1f} s: {os.path.relpath(site / 'index.html')}"
    report([], found, options["json"], said)


@command
def serve(options: Options) -> None:
    """Serve the site on http://127.0.0.1:8000, and follow every edit."""
    from genloop.engine.publish import mkdocs_plugin

    mkdocs_plugin.serve(load(options).root)


@command
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def stage(options: Options, folder: Path) -> None:
    """Write the pages to FOLDER as Markdown that stands alone, with the files their programs need."""
    from genloop.engine import pipeline
    from genloop.engine.progress import progress
    from genloop.engine.publish import prepare
    from genloop.engine.publish.stage import stage as write_stage

    project = load(options)
    expected = pipeline.expected_seconds(project, project.snippets)
    with progress(expected, options["jobs"], options["json"]) as watch:
        made, found = prepare.prepare(options["root"], options["jobs"], watch)
    with alone(made.store.folder):
        written = write_stage(made, folder)
    report([], found, options["json"], f"wrote {len(written)} pages to {folder}")


@command
def clean(options: Options) -> None:
    """Remove what was built: .genloop, docs/generated and site."""
    project = load(options)
    gone = [path for path in (project.store, project.generated, project.root / "site") if path.exists()]
    for path in gone:
        shutil.rmtree(path)
    names = ", ".join(project.relative(path) for path in gone)
    report([], [], options["json"], f"removed {names}" if gone else "nothing to remove")


@command
@click.argument("name", metavar="TOPIC/NAME")
def new(options: Options, name: str) -> None:
    """Write a small snippet and a page for it, to be changed into a lesson."""
    from genloop.engine.program import scaffold

    written = scaffold.new(load(options), name)
    said = (
        f"wrote {' and '.join(written)}; next:\n"
        f"  genloop run {name}\n"
        f'  genloop accept {name} --why "first version"\n'
        f"  add {name}.md to nav in mkdocs.yml, then: genloop build"
    )
    report([], [], options["json"], said, written=written)


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
