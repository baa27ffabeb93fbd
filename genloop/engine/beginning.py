"""`genloop init`: a new course, which has run before anybody sees it; or one made of programs that are there."""

from __future__ import annotations

from pathlib import Path

from genloop.engine.begin import bring, first, place, settings
from genloop.engine.command import Command, Ending, acceptable
from genloop.engine.compare import accepted
from genloop.engine.errors import Failed
from genloop.engine.files import shown
from genloop.engine.open_course import open_course


def begin_course(folder: Path, jobs: int, *, as_json: bool) -> Ending:
    """A course of ours: its programs run, and what they print is accepted, before anybody sees it.

    Raises Failed, and leaves nothing, if one of them does not run here.
    """
    contents = first.first_course(place.title_of(folder))
    with place.new_folder(folder) as made:
        settings.write(contents, made)
        with open_course(made, jobs) as course:
            names = list(course.project.snippets)
            found, blocked = acceptable(Command(course, as_json), names)
            if blocked:
                raise Failed(blocked)
            accepted.write(
                course.project, course.store, {name: found.records[name] for name in names}, "as genloop init wrote it"
            )
    said = f"wrote {shown(folder)}: what its {len(names)} runs print is accepted; next:\n{settings.next_lines(folder)}"
    return Ending(said, events=found.events, more={"written": shown(folder)})


def bring_course(folder: Path, source: Path) -> Ending:
    """A course of others' programs. They run when somebody asks for it, and nothing that they print is accepted yet."""
    place.refuse(folder)
    brought = bring.bring(source, place.title_of(folder))
    with place.new_folder(folder) as made:
        settings.write(brought.contents, made)
    said = f"wrote {shown(folder)}: {brought.count}; next:\n{settings.next_lines(folder, accept=True)}"
    if brought.notes:
        listed = "\n".join(map(str, brought.notes))
        said = f"to look at:\n\n{listed}\n\n{said}"
    notes = [note.as_json() for note in brought.notes]
    return Ending(said, brought.left_out, more={"written": shown(folder), "notes": notes}, done=True)
