"""`genloop init FOLDER --from DIR`: scripts and notebooks that are there already, as programs and pages of a course."""

from __future__ import annotations

import json
import os
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.begin import packages
from genloop.engine.begin.adapt import adapt
from genloop.engine.begin.beside import Beside, modules_of
from genloop.engine.begin.look import Remark
from genloop.engine.begin.pages import index
from genloop.engine.begin.readme import Readme, find_readme, read_readme
from genloop.engine.begin.settings import Contents, Entry
from genloop.engine.begin.together import Found, Taken, problem, settle
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
        beside = len(self.contents.copies)
        said += f", with {beside} file{'s' if beside > 1 else ''} that they read or import," if beside else ""
        return f"{said} brought" + (f", {len(places)} left out (see above)" if places else "")


def bring(source: Path, title: str) -> Brought:
    """The programs below a folder as a course. It is read, and neither changed nor run.

    Raises Misused if there is no such folder or no program in it, and Failed if none of them can be brought.
    """
    if not source.is_dir():
        why = "is a file; name the folder that it lies in" if source.exists() else "is not there"
        raise Misused([Problem("project", shown(source), why, fix="type: genloop init FOLDER --from DIR")])
    found = Found()
    paths = [*_programs(source, found)]
    if not paths and not found.left_out:
        why = f"holds no program: no file that ends in {' or '.join(PROGRAMS)}"
        raise Misused([Problem("project", shown(source), why, fix="name the folder that holds your scripts")])
    modules = _modules(paths)
    for path in paths:
        if path.name not in NO_PROGRAMS:
            beside = {name for above, name in modules if above == path.parent} - {path.stem}
            _take(path, shown(path.relative_to(source).as_posix()), beside, found)
    settle(found, source)
    copies = _copies(found, source)
    if not found.programs:
        raise Failed(found.left_out)
    for taken in found.programs.values():
        found.notes += [problem(taken.place, note) for note in taken.program.notes]
    return _course(title, found, copies, source)


def _modules(paths: Sequence[Path]) -> set[tuple[Path, str]]:
    """What a script could import because it lies in its folder: that folder and the module's name."""
    files = {(path.parent, path.stem) for path in paths if path.suffix == ".py"}
    return files | {(path.parent.parent, path.parent.name) for path in paths if path.name == "__init__.py"}


def _copies(found: Found, source: Path) -> dict[str, Path]:
    """Where what lies beside programs goes, so that they find it: path in the course -> file. No two on one path."""
    copies: dict[str, Path] = {}
    for name, taken in [*found.programs.items()]:
        for path, called in taken.beside.files.items():
            base = path.parents[called.count("/")].relative_to(source)
            folder = f"{_valid(base.as_posix())}/" if base.parts else ""
            other = copies.setdefault(f"snippets/{folder}{called}", path)
            program = found.programs.get(f"{folder}{called}".removesuffix(".py")) if called.endswith(".py") else None
            if clash := shown(other.relative_to(source)) if other != path else program.place if program else "":
                why = f"has {shown(path.relative_to(source))} beside it, which would lie where {clash} does"
                found.drop(name, Remark(None, why, "give one of them another name"))
                break
    return {
        place: path
        for place, path in copies.items()
        if any(path in one.beside.files for one in found.programs.values())
    }


def _programs(source: Path, found: Found) -> Iterator[Path]:
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
    return _valid(place.rpartition(".")[0])


def _valid(path: str) -> str:
    return "/".join(map(_valid_part, path.split("/")))


