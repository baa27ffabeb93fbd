"""What programs that lie in one folder are for each other: modules, needs; and what data lies there for them."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

from genloop.engine.begin.adapt import Adapted
from genloop.engine.begin.beside import Beside, add_data, declared
from genloop.engine.begin.look import Remark
from genloop.engine.errors import Problem
from genloop.engine.files import read_source


@dataclass(frozen=True)
class Taken:
    """A script or a notebook, as it was found."""

    place: str
    """Its path below the folder that it is brought from, for messages."""
    path: Path
    program: Adapted
    beside: Beside
    """Its modules; in the end its data as well."""
    needs: tuple[str, ...] = ()


@dataclass
class Found:
    """Programs on their way, by the name that they get."""

    programs: dict[str, Taken] = field(default_factory=dict)
    blocked: list[tuple[Taken, tuple[Remark, ...]]] = field(default_factory=list)
    """What can be no program, and why; a module need be none."""
    left_out: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def leave_out(self, place: str, remark: Remark) -> None:
        self.left_out.append(problem(place, remark))

    def drop(self, name: str, *remarks: Remark) -> None:
        place = self.programs.pop(name).place
        for remark in remarks:
            self.leave_out(place, remark)


def problem(place: str, remark: Remark) -> Problem:
    return Problem("snippet", place, remark.why, line=remark.line, file=place, fix=remark.fix)


def settle(found: Found, source: Path) -> None:
    """Tells modules from programs, and gives each program what it needs; what cannot have that is left out."""
    blocked = {taken.place: remarks for taken, remarks in found.blocked}
    users: dict[Path, str] = {}
    for taken in (*found.programs.values(), *(taken for taken, _ in found.blocked)):
        for file in taken.beside.files:
            users.setdefault(file, taken.place)
    modules = {taken.path: taken for taken in found.programs.values() if taken.path in users}
    modules |= {taken.path: taken for taken, _ in found.blocked if taken.path in users}
    found.programs = {name: taken for name, taken in found.programs.items() if taken.path not in modules}
    for taken, remarks in found.blocked:
        if taken.path not in modules:
            found.left_out += [problem(taken.place, remark) for remark in remarks]
    _give(found, source)
    used = {file for taken in found.programs.values() for file in taken.beside.files}
    for path, taken in modules.items():
        user = users[path]
        if path not in used:  # of a program that is left out, or of a module that imports it as well
            remark = Remark(None, f"is a module that {user} imports, and no program", f"it comes along with {user}")
            found.left_out += [problem(taken.place, one) for one in blocked.get(taken.place, (remark,))]
        elif line := _acts(path):
            fix = "if it shall be run as well, write what it does into a program that imports it"
            found.notes.append(
                problem(taken.place, Remark(line, f"is a module that {user} imports; it is not run", fix))
            )


def _acts(path: Path) -> int:
    """The line on which a module does something, rather than say how it is done; 0 if there is none."""
    for node in ast.parse(read_source(path)).body:
        match node:
            case ast.Expr(ast.Call()) | ast.If(test=ast.Compare(left=ast.Name("__name__"))):
                return node.lineno
    return 0


def _give(found: Found, source: Path) -> None:
    """Finds who writes what a program reads, and what of it lies there already. What nobody has is in no course."""
    alone = dict(found.programs)
    while True:
        given = {name: _given(name, alone[name], found, source) for name in found.programs}
        if not any(wrong for _, wrong in given.values()):
            found.programs = {name: taken for name, (taken, _) in given.items()}
            return
        for name, (_, wrong) in given.items():
            if wrong:
                found.drop(name, *wrong)


def _given(name: str, taken: Taken, found: Found, source: Path) -> tuple[Taken, list[Remark]]:
    """A program with all that lies beside it, and what is wrong with that."""
    program, beside = taken.program, copy.deepcopy(taken.beside)
    writers = {
        file: [one for one, other in found.programs.items() if file in other.program.writes and one != name]
        for file in (*program.reads, *beside.reads, *program.named, *beside.named)
    }
    reads = {**beside.reads, **program.reads}
    add_data(
        beside,
        taken.path,
        source,
        {file: line for file, line in reads.items() if not writers[file]},
        [word for word in (*program.named, *beside.named) if not writers[word]],
    )
    several = [(file, [found.programs[one].place for one in writers[file]]) for file in reads if len(writers[file]) > 1]
    fix = "let each write a name of its own"
    wrong = [Remark(reads[file], f'reads "{file}", which {" and ".join(those)} write', fix) for file, those in several]
    if (own := program.given.settings) is not None:  # that header stays as it is
        beside.files |= declared(taken.path, source, (*own.data, *own.modules))
    program = program.with_beside(beside.data, beside.modules, beside.imports)
    needs = tuple(dict.fromkeys(writers[file][0] for file in reads if writers[file]))
    return replace(taken, program=program, beside=beside, needs=needs), [*wrong, *beside.wrong]
