"""What all commands have in common: their options, what they are given, how they end, and how progress is shown."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from errno import EACCES, EROFS
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloop.engine.errors import Failed, Misused, Problem

if TYPE_CHECKING:
    from genloop.engine.open_course import OpenCourse
    from genloop.engine.page.course import Style
    from genloop.engine.publish.prepare import Asked, Prepared
    from genloop.engine.steps import Event, Happening, Outcome

    Step = Callable[[OpenCourse, Sequence[str]], Happening[Any]]


FEW = 5
"""Runs that a line names one by one."""


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
    done: bool = False
    """Whether `said` holds in spite of what is wrong."""

    def show(self, as_json: bool) -> None:
        """Prints all of it at once."""
        if as_json:
            click.echo(json.dumps(self._as_json(), indent=1))
            return
        for alike in _alike(self.problems):
            click.echo(f"{alike}\n", err=True)
        if self.problems:
            click.echo(f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}", err=True)
        if self.said and (self.done or not self.problems):
            click.echo(self.said.encode(errors="backslashreplace").decode())  # names of files need not be UTF-8

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

        def opened() -> Ending:
            with open_course(root, jobs or default_jobs()) as course:
                return function(Command(course, as_json), **rest)

        to_the_end(opened, root, as_json)

    return genloop.command(name=function.__name__.rstrip("_"))(with_options)


def to_the_end(call: Callable[[], Ending], place: Path, as_json: bool) -> None:
    """Shows how a call ends, also if it raises what it may; that is the exit status. place: what it works on."""
    try:
        ending = call()
    except Failed as failed:
        ending = Ending(problems=failed.problems, status=2 if isinstance(failed, Misused) else 1)
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] == "genloop":
            raise
        wanted = "-r requirements.txt" if (place / "requirements.txt").is_file() else error.name.partition(".")[0]
        fix = f"type: python -m pip install {wanted}"
        ending = Ending(problems=[Problem("project", error.name, "is needed for this, and not installed", fix=fix)])
    except OSError as error:  # a full disk, a folder that may not be written, a port that is taken
        from genloop.engine.files import shown

        where = shown(error.filename2 or error.filename or place)
        fix = "to keep records outside: GENLOOP_WORK=DIR genloop check" if error.errno in {EACCES, EROFS} else ""
        ending = Ending(problems=[Problem("project", where, f"{error.strerror or error}".lower(), fix=fix)])
    ending.show(as_json)
    if ending.problems:
        sys.exit(ending.status)


def default_jobs() -> int:
    """Runs at once if nobody says how many. Raises UsageError if that cannot be known."""
    from genloop.engine import open_course

    try:
        return open_course.default_jobs()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def _alike(problems: Sequence[Problem]) -> Iterator[str]:
    """The texts of problems. What several of one snippet have in common, their cause and what to type, is said once."""
    for _, group in itertools.groupby(problems, key=lambda one: (one.name, one.details, one.fix)):
        *before, last = group
        yield "\n".join([*(str(replace(one, details=(), fix="")) for one in before), str(last)])


def carry_out(command: Command, names: Sequence[str], step: Step, planned: Sequence[str] | None = None) -> Outcome:
    """Takes a step of the pipeline with its progress shown. planned: what it will run, if not the names' needs too."""
    from genloop.engine.progress import progress
    from genloop.engine.steps import add_up, expected_seconds

    course = command.course
    runs = course.project.select(names) if planned is None else planned
    with progress(expected_seconds(course, runs), course.jobs, command.as_json) as watch:
        return add_up(step(course, names), watch)


def acceptable(command: Command, names: Sequence[str]) -> tuple[Outcome, list[Problem]]:
    """What these programs print now, and why it cannot be accepted. Each of them runs once more."""
    from genloop.engine import pipeline
    from genloop.engine.compare import accepted
    from genloop.engine.record import brought
    from genloop.engine.steps import Outcome

    project = command.course.project
    if left := [brought.not_asked(project.snippets[name]) for name in names if command.course.is_elsewhere(name)]:
        return Outcome(), left
    found = carry_out(command, names, pipeline.update)
    involved = {name.partition("@")[0] for name in project.select(names)}
    blocked = [*found.problems, *(wrong for wrong in project.problems if wrong.name.partition("@")[0] in involved)]
    if not blocked:
        records = [found.records[name] for name in names]
        blocked = [*accepted.unfit(project, records), *brought.too_large(project, command.course.store, records)]
    if not blocked:
        again = functools.partial(pipeline.repeat, records=found.records)
        blocked = carry_out(command, names, again, planned=names).problems
    return found, blocked


def noting(command: Command) -> Callable[[Outcome], str]:
    """What writes down where programs ran afresh, and whether each printed what was accepted; it says so, in words.

    Raises Failed at once, before anything runs, if the file that it writes to cannot be read.
    """
    from genloop.engine.compare import places

    project, accepted = command.course.project, command.course.accepted
    places.read_places(project)

    def note(found: Outcome) -> str:
        own = {problem.name for problem in found.problems if problem.follows is None}
        ran = {event.name: event.name not in own for event in found.events if event.state in {"ran", "failed"}}
        ran = {name: same for name, same in ran.items() if name in accepted}
        if not ran:
            return "; nothing was noted"
        place = places.note(project, accepted, ran)
        return (
            f"; noted in {project.relative(project.places)}: {sum(ran.values())} of {len(ran)} as accepted in {place}"
        )

    return note


