"""Shows a step at work: on a terminal a line that moves, elsewhere one line per run. Everything goes to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from genloop.engine.pipeline import Event, Watch


@contextmanager
def progress(total: int, jobs: int, quiet: bool = False) -> Iterator[Watch]:
    """Gives the function that takes events. total: how many snippets there are."""
    if quiet:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with _terminal(total, jobs) as watch:
            yield watch
    else:
        yield Lines(total)


class Lines:
    """One line for each run that starts or ends; nothing for what is fresh."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def __call__(self, event: Event) -> None:
        if event.state == "running":
            last = f", took {event.seconds:.1f} s last time" if event.seconds else ""
            self.say(f"           {event.name}: running ({event.reason}{last})")
            return
        self.done += 1
        if event.state != "cached":
            took = f" in {event.seconds:.1f} s" if event.seconds else ""
            self.say(f"[{self.done:3}/{self.total}]  {event.name}: {event.state}{took}")

    @staticmethod
    def say(line: str) -> None:
        sys.stderr.write(line + "\n")  # one write, so that two threads' lines do not mix
        sys.stderr.flush()


@contextmanager
def _terminal(total: int, jobs: int) -> Iterator[Watch]:
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
        task = bar.add_task("runs", total=total, note="")
        running: dict[str, tuple[float, float]] = {}

        def watch(event: Event) -> None:
            if event.state == "running":
                running[event.name] = (time.monotonic(), event.seconds)
            else:
                running.pop(event.name, None)
                bar.advance(task)
                if event.state != "cached":
                    bar.console.print(f"{event.name}: {event.state} in {event.seconds:.1f} s", highlight=False)
            left = sum(max(0.0, last - (time.monotonic() - began)) for began, last in running.values()) / jobs
            about = f", about {left:.0f} s left for these" if left >= 1 else ""
            bar.update(task, note=f"running {', '.join(running)}{about}" if running else "")

        yield watch
