"""Two versions of one program side by side: what was accepted, an earlier run, a variant. Runs nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from genloop.engine import verify
from genloop.engine.accepted import Accepted, accept_command, files_digest, processor_of
from genloop.engine.errors import Misused, Problem
from genloop.engine.project import Project
from genloop.engine.store import Record, Store
from genloop.engine.variants import Change

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


@dataclass(frozen=True)
class Moved:
    """One printed number that differs."""

    line: int
    where: str
    """Its label, after what tells its line from others: "step=400 d_loss"."""
    old: str
    new: str
    spread: tuple[str, str] | None
    """Least and greatest of this number over the seeds; None if there are fewer than three."""

    @property
    def beyond(self) -> bool | None:
        """Whether the change is larger than the seeds' own range; None if that is not known."""
        if self.spread is None:
            return None
        least, most, old, new = map(Decimal, (*self.spread, self.old, self.new))
        if not all(number.is_finite() for number in (least, most, old, new)):
            return True  # nan or inf on one side: no range holds that
        return abs(new - old) > most - least

    @property
    def verdict(self) -> str:
        if self.beyond is None:
            return "no seeds to compare with"
        return "beyond the seeds" if self.beyond else "within the seeds"

    @property
    def range(self) -> str:
        return " to ".join(self.spread) if self.spread else ""


@dataclass(frozen=True)
class Figure:
    """One figure of either version; None for a version that did not draw it."""

    file: str
    old: str | None
    """sha256"""
    new: str | None


@dataclass(frozen=True)
class Comparison:
    name: str
    old: Version
    new: Version
    program: str
    """The lines that differ, as a unified diff; "" if none do, or if one text is not known."""
    settings: Mapping[str, tuple[str, str]]
    """What differs of the settings: name -> old, new."""
    moved: Sequence[Moved]
    """Numbers that differ."""
    numbers: int
    """Numbers that both print."""
    lines: Sequence[tuple[int, str, str]]
    """Lines whose text differs: number, old, new; "" for a line that one of them does not print."""
    seeds: int
    """Runs over which the spread is taken."""
    draws: bool
    """Whether the program has figures at all."""
    figures: Sequence[Figure]
    """Figures that differ, as far as both are known."""

    @property
    def same(self) -> bool:
        return not (self.program or self.settings or self.moved or self.lines or self.figures)

    @property
    def prints_the_same(self) -> bool:
        """To the last character."""
        return self.old.stdout == self.new.stdout

    @property
    def summary(self) -> str:
        """What differs, in one line."""
        if self.same:
            return "nothing differs"
        beyond = sum(moved.beyond is True for moved in self.moved)
        over = f", {beyond} of them by more than {self.seeds} seeds differ" if self.seeds >= FEWEST else ""
        parts = [f"{len(self.moved)} of {self.numbers} numbers moved{over}"]
        for found, one, more in (
            (self.lines, "line has another text", "lines have another text"),
            (self.figures, "figure differs", "figures differ"),
        ):
            parts += [f"{len(found)} {one if len(found) == 1 else more}"] if found else []
        return "; ".join(parts)


def compare(project: Project, old: Version, new: Version) -> Comparison:
    """Both must be versions of one program. The spread is that of the old version's seeds, from what was accepted."""
    moved, lines, count = [], [], 0
    name = old.name.partition("@")[0]
    outputs = seed_outputs(project, old.name)
    spread = _Spread(new.stdout, outputs)
    for number, before, now in verify.matched(old.stdout, new.stdout):
        if before is None or now is None or before.shape != now.shape:
            lines.append((number, before.text if before else "", now.text if now else ""))
            continue
        count += len(now.numbers)
        for at, (was, printed) in enumerate(zip(before.numbers, now.numbers, strict=True)):
            if was.text != printed.text:
                where = _where(now, at)
                moved.append(Moved(number, where, was.text, printed.text, spread.of(number, at)))
    keys = sorted({*old.settings, *new.settings}, key=str.lower)
    texts = (old.program, new.program)
    unknown = "its program is another one, whose text is not in this store" if old.digest != new.digest else ""
    return Comparison(
        name=name,
        old=old,
        new=new,
        program=unknown if None in texts else _diff(old.program or "", new.program or ""),
        settings={
            key: (old.settings.get(key, "none"), new.settings.get(key, "none"))
            for key in keys
            if old.settings.get(key) != new.settings.get(key)
        },
        moved=moved,
        numbers=count,
        lines=[line for line in lines if line[1] != line[2]],
        seeds=len(outputs),
        draws=bool(project.snippets[name].settings.figures),
        figures=list(_figures(project, name, old, new)),
    )


def _where(line: verify.Line, at: int) -> str:
    """A number's label. In a line of a series what comes first is the step that it belongs to; a list has places."""
    number, first = line.numbers[at], line.numbers[0]
    alike = [other for other in line.numbers if other.label == number.label]
    place = f" [{alike.index(number)}]" if len(alike) > 1 else ""
    before = f"{first.label}={first.text} " if first.is_integer and first.label != number.label else ""
    return f"{before}{number.label or line.text.split(':')[0]}{place}"


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
    return "\n".join(line for line in list(lines)[2:])


class _Spread:
    """How far each number of an output lies apart over runs that differ in their seed alone."""

    def __init__(self, stdout: str, outputs: Sequence[str]) -> None:
        self.by_line: dict[int, list[verify.Line]] = {}
        if len(outputs) < FEWEST:
            return
        for output in outputs:
            for number, mine, other in verify.matched(output, stdout):
                if mine is not None and other is not None and mine.shape == other.shape:
                    self.by_line.setdefault(number, []).append(mine)

    def of(self, line: int, at: int) -> tuple[str, str] | None:
        texts = [found.numbers[at].text for found in self.by_line.get(line, ()) if found.numbers[at].value.is_finite()]
        return (min(texts, key=Decimal), max(texts, key=Decimal)) if len(texts) >= FEWEST else None


def seed_outputs(project: Project, name: str) -> list[str]:
    """The accepted outputs of a snippet and of the runs that differ from it in their seed alone."""
    base, _, variant = name.partition("@")
    changes = {"": Change(), **project.snippets[base].settings.variants}

    def apart_from_seed(change: Change) -> tuple[dict[str, object], Mapping[str, str]]:
        return {key: value for key, value in change.constants.items() if not SEED.search(key)}, change.patch

    mine = apart_from_seed(changes.get(variant, Change()))
    alike = [one for one, change in changes.items() if apart_from_seed(change) == mine]
    outs = [project.snippets[f"{base}@{one}" if one else base].out for one in alike]
    found = []
    for out in outs:
        with suppress(FileNotFoundError, UnicodeDecodeError):  # `check` says so; here one seed less is known
            found.append(out.read_text(encoding="utf-8"))
    return found


def _figures(project: Project, name: str, old: Version, new: Version) -> Iterator[Figure]:
    if old.record is None or new.record is None:
        return
    files = (old.record.files, new.record.files)
    for file in project.snippets[name].settings.figures:
        digests = [given.get(file) for given in files]
        if digests[0] != digests[1]:
            yield Figure(file, *digests)


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
        stdout = out.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
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
