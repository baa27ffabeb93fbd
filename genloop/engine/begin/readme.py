"""What a folder of programs says of itself: the README of a gallery or of a repository, as Markdown of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.begin.prose import fence, literal
from genloop.engine.begin.rst import EXAMPLE, Converter, Tell, without_marks
from genloop.engine.files import lines_of, read_source

NAMES = ("gallery_header", "readme")
ENDINGS = (".rst", ".txt", ".md", "")
HEADING = re.compile(r"(?P<signs>#{1,6}) +(?P<title>.+?)[ #]*")
FENCE = re.compile(r"(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<language>[\w+-]*).*")
PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*([^)\s]*)[^)]*\)")
AWAY = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)


@dataclass(frozen=True)
class Readme:
    title: str
    """As plain text, "" if it has none."""
    text: str
    """Markdown of a page, without the title."""


def find_readme(folder: Path) -> Path | None:
    """As sphinx-gallery looks for it, and as others write it."""
    files = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    return next((files[name + ending] for name in NAMES for ending in ENDINGS if name + ending in files), None)


def read_readme(path: Path, tell: Tell, pages: Mapping[str, str], deeper: int = 0) -> Readme:
    """Raises OSError or ValueError for a file that cannot be read.

    pages: what lies beside it and has a page here -> the address of that page. deeper: by how much its headings are
    below those of a page.
    """
    text = read_source(path)
    if path.suffix.lower() == ".md":
        return _markdown(text, tell, pages, deeper)
    converter = Converter(tell, text, deeper)
    heading, rest = converter.title(text)
    return Readme(without_marks(heading), converter.convert(rest, 1))


def _markdown(text: str, tell: Tell, pages: Mapping[str, str], deeper: int) -> Readme:
    """Markdown whose fences say that they are no programs of the course, and that names no file that is not there."""
    title = ""
    shown: list[str] = []
    prose: list[str] = []

    def close() -> None:
        if prose:
            shown.append(literal("\n".join(prose)))
            prose.clear()

    lines = lines_of(text)
    at = 0
    while at < len(lines):
        line = lines[at].rstrip("\n")
        if found := FENCE.fullmatch(line):
            end = next((to for to in range(at + 1, len(lines)) if lines[to].strip() == found["mark"]), len(lines))
            code = "\n".join(one.removeprefix(found["indent"]).rstrip() for one in lines[at + 1 : end])
            close()
            shown.append(_indented(fence(code, found["language"] or "text", EXAMPLE), found["indent"]))
            at = end + 1
            continue
        heading = HEADING.fullmatch(line)
        if heading and not title and not any(one.strip() for one in (*shown, *prose)):
            title = re.sub(r"[`*]|!?\[|\]\([^)]*\)", "", heading["title"])
            line = ""
        elif heading:
            level = min(max(len(heading["signs"]), 2) + deeper, 6)
            close()
            shown.append(f"{'#' * level} {literal(_without_files(heading['title'], at + 1, tell, pages))}")
            line = ""
        prose.append(_without_files(line, at + 1, tell, pages))
        at += 1
    close()
    return Readme(title, re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip("\n"))


def _indented(text: str, indent: str) -> str:
    return "\n" + "\n".join(indent + line if line else "" for line in text.split("\n")) + "\n"


def _without_files(line: str, number: int, tell: Tell, pages: Mapping[str, str]) -> str:
    """A line without pictures, which a page would fetch from elsewhere or not find, and with links that lead on."""

    def picture(_found: re.Match[str]) -> str:
        tell(number, "a picture is left out: figures of a page come from programs, or lie in its docs/assets")
        return ""

    def link(found: re.Match[str]) -> str:
        words, address = found[1], found[2]
        if not words.strip():  # a badge
            return ""
        if AWAY.match(address) or address.startswith("#"):
            return found[0]
        page = pages.get(address.partition("#")[0].removeprefix("./"))
        return f"[{words}]({page})" if page else words

    without = LINK.sub(link, PICTURE.sub(picture, line))
    return without if without == line or without.strip() else ""
