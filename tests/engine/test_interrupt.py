"""Ctrl-C, kill -9 and damage: the store stays whole, nothing is left running, the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .course import Course, until


@pytest.fixture
def slow(course: Course, tmp_path: Path) -> Course:
    """A course with a quick snippet and one that waits, with a child of its own, until the file `go` is there."""
    course.snippet("a_quick", "print('x: 1')\n", out="x: 1\n")
    sleeper = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    course.snippet(
        "b_slow",
        "import subprocess, sys\nfrom pathlib import Path\n"
        "print('x: 1', flush=True)\nPath('half.txt').write_text('half')\n"
        f"if not Path({str(tmp_path / 'go')!r}).exists():\n"
        f"    child = subprocess.Popen({sleeper})\n"
        f"    Path({str(tmp_path / 'started')!r}).touch()\n"
        "    child.wait()\n",
        'needs = ["a_quick"]\nfiles = ["half.txt"]',
        "x: 1\n",
    )
    return course


LEAVES = """import os, time
from pathlib import Path
if not Path({go!r}).exists():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            Path({started!r}).write_text(str(os.getpid()))
            {then}
        os._exit(0)
    time.sleep(60)
print('x: 1')
"""
THEN = {
    "forked": "time.sleep(60)",
    "another_program": "import sys; os.execv(sys.executable, ['python', '-c', 'import time; time.sleep(60)'])",
}


@pytest.mark.parametrize("then", THEN)
def test_what_left_its_group_ends_with_the_next_command(course: Course, tmp_path: Path, then: str) -> None:
    """Command and fork server are killed together: nobody is left who knows of it."""
    go, started = tmp_path / "go", tmp_path / "started"
    course.snippet("leaver", LEAVES.format(go=str(go), started=str(started), then=THEN[then]), out="x: 1\n")
    process = course.start("run")
    assert until(lambda: started.exists() and started.read_text() != "")
    bystander = subprocess.Popen(["sleep", "60"], env={"GENLOOP_RUNS_IN": str(course.store / "work" / "0-other")})
    for pid in [process.pid, *children(process.pid)]:
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=10)
    assert course.processes(), "the kill alone was enough: this test shows nothing"
    go.touch()
    course.passes("check")
    assert until(lambda: not course.processes(), 2), "processes left over"
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_program_that_kills_the_fork_server_and_left_its_group(course: Course, tmp_path: Path) -> None:
    started, kill = tmp_path / "started", "os.kill({server}, 9); time.sleep(60)"
    program = LEAVES.format(go="/nowhere", started=str(started), then=kill.format(server="server"))
    course.snippet("leaver", program.replace("import os, time", "import os, time\nserver = os.getppid()"))
    course.fails("run")
    assert started.exists()
    assert until(lambda: not course.processes(), 2), "processes left over"


def children(pid: int) -> list[int]:
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def works(course: Course) -> list[str]:
    """What is left in the work folder of the store."""
    work = course.store / "work"
    return sorted(path.name for path in work.iterdir()) if work.exists() else []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda s: signal.Signals(s).name)
def test_stopped_in_mid_run(slow: Course, tmp_path: Path, how: signal.Signals) -> None:
    process = slow.start("run", "--jobs", "1")
    assert until((tmp_path / "started").exists)
    process.send_signal(how)
    process.communicate(timeout=10)
    assert process.returncode != 0
    assert until(lambda: not slow.processes(), 5), "processes left over"

    (tmp_path / "go").touch()
    outcome = slow.passes("check")
    assert outcome.states["b_slow"] == "ran"
    assert works(slow) == []


def test_ctrl_c_from_the_terminal_reaches_the_whole_group(slow: Course, tmp_path: Path) -> None:
    process = slow.start("run")
    assert until((tmp_path / "started").exists)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert until(lambda: not slow.processes(), 5), "processes left over"
    (tmp_path / "go").touch()
    slow.passes("check")


def test_what_was_finished_before_the_kill_is_kept(slow: Course, tmp_path: Path) -> None:
    process = slow.start("run", "--jobs", "1")
    assert until((tmp_path / "started").exists)
    process.kill()
    process.communicate(timeout=10)
    (tmp_path / "go").touch()
    assert slow.passes("run").states == {"a_quick": "cached", "b_slow": "ran"}


@pytest.mark.parametrize("delay", [0, 2, 5])
def test_killed_at_any_moment(course: Course, delay: int) -> None:
    """Many short runs, killed with all their processes at moments that the test does not choose well."""
    for number in range(8):
        course.snippet(f"s{number}", f"open('f', 'w').write('{number}')\nprint('x: 1')\n", 'files = ["f"]', "x: 1\n")
    process = course.start("run", "--jobs", "2")
    # os.walk passes over folders that vanish meanwhile, as rglob does not.
    until(lambda: sum(len(folders) + len(files) for _, folders, files in os.walk(course.store)) > 3 * delay, 5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    assert until(lambda: not course.processes(), 5)
    assert len(course.passes("check").states) == 8
    assert works(course) == []


def test_work_folders_are_cleaned_after_a_failure(course: Course) -> None:
    course.snippet("broken", "open('made.txt', 'w').close()\nraise SystemExit(3)\n")
    course.fails("run")
    assert works(course) == []


def test_two_commands_at_once(course: Course) -> None:
    for number in range(8):
        course.snippet(f"s{number}", f"open('f', 'w').write('{number}')\nprint('x: 1')\n", 'files = ["f"]', "x: 1\n")
    commands = [course.start("check") for _ in range(2)]
    for command in commands:
        stdout, stderr = command.communicate(timeout=30)
        assert command.returncode == 0, stdout + stderr
    assert not course.passes("check").ran


@pytest.fixture
def stored(course: Course) -> Course:
    """A snippet with one file and one that needs it, both in the store."""
    course.snippet("first", "open('f', 'w').write('1')\nprint('x: 1')\n", 'files = ["f"]', "x: 1\n")
    course.snippet("second", "print('x:', open('f').read())\n", 'needs = ["first"]', "x: 1\n")
    course.passes("check")
    return course


def overwrite(folder: Path, content: bytes) -> int:
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o644)
        path.write_bytes(content)
    return len(files)


@pytest.mark.parametrize("part", ["objects", "records"])
@pytest.mark.parametrize("content", [b"", b"\xff\x00"], ids=["empty", "junk"])
def test_damaged_store_counts_as_absent(stored: Course, part: str, content: bytes) -> None:
    assert overwrite(stored.store / part, content)
    lost = {"first", "second"} if part == "records" else {"first"}  # the object is a file of the first
    assert stored.passes("check").ran == lost
    assert not stored.passes("check").ran


@pytest.mark.parametrize("content", ["null", '{"format": 1, "name": "first"}'])
def test_record_with_other_content_counts_as_absent(stored: Course, content: str) -> None:
    overwrite(stored.store / "records", content.encode())
    assert stored.passes("check").ran == {"first", "second"}


def test_lost_objects_are_made_again(stored: Course) -> None:
    for path in [path for path in (stored.store / "objects").rglob("*") if path.is_file()]:
        path.unlink()
    stored.passes("check")
    assert not stored.passes("check").ran


def test_whole_store_may_be_deleted(stored: Course) -> None:
    assert stored.call("clean").code == 0
    assert not stored.store.exists()
    assert stored.passes("check").ran == {"first", "second"}


def test_interpreter_of_the_tests_is_the_one_that_runs(course: Course) -> None:
    course.snippet("which", f"import sys\nprint(sys.executable == {sys.executable!r})\n", out="True\n")
    course.passes("check")
    course.passes("check", "--fresh")
