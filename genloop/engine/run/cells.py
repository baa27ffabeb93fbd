"""The cells of a notebook: its program as it is now, with the outputs of its last run; and what the outputs say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

SHOWN = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain")
"""The kinds of a result that a page can show, the one that nbconvert prefers first."""
SCRIPTS = ("application/vnd.jupyter.widget-view+json", "application/javascript")
"""Kinds that nbconvert prefers to all others, and that are nothing without their script."""
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
ACTIVE = {"script", "iframe", "object", "embed", "link", "base", "meta", "form"}
BLOCKS = {"p", "div", "tr", "li", "br", "pre", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "caption"}
PICTURES = {"img", "svg", "canvas", "video"}


def parse(program: str) -> Any:
    """A percent-format program as a notebook without outputs. Its bytes depend on the program alone."""
    import jupytext

    notebook = jupytext.reads(program, fmt="py:percent")
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number}"  # random otherwise
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return notebook


def with_outputs(program: str, executed: str) -> dict[str, Any]:
    """The notebook of a program as it is now, with the outputs of a notebook that ran.

    Both have the same code, or the record would be stale; prose and alt texts may be other ones by now.
    """
    notebook = parse(program)
    ran = [cell for cell in json.loads(executed)["cells"] if cell["cell_type"] == "code"]
    cells = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    for cell, before in zip(cells, ran, strict=True):
        cell["outputs"], cell["execution_count"] = before["outputs"], before["execution_count"]
    finished: dict[str, Any] = json.loads(json.dumps(notebook))
    return finished


def results(cells: list[dict[str, Any]]) -> str:
    """What the results of the cells say, as text that can be compared line by line.

    Results are what a cell shows and does not print: values, tables, HTML. Pictures have no text; an address in memory
    is another one in each run.
    """
    lines: list[str] = []
    code = (cell for cell in cells if cell["cell_type"] == "code")
    for number, cell in enumerate(code, 1):
        for kind, content in shown(cell):
            if not kind.startswith("image/"):
                text = said(content).text() if kind == "text/html" else content
                kept = [line.rstrip() for line in ADDRESS.sub(" at 0x...", text).split("\n")]
                lines += [f"Out[{number}]:", *(line for line in kept if line)]
    return "".join(f"{line}\n" for line in lines)


def shown(cell: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and content of each result of a cell, as a page shows it; without content if no page can show it."""
    for output in cell.get("outputs", []):
        if data := output.get("data", {}):
            kind = next((kind for kind in (*SCRIPTS, *SHOWN) if kind in data), "")
            if kind in SHOWN:
                yield kind, "".join(data[kind])
            else:
                yield kind or ", ".join(sorted(data)), ""


def said(html: str) -> Said:
    reader = Said()
    reader.feed(html)
    reader.close()
    return reader


class Said(HTMLParser):
    """What a piece of HTML says, a line for each block or row; and what it would do more than that."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[list[str]] = [[]]
        self.silent = 0
        """Depth of elements whose text is not shown."""
        self.pictures = 0
        self.does: list[str] = []
        """Scripts, frames and fetches, in words."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.does.append(f"a <{tag}>")
        for name, value in attrs:
            if name.startswith("on"):
                self.does.append(f"a script ({name})")
            elif name in {"src", "srcset", "data", "poster"} and not (value or "").strip().startswith("data:"):
                self.does.append(f"{(value or 'nothing').strip()!r:.80}, which is not in it")
            elif (value or "").strip().lower().startswith("javascript:"):
                self.does.append("a script (javascript:)")
        self.silent += tag in {"style", "script"}
        self.pictures += tag in PICTURES
        if tag in BLOCKS:
            self.lines.append([])

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "script"} and self.silent > 0
        if tag in BLOCKS:
            self.lines.append([])

    def handle_data(self, data: str) -> None:
        if not self.silent and (text := " ".join(data.split())):
            self.lines[-1].append(text)

    def text(self) -> str:
        return "\n".join("  ".join(line) for line in self.lines if line)
