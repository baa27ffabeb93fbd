"""Shows a step at work: on a terminal a line that moves, elsewhere one line per run. Everything goes to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from genloop.engine.steps import Event, Watch

WORTH_SAYING = 5.0
"""Seconds left below which nobody asks."""
BELIEVED = 60.0
"""Seconds of expectations that weigh as much as what the machine itself has shown of its speed."""


@contextmanager
def progress(expected: Mapping[str, float], jobs: int, quiet: bool = False) -> Iterator[Watch]:
    """Gives the function that takes events. expected: what will be looked at -> seconds that its run will take."""
    if quiet:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with _terminal(Remaining(expected, jobs)) as watch:
            yield watch
    else:
        yield Lines(Remaining(expected, jobs))


class Remaining:
    """What is still to be done, and about how long that takes."""

    def __init__(self, expected: Mapping[str, float], jobs: int) -> None:
        self.total = len(expected)
        self.waiting = dict(expected)
        self.jobs = jobs
        self.running: dict[str, float] = {}
        """Name -> when it began."""
        self.expected = BELIEVED
        self.took = BELIEVED

    def take(self, event: Event) -> None:
        if event.state == "running":
            self.running[event.name] = time.monotonic()
        else:
            self.running.pop(event.name, None)
            expected = self.waiting.pop(event.name, 0.0)
            if event.state == "ran" and expected:
                self.expected += expected
                self.took += event.seconds

    @property
    def done(self) -> int:
        return self.total - len(self.waiting)

    @property
    def left(self) -> str:
        """ "about 3 min left", or "" if that is not known or not worth saying. What waits for a program that has yet to
        run is counted, though it may turn out to be fresh."""
        now = time.monotonic()
        spent = sum(min(self.waiting.get(name, 0.0), now - began) for name, began in list(self.running.items()))
        # What was expected comes from another machine, or from a quieter hour of this one.
        seconds = (sum(self.waiting.values()) - spent) / self.jobs * self.took / self.expected
        if seconds < WORTH_SAYING:
            return ""
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"


class Lines:
    """One line for each run that starts or ends; nothing for what is fresh, or was brought along."""

    def __init__(self, remaining: Remaining) -> None:
        self.remaining = remaining

    def __call__(self, event: Event) -> None:
        self.remaining.take(event)
        if event.state == "running":
            last = f", took {event.seconds:.1f} s last time" if event.seconds else ""
            self.say(f"           {event.name}: running ({event.reason}{last})")
        elif event.state not in {"cached", "brought"}:
            took = f" in {event.seconds:.1f} s" if event.seconds else ""
            left = f"; {said}" if (said := self.remaining.left) else ""
            self.say(f"[{self.remaining.done:3}/{self.remaining.total}]  {event.name}: {event.state}{took}{left}")

    @staticmethod
    def say(line: str) -> None:
        sys.stderr.write(line + "\n")  # one write, so that two threads' lines do not mix
        sys.stderr.flush()


@contextmanager
def _terminal(remaining: Remaining) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("runs", total=remaining.total, note="")

        def watch(event: Event) -> None:
            remaining.take(event)
            if event.state in {"ran", "failed", "skipped"}:
                bar.console.print(f"{event.name}: {event.state} in {event.seconds:.1f} s", highlight=False)
            running = ", ".join(remaining.running)
            note = ", ".join(part for part in (remaining.left, f"running {running}" if running else "") if part)
            bar.update(task, completed=remaining.done, note=note)

        yield watch
