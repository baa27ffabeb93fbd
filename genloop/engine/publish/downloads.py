"""Writes docs/generated: what pages link to. Files whose bytes stay the same are not touched: nothing rebuilds."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from genloop.engine.errors import Failed, Problem
from genloop.engine.files import read_plain, replace_file
from genloop.engine.page import facts, svg
from genloop.engine.page.course import Course
from genloop.engine.page.plain_markdown import Plain
from genloop.engine.page.site_markdown import Rich
from genloop.engine.program.beside import LARGEST
from genloop.engine.program.embedded import with_policy
from genloop.engine.program.pictures import read_picture
from genloop.engine.program.snippet import Snippet
from genloop.engine.publish.archive import archive_of
from genloop.engine.record.record import Record
from genloop.engine.run.cells import with_outputs

LOCK = "pages.lock"
"""A file of the store: who holds it, writes docs/generated and the site."""
ATTRIBUTES = re.compile(r"\{ [^}]* \}")
"""Attribute lists, which the Markdown of notebooks does not know."""


def publish(course: Course, *, only: Collection[str] | None = None, remove: bool = True) -> None:
    """Writes every download, figure and notebook of the course, and removes what is no longer one.

    only: the programs of which something is new. remove=False: what a course shows that is not complete stays.
    """
    generated = course.project.generated
    if generated.is_symlink() or (generated.exists() and not generated.is_dir()):
        why = "must be a folder of its own: what no page links to is removed from it"
        raise Failed([Problem("project", "docs/generated", why, file="docs/generated", fix="move it away")])
    wanted: dict[Path, bytes] = {}
    docs = course.project.docs
    for snippet in course.project.snippets.values():
        if only is not None and snippet.name not in only:
            continue
        wanted[docs / facts.download(snippet, ".py")] = snippet.download.encode()
        if snippet.sections:
            wanted[docs / facts.download(snippet, ".ipynb")] = notebook_of(course, snippet).encode()
        if (archive := facts.archive(snippet)) and course.records.keys() >= {*course.project.select([snippet.name])}:
            wanted[docs / archive] = archive_of(course, snippet)
    for path in {path for snippet in course.project.snippets.values() for path in snippet.beside.values()}:
        if (data := read_plain(path, LARGEST)) is not None:  # it may be gone while somebody writes the course
            wanted[docs / facts.beside_path(course, path)] = data
    if course.wheel:
        name, wheel = course.wheel
        wanted[docs / facts.wheel_path(name)] = wheel
    for record in course.records.values():
        if only is not None and record.name not in only:
            continue
        snippet = course.project.snippets[record.name]
        for file in record.files:
            data = course.store.object(record.files[file]).read_bytes()
            if file in snippet.settings.figures:
                wanted |= _figure(docs / facts.file_path(record, file), data)
            elif file.endswith(facts.READABLE):
                wanted[docs / facts.file_path(record, file)] = data
                if file.endswith(".json"):
                    wanted[docs / facts.script_path(record, file)] = as_script(record, file, data)
            elif snippet.notebook and file.endswith(".ipynb"):
                path = docs / "generated" / "notebooks" / f"{record.name}.ipynb"
                finished = with_outputs(snippet.program, data.decode())
                wanted[path] = adapt_notebook(finished, closing_cell(course, record)).encode()
    for path, data in wanted.items():
        replace_file(path, data)
    for path in sorted(course.project.generated.rglob("*"), reverse=True) if remove else ():
        if path.is_file() and path not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _figure(path: Path, data: bytes) -> dict[Path, bytes]:
    """What is published of a figure: of one that moves its first frame, too."""
    match path.suffix:
        case ".svg":
            return {path: svg.adapt(data.decode()).encode()}
        case ".html":
            return {path: with_policy(data.decode()).encode()}
    still = read_picture(path.name, data).still
    return {path: data, **({Path(facts.still(str(path))): still} if still else {})}


def as_script(record: Record, file: str, data: bytes) -> bytes:
    """A script that puts what a JSON file holds into `glData`, under the names of the run and of the file."""
    try:
        value = json.loads(data)
    except ValueError as error:
        why = f"wrote {file}, which is no JSON: {error}"
        raise Failed([Problem("run", record.name, why)]) from None
    name = json.dumps(f"{record.name}/{file}")
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return f"(globalThis.glData ??= {{}})[{name}] = {text};\n".encode()


def adapt_notebook(notebook: dict[str, Any], closing: str) -> str:
    """A finished notebook whose figures follow light and dark, with one more cell of Markdown at its end."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if drawn := output.get("data", {}).get("image/svg+xml"):
                output["data"]["image/svg+xml"] = svg.adapt("".join(drawn))
    notebook["cells"].append(_cell("markdown", "made", closing))
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def closing_cell(course: Course, record: Record) -> str:
    """What stands below every program of the site: how to get it, what it needs, how it was made."""
    snippet = course.project.snippets[record.name]
    up = "../" * (2 + record.name.count("/"))
    needs = Rich().files(course, snippet, up)
    rows = "".join(
        f"<dt>{term}</dt><dd>{_inline(text)}</dd>" for term, text in facts.provenance(course, record).items()
    )
    get, how = course.say("Download {ending}", ending=".py"), course.say("How this was made")
    parts = [
        f"[{get}]({up}{facts.download(snippet, '.py')}) {ATTRIBUTES.sub('', needs)}",
        facts.ran_elsewhere(course, record),
        f'<details class="gl-provenance"><summary>{how}</summary><dl>{rows}</dl></details>',
    ]
    return "\n\n".join(filter(None, parts))


def _inline(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def notebook_of(course: Course, snippet: Snippet) -> str:
    """A program with sections as a notebook: one cell per section, not executed. Format: nbformat 4.5."""
    install = facts.install(course, snippet)
    head = f"# {facts.file_name(snippet)}" + (f"\n\nInstall first: `{install}`" if install else "")
    if archive := facts.archive(snippet):
        head += f"\n\n{Plain().files(course, snippet, '')} `{Path(archive).name}` from the same page has all of it."
    cells: list[dict[str, object]] = [_cell("markdown", "head", head)]
    for number, section in enumerate(snippet.sections, 1):
        cells.append(_cell("code", f"section-{number}", section.text.rstrip("\n")))
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1) + "\n"


def _cell(kind: str, name: str, text: str) -> dict[str, object]:
    code: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {}, "source": text, **code}
