"""Records that come from elsewhere: brought along whole or not at all, and believed only where they can be checked."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from genloop.engine.record.shared_store import INDEX, SharedStore
from genloop.engine.record.store import Store

from .course import Course, says
from .test_store import GOOD, put

A = "with open('a.txt', 'w') as file:\n    file.write('from a')\nprint('x: 1')\n"
EMPTY = hashlib.sha256(b"").hexdigest()
B = "from pathlib import Path\nprint('read:', Path('a.txt').read_text())\n"


@pytest.fixture
def ran(course: Course) -> Course:
    """A course of two accepted programs, the second of which reads what the first has written."""
    course.snippet("a", A, "files = ['a.txt']")
    course.snippet("b", B, "needs = ['a']")
    course.accept("a", "b")
    return course


def clone(course: Course, folder: Path) -> Course:
    """The course on another machine: nothing has run there."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns(".genloop"))
    return Course(folder, course.token)


def test_a_clone_runs_nothing_that_has_run_elsewhere(ran: Course, tmp_path: Path) -> None:
    ran.passes("push", str(tmp_path / "shared"))
    other = clone(ran, tmp_path / "other")
    assert other.passes("check", "--store", str(tmp_path / "shared")).ran == set()
    assert other.passes("check").ran == set(), "it is its own now"
    assert other.passes("check", "--fresh").ran == {"a", "b"}


def test_what_is_fresh_is_not_asked_for(ran: Course, tmp_path: Path) -> None:
    assert ran.passes("check", "--store", str(tmp_path / "nowhere")).ran == set()


def test_an_address_that_is_none_is_told_even_where_nothing_is_fetched(ran: Course) -> None:
    done = ran.call("check", "--store", "nosuch://x")
    assert done.code == 1
    assert "nosuch" in done.stderr and "give a folder, or a URL" in done.stderr


def test_an_edit_runs_what_it_makes_stale(ran: Course, tmp_path: Path) -> None:
    ran.passes("push", str(tmp_path / "shared"))
    other = clone(ran, tmp_path / "other")
    other.snippet("b", B + "# a comment\n", "needs = ['a']")
    assert other.passes("check", "--store", str(tmp_path / "shared")).ran == {"b"}


def test_only_what_is_verified_is_pushed(ran: Course, tmp_path: Path) -> None:
    ran.snippet("a", A.replace("x: 1", "x: 2"), "files = ['a.txt']")
    ran.fails("push", str(tmp_path / "shared"))
    assert not (tmp_path / "shared").exists()


def test_a_record_under_a_setting_that_is_not_set_here_stays_where_it_is(ran: Course, tmp_path: Path) -> None:
    under = {"ATEN_CPU_CAPABILITY": "default"}
    assert ran.call("push", str(tmp_path / "shared"), env=under).code == 0
    done = clone(ran, tmp_path / "other").call("check", "--store", str(tmp_path / "shared"))
    assert "2 left, made under something else (a: ATEN_CPU_CAPABILITY default -> none)" in done.stderr


def test_what_a_header_says_of_the_end_is_no_difference(course: Course, tmp_path: Path) -> None:
    course.snippet("a", "raise ValueError\n", 'raises = "ValueError"')
    course.accept("a")
    course.passes("push", str(tmp_path / "shared"))
    assert clone(course, tmp_path / "other").passes("check", "--store", str(tmp_path / "shared")).ran == set()


def test_another_python_is_told(ran: Course, tmp_path: Path) -> None:
    ran.passes("push", str(tmp_path / "shared"))
    other = clone(ran, tmp_path / "other")
    done = other.call("check", "--store", str(tmp_path / "shared"), env={"GENLOOP_THREADS": "2"})
    assert done.code == 0
    assert "0 records fetched; 2 left, made under something else (a: threads 1 -> 2)" in done.stderr


@pytest.mark.parametrize("harm", ["a bit of a record", "a bit of a file", "a file is gone", "the list is no table"])
def test_what_is_damaged_runs_again(ran: Course, tmp_path: Path, harm: str) -> None:
    shared = tmp_path / "shared"
    ran.passes("push", str(shared))
    record = next(shared.glob("records/a/*.json"))
    written = next(path for path in shared.glob("objects/*/*") if path.read_bytes() == b"from a")
    if harm == "a bit of a record":
        record.write_text(record.read_text().replace("x: 1", "x: 9"))
    elif harm == "a bit of a file":
        written.write_bytes(b"from b")
    elif harm == "a file is gone":
        written.unlink()
    else:
        (shared / INDEX).write_text(json.dumps({"a": ["x"], "../b": {}, "b": 3}))
    other = clone(ran, tmp_path / "other")
    done = other.call("check", "--store", str(shared))
    assert done.code == 0
    # Left where it was, not brought along and found out later.
    assert ("0 records fetched\n" if harm == "the list is no table" else "1 left, damaged (a)") in done.stderr
    assert "a: ran in" in done.stderr


