"""The front matter of a page, as far as the page's calls are concerned.

program: vae/digits             the page's main program: code("train") is a section of it, run.kl what it printed
runs:                           names for other runs, or for several at once
  baselines: vae/baselines
  seeds: [vae/digits, vae/digits@seed*]
rows:                           names for rows of what a run printed: of the main program, or of one named before
  last: epoch=100
  blur: review/faults blur share=0.4
  models: [GAN, VAE]                  several at once
  recall: real recall[0]              what stands in a row after a label, or one number of it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name -> beginnings of lines, each after a program if that is not the main one."""
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
        lines = found["yaml"].splitlines()
        line = lines[min(mark.line, len(lines) - 1)] if mark and lines else ""
        return FrontMatter(
            found[0], wrong=((f"the front matter is not YAML: {getattr(error, 'problem', error)}", line),)
        )
    if not isinstance(table, dict):
        return FrontMatter(found[0])
    wrong: list[tuple[str, str]] = []
    program = table.get("program", "")
    if not isinstance(program, str):
        wrong.append(("program must be the name of a program, as in program: gan/ring", "program"))
    runs: dict[str, tuple[str, ...]] = {}
    for name, given in _named(table, "runs", "seeds: gan/ring@seed*", wrong):
        programs = [given] if isinstance(given, str) else given
        if not isinstance(programs, list) or not programs or not all(isinstance(one, str) for one in programs):
            wrong.append((f"runs: {name} must be a program or a list of programs", name))
        else:
            runs[name] = tuple(programs)
    rows: dict[str, tuple[str, ...]] = {}
    for name, given in _named(table, "rows", "noise: review/controls noise", wrong):
        if name in runs:
            wrong.append((f'rows: "{name}" is the name of a run as well; choose another', name))
        elif not (lines := tuple(str(one) for one in (given if isinstance(given, list) else [given]) if one)):
            wrong.append((f"rows: {name} must be the beginning of a line, or a list of them", name))
        else:
            rows[name] = lines
    return FrontMatter(found[0], program if isinstance(program, str) else "", runs, rows, tuple(wrong))


def _named(
    table: Mapping[object, object], key: str, example: str, wrong: list[tuple[str, str]]
) -> Iterator[tuple[str, object]]:
    """The entries of one table of the front matter whose names can be used in calls."""
    given = table.get(key) or {}
    if not isinstance(given, dict):
        wrong.append((f"{key} must be a table of names, as in {key}: {{{example}}}", key))
        return
    for name, value in given.items():
        if isinstance(name, str) and name.isidentifier():
            yield name, value
        else:
            wrong.append((f"{key}: {name!r} is no name for calls; use letters, digits and _", str(name)))
