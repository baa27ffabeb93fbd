"""Figures that are pages of HTML, such as an interactive chart: what such a file may do, and what keeps it to that.

It may run its own scripts, in a frame without an origin. It holds all that it shows: what it would fetch is a problem,
and what a script tries to fetch all the same a browser refuses, by the policy that is put in front of it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; worker-src blob:; "
    "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; connect-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)
DOCTYPE = re.compile(r"\ufeff?[\t\n\f\r ]*<!doctype[^>]*>", re.I)
REFUSED = {"base", "object", "embed", "iframe", "frame", "frameset", "portal", "form", "fencedframe"}
ADDRESSES = {"src", "srcset", "poster", "data", "background", "xlink:href", "formaction", "action", "ping", "manifest"}
"""Attributes that make a browser fetch something. `href` does so in some elements."""
HELD = ("data:", "blob:", "#", "about:")
IN_CSS = re.compile(r"url\(\s*+[\"']?+(?!data:|blob:|#|\s*\))([^\"')]*)|@import\s+[\"']?([^\"';]*)", re.I)


def wrong_html(data: bytes) -> str:
    """Why a file is no HTML that a page may show, "" if it is."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if not reader.elements or not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return "is no HTML"
    if reader.wrong:
        line, why = reader.wrong[0]
        return f"{why} (its line {line})"
    return ""


def with_policy(html: str) -> str:
    """The same file with a policy that stands before anything that it could do. A browser keeps to the first one."""
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    found = DOCTYPE.match(html)
    end = found.end() if found else 0
    return html[:end] + head + html[end:].removeprefix("\ufeff")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements = 0
        self.wrong: list[tuple[int, str]] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        self.in_style = tag == "style"
        given = {name: (value or "").strip() for name, value in attrs}
        if tag in REFUSED:
            self.tell(f"holds a <{tag}>")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.tell("leads on to another page (refresh)")
        for name, value in given.items():
            fetched = name in ADDRESSES or (name == "href" and tag not in {"a", "area"})
            if fetched and value and not value.lower().startswith(HELD):
                self.tell(f'fetches "{value:.80}"')
        self.look(given.get("style", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.in_style = False

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the signature of HTMLParser
        self.in_style = False

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.look(data)

    def look(self, css: str) -> None:
        for found in IN_CSS.finditer(css):
            self.tell(f'fetches "{(found[1] or found[2] or "").strip():.80}" by its style')

    def tell(self, why: str) -> None:
        self.wrong.append((self.getpos()[0], why))
