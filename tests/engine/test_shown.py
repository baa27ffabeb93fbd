"""Figures that a program shows and does not save: its header asks for them by number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genloop.engine.record.store import Store
from genloop.engine.run import tracing

from .course import Course, says

DRAW = """\
import matplotlib.pyplot as plt

plt.plot([1, 2, 3])
plt.show()
plt.plot([3, 2, 1])
plt.figure()
plt.plot([5, 5])
plt.show()
print("open:", len(plt.get_fignums()))
"""
THREE = "[tool.genloop.figures]\n" + "\n".join(f'"figure_{number}.svg" = "Line {number}."' for number in (1, 2, 3))


@pytest.fixture(params=["[]", '["matplotlib.pyplot"]'], ids=["loaded by the program", "preloaded"])
def drawing(request: pytest.FixtureRequest, course: Course) -> Course:
    (course.root / "pyproject.toml").write_text(f"[tool.genloop]\npreload = {request.param}\n")
    course.snippet("draw", DRAW, THREE)
    course.accept("draw")
    return course


def test_what_is_shown_is_saved_in_order_and_closed(drawing: Course) -> None:
    (record,) = Store(drawing.store).newest("draw")
    assert record.stdout == "open: 0\n"
    files = [Store(drawing.store).read(record.files[f"figure_{number}.svg"]) for number in (1, 2, 3)]
    assert len(set(files)) == 3 and all(b"<path" in data for data in files)
    assert drawing.passes("check", "--fresh").ran == {"draw"}


def test_the_backend_is_nothing_that_the_program_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "asked", {"drawing"})
    monkeypatch.setattr(tracing, "edges", {"drawing": {tracing.BACKEND, "other"}})
    tracing.write_trace(str(tmp_path / "trace"), tracing.Reads(str(tmp_path), str(tmp_path / "run"), []))
    assert json.loads((tmp_path / "trace").read_text())["imports"] == ["drawing", "other"]


def test_without_such_a_name_nothing_is_saved(course: Course) -> None:
    course.snippet("draw", DRAW)
    course.accept("draw")
    (record,) = Store(course.store).newest("draw")
    assert (record.stdout, record.files) == ("open: 2\n", {})


def test_one_more_than_declared_is_told(course: Course) -> None:
    course.snippet("draw", DRAW, THREE.rpartition("\n")[0], out="open: 0\n")
    for arguments in ([], ["--fresh"]):
        problem = course.fails("check", *arguments).problem("draw")
        assert "figure_3.svg" in says(problem) and "does not declare it" in says(problem)


def test_asking_for_figures_runs_the_program_again(course: Course) -> None:
    course.snippet("draw", DRAW, out="open: 2\n")
    course.passes("check")
    course.snippet("draw", DRAW, THREE, out="open: 0\n")
    assert course.passes("check").ran == {"draw"}
    assert course.passes("check").ran == set()
    course.snippet("draw", DRAW, out="open: 2\n")
    assert course.passes("check").ran == set(), "the earlier record holds again"
