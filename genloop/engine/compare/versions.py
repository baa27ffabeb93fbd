"""Two versions of one program side by side: what was accepted, an earlier run, a variant. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from genloop.engine.compare.accepted import Accepted, accept_command, files_digest, processor_of
from genloop.engine.errors import Misused, Problem
from genloop.engine.files import read_text
from genloop.engine.program.project import Project
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store

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
    files = {f"read {path}": digest for path, digest in read.items() if digest}  # "": looked for in vain
    return {
        "Python": python,
        **packages,
        **files,
        **{f"files of {need}": digest for need, digest in needs.items()},
        "machine": processor,
    }


@dataclass(frozen=True)
class History:
    """The versions of one program that a person can name: what was accepted, and its runs."""

    project: Project
    store: Store
    entry: Accepted | None
    """Of accepted.toml; None if nothing was accepted."""
    name: str
    fresh: Record | None = None
    """The run of the program as it is now, which is not the last that began if an edit was taken back; without it the
    last counts."""

    @cached_property
    def runs(self) -> Mapping[str, Record]:
        """Identifier -> run, newest first."""
        return self.store.named(self.name)

    def find(self, asked: str) -> Version:
        """asked: "accepted", "newest", "previous", the beginning of a run's identifier, or "@variant".

        Raises Misused, which lists the versions that there are.
        """
        named = {"accepted": self.accepted, "newest": self.newest, "previous": self.previous}
        found = named[asked]() if asked in named else self.variant(asked) if asked.startswith("@") else self.run(asked)
        if found is None:
            raise Misused([self._unknown(asked)])
        return found

    def accepted(self) -> Version | None:
        return version_of_accepted(self.project, self.store, self.name, self.entry) if self.entry else None

    def newest(self) -> Version | None:
        """The program as it is now."""
        return self._version(self._now)

    def previous(self) -> Version | None:
        """The last run that differs from the newest."""
        if self._now is None:
            return None
        now = self.runs[self._now]
        return self._version(next((run for run, record in self.runs.items() if _differ(record, now)), None))

    def run(self, beginning: str) -> Version | None:
        """The only run whose identifier begins so."""
        found = [run for run in self.runs if len(beginning) >= 4 and run.startswith(beginning)]
        return self._version(found[0]) if len(found) == 1 else None

    def variant(self, asked: str) -> Version | None:
        """The last run of "@variant"."""
        runs = self.store.newest(self.name.partition("@")[0] + asked)
        if not runs:
            return None
        record, now = runs[0], self.project.snippets.get(runs[0].name)
        earlier = "" if now and now.digest == record.program else ", of an earlier program"
        title = f"variant {asked[1:]}, {_when(record)}{earlier}"
        return version_of_record(self.project, self.store, record, title)

    @property
    def _now(self) -> str | None:
        return next((run for run, record in self.runs.items() if self.fresh is None or record == self.fresh), None)

    def _version(self, run: str | None) -> Version | None:
        if run is None:
            return None
        record = self.runs[run]
        return version_of_record(self.project, self.store, record, f"run {run[:8]}, {_when(record)}")

    def _unknown(self, asked: str) -> Problem:
        base = self.name.partition("@")[0]
        there = [f'accepted: {self.entry.when}, "{self.entry.why}"'] if self.entry else []
        there += [f"{run[:8]}: {_when(record)}" for run, record in self.runs.items()]
        known = self.project.snippets[base].settings.variants
        variants = [f"@{one}" for one in known if self.store.newest(f"{base}@{one}")]
        there += [f"variants: {', '.join(variants)}"] if variants else []
        why = f'has no version "{asked}" here'
        fix = f"name one of: {', '.join(KNOWN)}, the first letters of a run, @VARIANT"
        details = tuple(there) or ("it has never run here",)
        return Problem("project", self.name, why, details=details, fix=fix)


def _differ(one: Record, other: Record) -> bool:
    return (one.stdout, one.files, one.program) != (other.stdout, other.files, other.program)


def _when(record: Record) -> str:
    return f"{record.started[:16].replace('T', ' ')} UTC"
