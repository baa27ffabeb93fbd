"""What a machine has that runs depend on, so that a worker can be compared with the machine of the project."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from genloop.engine.program.project import Project
from genloop.engine.record import environment
from genloop.engine.record.freshness import differences

ENGINE = Path(__file__).parents[1]
Machine = dict[str, str]


@functools.cache
def engine() -> str:
    """The version of the engine, and the beginning of a digest of its modules."""
    digest = hashlib.sha256(environment.STYLE.read_bytes())
    for path in sorted(ENGINE.rglob("*.py")):
        digest.update(f"{path.relative_to(ENGINE)}\0".encode() + path.read_bytes())
    return f"{environment.version('genloop') or ''} {digest.hexdigest()[:8]}".strip()


def describe(distributions: Iterable[str]) -> Machine:
    """The engine, Python, the settings that change numbers, and the versions of these distributions."""
    try:
        settings = environment.settings()
    except ValueError as wrong:
        settings = {"threads": str(wrong)}
    return {"engine": engine(), **settings, **{name: environment.version(name) or "" for name in distributions}}


def compare(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """What is another there, in words."""
    return [f"{key} {other or 'none'}, here {own or 'none'}" for key, own, other in differences(here, there)]


def distributions(project: Project) -> list[str]:
    """The distributions that headers name, with all that these require, as far as they are installed here."""
    waiting = [name for snippet in project.snippets.values() for name in map(_name, snippet.settings.dependencies)]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name and name not in found and environment.version(name):
            found[name] = name
            required = importlib.metadata.requires(name) or []
            waiting += [_name(line) for line in required if "extra ==" not in line]
    return sorted(found)


def _name(requirement: str) -> str:
    """ "torch" for "Torch>=2.4; python_version > '3'": names are compared as pip does."""
    found = re.match(r"\s*([\w.-]+)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""