def test_a_record_cannot_write_elsewhere(ran: Course, tmp_path: Path) -> None:
    """Its own digest is right, and the list names it: still its file names must be plain."""
    shared, other = tmp_path / "shared", clone(ran, tmp_path / "other")
    ran.passes("push", str(shared))
    table = json.loads(next(shared.glob("records/a/*.json")).read_text())
    table["files"] = {str(tmp_path / "escaped.txt"): table["files"]["a.txt"]}
    put(Store(shared), table)
    listed = {path.stem: table["program"] for path in shared.glob("records/a/*.json")}
    (shared / INDEX).write_text(json.dumps({"a": listed}))
    other.passes("check", "--store", str(shared))
    assert not (tmp_path / "escaped.txt").exists()


def pushed(folder: Path, number: int) -> None:
    """A record of its own from a machine of its own."""
    store = Store(folder / f"own{number}")
    record = replace(GOOD, name=f"topic/n{number}", files={}, program=EMPTY)
    store.add(record, {}, "")
    SharedStore(str(folder / "shared")).push(store, [record])


def listed(folder: Path) -> set[str]:
    return set(json.loads((folder / "shared" / INDEX).read_text()))


def test_many_that_push_at_once_lose_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: pushed(tmp_path, number), range(24)))
    assert listed(tmp_path) == {f"topic/n{number}" for number in range(24)}


def test_a_list_that_is_old_when_it_is_written_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one pushes after this one has looked what is there, and before it writes that down."""
    put = SharedStore._put
    others = iter([1])

    def late(store: SharedStore, path: str, data: bytes) -> None:
        if path == INDEX:
            for number in others:
                pushed(tmp_path, number)
        put(store, path, data)

    monkeypatch.setattr(SharedStore, "_put", late)
    pushed(tmp_path, 0)
    assert listed(tmp_path) == {"topic/n0", "topic/n1"}


def test_no_store_is_told(ran: Course, tmp_path: Path) -> None:
    other = clone(ran, tmp_path / "other")
    (problem,) = other.fails("check", "--store", str(tmp_path / "nowhere")).problems
    assert "is no store" in says(problem) and "genloop push" in says(problem)
    (problem,) = other.fails("check", "--store", "gibberish://x").problems
    assert "gibberish" in says(problem)
    (problem,) = other.fails("check", "--store", "http://127.0.0.1:9/store").problems
    assert "does not answer" in says(problem)


# ---- servers -------------------------------------------------------------------------------------


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "shared").mkdir()
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/shared"
        server.shutdown()


def test_a_web_server_is_read_and_not_written(ran: Course, tmp_path: Path, web: str) -> None:
    ran.passes("push", str(tmp_path / "shared"))
    other = clone(ran, tmp_path / "other")
    assert other.passes("check", "--store", web).ran == set()
    ran.snippet("c", "print('y: 2')\n", out="y: 2\n")
    ran.accept("c")
    (problem,) = ran.fails("push", web).problems
    assert "cannot be written" in says(problem)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, web: str) -> None:
    (tmp_path / "shared" / "large").write_bytes(bytes(300_000))
    store = SharedStore(web)
    assert store._get("large", 299_999) is None
    assert store._get("large", 300_000) == bytes(300_000)


@pytest.fixture
def bucket() -> Iterator[dict[str, str]]:
    """S3 on loopback. The environment tells every client where it is, and with what key."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        "FSSPEC_S3_ENDPOINT_URL": f"http://{host}:{port}",
        "FSSPEC_S3_KEY": "anybody",
        "FSSPEC_S3_SECRET": "anything",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=told["FSSPEC_S3_ENDPOINT_URL"],
        aws_access_key_id="anybody",
        aws_secret_access_key="anything",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="course")
    yield told
    server.stop()


def test_a_bucket_is_a_store(ran: Course, tmp_path: Path, bucket: dict[str, str]) -> None:
    ran.passes("push", "s3://course/store", env=bucket)
    other = clone(ran, tmp_path / "other")
    assert other.passes("check", "--store", "s3://course/store", env=bucket).ran == set()
    assert "new" in ran.call("push", "s3://course/store", env=bucket).stdout
    (problem,) = other.fails("push", "s3://nobody/store", env=bucket).problems
    assert "nobody" in says(problem)
