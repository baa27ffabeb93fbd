"""What is read from a store is believed only if it is whole; what is not counts as absent."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloop.engine.record.record import Record, text_of
from genloop.engine.record.store import KEPT, Store

from .course import Course

DIGEST = "0123456789abcdef" * 4
GOOD = Record(
    name="a",
    stdout="x: 0.50\n",
    files={"f": DIGEST},
    seconds=0.5,
    program=DIGEST,
    inputs={"data/x.txt": DIGEST, "gone.txt": "", "now.txt": "edited during the run"},
    needs={"b@seed1": {"g": DIGEST}},
    packages={"numpy": "2.0"},
    direct=["numpy"],
    settings={"Python": "3.11", "threads": "1"},
    style="",
    processor="any",
    started="2026-11-25T12:00:00.000+00:00",
)


def put(store: Store, table: object, name: str = "a") -> Path:
    """A record that says of itself that it is whole."""
    text = json.dumps(table, indent=1, sort_keys=True)
    path = store.records / name / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_whole_record_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, asdict(GOOD))
    assert store.newest("a") == [GOOD]


NAMES: list[object] = ["/other/x", "../x", "x/../../y", "", ".", "..", "x//y", "x/", "x\0", "x\\y", "\ud800", "a\nb"]
WRONG: dict[str, list[object]] = {
    "name": ["b", "", "/a", "../a", 3, None],
    "stdout": [3, None, ["x"], "\ud800"],
    "files": [
        *({name: DIGEST} for name in NAMES),
        {"f": "x"},
        {"f": 3},
        {"f": DIGEST[:-1]},
        {"f": "../" + DIGEST},
        ["f"],
    ],
    "seconds": ["1", None, float("nan"), float("inf"), -1, True, 10**400],
    "program": ["", "x", 3, DIGEST[:-1] + "/", DIGEST.upper()],
    "inputs": [*({name: DIGEST} for name in NAMES), {"x": "y"}, {"x": None}, [], "x"],
    "needs": [{"b": {"/x": DIGEST}}, {"b": {"x": ""}}, {"b": ["x"]}, {"../b": {}}, {"": {}}, []],
    "packages": [{"numpy": 2}, [], None, {"\ud800": "1"}],
    "direct": ["numpy", [3], None, {"numpy": 1}],
    "settings": [{}, {"Python": "3.11"}, {"Python": 3, "threads": "1"}, []],
    "style": ["x", 3, None],
    "processor": [3, None],
    "started": ["", "x", "2026", 3, None],
    "format": [0, 2, "1", None, True, 1.0],
    "more": [1],
}


@pytest.mark.parametrize("key", WRONG)
def test_record_with_a_wrong_value_is_absent(tmp_path: Path, key: str) -> None:
    store = Store(tmp_path)
    for value in WRONG[key]:
        path = put(store, {**asdict(GOOD), key: value})
        assert store.newest("a") == [], value
        path.unlink()


@pytest.mark.parametrize("key", [key for key in WRONG if key != "more"])
def test_record_without_a_value_is_absent(tmp_path: Path, key: str) -> None:
    store = Store(tmp_path)
    put(store, {name: value for name, value in asdict(GOOD).items() if name != key})
    assert store.newest("a") == [] or key == "format"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(key=st.sampled_from(sorted(asdict(GOOD))), value=JSON)
def test_no_value_is_a_traceback(tmp_path: Path, key: str, value: object) -> None:
    store = Store(tmp_path)
    path = put(store, {**asdict(GOOD), key: value})
    found = store.newest("a")
    path.unlink()
    for record in found:  # what is believed can be used: no path leads out, everything can be written
        assert json.dumps(asdict(record)) and record.stdout.encode() is not None
        for name in record.files:
            assert (tmp_path / name).resolve().is_relative_to(tmp_path.resolve())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(data=st.data())
def test_no_byte_can_change(tmp_path: Path, data: st.DataObject) -> None:
    store = Store(tmp_path)
    path = put(store, asdict(GOOD))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(
        whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + whole[at + 1 :]
    )
    assert store.newest("a") == []


@pytest.fixture
def stored(course: Course) -> Course:
    """A program that gives a file, one that needs it, and a page that shows what the first printed."""
    course.snippet("first", "open('f', 'w').write('1')\nprint('x: 0.50')\n", 'files = ["f"]', "x: 0.50\n")
    course.snippet("second", "print('y:', open('f').read())\n", 'needs = ["first"]', "y: 1\n")
    course.page("index.md", '# Page\n\nIt is {{ run("first").x }}.\n\n{{ code("first") }}\n')
    course.passes("check")
    return course


def record_of(course: Course, name: str) -> Path:
    [path] = (course.store / "records" / name).glob("*.json")
    return path


def changed(course: Course, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Another record in the place of the one that is there; its digest is right."""
    path = record_of(course, name)
    table = json.loads(path.read_text())
    path.unlink()
    change(table)
    put(Store(course.store), table, name)


def test_a_digit_that_flipped_is_never_shown(stored: Course, tmp_path: Path) -> None:
    path = record_of(stored, "first")
    path.write_text(path.read_text().replace("x: 0.50", "x: 0.51"))
    stored.passes("stage", str(tmp_path / "staged"))
    assert "It is 0.50." in (tmp_path / "staged" / "index.md").read_text()


@pytest.mark.parametrize("where", ["/{0}", "../../../../../../../..{0}", "x/../../../../../../..{0}"])
def test_nothing_is_written_outside(stored: Course, tmp_path: Path, where: str) -> None:
    outside = tmp_path / "outside"

    def lead_out(table: dict[str, Any]) -> None:
        table["files"][where.format(outside)] = table["files"]["f"]

    changed(stored, "first", lead_out)
    stored.path("second").write_text(stored.path("second").read_text() + "# edited\n")
    assert stored.passes("check").ran == {"first", "second"}
    assert not outside.exists()


def test_record_in_the_folder_of_another_program(stored: Course) -> None:
    changed(stored, "second", lambda table: table.update(name="first"))
    assert stored.passes("check").ran == {"second"}


@pytest.fixture(params=["records", "objects"])
def pipe(stored: Course, request: pytest.FixtureRequest) -> Course:
    """A named pipe where a file was: whoever opens it waits for ever."""
    for path in (stored.store / request.param).rglob("*"):
        if path.is_file():
            path.unlink()
            os.mkfifo(path)
    return stored


def test_pipe_in_the_store_is_not_waited_for(pipe: Course) -> None:
    assert "first" in pipe.passes("check").ran
    assert not pipe.passes("check").ran


def test_of_records_that_come_from_elsewhere_the_oldest_go(tmp_path: Path) -> None:
    store = Store(tmp_path)
    given = [replace(GOOD, files={}, seconds=float(number)) for number in range(KEPT + 3)]
    for number, record in enumerate(given):
        identifier, text = text_of(record)
        store.receive("a", identifier, text)
        os.utime(store.records / "a" / f"{identifier}.json", (number, number))
    assert {record.seconds for record in store.newest("a")} == {float(number) for number in range(3, KEPT + 3)}


def test_new_record_is_kept_when_the_clock_was_set_back(stored: Course) -> None:
    """It is the oldest by its time then; the records before it come from the future."""
    path = record_of(stored, "first")
    for number in range(KEPT):
        table = json.loads(path.read_text()) | {"seconds": float(number), "program": "0" * 64}
        os.utime(put(Store(stored.store), table, "first"), (2**32, 2**32))
    path.unlink()
    assert stored.passes("check").ran == {"first"}
    assert not stored.passes("check").ran
