"""Courses to test on. Whatever a test does, no process of its course may be left over at its end."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .course import TINY, Course, until

# A shell ignores Ctrl-C for what it runs in the background, and the commands under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """A course without snippets."""
    course = Course.empty(tmp_path / "course")
    yield course
    assert until(lambda: not course.processes(), 3), f"processes left over: {course.processes()}"


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Course]:
    """A copy of the whole miniature course."""
    shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns(".genloop", "site", "generated"))
    course = Course(tmp_path / "tiny")
    yield course
    assert until(lambda: not course.processes(), 3), f"processes left over: {course.processes()}"
