"""Variants: the same program with other constants, or with a line or two patched. Reads them, and makes their text."""

from __future__ import annotations

import ast
import difflib
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genloop.engine.errors import nearest
from genloop.engine.files import lines_of
from genloop.engine.program.constants import bindings, with_values

VARIANT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
PATCH = "patch"
"""The key of a variant's table that holds old text -> new text; every other key is a constant."""
MOST = 200
"""Runs that one sweep may ask for: a comma too many should not cost a night."""
Wrong = Callable[[str, int | None], None]
"""Notes what is wrong, and the line of the header that says so."""


@dataclass(frozen=True)
class Change:
    """What a variant changes in its program."""

    constants: Mapping[str, object] = field(default_factory=dict)
    patch: Mapping[str, str] = field(default_factory=dict)
    """Old text, which stands exactly once in the program -> new text."""
    table: str = ""
    """The table of the header that asks for it, "variants.seed1" or "sweeps.beta"."""


def read_variants(table: Mapping[str, Any], wrong: Wrong, at: Callable[[str, str], int | None]) -> dict[str, Change]:
    """[tool.genloop.variants]: one variant per table. at: the header's line of a key, from a table on."""
    changes = {}
    for name, given in table.items():
        line = at(name, "variants")
        if not VARIANT_NAME.fullmatch(name):
            wrong(f'the variant name "{name}" must be of a-z, 0-9, ".", "_" and "-"', line)
        elif not isinstance(given, dict) or not given:
            wrong(f"variant {name} must be a table of constants, as in SEED = 1", line)
        elif not _is_patch(given.get(PATCH, {"": ""})):
            wrong(f'{PATCH} of variant {name} must be a table, as in {{ "old text" = "new text" }}', line)
        else:
            constants = {key: value for key, value in given.items() if key != PATCH}
            changes[name] = Change(constants, given.get(PATCH, {}), f"variants.{name}")
    return changes


def _is_patch(given: object) -> bool:
    return isinstance(given, dict) and bool(given) and all(isinstance(new, str) for new in given.values())


def read_sweeps(table: Mapping[str, Any], wrong: Wrong, at: Callable[[str, str], int | None]) -> dict[str, Change]:
    """[tool.genloop.sweeps]: a variant for each combination of the values in lists; single values hold for all."""
    changes: dict[str, Change] = {}
    for sweep, given in table.items():
        line = at(sweep, "sweeps")
        if not isinstance(given, dict) or not (lists := {key: v for key, v in given.items() if isinstance(v, list)}):
            wrong(f"sweep {sweep} must be a table with at least one list, as in SEED = [1, 2, 3]", line)
            continue
        if not _is_patch(given.get(PATCH, {"": ""})):
            wrong(f'{PATCH} of sweep {sweep} must be a table, as in {{ "old text" = "new text" }}', line)
            continue
        combinations = list(itertools.product(*lists.values()))
        if not 0 < len(combinations) <= MOST:
            wrong(f"sweep {sweep} asks for {len(combinations)} runs; at least 1 and at most {MOST} are allowed", line)
            continue
        fixed = {key: value for key, value in given.items() if key not in lists and key != PATCH}
        for values in combinations:
            name = sweep + "_".join(_word(value) for value in values)
            if not VARIANT_NAME.fullmatch(name) or name in changes:
                why = "stands there twice" if name in changes else 'must be of a-z, 0-9, ".", "_" and "-"'
                wrong(f'sweep {sweep}: the variant name "{name}" {why}', line)
                break
            constants = fixed | dict(zip(lists, values, strict=True))
            changes[name] = Change(constants, given.get(PATCH, {}), f"sweeps.{sweep}")
    return changes


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def apply(
    change: Change, source: str, tree: ast.Module, first: int, who: str, wrong: Wrong, at: Callable[[str], int | None]
) -> str:
    """The text of a variant. first: lines of the header, which a patch leaves alone.

    A constant that is not there, and a patch whose old text stands nowhere or more than once, is noted with `wrong`.
    """
    changed = _replace_constants(change.constants, source, tree, who, wrong, at)
    head = "".join(f"{line}\n" for line in lines_of(changed)[:first])
    body = changed[len(head) :]
    for old, new in change.patch.items():
        times = body.count(old) if old else 0
        if times != 1:
            line = at(_first_line(old)) or at(PATCH)
            wrong(f'the patch of {who} replaces "{old}", which {_why_not(old, body, times, first)}', line)
        else:
            body = body.replace(old, new)
    if not _parses(body):
        wrong(f"with the patch of {who} it is not a Python program", at(PATCH))
    return head + body


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


def _replace_constants(
    constants: Mapping[str, object],
    source: str,
    tree: ast.Module,
    who: str,
    wrong: Wrong,
    at: Callable[[str], int | None],
) -> str:
    """The source with top-level `NAME = value` given new values."""
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=constant)], value=value):
                found.setdefault(constant, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=constant), value=ast.expr() as value):
                found.setdefault(constant, []).append(value)
    bound = bindings(tree)
    edits = []
    for constant, new in constants.items():
        values = found.get(constant, [])
        if not values:
            hint = nearest(constant, (known for known in found if known.isupper()))
            wrong(f'{who} sets "{constant}", which is no top-level constant{hint}', at(constant))
        elif len(bound[constant]) > 1:
            where = " and ".join(map(str, bound[constant]))
            wrong(f'{who} sets "{constant}", which is assigned on lines {where}', at(constant))
        else:
            edits.append((values[0], repr(new)))
    return with_values(source, edits)
