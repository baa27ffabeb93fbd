"""Variants: the same program with other constants, or with a line or two patched.

They stand in a file beside the program, game.variants.toml for game.py. Reads it, and makes the text of each variant.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genloop.engine.errors import line_of, nearest
from genloop.engine.files import TOO_DEEP, lines_of
from genloop.engine.program.constants import bindings, with_values

ENDING = ".variants.toml"
TABLES = ("variants", "sweeps")
VARIANT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
SEED = re.compile(r"(^|_)SEED$")
"""The constant that a variant may differ in and still be the same model, trained anew."""
FEWEST = 3
"""Seeds below which nobody knows how far they lie apart."""
PATCH = "patch"
"""The key of a variant's table that holds old text -> new text; every other key is a constant."""
MOST = 200
"""Runs that one sweep may ask for: a comma too many should not cost a night."""
Misfit = tuple[str, tuple[str, ...]]
"""Why a change does not fit its program, and words that stand on the line that says so, the best first."""
Wrong = Callable[[str, int | None], None]
"""Notes what is wrong, and on which line."""


@dataclass(frozen=True)
class Change:
    """What a variant changes in its program."""

    constants: Mapping[str, object] = field(default_factory=dict)
    patch: Mapping[str, str] = field(default_factory=dict)
    """Old text, which stands exactly once in the program -> new text."""
    table: str = ""
    """The table that asks for it, "variants.seed1" or "sweeps.beta"."""
    line: int | None = None
    """The line of the variants file on which that table begins."""

    @property
    def who(self) -> str:
        """Who asks for it, in a sentence: "variant seed1", "sweep beta"."""
        kind, _, name = self.table.partition(".")
        return f"{kind.removesuffix('s')} {name}"

    @property
    def without_seed(self) -> Change:
        """What it changes besides a seed: equal for runs of one model."""
        return Change({key: value for key, value in self.constants.items() if not SEED.search(key)}, self.patch)


def read_variants(text: str, wrong: Wrong) -> dict[str, Change]:
    """The variants that a file asks for, by name. What is wrong in it is noted with its line; all else is read."""
    lines = lines_of(text)
    try:
        asked = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        wrong(f"is not TOML: {error}", int(at[1]) if at else len(lines))
        return {}
    except RecursionError:
        wrong(TOO_DEEP, None)
        return {}
    changes: dict[str, Change] = {}
    for kind, tables in asked.items():
        at_kind = line_of(kind, lines) or 1
        if kind not in TABLES:
            wrong(f'unknown table "{kind}"{nearest(kind, TABLES)}', at_kind)
        elif not isinstance(tables, dict):
            wrong(f"{kind} must be tables, [{kind}.NAME]", at_kind)
        else:
            for name, given in tables.items():
                line = line_of(f"{kind}.{name}", lines) or line_of(name, lines, at_kind)
                _add(changes, Change(table=f"{kind}.{name}", line=line), given, wrong)
    return changes


def _add(changes: dict[str, Change], asks: Change, given: Any, wrong: Wrong) -> None:
    """Adds what one table asks for, or notes what is wrong with it. asks: its name and line."""
    named = _named(asks, given)
    if isinstance(named, str):
        wrong(f"{asks.who} {named}", asks.line)
        return
    for name, constants in named:
        if why := _why_no_name(name, asks, changes):
            wrong(why, asks.line)
            return
        changes[name] = Change(constants, given.get(PATCH, {}), asks.table, asks.line)


def _why_no_name(name: str, asks: Change, changes: Mapping[str, Change]) -> str:
    if not VARIANT_NAME.fullmatch(name):
        return f'{asks.who}: the name "{name}" must be of a-z, 0-9, ".", "_" and "-"'
    if name not in changes:
        return ""
    other = changes[name].table
    also = "gives it twice" if other == asks.table else f"gives it, and {other} does as well"
    return f'there can be one variant "{name}"; {asks.table} {also}'


