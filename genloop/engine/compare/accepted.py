"""What was accepted: the .out and .results files and accepted.toml beside the snippets. Only `write` changes them."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from genloop.engine.compare.rooms import known
from genloop.engine.compare.verify import compare
from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.files import read_text, shown
from genloop.engine.journal import Journal
from genloop.engine.program.project import FOLDER, Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import brought, environment
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store


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
    """The entries of accepted.toml. What an `accept` that was killed left half done is finished or taken back first."""
    _journal(project).finish()
    return _entries(project)


def _journal(project: Project) -> Journal:
    return Journal(project.root, project.root / FOLDER / "accepting.json")


def _entries(project: Project) -> dict[str, Accepted]:
    try:
        table = tomllib.loads(read_text(project.accepted))
        return {name: _entry(name, given) for name, given in table.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, RecursionError) as error:
        file_name = project.relative(project.accepted)
        why = f"is not as genloop accept writes it: {error}"
        fix = f"take it back: git checkout {file_name}"
        raise Failed([Problem("project", file_name, why, fix=fix)]) from error


def _entry(name: str, given: object) -> Accepted:
    """An entry as `write` writes it; TypeError for any other."""
    texts = {"when", "why", "program", "python", "processor"}
    tables = {"packages", "inputs", "data"}
    if not isinstance(given, dict) or not texts | tables <= given.keys() <= texts | tables | {"seconds"}:
        raise TypeError(f'"{name}" is no entry')
    for key, value in given.items():
        fits = {
            "seconds": isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9,
            **dict.fromkeys(texts, isinstance(value, str)),
            **dict.fromkeys(tables, isinstance(value, dict) and all(isinstance(one, str) for one in value.values())),
        }
        if not fits[key]:
            raise TypeError(f'{key} of "{name}" is {value!r:.60}')
    return Accepted(**given)


def verify(project: Project, snippet: Snippet, stdout: str, results: str | None = None) -> list[Problem]:
    """Compares what a snippet printed with its .out file, and the results of its cells with its .results file.

    results: None if nobody knows them, as after plain `python file.py`.
    """
    try:
        expected = read_text(snippet.out)
    except FileNotFoundError:
        why = f"has no accepted output {project.relative(snippet.out)}"
        return [Problem("output", snippet.name, why, actual=stdout, fix=how_to_accept(snippet))]
    except ValueError as error:
        file = project.relative(snippet.out)
        why = f"its accepted output {error}; it is written by genloop accept alone"
        return [Problem("output", snippet.name, why, file=file, fix=how_to_accept(snippet))]
    try:
        before = read_text(snippet.results)
    except FileNotFoundError:
        before = ""
    except ValueError as error:
        file = project.relative(snippet.results)
        why = f"its accepted results {error}; they are written by genloop accept alone"
        return [Problem("output", snippet.name, why, file=file, fix=how_to_accept(snippet))]
    if results is None:
        results = before
    wrong, other = _both(snippet, (expected, before), (stdout, results))
    return wrong + [replace(problem, file=project.relative(snippet.results)) for problem in other]


def _both(snippet: Snippet, before: tuple[str, str], now: tuple[str, str]) -> tuple[list[Problem], list[Problem]]:
    """What differs in what was printed, and what in the results of cells; each a pair of printed text and results.

    A rule is for what is printed, unless the results alone have its label.
    """
    expect = snippet.settings.expect
    printed, shown_alone = (
        {name for text in pair for name in known(text, expect)} for pair in zip(before, now, strict=True)
    )
    first = {label: rule for label, rule in expect.items() if label in printed or label not in shown_alone}
    second = {label: rule for label, rule in expect.items() if label in shown_alone}
    return (
        compare(snippet.name, before[0], now[0], first),
        compare(snippet.name, before[1], now[1], second),
    )


def accept_command(name: str) -> str:
    return f'if this is right: genloop accept {name} --why "..."'


def how_to_accept(snippet: Snippet) -> str:
    """What to type, and where: `accept` runs the program."""
    return brought.where_to_accept(snippet) if snippet.settings.elsewhere else accept_command(snippet.name)


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
        made = (record.stdout, record.results)
        printed, shown_alone = _both(project.snippets[record.name], made, made)
        problems += [
            replace(problem, fix="repair the program, or its [tool.genloop.expect]")
            for problem in (*printed, *shown_alone)
        ]
    return problems


def difference(project: Project, record: Record) -> str:
    """The accepted output against this run's, and the accepted results, as unified diffs."""
    snippet = project.snippets[record.name]
    pairs = ((snippet.out, record.stdout, "printed"), (snippet.results, record.results, "shown"))
    lines = [line for path, now, how in pairs for line in _unified(project, path, now, f"{how} by {record.name}")]
    return "\n".join(lines) or f"{record.name} prints what was accepted"


def _unified(project: Project, path: Path, now: str, title: str) -> Iterator[str]:
    try:
        before = read_text(path)
    except (FileNotFoundError, ValueError):
        before = ""
    accepted = f"accepted {project.relative(path)}" if before else "accepted: nothing so far"
    return difflib.unified_diff(before.splitlines(), now.splitlines(), accepted, title, lineterm="")


def write(project: Project, store: Store, records: Mapping[str, Record], why: str) -> list[str]:
    """Writes the .out and the .results of each record and one accepted.toml; returns the paths that changed.

    Of programs that run elsewhere also the record, which is shown on other machines. All of it or nothing, and one
    `accept` at a time: each keeps the entries of the others.
    """
    journal = _journal(project)
    with journal.lock():
        journal.finish_alone()
        try:
            outputs = _to_write(project, records, why)
            changed = journal.write(outputs | brought.pack(project, store, records.values()))
            return [*changed, *brought.prune(project)]
        except OSError as error:
            place = shown(error.filename2 or error.filename or project.root)
            raise Failed([Problem("project", place, f"cannot be written: {error.strerror}; nothing is")]) from error


def _to_write(project: Project, records: Mapping[str, Record], why: str) -> dict[str, bytes | None]:
    """Path -> what is to stand there, None for nothing: the outputs, and accepted.toml with these records in it."""
    if shown(why) != why.replace("\n", "\\n").replace("\t", "\\t"):
        raise Misused([Problem("project", "--why", f"holds what cannot be written: {shown(why)}")])
    entries = _entries(project)
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
            inputs={path: digest[:16] for path, digest in record.inputs.items() if digest},
            data={need: files_digest(files) for need, files in record.needs.items()},
            processor=processor_of(record),
            seconds=round(record.seconds, 1),
        )
    text = "# Written by `genloop accept`: when, why, and from what each .out file came.\n\n"
    text += tomli_w.dumps({name: vars(known[name]) for name in sorted(known)})
    outs = {project.relative(project.snippets[name].out): record.stdout.encode() for name, record in records.items()}
    shown_ = {
        project.relative(project.snippets[name].results): record.results.encode() or None
        for name, record in records.items()
    }
    return {**outs, **shown_, project.relative(project.accepted): text.encode()}
