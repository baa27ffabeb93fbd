"""A program with all that it needs, as one archive: it runs at once, and `run_all.py` makes everything from nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from genloop.engine.page import facts
from genloop.engine.page.course import Course
from genloop.engine.program.snippet import Snippet

ROOM = 3 * 2**20
"""Bytes of files that an archive may bring along. What is larger is made by `run_all.py`."""
OWN = {"README.txt", "run_all.py", "programs", "runs", "shared"}
"""Names in an archive that nothing beside the program may have; otherwise that is made by `run_all.py`, too."""
DATE = (1980, 1, 1, 0, 0, 0)
"""The first that zip can say: same content, same bytes."""
RUN_ALL = '''"""Runs all that {name} needs, from nothing, and then {name} itself, each in a folder below runs/."""

import shutil
import subprocess
import sys
from pathlib import Path

# Each program: its folder below runs/ and programs/, its file, the exception that ends it, as it should, or "",
# what it needs: (program, folder, file), and files that lie beside it: (where in shared/, name).
STEPS = {steps}

here = Path(__file__).resolve().parent
for number, (name, file, raises, needs, beside) in enumerate(STEPS, 1):
    folder = here / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    given = [(here / "runs" / need / needed, folder / inside / needed) for need, inside, needed in needs]
    given += [(here / "shared" / place, folder / called) for place, called in beside]
    for source, target in given:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(here / "programs" / name / file, folder / file)
    print(f"[{{number}}/{{len(STEPS)}}] {{name}}", flush=True)
    quiet = subprocess.DEVNULL if number < len(STEPS) else None
    if subprocess.run([sys.executable, file], cwd=folder, stdout=quiet).returncode and not raises:
        sys.exit(f"{{name}} failed, in {{folder}}")
print(f"All is in {{here / 'runs' / STEPS[-1][0]}}")
'''
NOT_HERE = """It does not run {name}: {needs}. Its files are in runs/{name} already, from {told}

"""
READ_ME = """{file} with all that it needs.

{install}{at_once}Everything from nothing, training included:

    python run_all.py

{apart}It takes about {seconds}, and leaves each program with its files in a folder below runs/.
"""


def archive_of(course: Course, snippet: Snippet) -> bytes:
    """The zip file: the program and the files it needs beside it, all other programs, run_all.py and a README."""
    stem = facts.file_name(snippet).removesuffix(".py")
    order, apart = _order(course, snippet)
    files = dict(_given(course, snippet))
    beside = {name: path.read_bytes() for name, path in snippet.beside.items()}
    own = {*OWN, f"{stem}.py"}
    fits = sum(map(len, files.values())) <= ROOM and own.isdisjoint(
        name.partition("/")[0] for name in (*beside, *files)
    )
    if fits:
        at_once = f"The files that it needs lie beside it, so it runs at once:\n\n    python {stem}.py\n\n"
    else:
        at_once = ""
    install = facts.install(course, snippet)
    needs = snippet.settings.elsewhere
    told = facts.took(sum(course.records[name].seconds for name in order if name in course.records))
    readme = READ_ME.format(
        file=f"{stem}.py",
        install=(f"It needs {needs}.\n\n" if needs else "")
        + (f"Install first:\n\n    {install}\n\n" if install else ""),
        at_once=at_once,
        seconds=told,
        apart="".join(_told(course, name) for name in apart),
    )
    content = {"README.txt": readme.encode(), "run_all.py": _run_all(course, snippet, order).encode()}
    if fits:
        content |= {f"{stem}.py": snippet.download.encode(), **files, **beside}
    for name in apart:  # also if they are large: nobody could make them
        content |= {f"runs/{name}/{file}": course.store.read(one) for file, one in course.records[name].files.items()}
    for name in (*order, *apart):
        one = course.project.snippets[name]
        content |= {f"shared/{_shared(course, path)}": path.read_bytes() for path in one.beside.values()}
        content[f"programs/{name}/{_file(one)}"] = one.download.encode()
    if course.wheel and course.wheel[0] in install:
        content[course.wheel[0]] = course.wheel[1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in content.items():
            info = zipfile.ZipInfo(f"{stem}/{path}", DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _order(course: Course, snippet: Snippet) -> tuple[list[str], list[str]]:
    """What `run_all.py` runs, in order; and what it needs of programs that cannot run everywhere, which it does not."""
    snippets = course.project.snippets
    runs, apart, wanted = {snippet.name}, set[str](), [*snippet.settings.needs]
    while wanted:
        name = wanted.pop()
        if snippets[name].settings.elsewhere:
            apart.add(name)
        elif name not in runs:
            runs.add(name)
            wanted += snippets[name].settings.needs
    return [name for name in course.project.select([snippet.name]) if name in runs], sorted(apart)


def _told(course: Course, name: str) -> str:
    record = course.records[name]
    needs = facts.it_needs(course, course.project.snippets[name])
    return NOT_HERE.format(name=name, needs=needs, told=f"{record.processor}, {record.started[:10]}.")


def _file(snippet: Snippet) -> str:
    return PurePosixPath(f"{snippet.base}.py").name


def _shared(course: Course, path: Path) -> str:
    """Where a file of the course lies in shared/: once, though several programs may have it."""
    return path.relative_to(course.project.programs).as_posix()


def _given(course: Course, snippet: Snippet) -> Iterator[tuple[str, bytes]]:
    """What must lie beside the program before it runs: path -> bytes."""
    for need in snippet.settings.needs:
        record, variant = course.records[need], course.project.snippets[need].variant
        for file, digest in record.files.items():
            yield str(PurePosixPath(variant, file)), course.store.read(digest)


def _run_all(course: Course, snippet: Snippet, order: list[str]) -> str:
    steps = []
    for name in order:
        one = course.project.snippets[name]
        needs = [
            (need, course.project.snippets[need].variant, file)
            for need in one.settings.needs
            for file in course.records[need].files
        ]
        beside = [(_shared(course, path), called) for called, path in one.beside.items()]
        steps.append((name, _file(one), one.settings.raises, needs, beside))
    listed = "\n".join(f"    {step!r}," for step in steps)
    return RUN_ALL.format(name=json.dumps(facts.file_name(snippet)).strip('"'), steps=f"[\n{listed}\n]")
