"""What changed since an output was accepted: as data, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from genloop.engine.compare.accepted import Accepted, files_digest, processor_now, processor_of
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.freshness import differences, told
from genloop.engine.record.record import Record

PROGRAM = "the program"
PROCESSOR = "the processor"


@dataclass(frozen=True)
class Change:
    """One thing that is not what it was when the output was accepted."""

    kind: Literal["code", "dependency", "data", "machine"]
    name: str
    """A file of the project, Python or a distribution, a needed snippet, PROGRAM or PROCESSOR."""
    old: str
    """A digest, a version or a processor; "" if there was none."""
    new: str
    needed: bool = False
    """Whether this is a snippet that gave other files."""

    def __str__(self) -> str:
        match self.kind:
            case "dependency":
                return f"dependency: {self.name} {self.old or 'none'} -> {self.new or 'none'}"
            case "machine":
                return f"machine: {self.old} -> {self.new}"
        return f"{self.kind}: {self.name} {'gave other files' if self.needed else 'changed'}"


@dataclass(frozen=True)
class Changes:
    """All of them that are known. if_none: what to say if there are none."""

    found: Sequence[Change]
    if_none: str

    def in_words(self) -> list[str]:
        """For people; many runs of one program are counted, not listed."""
        said: list[Change] = []
        for needed, alike in groupby(self.found, key=lambda change: change.needed):
            said += (
                [Change("data", runs, "", "", needed) for runs in told(one.name for one in alike)] if needed else alike
            )
        return [str(change) for change in said] or [self.if_none]


UNKNOWN = Changes((), "nothing is known of the run that was accepted (no entry in accepted.toml)")


def changes_since(accepted: Accepted | None, record: Record) -> Changes:
    """What differs between the run that was accepted and this one."""
    if accepted is None:
        return UNKNOWN
    read = {path: digest[:16] for path, digest in record.inputs.items()}
    given = {name: files_digest(files) for name, files in record.needs.items()}
    found = [
        *_program(accepted, record.program),
        *(
            Change("code" if path.endswith(".py") else "data", path, old, new)
            for path, old, new in differences(accepted.inputs, read)
        ),
        *_versions(accepted, record.settings["Python"], record.packages),
        *(Change("data", name, old, new, needed=True) for name, old, new in differences(accepted.data, given)),
        *_processor(accepted, processor_of(record)),
    ]
    return Changes(found, "nothing that is traced: the same program printed something else (is a seed missing?)")


def known_changes(accepted: Accepted | None, snippet: Snippet) -> Changes:
    """What a fresh run, which is not traced, can still say of what differs: the program, versions, the machine."""
    if accepted is None:
        return UNKNOWN
    packages = {name: environment.version(name) or "" for name in accepted.packages}
    found = [
        *_program(accepted, snippet.digest),
        *_versions(accepted, environment.settings()["Python"], packages),
        *_processor(accepted, processor_now()),
    ]
    return Changes(found, "nothing that a fresh run can tell; genloop check tells more")


def _program(accepted: Accepted, digest: str) -> Iterator[Change]:
    if accepted.program != digest:
        yield Change("code", PROGRAM, accepted.program, digest)


def _versions(accepted: Accepted, python: str, packages: Mapping[str, str]) -> Iterator[Change]:
    # Python first, whatever its name.
    for before, now in (({"Python": accepted.python}, {"Python": python}), (accepted.packages, packages)):
        for name, old, new in differences(before, now):
            yield Change("dependency", name, old, new)


def _processor(accepted: Accepted, processor: str) -> Iterator[Change]:
    if accepted.processor != processor:
        yield Change("machine", PROCESSOR, accepted.processor, processor)
