"""Pages as Markdown that stands alone: for readers without the site, and for pytest-codeblocks to run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.files import digest_of, read_plain, replace_file
from genloop.engine.page.expand import SHOWN_ONLY
from genloop.engine.page.words import read_settings
from genloop.engine.publish.downloads import publish
from genloop.engine.publish.llms import llms
from genloop.engine.publish.prepare import Prepared

INDEX = "llms.txt"
SETTINGS = "mkdocs.yml"
WRITTEN = ".genloop-stage.json"
"""Lies in the target and says what was staged there, path -> sha256 sums: only that may be written over."""


def stage(prepared: Prepared, target: Path, *, files: bool = True) -> list[Path]:
    """Writes the pages as Markdown that stands alone, and for gan/ring.md a folder gan/ring/ to run its programs in;
    and llms.txt, which says in a line what each of them is.

    files=False: without these folders. In the folder of the built site links lead to each other and to its pictures.

    In that folder lie the files that the page's programs need. Raises Misused for a folder that holds the pages
    themselves, and Failed, with nothing written, if a file is in the way that no stage wrote, or somebody has edited.
    """
    course = prepared.course
    place = Path(os.path.realpath(target))  # `resolve` raises for a link to itself
    if place.is_relative_to(course.project.docs) or place == course.project.root:
        why = "is where the pages themselves lie; stage to a folder of its own"
        raise Misused([Problem("project", str(target), why, fix="type: genloop stage .genloop/stage")])
    pages = {path: _text(page.text) for path, page in prepared.pages.items()}
    needs = {
        f"{path.removesuffix('.md')}/{file}": (course.records[need], name)
        for path, page in prepared.pages.items()
        for file, (need, name) in page.needs.items()
        if files
    }
    beside = {
        f"{path.removesuffix('.md')}/{file.as_posix()}": source.read_bytes()
        for path, page in prepared.pages.items()
        for file, source in page.beside.items()
        if files
    }
    index = llms(
        read_settings(course.project.root / SETTINGS), {path: page.text for path, page in prepared.pages.items()}
    )
    written = pages | beside | {INDEX: index.encode()}
    wanted = {path: hashlib.sha256(data).hexdigest() for path, data in written.items()}
    wanted |= {path: record.files[name] for path, (record, name) in needs.items()}
    staged = _staged(target)
    folders = {folder for path in [*written, *needs] for folder in PurePosixPath(path).parents}
    folders |= {PurePosixPath(path).with_suffix("") for path in pages if files}
    foreign = [
        *(path for path in folders if os.path.lexists(target / path) and not (target / path).is_dir()),
        *(
            path
            for path, digest in wanted.items()
            if os.path.lexists(target / path) and digest_of(target / path) not in (digest, *staged.get(path, ()))
        ),
    ]
    if foreign:
        why = "is not of genloop stage, or was edited since; move it away, or stage to another folder"
        raise Failed([Problem("project", str(target / path), why) for path in sorted(map(str, foreign))])
    publish(course)
    # While files are replaced both texts may be there: a kill in between makes nobody's file of them.
    _say(target, staged | {path: [*staged.get(path, ()), digest] for path, digest in wanted.items()})
    for path, data in written.items():
        replace_file(target / path, data)
    for path in pages if files else ():
        (target / path).with_suffix("").mkdir(parents=True, exist_ok=True)
    for path, (record, name) in needs.items():
        course.store.copy(record, name, target / path)
    _say(target, staged | {path: [digest] for path, digest in wanted.items()})
    return [target / path for path in pages]


def _text(page: str) -> bytes:
    """pytest-codeblocks runs what it is not told to leave out, and says the reason of what it is."""
    return SHOWN_ONLY.sub(lambda found: f'<!--pytest.mark.skip(reason="{found["reason"]}")-->', page).encode()


def _say(target: Path, staged: Mapping[str, list[str]]) -> None:
    replace_file(target / WRITTEN, json.dumps(staged, indent=1).encode())


def _staged(target: Path) -> dict[str, list[str]]:
    """What was staged there before; nothing if that cannot be known."""
    try:
        told = json.loads(read_plain(target / WRITTEN, 2**24) or b"{}")
    except (ValueError, RecursionError):
        return {}
    table = told if isinstance(told, dict) else {}
    return {path: sums for path, sums in table.items() if isinstance(sums, list)}
