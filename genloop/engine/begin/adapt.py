"""One script or notebook as a program of a course: what is said of it in its header, and what stands in its way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from genloop.engine.begin import cells, packages
from genloop.engine.begin.header_lines import Given, Wanted, given_header, header
from genloop.engine.begin.look import Look, Remark, look
from genloop.engine.begin.script import shape, without_header
from genloop.engine.program.header import IMAGES, is_plain

UNSEEN = (".eps", ".tif", ".tiff", ".bmp")
"""Endings of pictures that are files and no figures."""
CELL = re.compile(r"(?m)^# %%[ \t]*\[markdown\]")
TITLE = re.compile(r"(?m)^# #{1,6} +(?P<title>.+?)[ #]*$")


@dataclass(frozen=True)
class Adapted:
    """A program of a course, but for what other programs give it."""

    title: str = ""
    body: str = ""
    """The program without its header."""
    page: str = ""
    """Its page; "" for a notebook, which is one itself."""
    given: Given = field(default_factory=Given)
    wanted: Wanted = field(default_factory=Wanted)
    imports: tuple[str, ...] = ()
    imported: Mapping[str, int | None] = field(default_factory=dict)
    """Module that lies beside it -> the line that imports it, if its file has lines."""
    reads: Mapping[str, int | None] = field(default_factory=dict)
    """File that another program, or the course, must give it -> line."""
    named: tuple[str, ...] = ()
    """All that could be names of files."""
    blocks: tuple[Remark, ...] = ()
    """Why it can be none."""
    notes: tuple[Remark, ...] = ()

    @property
    def writes(self) -> set[str]:
        """The files that it can give to others."""
        own = self.given.settings or self.wanted
        return {*own.files, *own.figures}

    def text(self, needs: Sequence[str]) -> str:
        """The whole program, which needs these others."""
        return f"{header(self.given, replace(self.wanted, needs=tuple(needs)))}\n{self.body}"

    def with_beside(self, data: Sequence[str], modules: Sequence[str], imports: Iterable[str]) -> Adapted:
        """The same with files of the course beside it. imports: what its modules import from elsewhere."""
        names = tuple(dict.fromkeys((*self.imports, *imports)))
        wanted = replace(self.wanted, data=data, modules=modules, dependencies=_packages(names))
        return replace(self, wanted=wanted, imports=names)


def adapt(name: str, place: str, text: str, beside: set[str]) -> Adapted:
    """The program of this name. place: where it was, for messages. beside: the modules that lie beside it."""
    title = name.rpartition("/")[2].replace("_", " ").capitalize()
    if not place.endswith(".ipynb"):
        return _adapted(name, title, place, text, beside)
    try:
        found = cells.as_program(text, title)
    except ImportError:
        fix = "type: python -m pip install jupytext, and then genloop init again"
        return Adapted(blocks=(Remark(None, "is a notebook, and jupytext is not installed", fix),))
    except ValueError as error:
        return Adapted(blocks=(Remark(None, str(error), "leave it out, or mend it in Jupyter"),))
    if found.blocks:
        return Adapted(blocks=found.blocks)
    made = _adapted(name, title, place, found.program, beside)
    blocks, notes = (tuple(map(found.in_its_cell, remarks)) for remarks in (made.blocks, made.notes))
    reads, imported = dict.fromkeys(made.reads), dict.fromkeys(made.imported)
    return replace(made, blocks=blocks, notes=(*found.notes, *notes), reads=reads, imported=imported)


def _adapted(name: str, title: str, place: str, text: str, beside: set[str]) -> Adapted:
    notes: list[Remark] = []
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return Adapted(blocks=(Remark(error.lineno, f"is not a Python program: {error.msg}", "mend it"),))
    except (MemoryError, ValueError) as error:
        return Adapted(blocks=(Remark(None, f"is no program that Python can read: {error}", "mend it"),))
    given, wrong = given_header(text, name, place)
    seen = look(tree)
    blocks = [
        *(Remark(one.line, one.why, one.fix or "mend its header") for one in wrong),
        *seen.blocks,
        *_apart(seen),
    ]
    notebook = CELL.search(text) is not None
    if not (blocks or tree.body or notebook):
        blocks.append(Remark(None, "holds no code", "leave it out"))
    imported = {module: line for module, line in seen.imports.items() if module in beside}
    if blocks:
        return Adapted(blocks=tuple(blocks), imported=imported)
    seen.imports = {module: line for module, line in seen.imports.items() if module not in beside}
    figures = {file: line for file, line in seen.paths.written.items() if file.endswith(IMAGES)}
    if not seen.saves and not notebook:  # whose figures are results of its cells
        figures |= {f"figure_{number}.svg": line for number, line in enumerate(seen.shows, 1)}
    if given.settings:
        figures = {file: seen.paths.written.get(file, 0) for file in given.settings.figures}
    if notebook:
        body, page = without_header(text, given), ""
        if heading := TITLE.search(body):
            title = heading["title"]
    else:
        shaped = shape(name, title, text, tree, given, figures, prints=seen.prints)
        title, body, page = shaped.title, shaped.body, shaped.page
        notes += shaped.notes
    # A program that says what it is about says what its figures show, if not more than that.
    alt = title if notebook or ast.get_docstring(tree) else ""
    notes += [*_remarks(seen, figures, stem="" if notebook else name.rpartition("/")[2], alt=alt or given.settings)]
    reads = {} if given.settings and given.settings.needs else seen.paths.read
    files = [file for file in seen.paths.written if file not in figures]
    imports = tuple(seen.imports)
    wanted = Wanted(_packages(imports), files=files, figures=dict.fromkeys(figures, alt))
    named = tuple(seen.paths.named)
    return Adapted(title, body, page, given, wanted, imports, imported, reads, named, notes=tuple(notes))


def _packages(imports: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(packages.of_import(module)[0] for module in imports))


def _apart(seen: Look) -> Iterator[Remark]:
    """What a program cannot write in the folder that it runs in."""
    for file, line in seen.paths.written.items():
        folder = file.rpartition("/")[0]
        if is_plain(file) and folder and not seen.makes_folders:
            fix = f'let it make the folder first, with Path("{folder}").mkdir(parents=True, exist_ok=True)'
            yield Remark(line, f'saves "{file}" and makes no folder; it runs where none is', fix)
        elif not is_plain(file):
            plain = re.sub(r"[^\w .@-]", "_", PurePosixPath(file).name).lstrip(" .@-") or "name"
            yield Remark(line, f'saves "{file}", which is no plain name', f'save it where it runs, as "{plain}"')


def _remarks(seen: Look, figures: Mapping[str, int], *, stem: str, alt: object) -> Iterator[Remark]:
    """What is to be done, or may be wrong. stem: of a script; "" for a notebook, whose figures need not be saved."""
    for module, line in seen.imports.items():
        package, here = packages.of_import(module)
        if not here:
            why = f'imports {module}, which is not installed here; its header names the package "{package}"'
            yield Remark(line, why, f"install it: python -m pip install {package}")
    for file, at in () if alt else figures.items():
        fix = f'say in its header what a reader would see: "{file}" = "..."'
        yield Remark(at, f'saves "{file}", and nothing says what it shows', fix)
    for file, at in seen.paths.written.items():
        if file.endswith(UNSEEN):
            yield Remark(at, f'saves "{file}", which no page can show', f"save it as {' or '.join(IMAGES[:2])}")
        if file.endswith(".pdf"):
            fix = f'write a link to it on its page: {{{{ download("{file}") }}}}'
            yield Remark(at, f'saves "{file}", which its page does not show', fix)
    if seen.draws and not seen.saves and not seen.shows and stem:
        fix = f'write there plt.savefig("{stem}.svg"), declare that in its header, and show it on its page'
        yield Remark(seen.draws, "draws a figure and saves none, so its page has none", fix)
    for line in seen.paths.unknown:
        fix = "genloop check tells the names that it wrote; declare them in its header"
        yield Remark(line, "saves under a name that is made while it runs", fix)
    for address, line in seen.paths.fetched.items():
        yield Remark(line, f"reads {address:.80}", "what a server gives may change, and so will what is printed")
