"""What a header declares, against what a run wrote: on every build, since a header can change without a run."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from genloop.engine.errors import Problem
from genloop.engine.files import lines_of
from genloop.engine.files import shown as printable
from genloop.engine.program.embedded import wrong_html
from genloop.engine.program.header import IMAGES, MOST_MIB, is_plain
from genloop.engine.program.pictures import Damaged, read_picture
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.run.cells import SHOWN, said, shown, with_outputs

PICTURE = re.compile(r"!\[[^\]]*\]\(\s*<?([^)\s>]+)|<img\b[^>]*\bsrc=[\"']?([^\"'\s>]+)")
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE = {f"{SVG}{tag}".lower() for tag in ("script", "foreignObject", "iframe", "animate", "set")}


def record_problems(project: Project, record: Record, store: Store) -> list[Problem]:
    """What is wrong with the files of a record, by the header, the prose and the alt texts as they are now."""
    snippet = project.snippets[record.name]
    problems = name_problems(snippet, record.files)
    if snippet.notebook and executed(snippet) in record.files:
        cells = finished_cells(snippet, store.read(record.files[executed(snippet)]))
        page = project.generated / "notebooks" / record.name
        problems += [*cell_problems(snippet, cells), *_prose_problems(snippet, cells, page.parent)]
    for file, digest in record.files.items():
        problems += file_problems(snippet, file, store.object(digest))
    return problems


def name_problems(snippet: Snippet, names: Collection[str]) -> list[Problem]:
    """Files that are declared and were not written, or written and not declared."""
    declared = {*snippet.settings.files, *snippet.settings.figures}
    if snippet.notebook:
        declared.add(executed(snippet))
    there = set(names)
    file = f"snippets/{snippet.base}.py"
    problems = []
    for name in sorted(declared - there):
        why = f'declares "{name}" and did not write it'
        if there - declared:
            why += f"; it wrote: {', '.join(map(printable, sorted(there - declared)))}"
        problems.append(Problem("run", snippet.name, why, file=file, fix="write it, or take it out of the header"))
    for name in sorted(there - declared):
        hint = f'"{name}" = "alt text" under [tool.genloop.figures]' if name.endswith(IMAGES) else f'files = ["{name}"]'
        fix = f"add to the header: {hint}" if is_plain(name) else "write it under a name that a header can have"
        why = f'wrote "{printable(name)}" and does not declare it'
        problems.append(Problem("run", snippet.name, why, file=file, fix=fix))
    return problems


def executed(snippet: Snippet) -> str:
    """The file that the kernel of a notebook leaves: its cells with their outputs."""
    return f"{snippet.path.stem}.ipynb"


def finished_cells(snippet: Snippet, data: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook as its program has them now, with the outputs of the file that its kernel left."""
    cells: list[dict[str, Any]] = with_outputs(snippet.program, data.decode())["cells"]
    return cells


def cell_problems(snippet: Snippet, cells: Iterable[dict[str, Any]]) -> list[Problem]:
    """Results that a page cannot show, that would do more than be shown, or that nobody who cannot see them is told."""
    problems = []
    for cell in cells:
        drawn = [*shown(cell)]
        alt = str(cell["metadata"].get("alt", "")).strip()
        wrong = [*_without_alt(drawn, alt), *filter(None, (_wrong_result(*result) for result in drawn))]
        first = next(iter("".join(cell["source"]).strip().splitlines()), "")
        problems += [_in_cell(snippet, first, *why) for why in wrong]
    return problems


def _in_cell(snippet: Snippet, first: str, why: str, fix: str) -> Problem:
    lines = lines_of(snippet.source)
    line = next((at for at, line in enumerate(lines, 1) if first and line.strip() == first), None)
    file = f"snippets/{snippet.base}.py"
    return Problem("run", snippet.name, f'the cell beginning "{first:.80}" {why}', line=line, file=file, fix=fix)


def _without_alt(drawn: list[tuple[str, str]], alt: str) -> Iterator[tuple[str, str]]:
    pictures = any(kind.startswith("image/") or (kind == "text/html" and said(it).pictures) for kind, it in drawn)
    if pictures and not alt:
        yield "shows a figure without alt text", 'begin it with: # %% alt="what a reader sees"'
    if alt and not pictures:
        yield "has an alt text and shows no figure", "show the figure, or take out its alt text"


