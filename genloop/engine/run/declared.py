"""What a header declares, against what a run wrote: on every build, since a header can change without a run."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree

from genloop.engine.errors import Problem
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store

PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE = {f"{SVG}{tag}".lower() for tag in ("script", "foreignObject", "iframe", "animate", "set")}


def record_problems(snippet: Snippet, record: Record, store: Store) -> list[Problem]:
    """What is wrong with the files of a record, by the header as it is now."""
    problems = name_problems(snippet, record.files)
    for file in snippet.settings.figures:
        if file in record.files:
            problems += figure_problems(snippet, file, store.object(record.files[file]))
    return problems


def name_problems(snippet: Snippet, names: Collection[str]) -> list[Problem]:
    """Files that are declared and were not written, or written and not declared."""
    declared = {*snippet.settings.files, *snippet.settings.figures}
    if snippet.notebook:
        declared.add(f"{snippet.path.stem}.ipynb")
    there = set(names)
    file = f"snippets/{snippet.base}.py"
    problems = []
    for name in sorted(declared - there):
        why = f'declares "{name}" and did not write it'
        if there - declared:
            why += f"; it wrote: {', '.join(sorted(there - declared))}"
        problems.append(Problem("run", snippet.name, why, file=file, fix="write it, or take it out of the header"))
    for name in sorted(there - declared):
        image = name.endswith((".svg", ".png"))
        hint = f'"{name}" = "alt text" under [tool.genloop.figures]' if image else f'files = ["{name}"]'
        why = f'wrote "{name}" and does not declare it'
        problems.append(Problem("run", snippet.name, why, file=file, fix=f"add to the header: {hint}"))
    return problems


def figure_problems(snippet: Snippet, name: str, path: Path) -> list[Problem]:
    """A figure that a browser would not show, or would do more with than show it."""
    wrong = _wrong_png(path.read_bytes()) if name.endswith(".png") else _wrong_svg(path.read_bytes())
    why = f'wrote "{name}", which {wrong}'
    fix = "save a figure under this name, or take it out of the header"
    return [Problem("run", snippet.name, why, file=f"snippets/{snippet.base}.py", fix=fix)] if wrong else []


def _wrong_png(data: bytes) -> str:
    """What is wrong with the bytes of a PNG, "" if nothing is: its chunks are whole, from the header to the end."""
    if not data.startswith(PNG):
        return "is no PNG"
    at = len(PNG)
    kinds: list[bytes] = []
    while at + 12 <= len(data) and kinds[-1:] != [b"IEND"]:
        size = int.from_bytes(data[at : at + 4], "big")
        kind, check = data[at + 4 : at + 8], data[at + 8 + size : at + 12 + size]
        if int.from_bytes(check, "big") != zlib.crc32(data[at + 4 : at + 8 + size]) or len(check) != 4:
            return "is a damaged PNG"
        kinds.append(kind)
        at += 12 + size
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        return "is a PNG that ends too early"
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