def _named(asks: Change, given: Any) -> list[tuple[str, dict[str, Any]]] | str:
    """The variants that a table asks for, as names and constants; or what is wrong with the table."""
    kind, _, name = asks.table.partition(".")
    if not isinstance(given, dict) or not given:
        return "must be a table of constants, as in SEED = 1"
    if not _is_patch(given.get(PATCH, {"": ""})):
        return f'has a {PATCH} that is none; write {PATCH} = {{ "old text" = "new text" }}'
    constants = {key: value for key, value in given.items() if key != PATCH}
    if kind == "variants":
        return [(name, constants)]
    lists = {key: value for key, value in constants.items() if isinstance(value, list)}
    if not lists:
        return "must have at least one list, as in SEED = [1, 2, 3]"
    runs = math.prod(map(len, lists.values()))
    if not 0 < runs <= MOST:
        return f"asks for {runs} runs; at least 1 and at most {MOST} are allowed"
    fixed = {key: value for key, value in constants.items() if key not in lists}
    return [
        (name + "_".join(filter(None, map(_word, values))), fixed | dict(zip(lists, values, strict=True)))
        for values in itertools.product(*lists.values())
    ]


def _is_patch(given: object) -> bool:
    return isinstance(given, dict) and bool(given) and all(isinstance(new, str) for new in given.values())


def _word(value: object) -> str:
    """What a value adds to the name of a variant; nothing if it is a list itself."""
    if isinstance(value, list):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def apply(change: Change, source: str, tree: ast.Module, first: int) -> tuple[str, list[Misfit]]:
    """The text of a variant, and what does not fit: a constant that is not there, an old text that is not there once.

    first: lines of the header, which a patch leaves alone.
    """
    changed, misfits = _replace_constants(change, source, tree)
    head = "".join(f"{line}\n" for line in lines_of(changed)[:first])
    body = changed[len(head) :]
    for old, new in change.patch.items():
        times = body.count(old) if old else 0
        if times == 1:
            body = body.replace(old, new)
        else:
            start = _first_line(old)
            why = f'the patch of {change.who} replaces "{old}", which {_why_not(old, body, times, first)}'
            misfits.append((why, (start, json.dumps(start, ensure_ascii=False)[1:-1], PATCH)))
    if not _parses(body):
        misfits.append((f"with the patch of {change.who} it is not a Python program", (PATCH,)))
    return head + body, misfits


def _why_not(old: str, body: str, times: int, first: int) -> str:
    if times:
        lines = [str(first + number) for number, line in enumerate(lines_of(body), 1) if _first_line(old) in line]
        return f"stands there {times} times (lines {', '.join(lines)}); give more of the line"
    close = difflib.get_close_matches(old.strip(), [line.strip() for line in lines_of(body)], n=1, cutoff=0.5)
    return "does not stand there" + (f'; the nearest line is "{close[0]}"' if close else "")


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _parses(body: str) -> bool:
    try:
        ast.parse(body)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return False
    return True


def _replace_constants(change: Change, source: str, tree: ast.Module) -> tuple[str, list[Misfit]]:
    """The source with top-level `NAME = value` given new values."""
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=constant)], value=value):
                found.setdefault(constant, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=constant), value=ast.expr() as value):
                found.setdefault(constant, []).append(value)
    bound = bindings(tree)
    edits, misfits = [], list[Misfit]()
    for constant, new in change.constants.items():
        values = found.get(constant, [])
        if not values:
            why = f"which is no top-level constant{nearest(constant, [PATCH, *filter(str.isupper, found)])}"
        elif len(bound[constant]) > 1:
            why = f"which is assigned on lines {' and '.join(map(str, bound[constant]))}"
        else:
            edits.append((values[0], repr(new)))
            continue
        misfits.append((f'{change.who} sets "{constant}", {why}', (constant,)))
    return with_values(source, edits), misfits
