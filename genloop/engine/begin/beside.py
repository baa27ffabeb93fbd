"""What lies beside a program that is brought along: the modules that it imports, and the data that it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from genloop.engine.begin.look import Remark, look
from genloop.engine.files import TOO_DEEP, read_source
from genloop.engine.program.beside import is_pattern, matching, unfit, unusable, where


@dataclass
class Beside:
    """What is laid beside a program, and what comes with that."""

    data: list[str] = field(default_factory=list)
    """As the header names them."""
    modules: list[str] = field(default_factory=list)
    files: dict[Path, str] = field(default_factory=dict)
    """Each file -> its name beside the program."""
    imports: list[str] = field(default_factory=list)
    """What the modules import from elsewhere."""
    reads: dict[str, int | None] = field(default_factory=dict)
    """What the modules read, by the name that stands in them."""
    named: list[str] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)


def modules_of(folder: Path, imported: Mapping[str, int | None], known: Iterable[str]) -> Beside:
    """The modules in the folder of a program that it imports, and those that they import.

    imported: their names -> the line. known: the names of all modules in that folder.
    """
    found = Beside()
    waiting = dict(imported)
    names = set(known)
    seen: set[str] = set()
    while waiting:
        module, line = waiting.popitem()
        if module in seen:
            continue
        seen.add(module)
        for path in _files_of(folder, module, found.modules):
            found.files[path] = path.relative_to(folder).as_posix()
            try:
                inside = look(ast.parse(read_source(path)))
            except (SyntaxError, ValueError, OSError) as error:
                found.wrong.append(Remark(line, f"imports {module}, which cannot be read: {error}", "mend it"))
                continue
            except (RecursionError, MemoryError):
                found.wrong.append(Remark(line, f"imports {module}, which {TOO_DEEP}", "take it apart"))
                continue
            waiting |= {name: line for name in inside.imports if name in names}
            found.imports += [name for name in inside.imports if name not in names]
            found.reads |= dict.fromkeys(inside.paths.read, line)
            found.named += inside.paths.named
    found.modules.sort()
    return found


def _files_of(folder: Path, module: str, words: list[str]) -> list[Path]:
    """The files of a module, or of all that its package holds; the words for them are added to those of a header."""
    package = folder / module
    if not (package / "__init__.py").is_file():
        words.append(f"{module}.py")
        return [folder / f"{module}.py"]
    deep = any(path.parent != package for path in package.rglob("*.py"))
    words.append(f"{module}/**/*.py" if deep else f"{module}/*.py")
    return [folder / name for name in sorted(matching(folder, words[-1]))]


def add_data(found: Beside, program: Path, source: Path, names: Mapping[str, int | None], named: Iterable[str]) -> None:
    """Adds the data of a program: what it reads, by name, and what else in it is the name of a file that is there.

    source: the folder that programs are brought from.
    """
    for name, line in names.items():
        word = PurePosixPath(name).as_posix()
        base = None if unfit("data", word) else where(word, program, source)
        if base is None:
            found.wrong.append(Remark(line, *_why_not(name, program, source)))
        elif why := unusable(base / word, source.resolve()):
            found.wrong.append(Remark(line, f'reads "{name}", which {why[0]}', why[1] or "mend that"))
        else:
            _add(found, base, word, source.resolve())
    for word in named:
        base = None if unfit("data", word) else where(word, program, source)
        if base is not None:
            _add(found, base, word, source.resolve())
    found.data.sort()


def _add(found: Beside, base: Path, word: str, root: Path) -> None:
    """Adds a file, or those of a pattern; none if one of them cannot come along."""
    files = {base / name: name for name in (matching(base, word) if is_pattern(word) else [word])}
    if word not in found.data and not any(unusable(path, root) for path in files):
        found.data.append(word)
        found.files |= files


def _why_not(name: str, program: Path, source: Path) -> tuple[str, str]:
    """Why what a program reads cannot be given to it, and what to do."""
    if (program.parent / name).is_file():
        last = next((one for one in _ends(name) if where(one, program, source)), PurePosixPath(name).name)
        return f'reads "{name}", which is not below its own folder', f'let it read "{last}"; it is laid beside it'
    fix = "lay it beside the program, make the data in the program, or in another one that saves it by this name"
    return f'reads "{name}", which is not there, and which no program here writes', fix


def _ends(name: str) -> Iterator[str]:
    parts = [part for part in PurePosixPath(name).parts if part not in {"..", "/"}]
    return ("/".join(parts[at:]) for at in range(len(parts)))


def declared(program: Path, source: Path, words: Iterable[str]) -> dict[Path, str]:
    """What a header that is there already declares: each file -> its name beside the program."""
    found: dict[Path, str] = {}
    for word in words:
        if not unfit("modules" if word.endswith(".py") else "data", word) and (base := where(word, program, source)):
            found |= {base / name: name for name in matching(base, word) if (base / name).is_file()}
    return found
