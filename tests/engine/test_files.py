"""Several files at once, a whole folder at once: killed at any moment, there is the old or the new, and no mixture."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from genloop.engine import files
from genloop.engine.files import locked, put_back, swap_folder
from genloop.engine.journal import Journal

from .course import ROOT

KILLED = """
import os, signal, shutil, sys
from pathlib import Path
from genloop.engine import files
calls = 0

def at_every(function):
    def counted(*args, **options):
        global calls
        calls += 1
        if calls == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return counted

for name in ("replace", "rename", "unlink", "rmdir", "chmod", "open"):
    setattr(os, name, at_every(getattr(os, name)))
files._exchange = {exchange}
"""


def killed_at(at: int, program: str, exchange: str = "at_every(files._exchange)") -> bool:
    """Runs a program that is killed before its n-th change of a folder; false if it came to its end."""
    code = KILLED.format(at=at, exchange=exchange) + textwrap.dedent(program)
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
    return ended.returncode != 0


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("exchange", ["at_every(files._exchange)", "lambda one, other: False"], ids=["one", "two"])
def test_swap_that_is_killed_leaves_one_whole_folder(tmp_path: Path, exchange: str) -> None:
    """With the exchange of Linux, and with two renames."""
    old = {f"page{number}": "old" for number in range(5)}
    new = {f"page{number}": "new" for number in range(7)}
    seen = set()
    for at in range(1, 40):
        shutil.rmtree(tmp_path)
        for name, text in (("site", old), (".store/site", new)):
            (tmp_path / name).mkdir(parents=True)
            for page in text:
                (tmp_path / name / page).write_text(text[page])
        program = f"files.swap_folder(Path({str(tmp_path)!r}, '.store', 'site'), Path({str(tmp_path)!r}, 'site'))"
        was_killed = killed_at(at, program, exchange)
        if exchange.startswith("at_every"):  # not even for a moment
            assert content(tmp_path / "site") in (old, new), at
        put_back(tmp_path / "site")
        assert content(tmp_path / "site") in (old, new), at
        seen.add(content(tmp_path / "site")["page0"])
        assert {path.name for path in tmp_path.iterdir()} <= {"site", ".store"}
        if not was_killed:
            break
    assert seen == {"old", "new"} and not was_killed


def test_swap_into_nothing(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    swap_folder(tmp_path / "new", tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_swap_from_another_file_system(tmp_path: Path) -> None:
    """A rename cannot do it; the old folder must not be gone when that is found out."""
    far = Path("/dev/shm")
    if not far.is_dir() or far.stat().st_dev == tmp_path.stat().st_dev:
        pytest.fail("this test needs a second file system; mount one at /dev/shm")
    new = far / f"genloop-test-{os.getpid()}"
    new.mkdir()
    (new / "page").write_text("new")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "page").write_text("old")
    swap_folder(new, tmp_path / "site")
    assert content(tmp_path / "site") == {"page": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert not new.exists()


def test_swap_behind_a_link(tmp_path: Path) -> None:
    for name in ("new", "served"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    (tmp_path / "site").symlink_to(tmp_path / "served")
    swap_folder(tmp_path / "new", tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert content(tmp_path / "served") == {"page": "new"}


OLD = {"a.out": "old\n", "b.out": "old \udcff\n"}
NEW = {"a.out": "new\n", "b.out": "new\n", "sub/c.out": "new\n", "accepted.toml": "new\n"}


def lay(root: Path) -> Journal:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, text in OLD.items():
        (root / name).write_text(text, errors="surrogateescape")
    return Journal(root, root / ".store" / "accepting.json")


def state(root: Path) -> dict[str, str]:
    """All files but those of the store."""
    files = [path for path in root.rglob("*") if path.is_file() and ".store" not in path.parts]
    return {str(path.relative_to(root)): path.read_text(errors="surrogateescape") for path in files}


def test_files_that_were_killed_while_they_were_written_are_all_or_none(tmp_path: Path) -> None:
    root = tmp_path / "course"
    given = {name: text.encode() for name, text in NEW.items()}
    program = f"""
        from genloop.engine.journal import Journal
        Journal(Path({str(root)!r}), Path({str(root)!r}, '.store', 'accepting.json')).write({given!r})
    """
    seen = set()
    for at in range(1, 60):
        journal = lay(root)
        was_killed = killed_at(at, program)
        found = journal.finish()
        assert state(root) in (OLD, NEW), at
        assert found is None or found.finished
        assert os.listdir(root / ".store") in ([], ["accepting.lock"]) if (root / ".store").exists() else True
        assert journal.finish() is None
        seen.add(len(state(root)))
        if not was_killed:
            break
    assert seen == {len(OLD), len(NEW)} and not was_killed


def cut_off(root: Path) -> Journal:
    """A journal of two files, the first of which is written."""
    journal = lay(root)
    for at in range(1, 60):
        lay(root)
        program = f"""
            from genloop.engine.journal import Journal
            given = {{"a.out": b"new", "b.out": b"new"}}
            Journal(Path({str(root)!r}), Path({str(root)!r}, '.store', 'accepting.json')).write(given)
        """
        killed_at(at, program)
        if (root / "a.out").read_text() == "new" and (root / "b.out").read_bytes() != b"new":
            return journal
    raise AssertionError


def test_what_a_person_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    journal = cut_off(tmp_path / "course")
    (tmp_path / "course" / "b.out").write_text("edited\n")
    found = journal.finish()
    assert found and not found.finished
    assert state(tmp_path / "course") == {"a.out": "old\n", "b.out": "edited\n"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a.out": 3}', '{"a.out": [null, 3]}', '{"../x": [null, "x"]}', "null"]
)
def test_journal_that_nobody_wrote_changes_nothing(tmp_path: Path, text: str) -> None:
    journal = lay(tmp_path / "course")
    journal.place.parent.mkdir()
    journal.place.write_text(text)
    assert journal.finish() is None
    assert state(tmp_path / "course") == OLD and not journal.place.exists()
    assert not (tmp_path / "x").exists()


def test_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    program = """
        from pathlib import Path
        from genloop.engine.files import locked
        for _ in range(50):
            with locked(Path("lock")):
                number = int(Path("count").read_text())
                Path("count").write_text(str(number + 1))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    workers = [subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "150"


def test_who_waits_says_so_and_a_removed_lock_locks_nobody_out(tmp_path: Path) -> None:
    said = []
    with locked(tmp_path / "lock", lambda: said.append("first")):
        (tmp_path / "lock").unlink()
        with locked(tmp_path / "lock", lambda: said.append("second")):
            pass
    assert said == []


def test_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert files.digest_of(tmp_path / "pipe") is None
    assert files.read_plain(Path("/dev/zero"), 10) is None
    assert files.digest_of(Path("a\0b")) is None
