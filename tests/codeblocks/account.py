"""Every fence of a Markdown file, and what pytest-codeblocks makes of it.

pytest-codeblocks collects a fence only if its first line is exactly ```python, ```sh or ```bash; any other is passed
over without a word. Read here independently, so that the two can be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["run", "continued", "expected output", "output", "skipped", "shown only", "unaccounted"]

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`\n]*)$")
COMMENT = re.compile(r"^[ \t]*<!--[-\s]*(?P<text>.*?)[-\s]*-->[ \t]*$")
RUNNABLE = {"python", "sh", "bash"}
"""The first lines, after the backticks, that pytest-codeblocks collects."""


@dataclass(frozen=True)
class Fence:
    line: int
    info: str
    kind: Kind
    reason: str = ""

    @property
    def collected(self) -> bool:
        """Whether pytest-codeblocks makes a test of it."""
        return self.kind in {"run", "skipped"} or (self.kind == "shown only" and self.info in RUNNABLE)


def fences(text: str, *, staged: bool = False) -> list[Fence]:
    """The fences of a file in order.

    staged: the file was written by `genloop stage`. There a bare ```text fence is an output, which the engine has
    verified; an author's own fence has a shown-only line, or the engine would have refused the page.
    """
    found: list[Fence] = []
    comments: list[str] = []
    closing: re.Pattern[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if closing is not None:
            if closing.match(line):
                closing = None
            continue
        if opened := FENCE.match(line):
            ticks = opened["ticks"]
            closing = re.compile(rf"^[ \t]*{ticks[0]}{{{len(ticks)},}}[ \t]*$")
            fence = _classified(number, opened["info"], ticks, comments)
            if staged and fence.kind == "unaccounted" and (fence.info, comments) == ("text", []):
                fence = Fence(number, "text", "output")
            found.append(fence)
            comments = []
        elif comment := COMMENT.match(line):
            comments.append(comment["text"].strip())
        elif line.strip():
            comments = []
    return found


def _classified(line: int, info: str, ticks: str, comments: list[str]) -> Fence:
    words = " ".join(comments)
    runnable = info in RUNNABLE and ticks[0] == "`"
    if "pytest-codeblocks:skipfile" in words:
        return Fence(line, info, "unaccounted", "skipfile hides every block of the file")
    if "pytest-codeblocks:expected-output" in words:
        return Fence(line, info, "expected output")
    if "pytest-codeblocks:cont" in words:
        return Fence(line, info, "continued")
    if skip := re.search(r"pytest\.mark\.skip(?:if)?\((?:.*reason=)?[\"'](?P<reason>.+)[\"']\)", words):
        return Fence(line, info, "skipped" if runnable else "shown only", skip["reason"])
    if runnable and "pytest.mark.skip" in words:
        return Fence(line, info, "unaccounted", "skipped without a reason")
    if shown := re.search(r"shown-only:\s*(?P<reason>\S.*)", words):
        return Fence(line, info, "shown only", shown["reason"])
    if runnable:
        return Fence(line, info, "run")
    return Fence(line, info, "unaccounted", f"a fence {ticks}{info} is not run, and nothing says why")
