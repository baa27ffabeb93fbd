"""What workers are sent and what they answer: nothing that they say is believed where it can be checked."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from genloop.engine.cluster import answer, machine, tree
from genloop.engine.cluster.answer import Damaged, contradictions, read
from genloop.engine.errors import Failed, Problem
from genloop.engine.program.project import Project, load_project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from tests.engine.course import header

SNIPPET = Snippet("topic/name", Path("name.py"), "print('x: 1')\n")
RECORD = Record(
    name="topic/name",
    stdout="x: 1\n",
    files={},
    seconds=0.1,
    program=SNIPPET.digest,
    inputs={},
    needs={},
    packages={},
    direct=[],
    settings=environment.settings(),
    style="",
    processor="one",
    started="2026-11-27T00:00:00.000+00:00",
)
Members = dict[str, bytes]


@pytest.fixture
def members(tmp_path: Path) -> Members:
    """The parts of a good answer, a record with one file."""
    store = Store(tmp_path / "store")
    (tmp_path / "f").write_bytes(b"made")
    digest = hashlib.sha256(b"made").hexdigest()
    record = replace(RECORD, files={"f": digest})
    store.add(record, {"f": tmp_path / "f"}, SNIPPET.body)
    data = answer.ran("tcp://w", record, store, [])
    found = read(data, SNIPPET)
    assert (found.record, found.files, found.worker) == (record, {digest: b"made"}, "tcp://w")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def in_table(**values: object) -> Callable[[Members], object]:
    return lambda members: members.update({answer.TABLE: json.dumps({"worker": "w", **values}).encode()})


def of_file(data: bytes) -> Callable[[Members], object]:
    return lambda members: members.update({name: data for name in members if len(name) == 64})


WRONG = asdict(Problem("run", "topic/name", "why"))
HARM: dict[str, tuple[Callable[[Members], object], str]] = {
    "a bit of the record": (lambda m: m.update({answer.RECORD: m[answer.RECORD].replace(b"x: 1", b"x: 2")}), "damaged"),
    "no record": (lambda m: m.pop(answer.RECORD), "cannot be read"),
    "another file": (of_file(b"other"), "f is not what its record says"),
    "a file that unpacks to too much": (of_file(bytes(SNIPPET.settings.most_bytes + 1)), "too large"),
    "no table": (lambda m: m.pop(answer.TABLE), "cannot be read"),
    "a table that is none": (lambda m: m.update({answer.TABLE: b"[]"}), "its table is none"),
    "a list that is none": (in_table(lacks=[3]), "a list that is none"),
    "a problem of another": (in_table(problems=[{**WRONG, "name": "a"}]), "of another run, a"),
    "a problem with more": (in_table(problems=[{**WRONG, "more": 1}]), "a problem in it is none"),
    "a problem of numbers": (in_table(problems=[{**WRONG, "why": 1}]), "a problem in it is none"),
    "problems that are none": (in_table(problems=[1]), "a problem in it is none"),
    "a problem without a name": (in_table(problems=[{"kind": "run", "why": ""}]), "a problem in it is none"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_damaged_is_refused(members: Members, harm: str) -> None:
    change, why = HARM[harm]
    change(members)
    with pytest.raises(Damaged, match=why):
        read(packed(members), SNIPPET)


@pytest.mark.parametrize("name", ["../f", "/f", "out//f", "out/../f", "out/deep", "out/deep/f/x", "x" * 300])
def test_a_file_in_a_folder_comes_back_and_one_that_leads_elsewhere_does_not(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "f").write_bytes(b"made")
    digest = hashlib.sha256(b"made").hexdigest()
    record = replace(RECORD, files={"out/deep/f": digest})
    store.add(record, {"out/deep/f": tmp_path / "f"}, SNIPPET.body)
    assert read(answer.ran("w", record, store, []), SNIPPET).record == record
    hostile = replace(record, files={"out/deep/f": digest, name: digest})
    with pytest.raises(Damaged, match="its record is damaged"):
        read(answer.ran("w", hostile, store, []), SNIPPET)


def test_bytes_that_are_no_answer() -> None:
    for data in (b"", b"PK\x03\x04", "text", None, packed({})):
        with pytest.raises(Damaged):
            read(data, SNIPPET)
    with pytest.raises(Damaged, match="of another run, topic/name"):
        read(answer.ran("w", RECORD, Store(Path()), []), replace(SNIPPET, name="topic/other"))
    with pytest.raises(Damaged, match="of another run, topic/name"):
        read(answer.ran("w", RECORD, Store(Path()), []), replace(SNIPPET, source="print('x: 2')\n"))


def test_a_record_that_says_something_else_than_what_is_here(tmp_path: Path) -> None:
    (tmp_path / ".hidden").touch()
    sent, project = {"data.csv": "0" * 64}, Project(tmp_path, {})
    good = replace(
        RECORD, inputs={"data.csv": "0" * 64, "none": ""}, packages={"click": environment.version("click") or ""}
    )
    assert list(contradictions(good, SNIPPET, {}, project, sent)) == [], "an edit since then is no contradiction"
    wrong = {
        "data.csv was changed there during the run": {"inputs": {"data.csv": "1" * 64}},
        ".hidden was not sent, and the program looked for it": {"inputs": {".hidden": ""}},
        "click is 0.1 there and ": {"packages": {"click": "0.1"}},
        "threads is 7 there and 1 here": {"settings": {**RECORD.settings, "threads": "7"}},
        "the style of figures, matplotlibrc, is another one there": {"style": "0" * 64},
        "it was given other files": {"needs": {"a": {}}},
        "other files of the course lay beside it": {"given": {"data.csv": "snippets/data.csv"}},
    }
    for told, values in wrong.items():
        (found,) = contradictions(replace(good, **values), SNIPPET, {}, project, sent)  # type: ignore[arg-type]  # of each its own
        assert found.startswith(told)


def test_a_project_is_packed_without_what_is_built_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "course"
    for name in (
        "snippets/a.py",
        "data/x.csv",
        "lib/m.py",
        ".git/x",
        "docs/generated/x",
        "env/pyvenv.cfg",
        "env/x",
        ".env",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n")
    (root / "link").symlink_to("data/x.csv")
    (root / "snippets" / "a.py").write_text(header('data = ["far/y.csv"]'))
    (root / "data" / "y.csv").write_text("1\n")
    (root / "snippets" / "far").symlink_to("../data")
    brought = root / "snippets" / "elsewhere" / "objects" / "00" / "x"
    brought.parent.mkdir(parents=True)
    brought.write_text("of no use there")
    monkeypatch.syspath_prepend(str(root / "lib"))
    monkeypatch.syspath_prepend(str(tmp_path))  # the folder of the command, as it were
    project = load_project(root)
    packed = tree.pack(project)
    assert set(packed.files) == {
        *("snippets/a.py", "snippets/far/y.csv", "data/x.csv", "data/y.csv", "lib/m.py", "link")
    }
    assert packed.modules == ("lib",)
    assert packed == tree.pack(project), "the same bytes, whatever the time is"
    tree.unpack(packed.archive, tmp_path / "there")
    assert (tmp_path / "there" / "link").read_text() == "# data/x.csv\n"
    assert (tmp_path / "there" / "lib" / "m.py").stat().st_mtime == 0
    monkeypatch.setattr(tree, "LARGEST_TREE", 100)
    with pytest.raises(Failed, match="the largest: snippets/a"):
        tree.pack(project)
    (root / "huge.bin").write_bytes(bytes(151))
    with pytest.raises(Failed, match=r"the largest: huge\.bin"):
        tree.pack(project)


def test_machines_are_compared_by_what_headers_ask_for(tmp_path: Path) -> None:
    (tmp_path / "snippets").mkdir()
    header = '# /// script\n# dependencies = ["Jinja2>=3; python_version > \'3\'", "not-installed"]\n# ///\n'
    (tmp_path / "snippets" / "a.py").write_text(header)
    names = machine.distributions(load_project(tmp_path))
    assert names == ["jinja2", "markupsafe"], "and what these require"
    here = machine.describe(names)
    assert here["Python"] and here["jinja2"] and here["engine"]
    assert machine.compare(here, {**here, "jinja2": ""}) == [f"jinja2 none, here {here['jinja2']}"]
