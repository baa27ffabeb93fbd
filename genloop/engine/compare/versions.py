"""Two versions of one program side by side: what was accepted, an earlier run, a variant. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from genloop.engine.compare.accepted import Accepted, accept_command, files_digest, processor_of
from genloop.engine.errors import Misused, Problem
from genloop.engine.files import read_text
from genloop.engine.program.project import Project
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store

SEED = re.compile(r"(^|_)SEED$")
"""The constant that a variant may differ in and still be the same model, trained anew."""
FEWEST = 3
"""Seeds below which nobody knows how far they lie apart."""
KNOWN = ("accepted", "newest", "previous")


@dataclass(frozen=True)
class Version:
    """One version of a program: what it printed, and what is known of how."""

    name: str
    """The snippet, with its variant."""
    title: str
    stdout: str
    settings: Mapping[str, str]
    """Python, packages, threads, the processor, and what it read and needed, by a name for people."""
    program: str | None
    """Its text without the header; None if no run of it is in the store."""
    digest: str
    """Of the program; known without its text."""
    record: Record | None
    """Its run, for the figures; None if it is not in the store."""


def version_of_record(project: Project, store: Store, record: Record, title: str) -> Version:
    read = {path: digest[:16] for path, digest in record.inputs.items()}
    needs = {need: files_digest(files) for need, files in record.needs.items()}
    settings = _settings(record.settings["Python"], record.packages, read, needs, processor_of(record))
    program = _text_of(project, store, record.name, record.program)
    return Version(record.name, title, record.stdout, settings, program, record.program, record)


def version_of_accepted(project: Project, store: Store, name: str, entry: Accepted) -> Version:
    """The accepted output, with the run that printed it if the store still has it."""
    out = project.snippets[name].out
    try:
        stdout = read_text(out)
    except (FileNotFoundError, ValueError):
        why = f"has no readable accepted output {project.relative(out)}"
        raise Misused([Problem("output", name, why, fix=accept_command(name))]) from None
    settings = _settings(entry.python, entry.packages, entry.inputs, entry.data, entry.processor)
    program = _text_of(project, store, name, entry.program)
    # The same text may have been printed after other files were read, and then the figures are others.
    runs = [
        run
        for run in store.newest(name)
        if (run.program, run.stdout) == (entry.program, stdout)
        and version_of_record(project, store, run, "").settings == settings
    ]
    return Version(name, f"accepted {entry.when}", stdout, settings, program, entry.program, runs[0] if runs else None)


def _text_of(project: Project, store: Store, name: str, digest: str) -> str | None:
    now = project.snippets.get(name)  # a variant that was taken away may still have runs
    return now.body if now and now.digest == digest else store.program(digest)


def _settings(
    python: str, packages: Mapping[str, str], read: Mapping[str, str], needs: Mapping[str, str], processor: str
) -> dict[str, str]:
    files = {f"read {path}": digest or "not there" for path, digest in read.items()}
    return {
        "Python": python,
        **packages,
        **files,
        **{f"files of {need}": digest for need, digest in needs.items()},
        "machine": processor,
    }


def find_version(
    project: Project,
    store: Store,
    accepted: Mapping[str, Accepted],
    name: str,
    asked: str,
    fresh: Record | None = None,
) -> Version:
    """The version that a person named. Raises Misused, which lists those that there are.

    asked: "accepted", "newest", "previous", the beginning of a run's identifier, or "@variant". fresh: the run of the
    program as it is now, which is not the last that began if an edit was taken back; without it, the last.
    """
    runs = store.named(name)
    if asked == "accepted" and name in accepted:
        return version_of_accepted(project, store, name, accepted[name])
    now = next((run for run in runs if fresh is None or runs[run] == fresh), None)
    if asked == "newest" and now:
        return _of_run(project, store, runs, now)
    if asked == "previous" and now:
        changed = [run for run in runs if run != now and _differ(runs[run], runs[now])]
        if changed:
            return _of_run(project, store, runs, changed[0])
    if asked.startswith("@") and (of_variant := store.newest(name.partition("@")[0] + asked)):
        run, now_there = of_variant[0], project.snippets.get(of_variant[0].name)
        earlier = "" if now_there and now_there.digest == run.program else ", of an earlier program"
        return version_of_record(project, store, run, f"variant {asked[1:]}, {_when(run)}{earlier}")
    found = [run for run in runs if len(asked) >= 4 and run.startswith(asked)]
    if len(found) == 1:
        return _of_run(project, store, runs, found[0])
    raise Misused([_unknown(project, store, accepted, name, asked)])


def _differ(one: Record, other: Record) -> bool:
    return (one.stdout, one.files, one.program) != (other.stdout, other.files, other.program)


def _of_run(project: Project, store: Store, runs: Mapping[str, Record], run: str) -> Version:
    return version_of_record(project, store, runs[run], f"run {run[:8]}, {_when(runs[run])}")


def _when(record: Record) -> str:
    return f"{record.started[:16].replace('T', ' ')} UTC"


def _unknown(project: Project, store: Store, accepted: Mapping[str, Accepted], name: str, asked: str) -> Problem:
    base = name.partition("@")[0]
    there = [f'accepted: {accepted[name].when}, "{accepted[name].why}"'] if name in accepted else []
    there += [f"{run[:8]}: {_when(record)}" for run, record in store.named(name).items()]
    variants = [f"@{one}" for one in project.snippets[base].settings.variants if store.newest(f"{base}@{one}")]
    there += [f"variants: {', '.join(variants)}"] if variants else []
    why = f'has no version "{asked}" here'
    fix = f"name one of: {', '.join(KNOWN)}, the first letters of a run, @VARIANT"
    return Problem("project", name, why, details=tuple(there) or ("it has never run here",), fix=fix)
