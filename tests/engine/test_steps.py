"""The steps themselves, without a command line: a course is opened once, and a step that is left stops."""

from __future__ import annotations

import time

import pytest

from genloop.engine.compare.accepted import Accepted, read_accepted
from genloop.engine.open_course import open_course
from genloop.engine.pipeline import check, update
from genloop.engine.program.project import Project
from genloop.engine.run.fork_client import ServerDied
from genloop.engine.steps import Event, add_up

from .course import Course


def test_an_open_course_reads_what_was_accepted_once_and_not_before_it_is_asked(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.snippet("a", "print('x: 1')\n")
    course.accept("a")
    reads = []

    def counted(project: Project) -> dict[str, Accepted]:
        reads.append(project)
        return read_accepted(project)

    monkeypatch.setattr("genloop.engine.open_course.read_accepted", counted)
    with open_course(course.root, jobs=1) as open_one:
        assert not reads
        for _ in range(2):
            assert add_up(check(open_one, []), lambda _: None).problems == []
            assert open_one.accepted["a"].why == "first version"
    assert len(reads) == 1


def test_nothing_is_started_where_nothing_is_stale(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n")
    course.passes("run")
    with open_course(course.root, jobs=1) as open_one:
        assert add_up(update(open_one, []), lambda _: None).stdout == {"a": "x: 1\n"}
        assert not list((course.store / "work").iterdir())


def test_ctrl_c_while_an_event_is_shown_begins_no_other_run(course: Course) -> None:
    """One may be at work already; those that wait for it do not follow."""
    for name in ("a", "b", "c", "d"):
        course.snippet(name, "import time\nprint('x: 1')\ntime.sleep(0.3)\n")

    def watch(event: Event) -> None:
        if event.state == "ran":
            raise KeyboardInterrupt

    with open_course(course.root, jobs=1) as open_one:
        with pytest.raises(KeyboardInterrupt) as stopped:
            add_up(update(open_one, []), watch)
        time.sleep(1.5)
        assert sum(bool(open_one.store.newest(name)) for name in "abcd") <= 2
        assert stopped.traceback, "it keeps the frames of the step, as for whoever handles it"


def test_a_closed_course_starts_nothing(course: Course) -> None:
    """A thread may come to its run only after Ctrl-C has closed the course."""
    course.snippet("a", "print('x: 1')\n")
    with open_course(course.root, jobs=1) as unused:
        pass
    with open_course(course.root, jobs=1) as used:
        server = used.runner.server
    (problem,) = add_up(update(unused, []), lambda _: None).problems
    assert "was closed" in problem.why and not list((course.store / "work").iterdir())
    with pytest.raises(ServerDied, match="was closed"):
        server.run({}, 1)
