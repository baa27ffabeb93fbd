"""What should have become something else on a page and stands there still: calls, and the marks of blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

CLOSED = frozenset({"code", "math", "pre", "script", "style", "textarea"})
"""Elements in which anything may stand."""
CALL = re.compile(r"\{\{.*|\{%.*")
BLOCK = re.compile(r"^\s*(/{3,}(?:\s.*|$))", re.M)


def leftovers(html: str) -> list[str]:
    """What is wrong with a page, if something is left: outside of code, calls and `///` show in no page."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return list(dict.fromkeys(_told("".join(reader.pieces))))


def _told(text: str) -> Iterator[str]:
    for found in CALL.finditer(text):
        yield f'still holds a call that nobody expanded: "{found[0].strip()}"'
    for found in BLOCK.finditer(text):
        yield f'still holds the mark of a block: "{found[1].strip()}"'


class _Text(HTMLParser):
    """The text outside of closed elements; each other element begins a line of its own.

    What is spelled as the number of a character was written to be shown, such as a brace that a program printed.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's
        if tag in CLOSED:
            self.open.append(tag)
        elif not self.open:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_entityref(self, name: str) -> None:
        self.handle_data(unescape(f"&{name};"))

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.pieces.append(data)