def one(command: Command, word: str) -> str:
    """The one snippet that a word means: a name, a path, or a pattern that fits no other."""
    names = command.course.project.named([word])
    if len(names) > 1:
        raise click.UsageError(f'"{word}" means several: {", ".join(names)}; name one of them')
    command.course.project.select(names)  # refuses what there is not
    return names[0]


elsewhere = click.option(
    "--elsewhere", "everywhere", is_flag=True, help="Also run here what runs elsewhere: this machine has what it needs."
)
"""The option of commands that may run programs which declare that they cannot run everywhere."""


def named(command: Command, words: Sequence[str], *, everywhere: bool = False, alone: bool = True) -> tuple[str, ...]:
    """The snippets that are meant. Of those that run elsewhere this machine runs what was asked for, and no more.

    everywhere: all that is meant, with what it needs. alone: what is named itself, and not by a pattern.
    """
    project = command.course.project
    names = tuple(project.named(words))
    itself = project.named([word for word in words if not any(sign in word for sign in "*?[")]) if alone else []
    command.course.here = frozenset(project.select(names) if everywhere else itself)
    return names


def prepare(command: Command, style: Style, asked: Asked | None = None) -> Prepared:
    """All that may be published, or what was asked for, with progress shown."""
    from genloop.engine.progress import progress
    from genloop.engine.publish import prepare
    from genloop.engine.steps import expected_seconds

    course = command.course
    runs = course.project.snippets if asked is None else asked.runs
    with progress(expected_seconds(course, runs), course.jobs, command.as_json) as watch:
        return prepare.prepare(course, watch, style, asked)


def alone(store: Path) -> contextlib.AbstractContextManager[None]:
    """One command at a time writes docs/generated and the site; the next one says that it waits."""
    from genloop.engine.files import locked
    from genloop.engine.publish.downloads import LOCK

    def waiting() -> None:
        click.echo("another command is writing the pages of this course; waiting for it", err=True)

    return locked(store / LOCK, waiting)


shared = click.option(
    "--store", "url", envvar="GENLOOP_STORE", help="First fetch records from this store (a folder, https://, s3://...)."
)
"""The option of commands that run what is stale."""

scheduled = click.option(
    "--scheduler", envvar="GENLOOP_SCHEDULER", help="Run on the workers of this Dask scheduler (tcp://HOST:8786)."
)
"""The option of commands that may have their runs done by a cluster."""


def join(command: Command, scheduler: str | None, *, fresh: bool = False) -> None:
    """Has what is stale run by the workers of a cluster. fresh: whether the command runs plain processes, here."""
    if not scheduler:
        return
    if fresh:
        raise click.UsageError("--fresh runs on this machine; leave out --scheduler (and GENLOOP_SCHEDULER)")
    try:
        from genloop.engine.cluster import client
    except ModuleNotFoundError as error:
        if error.name not in {"dask", "distributed"}:
            raise
        why = f"needs {error.name}, which is not installed"
        raise Failed([Problem("project", scheduler, why, fix="type: pip install 'genloop[cluster]'")]) from None
    client.join(command.course, scheduler, click.get_current_context().params["jobs"])


def fetch(command: Command, names: Sequence[str], url: str | None) -> None:
    """Brings what is stale here, and has run elsewhere, into the store of the course."""
    from genloop.engine import pipeline

    course = command.course
    wanted = course.project.select(names)
    if not url:
        return
    from genloop.engine.record.shared_store import SharedStore

    store = SharedStore(url)  # a URL that is none is told even where nothing has to be fetched
    stale = [
        name for name, why in pipeline.stale(course).items() if why and name in wanted and not course.is_elsewhere(name)
    ]
    if not stale:
        return
    brought = store.fetch(course.store, {name: course.project.snippets[name] for name in stale})
    if not command.as_json:
        click.echo(f"{url}: {brought}", err=True)


def count(outcome: Outcome) -> str:
    ran = [event for event in outcome.events if event.state == "ran"]
    cached = sum(event.state == "cached" for event in outcome.events)
    brought = len(_brought(outcome))
    return f"{len(ran)} ran, {cached} fresh already" + (f", {brought} brought along" if brought else "")


def verified(outcome: Outcome) -> str:
    """What a build may claim: of what did not run here it knows only what it was told."""
    if not (brought := _brought(outcome)):
        return "all verified"
    return f"{len(outcome.records) - len(brought)} verified here{not_here(outcome)}"


def long(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"


def not_here(outcome: Outcome) -> str:
    """Which runs are shown from records that were brought along; "" if there are none."""
    names = _brought(outcome)
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return f" (not run here: {', '.join(names[:FEW])}{more})" if names else ""


def _brought(outcome: Outcome) -> list[str]:
    return sorted(event.name for event in outcome.events if event.state == "brought")