def _valid_part(part: str) -> str:
    """Letters of an alphabet that ASCII has are written with it; those of other scripts stay what they are."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", part) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", bare).lower()).strip("_") or "program"


def _take(path: Path, place: str, beside: set[str], found: Found) -> None:
    """Makes a program of a file, or says why not. beside: the modules that lie beside it."""
    name = valid_name(place)
    if clash := found.programs.get(name):
        found.leave_out(place, Remark(None, f'would be called "{name}", as {clash.place} is', "give it another name"))
        return
    if name == "index" or f"{name}/".startswith(NO_PAGES):
        fix = "give it another name, or put it into another folder"
        found.leave_out(place, Remark(None, f"would have its page at docs/{name}.md, which is not free", fix))
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd backslashes: they are the author's
            adapted = adapt(name, place, read_source(path), beside)
        (adapted.text(()) + adapted.page).encode()  # raises ValueError for half a character, which a text may hold
    except (OSError, ValueError) as error:
        found.leave_out(place, Remark(None, str(error), "mend the file"))
        return
    except RecursionError:
        found.leave_out(place, Remark(None, TOO_DEEP, "take it apart"))
        return
    modules = modules_of(path.parent, adapted.imported, beside)
    taken = Taken(place, path, adapted, modules)
    if blocks := (*adapted.blocks, *modules.wrong):
        found.blocked.append((taken, blocks))
    else:
        found.programs[name] = taken


def _course(title: str, found: Found, copies: Mapping[str, Path], source: Path) -> Brought:
    pages = {name: _page_of(name, taken) for name, taken in found.programs.items()}
    readmes = _readmes(found, source, pages)
    titles = [one.title for one in readmes.values()]
    topics = {folder: one.title for folder, one in readmes.items() if one.title and titles.count(one.title) == 1}
    files: dict[str, str] = {}
    links: list[tuple[str, str, str]] = []
    said: dict[str, str] = {}
    for name, taken in sorted(found.programs.items(), key=lambda one: (one[0].count("/") > 0, one[0])):
        program, folder = taken.program, name.rpartition("/")[0]
        files[f"snippets/{name}.py"] = program.text(taken.needs)
        if program.page:
            files[f"docs/{name}.md"] = program.page + _shown(taken.beside)
        topic = (topics.get(folder) or folder.replace("/", ": ").replace("_", " ").capitalize()) if folder else ""
        links.append((topic, program.title, pages[name]))
        if folder in readmes:
            said[topic] = readmes[folder].text
    if "" in readmes:
        said[""] = readmes[""].text
    programs = [taken.program for taken in found.programs.values()]
    imports = frozenset(name for program in programs for name in program.imports)
    title = topics.get("") or title
    contents = Contents(
        title,
        {"docs/index.md": index(title, links, said), **files},
        [Entry("Home", "index.md"), *(Entry(name, page, topic) for topic, name, page in links)],
        copies,
        imports,
        frozenset(package for name in imports if (package := packages.of_import(name)[0]) != "genloop"),
        math=any(re.search(r"\\[(\[]", text) for text in (*(one.page for one in programs), *said.values())),
        notebooks=any(not program.page for program in programs),
    )
    notebooks = sum(not program.page for program in programs)
    return Brought(contents, tuple(found.left_out), tuple(found.notes), len(programs) - notebooks, notebooks)


def _page_of(name: str, taken: Taken) -> str:
    """Below docs/. A notebook is its own page."""
    return f"{name}.md" if taken.program.page else f"generated/notebooks/{name}.ipynb"


def _readmes(found: Found, source: Path, pages: Mapping[str, str]) -> dict[str, Readme]:
    """What the folders say of themselves, by the names that they have here: "" for the one that all lie in."""
    folders = {"": source}
    for name, taken in found.programs.items():
        folders.setdefault(name.rpartition("/")[0], taken.path.parent)
    readmes = {}
    for folder, path in folders.items():
        if (file := find_readme(path)) is None:
            continue
        place = shown(file.relative_to(source).as_posix())

        def tell(line: int | None, why: str, place: str = place) -> None:
            found.notes.append(problem(place, Remark(line, why, "write it on docs/index.md in another way")))

        beside = {
            taken.path.relative_to(path).as_posix(): pages[name]
            for name, taken in found.programs.items()
            if taken.path.is_relative_to(path)
        }
        try:
            readmes[folder] = read_readme(file, tell, beside, deeper=1 if folder else 0)
            readmes[folder].text.encode()  # half a character, which a text may hold
        except (OSError, ValueError) as error:
            readmes.pop(folder, None)
            tell(None, str(error))
    return readmes


def _shown(beside: Beside) -> str:
    """The calls that show the modules of a program, closed, at the end of its page. Of a package some may be empty."""
    names = sorted(name for path, name in beside.files.items() if name.endswith(".py") and path.stat().st_size)
    return "".join(f"\n{{{{ code({json.dumps(name)}, fold=True) }}}}\n" for name in names)
