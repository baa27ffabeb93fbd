"""What stands above a page while somebody writes it: what runs, what differs, what failed, and what to type."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence

from genloop.engine.errors import Problem
from genloop.engine.publish.desk import Desk, Known

STYLE = """<style>
.gl-desk { border: 2px solid currentColor; border-radius: 4px; padding: .4em .8em; margin: 0 0 1.2em;
  font-size: .8rem; }
.gl-desk p { margin: .3em 0; }
.gl-desk pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3em 0; font-size: .72rem; max-height: 24em;
  overflow: auto; }
.gl-desk-two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 .8em; }
</style>"""


def banner(desk: Desk, used: Collection[str], wrong: Sequence[Problem]) -> str:
    """HTML, or "" if there is nothing to say. used: the programs of the page; wrong: what is wrong on the page."""
    parts = list(_parts(desk, used, wrong))
    return f'{STYLE}<div class="gl-desk" role="status">{"".join(parts)}</div>' if parts else ""


def _parts(desk: Desk, used: Collection[str], wrong: Sequence[Problem]) -> Iterator[str]:
    used = set(used) & desk.project.snippets.keys()  # not the modules that it shows
    with_needs = set(desk.project.select(used)) if used and not _circle(desk) else used
    known = {name: desk.known.get(name, Known()) for name in sorted(with_needs)}
    running = {name: run.expected for name, run in dict(desk.running).items() if name in known}
    waiting = [name for name, one in known.items() if not one.fresh and not one.failed and name not in running]
    if running:
        told = ", ".join(f"{name} (about {seconds:.0f} s)" if seconds else name for name, seconds in running.items())
        yield _line(f"Running: {told}.")
    if waiting:
        old = "what they printed before is shown" if all(known[name].record for name in waiting) else "to run"
        yield _line(f"Waiting, {old}: {_few(waiting)}.")
    yield from (_program(desk, name, one) for name, one in known.items() if one.problems)
    bases = {name.partition("@")[0] for name in known}
    own = [one for one in desk.project.problems if one.name.partition("@")[0] in bases]
    for problem in [*own, *desk.wrong, *wrong]:
        yield _text(str(problem))
    elsewhere = [one for one in desk.project.problems if one not in own]
    elsewhere += [one for name, other in desk.known.items() if name not in known for one in other.problems]
    if elsewhere:
        lines = "\n".join(map(str, elsewhere))
        count = f"{len(elsewhere)} problem{'s' if len(elsewhere) > 1 else ''} elsewhere in the course"
        yield f"<details><summary>{count}</summary>{_text(lines)}</details>"


def _circle(desk: Desk) -> bool:
    return any("circle" in one.why for one in desk.project.problems)


def _program(desk: Desk, name: str, known: Known) -> str:
    """A program that failed, or prints something else than was accepted: both, and the command."""
    differing = [one for one in known.problems if one.kind == "output"]
    others = "".join(_text(str(one)) for one in known.problems if one.kind != "output")
    if not differing or known.record is None:
        return others
    snippet = desk.project.snippets[name]
    before = snippet.out.read_text(encoding="utf-8", errors="replace") if snippet.out.is_file() else "(nothing)"
    two = f"<div class=gl-desk-two><div>accepted{_text(before)}</div><div>now{_text(known.record.stdout)}</div></div>"
    head = _line(f"{name} prints something else than was accepted ({len(differing)} differences).")
    return f"{head}{two}{_text(next(iter(one.fix for one in differing if one.fix), ''))}{others}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _line(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _text(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>" if text else ""
