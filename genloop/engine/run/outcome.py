"""How a run ended: turns its exit status, its output and the files it left into problems."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from genloop.engine.errors import Problem
from genloop.engine.files import digest_of, lines_of, shown
from genloop.engine.program.snippet import Snippet
from genloop.engine.run.beside import undeclared
from genloop.engine.run.declared import cell_problems, executed, file_problems, finished_cells, name_problems, too_large
from genloop.engine.run.fork_client import Finished

STDOUT_LIMIT = 2**20
"""Bytes a snippet may print; a page that shows more is a mistake."""
STDERR_SHOWN = 12
"""Lines of stderr that a problem shows."""
UNSHOWABLE = (
    (re.compile(r"\x1b"), "an ANSI code (ESC)", "print plain text: no colors, no cursor movements"),
    (re.compile(r"\r"), "a carriage return", "leave out the progress bar"),
    (re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"), "a control character", "print plain text"),
)


def problems_of(
    snippet: Snippet, place: Path, run: Finished, given: Mapping[str, str], *, fresh: bool
) -> list[Problem]:
    """Everything about a run itself that is wrong: its end, its output, its files.

    place: the folder with run/, stdout and stderr. given: the files it was given -> their sha256.
    """
    stderr = _stderr(snippet, place)
    stdout, end = (place / "stdout").read_bytes(), _end_of_traceback(snippet, place)
    again = f"to see it happen: genloop run {snippet.name}{' --fresh' if fresh else ''}"

    def problem(why: str, *details: str, line: int | None = None, fix: str = again) -> Problem:
        return Problem("run", snippet.name, why, line=line, details=details, fix=fix)

    settings = snippet.settings
    if (size := len(stdout) + len(end.encode())) > STDOUT_LIMIT:
        why = f"printed {size:,} bytes; the limit is {STDOUT_LIMIT:,}"
        return [problem(why, "it ends with:", *_tail(stdout[-400:].decode(errors="replace"), 3), *stderr)]
    if run.status is None:
        why = f"was stopped after {settings.timeout:g} s"
        hint = f"set a larger timeout in its header (timeout = {settings.timeout * 2:g}), or make it faster"
        return [problem(why, *stderr, fix=hint)]
    if settings.raises and run.status == 0:
        hint = "take raises out of its header, or let it raise"
        return [problem(f"ended well, and its header says that it raises {settings.raises}", *stderr, fix=hint)]
    if run.status != 0 and (large := _too_large(snippet, place / "run", given)):
        return [replace(large, details=(*large.details, *stderr))]
    if run.status != 0 and not end:
        if missing := undeclared(snippet, _raw_stderr(place).replace(str(place / "run") + os.sep, "")):
            return [problem(missing[0], *stderr, fix=missing[1])]
        declared = f"; its header says that it raises {settings.raises}" if settings.raises else ""
        return [problem(_ending(run.status, stderr, settings.memory) + declared, *stderr)]
    problems = []
    try:
        stdout.decode()
        text = printed(snippet, place)
    except UnicodeDecodeError as error:
        line = stdout[: error.start].count(b"\n") + 1
        problems.append(problem("printed bytes that are not UTF-8", *stderr, line=line, fix="print text, not bytes"))
        text = ""
    for pattern, what, hint in UNSHOWABLE:
        if found := pattern.search(text):
            line = text[: found.start()].count("\n") + 1
            problems.append(problem(f"printed {what}", *stderr, line=line, fix=hint))
    return problems + _file_problems(snippet, place / "run", given, fresh=fresh)


def printed(snippet: Snippet, place: Path) -> str:
    """What a page shows: the standard output, and the end of the traceback, if the header says that it raises."""
    text = (place / "stdout").read_bytes().decode(errors="replace")
    end = _end_of_traceback(snippet, place)
    return text + ("\n" if end and text and not text.endswith("\n") else "") + end


def _end_of_traceback(snippet: Snippet, place: Path) -> str:
    """The name and the message of the declared exception; "" if none is declared, or the program ended otherwise."""
    if not snippet.settings.raises:
        return ""
    text = (place / "stderr").read_bytes().decode(errors="replace")
    _, traceback, after = text.rpartition("Traceback (most recent call last):\n")
    end = [*itertools.dropwhile(lambda line: line.startswith(" "), lines_of(after if traceback else ""))]
    name = end[0].partition(":")[0] if end else ""
    return "\n".join([*end, ""]) if f".{name}".endswith(f".{snippet.settings.raises}") else ""


def _file_problems(snippet: Snippet, folder: Path, given: Mapping[str, str], *, fresh: bool) -> list[Problem]:
    file = f"snippets/{snippet.base}.py"
    names = {str(path.relative_to(folder)) for path in written(snippet, folder, given)}
    if snippet.notebook and fresh:
        names.add(executed(snippet))  # only its kernel writes it
    problems = name_problems(snippet, names)
    for name in (str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_symlink()):
        why = f'wrote "{shown(name)}", which is a link; others would get what it leads to, or nothing'
        problems.append(Problem("run", snippet.name, why, file=file, fix="write the file itself"))
    if snippet.notebook and not fresh and executed(snippet) in names:
        problems += cell_problems(snippet, finished_cells(snippet, (folder / executed(snippet)).read_bytes()))
    for name in sorted(names if not snippet.notebook else names - {executed(snippet)}):
        problems += file_problems(snippet, name, folder / name)
    for name in sorted(name for name, digest in given.items() if digest_of(folder / name) != digest):
        why = f'changes "{name}", which it was given; a second run would start from another file'
        problems.append(Problem("run", snippet.name, why, file=file, fix="write to a file of its own"))
    return problems


def written(snippet: Snippet, folder: Path, given: Mapping[str, str]) -> list[Path]:
    """The files that a run left in its folder, without the program and what it was given."""
    apart = {snippet.path.name, *given}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and str(path.relative_to(folder)) not in apart and "__pycache__" not in path.parts
    ]


def _too_large(snippet: Snippet, folder: Path, given: Mapping[str, str]) -> Problem | None:
    """The problem of a program that failed because it could write no more to a file; None if there is no such file."""
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in written(snippet, folder, given)}
    largest = max(sizes, key=lambda name: sizes[name], default="")
    return too_large(snippet, largest, sizes[largest]) if sizes.get(largest, 0) > snippet.settings.most_bytes else None


def _stderr(snippet: Snippet, place: Path) -> list[str]:
    text = _raw_stderr(place)
    for name in snippet.beside:
        above = snippet.path.parents[snippet.name.count("/") + 1]
        text = text.replace(str(place / "run" / name), snippet.beside[name].relative_to(above).as_posix())
    text = text.replace(str(place / "run") + os.sep, f"snippets/{snippet.base}".rpartition("/")[0] + "/")
    return _tail(text, STDERR_SHOWN)


def _raw_stderr(place: Path) -> str:
    return (place / "stderr").read_bytes()[-20_000:].decode(errors="replace")


def _tail(text: str, count: int) -> list[str]:
    lines = [line[:300] for line in text.rstrip().splitlines()]
    return (["..."] if len(lines) > count else []) + lines[-count:]


def _ending(status: int, stderr: list[str], memory: float) -> str:
    """How a child failed, in words."""
    said = "\n".join(stderr)
    if "MemoryError" in said or "can't allocate memory" in said:
        return f"ran out of the {memory:g} GiB it may use (set memory = {memory * 2:g} in its header if it needs more)"
    if missing := re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", said):
        return f'imports "{missing[1]}", which is not installed here; pip install it, and declare it in the header'
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"was ended by signal {number} ({signal.Signals(number).name})"
    code = os.waitstatus_to_exitcode(status)
    return f"ended with exit status {code}{'' if stderr else ' and printed nothing to stderr'}"
