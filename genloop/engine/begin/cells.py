"""A notebook of Jupyter as a program with cells, the way this engine has notebooks."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass

from genloop.engine.begin.look import Remark
from genloop.engine.files import lines_of
from genloop.engine.program.snippet import MARK

HEADING = re.compile(r"(?m)^#{1,6} +(?P<title>.+?)[ #]*$")
MAGIC = re.compile(r"^\s*(?P<magic>%%?\w+|!.*)")
HARMLESS = {"%matplotlib", "%config"}
"""Magics that change nothing about what is printed."""


@dataclass(frozen=True)
class Cells:
    program: str
    blocks: tuple[Remark, ...] = ()
    """Why it cannot be brought."""
    notes: tuple[Remark, ...] = ()
    added: int = 0
    """Cells of the program that the notebook does not have."""

    def in_its_cell(self, remark: Remark) -> Remark:
        """What is said of a line of the program, said of a cell: the lines of the file are others."""
        if remark.line is None:
            return remark
        before = lines_of(self.program)[: remark.line]
        number = sum(MARK.match(line) is not None for line in before) - self.added
        return Remark(None, f"cell {number}: {remark.why}", remark.fix)


def as_program(text: str, title: str) -> Cells:
    """The cells of a notebook file as a program. title: for one without prose.

    Raises ValueError that says what is wrong with the file, and ImportError without jupytext.
    """
    import jupytext

    if not text.strip():
        raise ValueError("is empty")
    try:
        kernel = json.loads(text)["metadata"].get("kernelspec", {}).get("language", "python")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old notebooks: cells without an id
            notebook = jupytext.reads(text, fmt="ipynb")
        notebook.nbformat, notebook.nbformat_minor = 4, 4  # what is left out of these is of no matter here
        wrong = [number for number, cell in enumerate(notebook.cells, 1) if not _is_cell(cell)]
    except Exception as error:  # noqa: BLE001 - of a table that is no notebook jupytext may raise anything
        told = " ".join(str(error).split())
        raise ValueError(f"is no notebook that can be read: {type(error).__name__} {told}") from None
    if wrong:
        raise ValueError(f"is no notebook that can be read: cell {wrong[0]} lacks its type or its source")
    if not isinstance(kernel, str) or kernel.lower() not in {"python", "ipython"}:
        raise ValueError(f"is a notebook of {kernel}, not of Python")
    blocks, notes = [], []
    said = ""
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata = {key: cell.metadata[key] for key in ("alt",) if str(cell.metadata.get(key, "")).strip()}
        if cell.cell_type == "markdown":
            if found := HEADING.search(cell.source):
                said = found["title"]
            if cell.get("attachments"):
                fix = "save the picture below docs/, and name it in the prose"
                notes.append(Remark(None, f"cell {number}: a picture is attached to its prose", fix))
        elif cell.cell_type == "code":
            blocks += _magics(cell.source, number)
            if _draws(cell) and "alt" not in cell.metadata:
                below = f', below "{said}",' if said else ""
                fix = f'begin the cell{below} with: # %% alt="what a reader sees"'
                notes.append(Remark(None, f"cell {number}: shows a figure without alt text", fix))
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "alt,-all"}}
    program = jupytext.writes(notebook, fmt="py:percent").strip("\n") + "\n"
    added = not any(cell.cell_type == "markdown" for cell in notebook.cells)
    if added:  # by such a cell a notebook is known
        program = f"# %% [markdown]\n# # {title}\n\n{program}"
    return Cells(program, tuple(blocks), tuple(notes), int(added))


def _is_cell(cell: object) -> bool:
    """Whether it has what is read of it below."""
    return isinstance(cell, dict) and all(
        isinstance(cell.get(key), kind) for key, kind in (("cell_type", str), ("source", str), ("metadata", dict))
    )


def _draws(cell: object) -> bool:
    outputs = getattr(cell, "outputs", [])
    data = [output.get("data") for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []
    return any(kind.startswith("image/") for kinds in data if isinstance(kinds, dict) for kind in kinds)


def _magics(source: str, number: int) -> list[Remark]:
    """Lines that only IPython understands: plain Python, which runs a notebook as well, would print something else."""
    fix = "write it in Python, or leave it out"
    return [
        Remark(None, f'cell {number}: "{line.strip():.60}" is no Python', fix)
        for line in source.splitlines()
        if (found := MAGIC.match(line)) and found["magic"] not in HARMLESS
    ]
