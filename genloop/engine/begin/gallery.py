"""The blocks of a script as sphinx-gallery reads it: comments that are prose, and the code between them."""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from genloop.engine.files import lines_of, shown
from genloop.engine.program.snippet import TOP, UNFIT

MARK = re.compile(r"# ?%%[ \t]*(?P<title>.*)|#{20,}(?P<rest>.*)")
OWN = re.compile(r"\s*# sphinx_gallery_")
FIRST = re.compile(r"#!|#.*coding[:=]")
"""Lines for the shell and for the parser, which say nothing to a reader."""


@dataclass(frozen=True)
class Block:
    """A piece of prose, and the code that follows it."""

    title: str
    """What stands on the mark itself, or ""."""
    prose: str
    code: str
    line: int
    """Of the first line of its prose in the file, from 1."""
    end: int
    """Of its last line."""


@dataclass(frozen=True)
class Script:
    docstring: str
    top: str
    """The code before the first block, without the docstring and what stands above it."""
    blocks: tuple[Block, ...]
    line: int
    """Of the docstring in the file."""


def split(source: str, tree: ast.Module) -> Script:
    """A script, cut at its marks."""
    lines = lines_of(source)
    docstring, begin, start = "", 0, 1
    match tree.body:
        case [ast.Expr(value=ast.Constant(value=str() as docstring)) as first, *_]:
            begin, start = first.end_lineno or 0, first.lineno
    above = [line for line in lines[: start - 1] if not FIRST.match(line)] if docstring else []
    comments = _comments(source)
    marks = [at for at in range(begin, len(lines)) if at in comments and MARK.fullmatch(lines[at].rstrip())]
    top = [*above, *lines[begin : marks[0] if marks else len(lines)]]
    if not docstring:
        top = [line for line in top if not FIRST.match(line)]
    blocks = [_block(lines, at, end, comments) for at, end in itertools.pairwise([*marks, len(lines)])]
    return Script(docstring, _code(top), tuple(blocks), start)


def _comments(source: str) -> set[int]:
    """The lines, from 0, that are a comment from their first character on."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        return {token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT and token.start[1] == 0}
    except (tokenize.TokenError, SyntaxError):  # what ast reads and tokenize does not, such as a form feed in a string
        return set()


def _block(lines: list[str], at: int, end: int, comments: set[int]) -> Block:
    mark = MARK.fullmatch(lines[at].rstrip())
    assert mark
    first = at + 1
    while first < end and first in comments and not OWN.match(lines[first]):
        first += 1
    said = [re.sub(r"^#+ ?", "", line) if line.strip("# ") else "" for line in lines[at + 1 : first]]
    return Block((mark["title"] or "").strip(" #"), "\n".join(said), _code(lines[first:end]), at + 2, end)


def _code(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip("\n") for line in lines if not OWN.match(line)).strip("\n")


def titles(wanted: Iterable[str]) -> list[str]:
    """Titles for sections: what no section may be called is taken out of them, and each is another one."""
    taken = {TOP, ""}
    found = []
    for number, title in enumerate(wanted, 1):
        title = " ".join(UNFIT.sub("", shown(title)).split())[:60].strip()
        base = title or f"part {number}"
        title, more = base, 2
        while title in taken:
            title, more = f"{base} ({more})", more + 1
        taken.add(title)
        found.append(title)
    return found


def joined(docstring: str, top: str, sections: Iterable[tuple[str, str]]) -> str:
    """A program of a docstring, the code above all sections, and sections: title and code."""
    parts = [docstring, top, *(f"# %% {title}\n{code}" for title, code in sections)]
    return "\n\n".join(part for part in parts if part) + "\n"


def same_code(one: str, other: str) -> bool:
    """Whether two programs do the same: they differ in comments and in their docstring alone."""
    return _bare(one) == _bare(other)


def _bare(source: str) -> str:
    tree = ast.parse(source)
    match tree.body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            tree.body = rest
    return ast.dump(tree)
