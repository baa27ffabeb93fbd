"""Pairs of outputs with a verdict for each line: one table, which the engine and the reader's page both keep to.

`pairs.json` is data: a case has the accepted and the printed text, the rules as a header writes them, a word for each
line, and under `whole` how many differences belong to no line. Cases named "engine: ..." come from test_verify.py,
which marks by hand whether they pass and one line that is wrong; their other lines are as the engine has them.
The verdicts of all others were written first and then compared with the engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from genloop.engine.program.header import Rule

TABLE = Path(__file__).with_name("pairs.json")


@dataclass(frozen=True)
class Case:
    name: str
    expected: str
    actual: str
    lines: list[str]
    """ "equal", "within" its room, "off", "missing", or one "more": for each line in its order."""
    expect: dict[str, dict[str, Any]] = field(default_factory=dict)
    whole: int = 0

    @property
    def rules(self) -> dict[str, Rule]:
        return {label: _rule(given) for label, given in self.expect.items()}


@cache
def cases() -> list[Case]:
    return [Case(**row) for row in json.loads(TABLE.read_text(encoding="utf-8"))]


def _rule(given: dict[str, Any]) -> Rule:
    [(word, value)] = given.items()
    match word:
        case "abs" | "rel":
            return Rule(word, amount=float(value))
        case "between":
            return Rule(word, low=float(value[0]), high=float(value[1]))
        case "any":
            return Rule(word, reason=value)
        case _:
            return Rule(word)
