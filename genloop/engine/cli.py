"""The command line. It and `command.py` are the only modules that import click; what a command needs is imported when
it runs, so that `genloop --help` answers at once."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genloop.engine.command import (
    Command,
    Ending,
    acceptable,
    alone,
    carry_out,
    command,
    count,
    default_jobs,
    elsewhere,
    fetch,
    genloop,
    join,
    long,
    named,
    not_here,
    noting,
    one,
    prepare,
    scheduled,
    shared,
    to_the_end,
    verified,
)

__all__ = ["genloop", "main"]

if TYPE_CHECKING:
    from genloop.engine.compare.difference import Comparison
    from genloop.engine.errors import Problem
    from genloop.engine.steps import Event


@command
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Run plain `python file.py`, reading nothing from the store.")
@elsewhere
@shared
@scheduled
def run(
    command: Command, names: tuple[str, ...], fresh: bool, everywhere: bool, url: str | None, scheduler: str | None
) -> Ending:
    """Run what is stale (all programs, or NAMES with what they need).

    A name may be a pattern ("gan/*", "gan/digits@*") or the path of a program. What runs elsewhere is run here if it
    is named itself, or with --elsewhere.
    """
    from genloop.engine import pipeline

    names = named(command, names, everywhere=everywhere)
    if not fresh:
        fetch(command, names, url)
    join(command, scheduler, fresh=fresh)
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
@click.option("--note-place", is_flag=True, help="With --fresh: write what held here into snippets/places.toml.")
@elsewhere
@shared
@scheduled
def check(
    command: Command,
    names: tuple[str, ...],
    fresh: bool,
    no_variants: bool,
    note_place: bool,
    everywhere: bool,
    url: str | None,
    scheduler: str | None,
) -> Ending:
    """Run what is stale and compare everything, or NAMES, with what was accepted."""
    from genloop.engine import pipeline

    names = named(command, names, everywhere=everywhere, alone=False)
    if (no_variants or note_place) and not fresh:
        option = "--no-variants" if no_variants else "--note-place"
        raise click.UsageError(f"{option} goes with --fresh: genloop check --fresh {option}")
    noted = noting(command) if note_place else lambda _: ""
    if no_variants or not fresh:
        fetch(command, names, url)
    join(command, scheduler, fresh=fresh)
    if no_variants:
        step = functools.partial(pipeline.check_fresh, variants=False)
        found = carry_out(command, names, step, pipeline.programs_only(command.course, names)[0])
    else:
        found = carry_out(command, names, pipeline.check_fresh if fresh else pipeline.check)
    said = f"{count(found)}; all that they print is what was accepted{not_here(found)}{noted(found)}"
    return Ending(said, [*command.course.project.problems, *found.problems], found.events)


@command
@click.argument("names", nargs=-1)
@click.option("--differing", is_flag=True, help="All whose output differs (among NAMES, if there are any).")
@elsewhere
@click.option("--why", required=True, help="Why this output is right; kept in accepted.toml.")
def accept(command: Command, names: tuple[str, ...], differing: bool, everywhere: bool, why: str) -> Ending:
    """Show what NAMES print differently now, and make it the accepted output.

    Each of them runs once more before: what is printed by chance cannot be accepted. Of what runs elsewhere, named
    itself or with --elsewhere, the record is kept for other machines, in snippets/elsewhere.
    """
    from genloop.engine import pipeline
    from genloop.engine.compare import accepted

    if not why.strip():
        raise click.UsageError("--why must say why this output is right")
    if not names and not differing:
        raise click.UsageError("name what to accept, or --differing for all whose output differs")
    project = command.course.project
    names = named(command, names, everywhere=everywhere, alone=not differing)
    if differing:
        checked = carry_out(command, names, pipeline.check)
        asked = set(names or project.snippets)
        differs = {
            one.name for one in checked.problems if one.kind == "output" and not command.course.is_elsewhere(one.name)
        }
        names = tuple(sorted(differs & asked))
        others = [one for one in checked.problems if one.kind != "output" or one.name not in differs]
        if others and names:
            return _nothing_accepted(names, others, checked.events)
        if not names:
            return Ending("nothing differs from what was accepted", others, checked.events)
    found, blocked = acceptable(command, names)
    if blocked:
        return _nothing_accepted(names, blocked, found.events)
    if not command.as_json:
        for name in names:
            click.echo(accepted.difference(project, found.records[name]))
    changed = accepted.write(project, command.course.store, {name: found.records[name] for name in names}, why.strip())
    said = f"accepted: {', '.join(names)}; wrote {', '.join(changed) or 'nothing new'}"
    return Ending(said, events=found.events, more={"changed": changed})


def _nothing_accepted(names: Sequence[str], problems: Sequence[Problem], events: Sequence[Event]) -> Ending:
    """All or nothing: who asked for several is told how to get the others."""
    wrong = {one.name for one in problems}
    rest = " ".join(shlex.quote(name) for name in names if name not in wrong)
    said = "nothing was accepted" + (f'; for the rest type: genloop accept {rest} --why "..."' if rest else "")
    return Ending(said, problems, events, done=True)


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
    name = one(command, name)
    named(command, [name])
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

    name = one(command, name)
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
@click.argument("pages", nargs=-1)
@shared
@scheduled
def build(command: Command, pages: tuple[str, ...], url: str | None, scheduler: str | None) -> Ending:
    """Check everything, write docs/generated, and build the site. Publishes nothing if anything is wrong.

    With PAGES ("gan/game", "gan/*") only what these need is run and checked; they go to .genloop/preview, and the
    site stays as it is.
    """
    from genloop.engine.page.site_markdown import Rich
    from genloop.engine.publish import mkdocs_plugin

    if pages:
        return _build_some(command, pages, url, scheduler)
    mkdocs_plugin.refuse_unlisted(command.course.project.root)  # now, and not when all programs have run
    fetch(command, (), url)
    join(command, scheduler)
    made = prepare(command, Rich())
    with alone(command.course.store.folder):
        built = mkdocs_plugin.build(made)
    index = os.path.relpath(built.site / "index.html")
    said = f"{count(made.outcome)}; {verified(made.outcome)}; pages built in {built.seconds:.1f} s: {index}"
    return Ending(said, events=made.outcome.events)


def _build_some(command: Command, words: tuple[str, ...], url: str | None, scheduler: str | None) -> Ending:
    from genloop.engine.page.site_markdown import Rich
    from genloop.engine.publish import mkdocs_plugin
    from genloop.engine.publish.prepare import ask

    course = command.course
    asked = ask(course, words, Rich())
    if asked.runs:
        fetch(command, asked.runs, url)
        join(command, scheduler)
    made = prepare(command, Rich(), asked)
    with alone(course.store.folder):
        built = mkdocs_plugin.build(made, course.store.folder / "preview")
    shown = [os.path.relpath(built.site / page).removesuffix(".md") + ".html" for page in asked.pages]
    shown_here = f"{', '.join(shown)}{not_here(made.outcome)}"
    said = f"{count(made.outcome)}; these pages are verified, in {built.seconds:.1f} s: {shown_here}"
    return Ending(said, events=made.outcome.events, more={"pages": shown})


@command
@click.argument("url")
def push(command: Command, url: str) -> Ending:
    """Check everything, and put its records into the store at URL (a folder, s3://...), for --store URL elsewhere."""
    from genloop.engine import pipeline
    from genloop.engine.record.shared_store import SharedStore

    store = SharedStore(url)
    found = carry_out(command, (), pipeline.check)
    problems = [*command.course.project.problems, *found.problems]
    if problems:
        return Ending(problems=problems, events=found.events)
    new = store.push(command.course.store, found.records.values())
    return Ending(f"{url}: {len(found.records)} records, {new} of them new", events=found.events)


@command
@click.option("--port", type=click.IntRange(1, 65535), help="Default: that of dev_addr in mkdocs.yml, or 8000.")
def serve(command: Command, port: int | None) -> Ending:
    """Serve the site on http://127.0.0.1:8000, and follow every edit.

    What is stale runs meanwhile, first what the page that you look at shows. What is wrong stands above the page.
    """
    from genloop.engine.publish import mkdocs_server

    mkdocs_server.serve(command.course, port, functools.partial(click.echo, err=True))
    return Ending()


@command
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--no-files", is_flag=True, help="Pages and llms.txt alone: for the folder of the built site.")
def stage(command: Command, folder: Path, no_files: bool) -> Ending:
    """Write the pages to FOLDER as Markdown that stands alone, with the files their programs need, and llms.txt."""
    from genloop.engine.page.plain_markdown import Plain
    from genloop.engine.publish import stage

    made = prepare(command, Plain())
    with alone(command.course.store.folder):
        written = stage.stage(made, folder, files=not no_files)
    return Ending(f"wrote {len(written)} pages to {folder}", events=made.outcome.events)


@command
def clean(command: Command) -> Ending:
    """Remove what was built: .genloop, docs/generated and site."""
    from genloop.engine.program.project import FOLDER

    project = command.course.project
    newest = [records[0] for name in project.snippets if (records := command.course.store.newest(name))]
    # The folder that GENLOOP_WORK names is not ours: whatever else lies there would go as well.
    built = (project.root / FOLDER, project.generated, _site(project.root))
    gone = [path for path in built if path.exists()]
    seconds = sum(one.seconds for one in newest)
    lost = f", with {len(newest)} records: {long(seconds)} of runs" if newest and project.store in gone else ""
    for path in gone:
        shutil.rmtree(path)
    names = ", ".join(project.relative(path) for path in gone)
    return Ending(f"removed {names}{lost}" if gone else "nothing to remove")


def _site(root: Path) -> Path:
    """Where `build` puts the site. What mkdocs.yml names outside of the project is not ours to remove."""
    if not (root / "mkdocs.yml").is_file():
        return root / "site"
    from genloop.engine.publish import mkdocs_plugin

    site = mkdocs_plugin.site_of(root)
    return site if site.is_relative_to(root) else root / "site"


@command
@click.argument("name", metavar="[TOPIC/]NAME")
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


@genloop.command
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "source", type=click.Path(path_type=Path), help="Bring the scripts and notebooks below it.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Runs at once (default: one per core).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def init(folder: Path, source: Path | None, jobs: int | None, as_json: bool) -> None:
    """Make a new course in FOLDER, which must not be there yet, or be empty.

    With --from DIR its programs are the scripts (also those of sphinx-gallery) and notebooks below DIR. Nothing in DIR
    is changed or run. What cannot be brought is listed, and the rest is done.
    """

    def begin() -> Ending:
        from genloop.engine import beginning

        if source is not None:
            return beginning.bring_course(folder, source)
        return beginning.begin_course(folder, jobs or default_jobs(), as_json=as_json)

    to_the_end(begin, folder, as_json)


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
