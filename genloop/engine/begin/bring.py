"""`genloop init FOLDER --from DIR`: scripts and notebooks that are there already, as programs and pages of a course."""

from __future__ import annotations

import os
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genloop.engine.begin import packages
from genloop.engine.begin.adapt import Adapted, adapt
from genloop.engine.begin.look import Remark
from genloop.engine.begin.pages import index
from genloop.engine.begin.settings import Contents, Entry
from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.files import TOO_DEEP, read_source, shown
from genloop.engine.program.project import NO_PAGES

PROGRAMS = (".py", ".ipynb")
NO_PROGRAMS = {"__init__.py", "conf.py", "conftest.py", "setup.py", "noxfile.py"}


@dataclass(frozen=True)
class Brought:
    """What became of a folder of programs."""

    contents: Contents
    left_out: tuple[Problem, ...]
    """Programs that are not in the course, and why."""
    notes: tuple[Problem, ...]
    """What is to be done about those that are."""
    programs: int = 0
    notebooks: int = 0

    @property
    def count(self) -> str:
        """What became of how many, in words."""
        kinds = ((self.programs, "program"), (self.notebooks, "notebook"))
        said = " and ".join(f"{number} {kind}{'s' if number > 1 else ''}" for number, kind in kinds if number)
        places = {problem.name for problem in self.left_out}
        return f"{said} brought" + (f", {len(places)} left out (see above)" if places else "")


@dataclass
class _Found:
    """Programs on their way, by the name that they get."""

    programs: dict[str, Adapted] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    """The place of a module -> the place of a program that imports it."""
    left_out: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def leave_out(self, place: str, remark: Remark) -> None:
        self.left_out.append(_problem(place, remark))

    def drop(self, name: str, remark: Remark) -> None:
        self.leave_out(self.places[name], remark)
        del self.programs[name]


def _problem(place: str, remark: Remark) -> Problem:
    return Problem("snippet", place, remark.why, line=remark.line, file=place, fix=remark.fix)


def bring(source: Path, title: str) -> Brought:
    """The programs below a folder as a course. It is read, and neither changed nor run.

    Raises Misused if there is no such folder or no program in it, and Failed if none of them can be brought.
    """
    if not source.is_dir():
        why = "is a file; name the folder that it lies in" if source.exists() else "is not there"
        raise Misused([Problem("project", shown(source), why, fix="type: genloop init FOLDER --from DIR")])
    found = _Found()
    paths = [*_programs(source, found)]
    if not paths and not found.left_out:
        why = f"holds no program: no file that ends in {' or '.join(PROGRAMS)}"
        raise Misused([Problem("project", shown(source), why, fix="name the folder that holds your scripts")])
    modules = _modules(source, paths)
    for path in paths:
        if path.name not in NO_PROGRAMS:
            beside = {name: place for (above, name), place in modules.items() if above == path.parent}
            _take(path, shown(path.relative_to(source).as_posix()), beside, found)
    for name in [*found.programs]:
        if importer := found.imported.get(found.places[name]):
            remark = Remark(None, f"is a module that {importer} imports, and no program", f"write it into {importer}")
            found.drop(name, remark)
    needs = _needs(found)
    if not found.programs:
        raise Failed(found.left_out)
    for name, program in found.programs.items():
        found.notes += [_problem(found.places[name], note) for note in program.notes]
    return _course(title, found, needs)


def _modules(source: Path, paths: Sequence[Path]) -> dict[tuple[Path, str], str]:
    """What a script could import because it lies in its folder: that folder and the module's name -> its place."""
    files = {(path.parent, path.stem): path for path in paths if path.suffix == ".py"}
    files |= {(path.parent.parent, path.parent.name): path for path in paths if path.name == "__init__.py"}
    return {key: shown(path.relative_to(source).as_posix()) for key, path in files.items()}


def _programs(source: Path, found: _Found) -> Iterator[Path]:
    """Scripts and notebooks, in order. Hidden folders, environments, what is cached, and courses hold none."""

    def cannot(error: OSError) -> None:
        place = shown(Path(os.fsdecode(error.filename)).relative_to(source))
        found.leave_out(place, Remark(None, f"cannot be read: {error.strerror}", "let its programs be read"))

    for above, folders, names in os.walk(source, onerror=cannot):
        here = Path(above)
        folders[:] = sorted(
            folder
            for folder in folders
            if not folder.startswith((".", "__")) and not (here / folder / "pyvenv.cfg").exists()
            if not ((here / folder / "mkdocs.yml").exists() and (here / folder / "snippets").exists())
        )
        yield from (here / name for name in sorted(names) if name.endswith(PROGRAMS) and not name.startswith("."))


