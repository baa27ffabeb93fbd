"""`llms.txt`: what the staged pages are, one line each, for programs that read. The format is that of llmstxt.org."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from genloop.engine.page.words import Lenient

FRONT = re.compile(r"---\n(.*?)\n---(?:\n|$)", re.S)
OTHERS = "Optional"
"""What the format calls links that may be left out."""


def llms(settings: Mapping[str, Any], pages: Mapping[str, str]) -> str:
    """settings: those of mkdocs.yml. pages: path -> Markdown, with its front matter. In the order of the navigation."""
    said = " ".join(str(settings.get("site_description") or "").split())
    parts = [f"# {settings.get('site_name') or 'A course'}", *([f"> {said}"] if said else [])]
    sections: dict[str, list[str]] = {}
    left = dict(pages)
    for section, page in _named(settings.get("nav"), "Pages"):
        if (text := left.pop(page, None)) is not None:
            sections.setdefault(section, []).append(_line(page, text))
    if left:
        sections[OTHERS if sections else "Pages"] = [_line(page, text) for page, text in sorted(left.items())]
    parts += ["\n".join([f"## {section}", "", *lines]) for section, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def _named(nav: object, section: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Pages of a navigation, each with the name of the part at the top that it is in."""
    if isinstance(nav, str):
        yield section, nav
    elif isinstance(nav, dict):
        for name, inner in nav.items():
            yield from _named(inner, str(name) if depth == 0 and isinstance(inner, list) else section, depth + 1)
    elif isinstance(nav, list):
        for one in nav:
            yield from _named(one, section, depth)


def _line(page: str, text: str) -> str:
    found = FRONT.match(text)
    try:
        front = yaml.load(found[1], Lenient) if found else {}
    except (yaml.YAMLError, ValueError, RecursionError):
        front = {}
    front = front if isinstance(front, dict) else {}
    heading = re.search(r"(?m)^# +(.+)$", text)
    title = str(front.get("title") or (heading[1] if heading else page))
    said = " ".join(str(front.get("description") or "").split())
    return f"- [{re.sub(r'[][]', '', title)}]({page})" + (f": {said}" if said else "")
