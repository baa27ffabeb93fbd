"""Prose of others on a page of a course: nothing in it may be taken for a call, for HTML, or for a block."""

from __future__ import annotations

import re
from collections.abc import Callable

OPENING = re.compile(r"\{(?=\{|%|##)")
CALL = re.compile(r"\{\{|\{%|\{##")
SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\\(.+?\\\)|\\\[.+?\\\]", re.S)
"""What stands as it is: code and formulas."""
TAG = re.compile(r"<(?!https?://)")
BLOCK = re.compile(r"(?m)^(\s*)(/{3,}|#)")


def raw(code: str) -> str:
    """Code or a formula whose braces Jinja leaves alone."""
    return CALL.sub(lambda found: f"{{% raw %}}{found[0]}{{% endraw %}}", code)


def literal(text: str) -> str:
    """Markdown in which braces call nothing, no HTML stands, and code and formulas are as they were."""
    return outside_code(text, _escaped, raw)


def plain(text: str) -> str:
    """Text in which nothing is a mark, such as a title."""
    return _escaped(re.sub(r"([\\`*_\[\]])", r"\\\1", text))


def _escaped(text: str) -> str:
    text = TAG.sub("&lt;", OPENING.sub("&#123;", text))
    return BLOCK.sub(r"\1\\\2", text)


def outside_code(text: str, change: Callable[[str], str], inside: Callable[[str], str] = str) -> str:
    """The text with one function over its prose, and another over its code and formulas."""
    pieces, end = [], 0
    for span in SPAN.finditer(text):
        pieces += [change(text[end : span.start()]), inside(span[0])]
        end = span.end()
    return "".join([*pieces, change(text[end:])])


def fence(code: str, language: str, reason: str) -> str:
    """A fence that says why no program of the course answers for it."""
    longest = max(map(len, re.findall(r"`+", code)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"<!-- shown-only: {reason} -->\n\n{mark}{language}\n{raw(code.rstrip())}\n{mark}"