def _wrong_result(kind: str, content: str) -> tuple[str, str] | None:
    """What is wrong with a result, and what to do; None if nothing is."""
    instead = "show a figure or a table, print what it says, or end the cell's last line with ;"
    if kind not in SHOWN:
        return f"shows {kind}, which no page can show without a script", instead
    if kind == "text/html":
        html = said(content)
        if html.does:
            return f"shows HTML with {html.does[0]}; a page runs and fetches nothing", instead
        return None if html.text() or html.pictures else ("shows HTML in which there is nothing to see", instead)
    if kind == "image/svg+xml":
        wrong = _wrong_svg(content.encode())
    else:
        ending = kind.removeprefix("image/")
        wrong = _wrong_picture(f"it.{ending}", _from_base64(content)) if ending in {"png", "jpeg"} else ""
    return (f"shows a figure that {wrong}", "draw it again") if wrong else None


def _from_base64(content: str) -> bytes:
    try:
        return base64.b64decode(content)
    except ValueError:
        return b""


def _prose_problems(snippet: Snippet, cells: Iterable[dict[str, Any]], folder: Path) -> Iterator[Problem]:
    """Pictures of the prose that a page would not show. folder: where the notebook's page lies."""
    for cell in cells:
        text = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
        for found in PICTURE.finditer(text):
            source = found[1] or found[2]
            if source.startswith("data:") or (":" not in source and (folder / source).is_file()):
                continue
            why = f'shows the picture "{source:.80}", which is not below docs/'
            at = next((at for at, line in enumerate(lines_of(snippet.source), 1) if source in line), None)
            fix = f"put it below docs/, and write its way from {folder.name}/"
            yield Problem("run", snippet.name, why, line=at, file=f"snippets/{snippet.base}.py", fix=fix)


def file_problems(snippet: Snippet, name: str, path: Path) -> list[Problem]:
    """A file that is too large; a figure that a browser would not show, or would do more with than show it."""
    if (size := path.stat().st_size) > snippet.settings.most_bytes:
        return [too_large(snippet, name, size)]
    if name in snippet.settings.figures:
        return figure_problems(snippet, name, path)
    if name.endswith(".pdf") and not _is_pdf(path.read_bytes()):
        why = f'wrote "{name}", which is no PDF, or one that ends too early'
        return [Problem("run", snippet.name, why, file=f"snippets/{snippet.base}.py", fix="give it another name")]
    return []


def _is_pdf(data: bytes) -> bool:
    """Whether it begins and ends as a PDF does; readers of PDF allow for a little behind its end."""
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]


def too_large(snippet: Snippet, name: str, size: int) -> Problem:
    """The problem of a file that has more bytes than it may have. What it has may be what was cut off."""
    limit, place = snippet.settings.most_bytes, "in its header, or for all programs in pyproject.toml"
    why = f'wrote "{name}" with {size:,} bytes{" or more" if size == limit + 1 else ""}; a file may have {limit:,}'
    more = min(math.ceil(2 * size / 2**20), round(MOST_MIB))
    fix = f"write less, or set largest_file = {more} (MiB) below [tool.genloop], {place}"
    return Problem("run", snippet.name, why, file=f"snippets/{snippet.base}.py", fix=fix)


def figure_problems(snippet: Snippet, name: str, path: Path) -> list[Problem]:
    """A figure that a browser would not show, or would do more with than show it."""
    wrong = _wrong_figure(name, path.read_bytes())
    why = f'wrote "{name}", which {wrong}'
    fix = "save a figure under this name, or take it out of the header"
    if name.endswith(".html") and not wrong.startswith("is no"):
        fix = "let the file hold all that it shows, as plotly does with include_plotlyjs=True"
    return [Problem("run", snippet.name, why, file=f"snippets/{snippet.base}.py", fix=fix)] if wrong else []


def _wrong_figure(name: str, data: bytes) -> str:
    if name.endswith(".svg"):
        return _wrong_svg(data)
    return wrong_html(data) if name.endswith(".html") else _wrong_picture(name, data)


def _wrong_picture(name: str, data: bytes) -> str:
    try:
        read_picture(name, data)
    except Damaged as damage:
        return str(damage)
    return ""


def _wrong_svg(data: bytes) -> str:
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        return f"is no SVG ({error})"
    if root.tag != f"{SVG}svg":
        return f"is no SVG: its outermost element is {root.tag.rpartition('}')[2]}"
    for element in root.iter():
        if str(element.tag).lower() in ACTIVE or any(key.lower().startswith("on") for key in element.attrib):
            return "is an SVG with a script in it"
    return ""
