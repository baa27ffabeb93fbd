"""Pages as Markdown that stands alone: for readers without the site, and for pytest-codeblocks to run."""

from __future__ import annotations

from pathlib import Path

from genloop.engine.errors import Misused, Problem
from genloop.engine.files import replace_file
from genloop.engine.page.expand import SHOWN_ONLY
from genloop.engine.publish.downloads import publish
from genloop.engine.publish.prepare import Prepared


def stage(prepared: Prepared, target: Path) -> list[Path]:
    """Writes the pages as Markdown that stands alone, and for gan/ring.md a folder gan/ring/ to run its programs in.

    In that folder lie the files that the page's programs need.
    """
    course = prepared.course
    if target.resolve().is_relative_to(course.project.docs) or target.resolve() == course.project.root:
        why = "is where the pages themselves lie; stage to a folder of its own"
        raise Misused([Problem("project", str(target), why, fix="type: genloop stage .genloop/stage")])
    publish(course)
    written = []
    for path, page in prepared.pages.items():
        # pytest-codeblocks runs what it is not told to leave out, and says the reason of what it is.
        text = SHOWN_ONLY.sub(lambda found: f'<!--pytest.mark.skip(reason="{found["reason"]}")-->', page.text)
        replace_file(target / path, text.encode())
        written.append(target / path)
        folder = (target / path).with_suffix("")
        folder.mkdir(parents=True, exist_ok=True)
        for file, (need, name) in page.needs.items():
            course.store.copy(course.records[need], name, folder / file)
    return written
