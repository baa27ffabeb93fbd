"""The constants of a program: where they get their values, and the text with other values in these places."""

from __future__ import annotations

import ast
from collections.abc import Iterable

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bindings(tree: ast.Module) -> dict[str, list[int]]:
    """Name -> the lines on which the program gives it a value, at whatever depth of its top level.

    Also by `+=`, a loop, an import, a `def`, a `global` of a function: a constant that gets another value later has not
    the one that a variant gives it.
    """
    found: dict[str, list[int]] = {}
    # A node, and the names that it shares with the module if it stands in a function; None at the top level.
    waiting: list[tuple[ast.AST, frozenset[str] | None]] = [(tree, None)]
    while waiting:
        node, shared = waiting.pop()
        for name in _names(node):
            if shared is None or name in shared:
                found.setdefault(name, []).append(getattr(node, "lineno", 0))
        if isinstance(node, SCOPES):
            declared = (one.names for one in ast.walk(node) if isinstance(one, ast.Global))
            shared = frozenset(name for names in declared for name in names)
        if isinstance(node, COMPREHENSIONS):  # its variables are its own; only := reaches out
            waiting += [(one.target, shared) for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
        else:
            waiting += [(child, shared) for child in ast.iter_child_nodes(node)]
    return {name: sorted(lines) for name, lines in found.items()}


def _names(node: ast.AST) -> list[str]:
    """The names that this node itself gives a value, or takes it from."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.MatchAs(name=str(name)):
            return [name]
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)) | ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name.partition(".")[0] for alias in aliases]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
    return []


def with_values(source: str, values: Iterable[tuple[ast.expr, str]]) -> str:
    """The source with the text of these expressions replaced. Also of several on one line, or after a form feed."""
    # ast ends a line at \n alone, and counts columns in UTF-8 bytes.
    starts = [0]
    for line in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    changed = source.encode()
    for value, text in sorted(values, key=lambda edit: (-edit[0].lineno, -edit[0].col_offset)):
        begin = starts[value.lineno - 1] + value.col_offset
        end = starts[(value.end_lineno or 1) - 1] + (value.end_col_offset or 0)
        changed = changed[:begin] + text.encode() + changed[end:]
    return changed.decode()
