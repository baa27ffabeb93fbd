"""The front matter of a page, as far as the page's calls are concerned.

program: vae/digits             the page's main program: code("train") is a section of it, run.kl what it printed
runs:                           names for other runs, or for several at once
  baselines: vae/baselines
  seeds: [vae/digits, vae/digits@seed*]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

BLOCK = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.M | re.S)


@dataclass(frozen=True)
class FrontMatter:
    text: str = ""
    """The front matter as it stands at the beginning of the page."""
    program: str = ""
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name -> programs, variants and patterns with stars."""
    wrong: tuple[tuple[str, str], ...] = ()
    """What cannot be understood, and the text that its line holds."""

    def line_of(self, word: str) -> int:
        """The line of the page on which a word of the front matter stands."""
        lines = enumerate(self.text.splitlines(), 1)
        return next((number for number, line in lines if word and word in line), 1)


def read_front_matter(text: str) -> FrontMatter:
    found = BLOCK.match(text)
    if not found:
        return FrontMatter()
    try:
        table = yaml.safe_load(found["yaml"])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = found["yaml"].splitlines()[mark.line] if mark and mark.line < found["yaml"].count("\n") else ""
        return FrontMatter(
            found[0], wrong=((f"the front matter is not YAML: {getattr(error, 'problem', error)}", line),)
        )
    if not isinstance(table, dict):
        return FrontMatter(found[0])
    wrong: list[tuple[str, str]] = []
    program, runs = table.get("program", ""), table.get("runs", {})
    if not isinstance(program, str):
        wrong.append(("program must be the name of a program, as in program: gan/ring", "program"))
    if not isinstance(runs, dict):
        wrong.append(("runs must be names with programs, as in runs: {seeds: gan/ring@seed*}", "runs"))
    named: dict[str, tuple[str, ...]] = {}
    for name, given in runs.items() if isinstance(runs, dict) else ():
        programs = [given] if isinstance(given, str) else given
        if not isinstance(name, str) or not name.isidentifier():
            wrong.append((f"runs: {name!r} is no name for a run; use letters, digits and _", str(name)))
        elif not isinstance(programs, list) or not programs or not all(isinstance(one, str) for one in programs):
            wrong.append((f"runs: {name} must be a program or a list of programs", name))
        else:
            named[name] = tuple(programs)
    return FrontMatter(found[0], program if isinstance(program, str) else "", named, tuple(wrong))
