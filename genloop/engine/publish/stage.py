"""Pages as Markdown that stands alone: for readers without the site, and for pytest-codeblocks to run."""

from __future__ import annotations

from pathlib import Path

from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.files import replace_file
from genloop.engine.page.course import Course, Style
from genloop.engine.page.expand import SHOWN_ONLY, expand
from genloop.engine.page.plain_markdown import Plain
from genloop.engine.publish.downloads import publish
from genloop.engine.publish.prepare import needed_files, read_pages


def stage(course: Course, target: Path, style: Style | None = None) -> list[Path]:
    """Writes the pages as Markdown that stands alone, and for gan/ring.md a folder gan/ring/ to run its programs in.

    In that folder lie the files that the page's programs need.
    """
    if target.resolve().is_relative_to(course.project.docs) or target.resolve() == course.project.root:
        why = "is where the pages themselves lie; stage to a folder of its own"
        raise Misused([Problem("project", str(target), why, fix="type: genloop stage .genloop/stage")])
    publish(course)
    written = []
    for page, text in read_pages(course.project.docs)[0].items():
        expanded = expand(text, page, course, style or Plain())
        if expanded.problems:
            raise Failed(expanded.problems)
        # pytest-codeblocks runs what it is not told to leave out, and says the reason of what it is.
        flat = SHOWN_ONLY.sub(lambda found: f'<!--pytest.mark.skip(reason="{found["reason"]}")-->', expanded.text)
        replace_file(target / page, flat.encode())
        written.append(target / page)
        folder = (target / page).with_suffix("")
        folder.mkdir(parents=True, exist_ok=True)
        for path, (need, file) in needed_files(expanded, page, course)[0].items():
            course.store.copy(course.records[need], file, folder / path)
    return written
