"""Where else programs printed what was accepted: snippets/places.toml, which only `note` writes.

A place is a system, a processor with its settings, a Python and the versions of packages. What is noted of a program
counts as long as its text, what it reads of the project and what was accepted are what they were; then it is left out,
and removed when the file is written next.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import tomli_w

from genloop.engine.compare.accepted import Accepted, processor_now
from genloop.engine.errors import Failed, Problem
from genloop.engine.files import digest_of, locked, read_text, replace_file
from genloop.engine.program.project import FOLDER, Project
from genloop.engine.record import environment

DIGITS = 16
"""Of a digest."""
PLACE = {"system": str, "processor": str, "python": str, "packages": dict, "noted": str}
RUN = {"digest": str, "same": list, "other": list}
HEAD = "# Written by `genloop check --fresh --note-place`: where programs printed what was accepted, and where not.\n\n"


@dataclass(frozen=True)
class Place:
    system: str
    """ "Linux x86_64"."""
    processor: str
    """With its vector instructions, and what else changes numbers: "AMD EPYC, avx512, 2 threads"."""
    python: str
    packages: Mapping[str, str]
    """Of all programs that ran there."""
    noted: str
    """The last day on which something was."""

    @property
    def instructions(self) -> str:
        """What of the processor can change numbers, without its name: "avx512, 2 threads"."""
        found = re.search(r", (avx512|avx2)", self.processor)
        chosen = re.search(r"ATEN_CPU_CAPABILITY=(\w+)", self.processor)
        best = chosen[1] if chosen else found[1] if found else "no avx2"
        others = re.findall(r", (\d+ threads|(?!ATEN)[A-Z_]+=[^,]+)", self.processor)
        return ", ".join([best, *others])


@dataclass(frozen=True)
class Noted:
    """What is known of one program."""

    digest: str
    """Of all that it depends on and of what was accepted (see `Digests`)."""
    same: tuple[str, ...] = ()
    """The places where it printed what was accepted."""
    other: tuple[str, ...] = ()
    """Those where it did not, or failed."""


@dataclass(frozen=True)
class Places:
    places: Mapping[str, Place] = field(default_factory=dict)
    runs: Mapping[str, Noted] = field(default_factory=dict)


def read_places(project: Project) -> Places:
    """Raises Failed for a file that `note` has not written."""
    try:
        table = tomllib.loads(read_text(project.places))
        return _places(table)
    except FileNotFoundError:
        return Places()
    except (ValueError, TypeError, RecursionError) as error:
        file = project.relative(project.places)
        why = f"is not as genloop check --fresh --note-place writes it: {error}"
        raise Failed([Problem("project", file, why, fix=f"take it back: git checkout {file}")]) from error


def _places(table: Mapping[str, Any]) -> Places:
    if unknown := table.keys() - {"places", "runs"}:
        raise TypeError(f'unknown key "{min(unknown)}"')
    places = {name: Place(**_typed(name, given, PLACE)) for name, given in _table(table, "places")}
    runs = {}
    for name, given in _table(table, "runs"):
        typed = _typed(name, given, RUN)
        same, other = (tuple(map(str, typed[key])) for key in ("same", "other"))
        if lost := {*same, *other} - places.keys():
            raise TypeError(f'"{name}" names the place "{min(lost)}", which is not there')
        runs[name] = Noted(typed["digest"], same, other)
    return Places(places, runs)


def _table(table: Mapping[str, Any], key: str) -> Iterator[tuple[str, object]]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise TypeError(f"{key} is no table")
    yield from found.items()


def _typed(name: str, given: object, types: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(given, dict) or given.keys() != types.keys():
        raise TypeError(f'"{name}" is no entry')
    for key, kind in types.items():
        value = given[key]
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if not isinstance(value, kind) or not all(isinstance(one, str) for one in inner):
            raise TypeError(f'{key} of "{name}" is {value!r:.60}')
    return dict(given)


class Digests:
    """Of programs as they are now: their text, what lies beside them, what they read of the project, what they need,
    and what of it was accepted. What a program reads is known from the run that was accepted: a checkout has no other.
    """

    def __init__(self, project: Project, accepted: Mapping[str, Accepted]) -> None:
        self.project = project
        self.accepted = accepted
        self.file = functools.cache(lambda path: digest_of(path) or "")
        self.own = functools.cache(self._own)

    def __getitem__(self, name: str) -> str:
        parts = map(self.own, self.project.select([name]))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]

    def _own(self, name: str) -> str:
        snippet, known = self.project.snippets[name], self.accepted.get(name)
        read = [self.project.root / path for path in sorted(known.inputs)] if known else []
        files = (snippet.out, snippet.results, *(path for _, path in sorted(snippet.beside.items())), *read)
        return " ".join([name, snippet.digest, *snippet.beside, *map(self.file, files)])


def current(project: Project, accepted: Mapping[str, Accepted], known: Places) -> Places:
    """What of it is noted of programs as they are now."""
    digests = Digests(project, accepted)
    return Places(
        known.places,
        {name: one for name, one in known.runs.items() if name in project.snippets and one.digest == digests[name]},
    )


def note(project: Project, accepted: Mapping[str, Accepted], ran: Mapping[str, bool]) -> str:
    """Writes down where these programs ran, and whether they printed what was accepted; returns the place's name.

    What is noted of others stays, unless they have changed since.
    """
    here = _here({package for one in ran if one in accepted for package in accepted[one].packages})
    with locked(project.root / FOLDER / "places.lock"):
        before = current(project, accepted, read_places(project))
        name = next((name for name, place in before.places.items() if _agree(place, here)), "")
        if name:  # other programs may import other packages there
            here = replace(here, packages={**before.places[name].packages, **here.packages})
        name = name or _name(here, before.places)
        runs, digests = dict(before.runs), Digests(project, accepted)
        for one, is_same in ran.items():
            known = runs.get(one, Noted(digests[one]))
            same, other = ({*places} - {name} for places in (known.same, known.other))
            (same if is_same else other).add(name)
            runs[one] = Noted(known.digest, tuple(sorted(same)), tuple(sorted(other)))
        used = {place for noted in runs.values() for place in (*noted.same, *noted.other)}
        places = {one: place for one, place in {**before.places, name: here}.items() if one in used}
        table = {
            "places": {one: vars(places[one]) for one in sorted(places)},
            "runs": {one: vars(runs[one]) for one in sorted(runs)},
        }
        replace_file(project.places, (HEAD + tomli_w.dumps(table)).encode())
    return name


def _here(packages: Collection[str]) -> Place:
    versions = {package: found for package in sorted(packages) if (found := environment.version(package))}
    return Place(
        system=environment.system(),
        processor=processor_now(),
        python=platform.python_version(),
        packages=versions,
        noted=datetime.now(UTC).date().isoformat(),
    )


def _agree(one: Place, other: Place) -> bool:
    """Whether they may be one place: no package that both name has another version."""
    both = one.packages.keys() & other.packages.keys()
    same = all(one.packages[package] == other.packages[package] for package in both)
    return same and (one.system, one.processor, one.python) == (other.system, other.processor, other.python)


def _name(place: Place, taken: Mapping[str, Place]) -> str:
    """A short name that a person can read: "linux-avx2-2-threads-python3.11"."""
    words = f"{place.system.split()[0]} {place.instructions} python{'.'.join(place.python.split('.')[:2])}"
    base = re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-")
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := base if number == 1 else f"{base}-{number}") not in taken
    )
