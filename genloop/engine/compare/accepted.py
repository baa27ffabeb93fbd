"""What was accepted: the .out files and accepted.toml beside the snippets. Only `write` changes them."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import tomli_w

from genloop.engine.compare.verify import compare
from genloop.engine.errors import Failed, Problem
from genloop.engine.files import replace_file
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import Record


@dataclass(frozen=True)
class Accepted:
    """One entry of accepted.toml: when, why, and from what the accepted output came."""

    when: str
    why: str
    program: str
    python: str
    packages: Mapping[str, str]
    inputs: Mapping[str, str]
    data: Mapping[str, str]
    """Needed snippet -> sha256 over the files it gave."""
    processor: str
    seconds: float = 0.0
    """What the accepted run took: what a fresh checkout can expect."""


def read_accepted(project: Project) -> dict[str, Accepted]:
    try:
        table = tomllib.loads(project.accepted.read_text(encoding="utf-8"))
        return {name: Accepted(**entry) for name, entry in table.items()}
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        file = project.relative(project.accepted)
        why = f"cannot be read: {error}"
        raise Failed([Problem("project", file, why, fix=f"take it back: git checkout {file}")]) from error


def verify(project: Project, snippet: Snippet, stdout: str) -> list[Problem]:
    """Compares what a snippet printed with its .out file."""
    try:
        expected = snippet.out.read_text(encoding="utf-8")
    except FileNotFoundError:
        why = f"has no accepted output {project.relative(snippet.out)}"
        return [Problem("output", snippet.name, why, actual=stdout, fix=accept_command(snippet.name))]
    except UnicodeDecodeError as error:
        file = project.relative(snippet.out)
        why = f"{file} is not UTF-8 (byte {error.start}); it is written by genloop accept alone"
        return [Problem("output", snippet.name, why, file=file, fix=accept_command(snippet.name))]
    return compare(snippet.name, expected, stdout, snippet.settings.expect)


def accept_command(name: str) -> str:
    return f'if this is right: genloop accept {name} --why "..."'


def processor_now() -> str:
    return _processor(environment.processor(), environment.settings())


def files_digest(files: Mapping[str, str]) -> str:
    """One short digest for all the files of a run."""
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in sorted(files.items())).encode()).hexdigest()[
        :16
    ]


def processor_of(record: Record) -> str:
    return _processor(record.processor, record.settings)


def _processor(processor: str, settings: Mapping[str, str]) -> str:
    extra = [f"{key}={value}" for key, value in settings.items() if key not in {"Python", "threads"}]
    threads = settings["threads"]
    return ", ".join([processor, *([f"{threads} threads"] if threads != "1" else []), *extra])


def unfit(project: Project, records: Iterable[Record]) -> list[Problem]:
    """What would never verify, not even against itself: a number that is not finite, a series that does not fall."""
    problems = []
    for record in records:
        expect = project.snippets[record.name].settings.expect
        problems += [
            replace(problem, fix="repair the program, or its [tool.genloop.expect]")
            for problem in compare(record.name, record.stdout, record.stdout, expect)
        ]
    return problems


def difference(project: Project, record: Record) -> str:
    """The accepted output against this run's, as a unified diff."""
    snippet = project.snippets[record.name]
    before = snippet.out.read_text(encoding="utf-8") if snippet.out.exists() else ""
    lines = difflib.unified_diff(
        before.splitlines(),
        record.stdout.splitlines(),
        f"accepted {project.relative(snippet.out)}" if before else "accepted: nothing so far",
        f"printed by {record.name}",
        lineterm="",
    )
    return "\n".join(lines) or f"{record.name} prints what was accepted"


def write(project: Project, records: Mapping[str, Record], why: str) -> list[str]:
    """Writes the .out of each record and one accepted.toml; returns the paths that changed."""
    entries = read_accepted(project)
    # A program that cannot be read at this moment is no snippet; it keeps its entry while its files are there.
    folder = project.accepted.parent
    known = {
        name: entry
        for name, entry in entries.items()
        if name in project.snippets
        or ((folder / f"{name}.out").exists() and (folder / f"{name.partition('@')[0]}.py").exists())
    }
    for name, record in records.items():
        known[name] = Accepted(
            when=datetime.now(UTC).date().isoformat(),
            why=why,
            program=record.program,
            python=record.settings["Python"],
            packages=dict(record.packages),
            inputs={path: digest[:16] for path, digest in record.inputs.items()},
            data={need: files_digest(files) for need, files in record.needs.items()},
            processor=processor_of(record),
            seconds=round(record.seconds, 1),
        )
    changed = []
    for name, record in records.items():
        out = project.snippets[name].out
        if replace_file(out, record.stdout.encode()):
            changed.append(project.relative(out))
    text = "# Written by `genloop accept`: when, why, and from what each .out file came.\n\n"
    text += tomli_w.dumps({name: vars(known[name]) for name in sorted(known)})
    if replace_file(project.accepted, text.encode()):
        changed.append(project.relative(project.accepted))
    return changed