def valid_name(place: str) -> str:
    """The name of the program from a path: "sub/plot-Ring 2.py" is "sub/plot_ring_2"."""
    plain = unicodedata.normalize("NFKD", place.rpartition(".")[0]).encode("ascii", "ignore").decode().lower()
    parts = [re.sub(r"[^a-z0-9]+", "_", part).strip("_") or "program" for part in plain.split("/")]
    return "/".join(parts)


def _take(path: Path, place: str, beside: Mapping[str, str], found: _Found) -> None:
    """Makes a program of a file, or says why not. beside: the modules that lie beside it -> their places."""
    name = valid_name(place)
    clash = found.places.get(name)
    if clash is not None:
        found.leave_out(place, Remark(None, f'would be called "{name}", as {clash} is', "give it another name"))
        return
    if name == "index" or f"{name}/".startswith(NO_PAGES):
        fix = "give it another name, or put it into another folder"
        found.leave_out(place, Remark(None, f"would have its page at docs/{name}.md, which is not free", fix))
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd backslashes: they are the author's
            adapted = adapt(name, place, read_source(path), {*beside} - {path.stem})
        (adapted.text(()) + adapted.page).encode()  # raises ValueError for half a character, which a text may hold
    except (OSError, ValueError) as error:
        found.leave_out(place, Remark(None, str(error), "mend the file"))
        return
    except RecursionError:
        found.leave_out(place, Remark(None, TOO_DEEP, "take it apart"))
        return
    found.imported |= {beside[module]: place for module in adapted.imports if module in beside}
    if adapted.blocks:
        found.left_out += [_problem(place, remark) for remark in adapted.blocks]
        return
    found.programs[name], found.places[name] = adapted, place


def _needs(found: _Found) -> dict[str, list[str]]:
    """For each program those that write what it reads. What nobody writes, or several do, is no program of a course."""
    while True:
        needs: dict[str, list[str]] = {}
        dropped = False
        for name, program in list(found.programs.items()):
            for file, line in program.reads.items():
                writers = [one for one, other in found.programs.items() if file in other.writes and one != name]
                if len(writers) != 1:
                    found.drop(name, Remark(line, *_unread(file, [found.places[one] for one in writers])))
                    dropped = True
                    break
                needs.setdefault(name, []).append(writers[0])
        if not dropped:
            return {name: list(dict.fromkeys(given)) for name, given in needs.items()}


def _unread(file: str, writers: list[str]) -> tuple[str, str]:
    if writers:
        return f'reads "{file}", which {" and ".join(writers)} write', "let each write a name of its own"
    fix = "a run starts in an empty folder: make the data in the program, or in another one that saves it by this name"
    return f'reads "{file}", which no program here writes', fix


def _course(title: str, found: _Found, needs: Mapping[str, list[str]]) -> Brought:
    files: dict[str, str] = {}
    links: list[tuple[str, str, str]] = []
    for name, program in sorted(found.programs.items(), key=lambda one: (one[0].count("/") > 0, one[0])):
        files[f"snippets/{name}.py"] = program.text(needs.get(name, ()))
        page = f"{name}.md"
        if program.page:
            files[f"docs/{page}"] = program.page
        else:
            page = f"generated/notebooks/{name}.ipynb"
        topic = name.rpartition("/")[0].replace("/", ": ").replace("_", " ").capitalize()
        links.append((topic, program.title, page))
    programs = found.programs.values()
    imports = frozenset(name for program in programs for name in program.imports)
    contents = Contents(
        title,
        {"docs/index.md": index(title, links), **files},
        [Entry("Home", "index.md"), *(Entry(name, page, topic) for topic, name, page in links)],
        imports,
        frozenset(package for name in imports if (package := packages.of_import(name)[0]) != "genloop"),
        math=any(re.search(r"\\[(\[]", program.page) for program in programs),
        notebooks=any(not program.page for program in programs),
    )
    notebooks = sum(not program.page for program in programs)
    return Brought(contents, tuple(found.left_out), tuple(found.notes), len(found.programs) - notebooks, notebooks)
