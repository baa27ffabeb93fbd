"""What a claim rests on: the comparisons that its condition made, and whether they could have come out otherwise."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from genloop.engine.page.arithmetic import Number
from genloop.engine.program.snippet import Snippet

ORIGIN = re.compile(r"(?P<run>[^:]+):(?P<line>\d+):(?P<label>.*)\[(?P<place>\d+)\]")
"""Where a printed number comes from (see values.Entry)."""
LABEL = re.compile(r"(?P<label>[A-Za-z_][\w./-]*)(?:=|[ \t]*:[ \t]+)$")
"""A label at the end of a piece of text that a program prints before a value."""


@dataclass(frozen=True)
class Comparison:
    left: Number
    sign: str
    right: Number
    holds: bool

    def __str__(self) -> str:
        return f"{self.left.said} {self.sign} {self.right.said}"


def fault(made: list[Comparison], snippets: Mapping[str, Snippet]) -> str:
    """Why these comparisons prove nothing, whatever the runs print; "" if they can fail."""
    if not made:
        return "compares nothing that a run printed, so it holds whatever the runs print"
    for one in made:
        if one.left.origin == one.right.origin:
            return f"compares a number with itself ({one}), so it says nothing of the run"
        if _one_value(one.left.origin, one.right.origin, snippets):
            return f"compares two labels that the program prints from one value ({one}), so it cannot fail"
    return ""


def _one_value(left: str, right: str, snippets: Mapping[str, Snippet]) -> bool:
    mine, other = ORIGIN.fullmatch(left), ORIGIN.fullmatch(right)
    if not mine or not other or (mine["run"], mine["line"]) != (other["run"], other["line"]):
        return False
    labels = {mine["label"], other["label"]}
    return any(labels <= together for together in printed_together(snippets[mine["run"]].source))


def printed_together(source: str) -> Iterator[set[str]]:
    """Labels that one statement of a program prints from one and the same expression: a and b of f"a={x} b={x}"."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            labels: dict[str, set[str]] = defaultdict(set)
            for before, value in zip(node.values, node.values[1:], strict=False):
                named = LABEL.search(str(before.value)) if isinstance(before, ast.Constant) else None
                if named and isinstance(value, ast.FormattedValue):
                    labels[ast.dump(value.value)].add(named["label"])
            yield from (group for group in labels.values() if len(group) > 1)
