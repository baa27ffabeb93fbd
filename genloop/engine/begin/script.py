"""A script, cut into sections and prose: the program that is left, and the page that shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from genloop.engine.begin import gallery
from genloop.engine.begin.header_lines import Given
from genloop.engine.begin.look import Remark
from genloop.engine.begin.pages import Part, page
from genloop.engine.begin.rst import Converter, without_marks
from genloop.engine.files import lines_of
from genloop.engine.program.snippet import TOP


@dataclass(frozen=True)
class Shaped:
    title: str
    body: str
    """The program without its header. Its prose is on the page."""
    page: str
    notes: tuple[Remark, ...]


def shape(
    name: str, title: str, text: str, tree: ast.Module, given: Given, figures: Mapping[str, int], *, prints: bool
) -> Shaped:
    """The program and the page of a script. title: for one that says none. figures: those that it saves -> line."""
    script = gallery.split(_blanked(text, given), tree)
    notes: list[Remark] = []

    def tell(line: int, why: str) -> None:
        notes.append(Remark(line, why, "write it on its page in another way"))

    converter = Converter(tell, re.sub(r"(?m)^# ?", "", text))
    heading, intro = converter.title(script.docstring)
    first = script.docstring.strip().split("\n")[0].strip().rstrip(".")
    title = without_marks(heading or first) or title
    # The prose of a gallery moves to the page. What else is a docstring, the program itself shows.
    parts = [Part(converter.convert(intro, script.line))] if heading else []
    docstring = _docstring(text, tree)
    if heading and "__doc__" not in text and not set(title) & {'"', "\\"}:
        docstring = f'"""{title.rstrip(".")}."""'
    sections, more = _sections(script, converter, figures)
    body = gallery.joined(docstring, script.top, sections)
    if gallery.same_code(body, text):
        parts += more
    else:  # a mark inside of a text: the program stays in one piece
        body, parts = without_header(text, given), []
    placed = {file for part in parts for file in part.figures}
    rest = [file for file in figures if file not in placed]
    return Shaped(title, body, page(name, title, parts, rest, prints=prints), tuple(notes))


def _sections(
    script: gallery.Script, converter: Converter, figures: Mapping[str, int]
) -> tuple[list[tuple[str, str]], list[Part]]:
    """The sections of the program, title and code; and what its page says and shows, part by part."""
    prose = [_prose(block, converter) for block in script.blocks]
    wanted = [block.title or _heading(text) for block, text in zip(script.blocks, prose, strict=True) if block.code]
    titles: Iterator[str] = iter(gallery.titles(wanted))
    sections = []
    starts = [block.line for block in script.blocks]
    parts = []
    if script.blocks and script.top.strip():
        section = TOP if wanted else ""  # a program without any mark is one piece
        parts.append(Part("", section, [file for file, line in figures.items() if line < starts[0]], whole=not wanted))
    for block, text in zip(script.blocks, prose, strict=True):
        section = next(titles) if block.code else ""
        if section:
            sections.append((section, block.code))
        parts.append(Part(text, section, [file for file, line in figures.items() if block.line <= line <= block.end]))
    return sections, parts


def _prose(block: gallery.Block, converter: Converter) -> str:
    """The prose of a block; what stands on its mark is the heading of it."""
    prose = converter.convert(block.prose, block.line)
    return f"## {converter.inline(block.title)}\n\n{prose}" if block.title and prose else prose


def _heading(markdown: str) -> str:
    found = re.search(r"(?m)^#{1,6} +(.+)$", markdown)
    return re.sub(r"[`*\\]|&\S+;", "", found[1]) if found else ""


def _docstring(text: str, tree: ast.Module) -> str:
    match tree.body:
        case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
            return "\n".join(lines_of(text)[first.lineno - 1 : first.end_lineno])
    return ""


def _blanked(text: str, given: Given) -> str:
    """The text with blank lines in the place of its header: all others keep their numbers."""
    begin = given.at - len(given.lines) - 2
    lines = ["" if given.at and begin <= at < given.at else line for at, line in enumerate(lines_of(text))]
    return "\n".join([*lines, ""])


def without_header(text: str, given: Given) -> str:
    """The text without its header and without lines for the shell and the parser."""
    lines = [line for line in lines_of(_blanked(text, given)) if not gallery.FIRST.match(line)]
    return "\n".join(lines).strip("\n") + "\n"
