"""The page of a program that is brought along: its prose, its sections, its figures and what it prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genloop.engine.begin.prose import plain


@dataclass(frozen=True)
class Part:
    """A piece of a page: prose, then a section of the program with the figures that it saves."""

    prose: str = ""
    """Markdown."""
    section: str = ""
    figures: Sequence[str] = ()
    whole: bool = False
    """Whether the whole program stands here."""


def page(name: str, title: str, parts: Sequence[Part], figures: Sequence[str], *, prints: bool) -> str:
    """The Markdown of a page. figures: those that stand with no section; they follow the last one."""
    pieces = [f"---\nprogram: {json.dumps(name)}\n---", f"# {plain(title)}"]
    in_sections = any(part.section for part in parts)
    for part in parts:
        pieces.append(part.prose)
        if part.section:
            pieces.append(f"{{{{ code({json.dumps(part.section, ensure_ascii=False)}) }}}}")
        pieces += ["{{ code() }}"] if part.whole else []
        pieces += [_figure(file) for file in part.figures]
    if not in_sections and not any(part.whole for part in parts):
        pieces.append("{{ code() }}")
    pieces += [_figure(file) for file in figures]
    if prints:
        pieces.append("{{ output() }}")
    if in_sections:
        pieces.append("{{ code(fold=True) }}")
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _figure(file: str) -> str:
    return f"{{{{ figure({json.dumps(file, ensure_ascii=False)}) }}}}"


def index(title: str, links: Sequence[tuple[str, str, str]], said: Mapping[str, str]) -> str:
    """The first page: a list of all others. links: topic, title and path below docs/ of each.

    said: topic -> Markdown that stands above its list; that of "" stands above all.
    """
    lines = [f"# {plain(title)}", *(["", said[""]] if said.get("") else [])]
    topic = ""
    for heading, name, path in links:
        if heading != topic:
            topic = heading
            lines += ["", f"## {plain(heading)}", *(["", said[heading]] if said.get(heading) else [])]
        gap = [] if lines[-1].startswith("- ") else [""]
        lines += [*gap, f"- [{plain(name)}]({path})"]
    return "\n".join(lines) + "\n"
