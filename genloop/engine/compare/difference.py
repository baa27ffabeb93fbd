"""Two versions of one program side by side: lines of the program, settings, printed numbers, figures."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from genloop.engine.compare import printed, verify
from genloop.engine.compare.versions import Version
from genloop.engine.files import read_text
from genloop.engine.program.project import Project
from genloop.engine.program.variants import FEWEST as FEWEST
from genloop.engine.program.variants import Change


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
        least, most, old, new = map(printed.decimal, (*self.spread, self.old, self.new))
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
        for at, (was, is_now) in enumerate(zip(before.numbers, now.numbers, strict=True)):
            if was.text != is_now.text:
                where = _where(now, at)
                moved.append(Moved(number, where, was.text, is_now.text, spread.of(number, at)))
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


def _where(line: printed.Line, at: int) -> str:
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
        self.by_line: dict[int, list[printed.Line]] = {}
        if len(outputs) < FEWEST:
            return
        for output in outputs:
            for number, mine, other in verify.matched(output, stdout):
                if mine is not None and other is not None and mine.shape == other.shape:
                    self.by_line.setdefault(number, []).append(mine)

    def of(self, line: int, at: int) -> tuple[str, str] | None:
        texts = [found.numbers[at].text for found in self.by_line.get(line, ()) if found.numbers[at].value.is_finite()]
        return (min(texts, key=printed.decimal), max(texts, key=printed.decimal)) if len(texts) >= FEWEST else None


def seed_outputs(project: Project, name: str) -> list[str]:
    """The accepted outputs of a snippet and of the runs that differ from it in their seed alone."""
    base, _, variant = name.partition("@")
    changes = {"": Change(), **project.snippets[base].settings.variants}

    mine = changes.get(variant, Change()).without_seed
    alike = [one for one, change in changes.items() if change.without_seed == mine]
    outs = [project.snippets[f"{base}@{one}" if one else base].out for one in alike]
    found = []
    for out in outs:
        with suppress(FileNotFoundError, ValueError):  # `check` says so; here one seed less is known
            found.append(read_text(out))
    return found


def _figures(project: Project, name: str, old: Version, new: Version) -> Iterator[Figure]:
    if old.record is None or new.record is None:
        return
    files = (old.record.files, new.record.files)
    for file in project.snippets[name].settings.figures:
        digests = [given.get(file) for given in files]
        if digests[0] != digests[1]:
            yield Figure(file, *digests)
