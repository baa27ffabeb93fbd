"""What a person sees while programs run: what runs, what is done, and about how long the rest takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from genloop.engine.progress import Remaining
from genloop.engine.steps import Event, longest_paths

from .course import Course


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; set its only item."""
    now = [100.0]
    monkeypatch.setattr("genloop.engine.progress.time.monotonic", lambda: now[0])
    return now


def test_what_is_left_is_shared_by_the_jobs(clock: list[float]) -> None:
    left = Remaining({"a": 100.0, "b": 80.0, "c": 200.0}, jobs=2)
    assert left.left == "about 3 min left"
    left.take(Event("c", "cached"))
    assert (left.done, left.left) == (1, "about 2 min left")
    left.take(Event("a", "running"))
    clock[0] += 40
    assert left.left == "about 70 s left"


def test_a_run_that_takes_longer_than_expected_takes_nothing_from_the_others(clock: list[float]) -> None:
    left = Remaining({"a": 10.0, "b": 50.0}, jobs=1)
    left.take(Event("a", "running"))
    clock[0] += 1000
    assert left.left == "about 50 s left"


def test_a_slow_machine_is_noticed(clock: list[float]) -> None:
    """Twice as long as expected, again and again: what is left will take about twice as long as well."""
    left = Remaining({f"{number}": 60.0 for number in range(20)}, jobs=1)
    assert left.left == "about 20 min left"
    for number in range(10):
        left.take(Event(f"{number}", "running"))
        clock[0] += 120
        left.take(Event(f"{number}", "ran", 120.0))
    assert left.left == "about 19 min left"


def test_a_few_seconds_are_not_worth_saying() -> None:
    assert Remaining({"a": 4.0}, jobs=1).left == ""
    assert Remaining({"a": 0.0}, jobs=1).left == ""


def test_a_fresh_checkout_knows_what_to_expect_from_what_was_accepted(tmp_path: Path) -> None:
    """The seconds of the accepted run are committed; the store is not."""
    course = Course.empty(tmp_path / "course")
    for name in ("a/slow", "a/slower"):
        course.snippet(name, f'print("x: {name}")\n')
    course.accept("a/slow", "a/slower")
    table = course.root / "snippets" / "accepted.toml"
    text = table.read_text()
    assert len(re.findall(r"^seconds = \d+\.\d$", text, re.M)) == 2
    table.write_text(re.sub(r"^seconds = .*$", "seconds = 30.0", text, flags=re.M))
    for path in sorted(course.store.rglob("*.json")):
        path.unlink()
    said = course.call("check", "--jobs", "1").stderr
    assert re.search(r"\[  1/2\]  a/slow.*: ran in \d+\.\d s; about 20 s left", said), said
    assert re.search(r"\[  2/2\]  a/slow.*: ran in \d+\.\d s\n", said), said


def test_what_is_fresh_is_known_before_anything_runs(tmp_path: Path) -> None:
    """Otherwise the time that is left would count programs that do not run."""
    course = Course.empty(tmp_path / "course")
    for name in ("a", "b", "c"):
        course.snippet(name, "print('x: 1')\n")
    course.snippet("d", "print('x: 1')\n", 'needs = ["a"]')
    course.accept("a", "b", "c", "d")
    course.snippet("a", "print('x: ', end='')\nprint(1)\n", out="x: 1\n")
    said = json.loads(course.call("check", "--jobs", "1", "--json").stdout)["runs"]
    assert {(run["name"], run["state"]) for run in said[:2]} == {("b", "cached"), ("c", "cached")}
    assert [(run["name"], run["state"]) for run in said[2:]] == [("a", "ran"), ("d", "cached")]


def test_a_chain_counts_with_all_that_waits_for_it() -> None:
    graph = {"data": [], "train": ["data"], "plot": ["train"], "alone": []}
    path = longest_paths(graph, {"data": 1.0, "train": 20.0, "plot": 2.0, "alone": 5.0})
    assert path == {"data": 23.0, "train": 22.0, "plot": 2.0, "alone": 5.0}


def test_what_takes_longest_with_what_waits_for_it_starts_first(course: Course) -> None:
    """The order of names would be a, b, c; the longest of the last time goes first."""
    for name, seconds in (("a", 0.3), ("b", 0.0), ("c", 0.8)):
        course.snippet(name, f"import time\ntime.sleep({seconds})\nprint('x: 1')\n")
    course.accept("a", "b", "c")
    for name in "abc":
        path = course.path(name)
        path.write_text(path.read_text() + "# edited\n")
    assert [run["name"] for run in course.passes("run", "--jobs", "1").report["runs"]] == ["c", "a", "b"]
