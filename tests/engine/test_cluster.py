"""Runs on the workers of a Dask cluster, with real schedulers and workers: as here, whole, and once."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from distributed import Reschedule

from genloop.engine.cluster import machine, tree, worker
from genloop.engine.cluster.answer import read
from genloop.engine.program.project import Project, load_project

from .cluster import Cluster
from .course import ROOT, TOKEN, Course, says, until

SOON = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
COUNTED = "with open({log!r}, 'a') as log:\n    log.write('{name}\\n')\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, for tests that leave them alone."""
    own = Cluster(tmp_path_factory.mktemp("cluster"), 2)
    try:
        yield own
    finally:
        own.close()


def below(pid: int) -> list[int]:
    """The processes that a worker has started."""
    try:
        tasks = [Path(f"/proc/{pid}/task/{task}/children") for task in os.listdir(f"/proc/{pid}/task")]
        return [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:
        return []


def idle(cluster: Cluster) -> bool:
    """Whether nothing of a command is left on any worker: no process, no file."""
    files = [path for node in cluster.workers for path in cluster.folder.glob("worker*/dask-scratch-space/*/genloop-*")]
    return not files and not any(below(node.process.pid) for node in cluster.workers)


def records(course: Course) -> dict[str, dict[str, object]]:
    """What the newest records say, but for when they were made and how long they took."""
    tables = (json.loads(path.read_text()) for path in course.store.glob("records/**/*.json"))
    return {table["name"]: {k: v for k, v in table.items() if k not in {"seconds", "started"}} for table in tables}


def test_a_record_is_the_same_as_here(course: Course, cluster: Cluster) -> None:
    """What was read, imported, looked for, given and written; and what is wrong with a run."""
    (course.root / "data.csv").write_text("1,2\n")
    (course.root / "shapes.py").write_text("from pathlib import Path\nDATA = Path(__file__).with_name('data.csv')\n")
    course.snippet(
        "one/first",
        "import sys, click\nimport shapes\nfrom pathlib import Path\n"
        "print('read:', shapes.DATA.read_text().strip(), Path(shapes.__file__).with_name('none').exists())\n"
        "Path('small.txt').write_text('small')\nPath('large.bin').write_bytes(bytes(2**21))\n",
        'files = ["small.txt", "large.bin"]',
        "read: 1,2 False\n",
        variants="[variants.again]\npatch = {'2**21' = '2**21 + 1'}\n",
    )
    course.accepted("one/first@again").write_text("read: 1,2 False\n")
    course.snippet(
        "second",
        "from pathlib import Path\nprint('sizes:', Path('large.bin').stat().st_size, "
        "Path('again/large.bin').stat().st_size)\n",
        'needs = ["one/first", "one/first@again"]',
        "sizes: 2097152 2097153\n",
    )
    course.snippet("slow", "print('x: 1', flush=True)\nimport time\ntime.sleep(60)\n", "timeout = 0.5", "x: 1\n")
    course.snippet("broken", "print('x: 1')\n1 / 0\n", out="x: 1\n")
    course.snippet("large", "import ctypes\nctypes.create_string_buffer(2**30)\n", "memory = 0.5", "")
    course.snippet("other", "print('x: 2')\nopen('stray.txt', 'w').close()\n", out="x: 1\n")
    course.snippet("last", "print('x: 1')\n", 'needs = ["broken"]', "x: 1\n")
    for name, text in {
        "left.csv": "3,4\n",
        "right.csv": "5,6\n",
        "helpers.py": "import click\nDATA = 'left.csv'\n",
    }.items():
        (course.root / "snippets" / "one" / name).write_text(text)
    course.snippet(
        "one/beside",
        "import helpers\nprint('read:', open(helpers.DATA).read().strip())\n",
        'data = ["left.csv", "right.csv"]\nmodules = ["helpers.py"]',
        "read: 3,4\n",
        variants="[variants.other]\npatch = {'helpers.DATA' = \"'right.csv'\"}\n",
    )
    course.accepted("one/beside@other").write_text("read: 5,6\n")
    environment = {"PYTHONPATH": str(course.root)}  # as an editable install makes it
    there = course.fails("check", "--scheduler", cluster.address, env=environment)
    assert idle(cluster)
    on_workers = records(course)
    assert {path.read_bytes()[:5] for path in course.store.glob("objects/*/*")} >= {b"small", bytes(5)}
    course.passes("clean")
    here = course.fails("check", env=environment)
    assert len(there.problems) == 5
    assert sorted(map(says, there.problems)) == sorted(map(says, here.problems))
    assert there.states == here.states
    assert on_workers.keys() == {"one/first", "one/first@again", "one/beside", "one/beside@other", "second"}
    # Workers look into the copy of the project first, and note more names in vain.
    for record in on_workers.values():
        record["inputs"] = {path: digest for path, digest in record["inputs"].items() if digest or path == "none"}  # type: ignore[attr-defined]  # a table
    own = records(course)
    for record in own.values():
        record["inputs"] = {path: digest for path, digest in record["inputs"].items() if digest or path == "none"}  # type: ignore[attr-defined]  # a table
    assert on_workers == own


def test_nothing_is_lost_and_nothing_runs_twice_without_need(course: Course, tmp_path: Path) -> None:
    """Two schedulers, one store; of four workers two are killed at a time that the test does not choose well."""
    log = tmp_path / "log"
    log.touch()
    for number in range(24):
        name, file = f"n{number:02}", "g" if number >= 16 else "f"
        work = f"import time\ntime.sleep(0.1)\nopen({file!r}, 'w').write('{number}')\nprint('x: {number}')\n"
        needs = f"\nneeds = ['n{number - 8:02}']" if number >= 16 else ""
        course.snippet(
            name, COUNTED.format(log=str(log), name=name) + work, f"files = [{file!r}]{needs}", f"x: {number}\n"
        )
    clusters = [Cluster(tmp_path / f"cluster{number}", 2, {TOKEN: course.token}) for number in range(2)]
    try:
        commands = [course.start("check", "--json", "--scheduler", one.address) for one in clusters]
        chance = random.Random(5)
        for one in clusters:
            before = len(log.read_text().split())
            assert until(lambda at=before: len(log.read_text().split()) > at + 2, 60), "nothing runs"  # type: ignore[misc]  # mypy sees no default
            time.sleep(chance.uniform(0, 0.3))
            victim = chance.choice(one.workers)
            victim.kill() if one is clusters[0] else victim.process.terminate()
        reports = []
        for command in commands:
            stdout, stderr = command.communicate(timeout=60)
            assert command.returncode == 0, stdout + stderr
            reports.append({run["name"]: run["state"] for run in json.loads(stdout)["runs"]})
    finally:
        for one in clusters:
            one.close()
    assert all(len(report) == 24 for report in reports)
    states = Counter(state for report in reports for state in report.values())
    assert states == {"ran": 24, "cached": 24}, "each run was done by one of the two, and the other took it"
    runs = Counter(log.read_text().split())
    assert len(runs) == 24
    # What a killed worker was at, and what it had done and not yet given away.
    assert sum(runs.values()) <= 24 + 2 * 2, f"only what was lost runs again: {runs}"
    assert not course.passes("check").ran
    assert not list(course.store.glob("claims/*.lock"))


def test_workers_that_are_not_like_this_machine(course: Course, tmp_path: Path) -> None:
    """All differences of all workers at once, before anything runs; one that comes later gets nothing; none is left."""
    older = tmp_path / "older" / "click-0.1.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: click\nVersion: 0.1\n")
    unlike = {"PYTHONPATH": str(older.parent), "ATEN_CPU_CAPABILITY": "default"}
    started, go = tmp_path / "started", tmp_path / "go"
    wait = f"import time\nfrom pathlib import Path\nPath({str(started)!r}).touch()\n"
    wait += f"while not Path({str(go)!r}).exists():\n    time.sleep(0.02)\n"
    course.snippet("a", wait + "print('x: 1')\n", out="x: 1\n")
    course.path("a").write_text('# /// script\n# dependencies = ["Click>=8"]\n# ///\n' + course.path("a").read_text())
    for number in range(4):
        course.snippet(f"b{number}", "import click\nprint('x: 1')\n", 'needs = ["a"]', "x: 1\n")
    own = Cluster(tmp_path / "cluster", 0, {TOKEN: course.token})
    try:
        done = course.call("check", env={"GENLOOP_SCHEDULER": own.address, **SOON})
        assert f"{own.address}: has no workers after 1 s" in done.stderr and "dask worker tcp://" in done.stderr
        addresses = [own.add(unlike).address, own.add({"GENLOOP_THREADS": "2"}).address]
        told = course.fails("check", "--scheduler", own.address).problem(own.address)
        first, second = (f"worker {address}" for address in addresses)
        assert f"{first}: ATEN_CPU_CAPABILITY default, here none; click 0.1, here 8" in says(told)
        assert f"{second}: threads 2, here 1" in says(told)
        assert not started.exists()
        for node in own.workers:
            node.kill()
        own.add().address  # noqa: B018 - waits until it is there
        command = course.start("check", "--json", "--jobs", "4", "--scheduler", own.address)
        assert until(started.exists, 60)
        own.add(unlike).address  # noqa: B018 - as above
        go.touch()
        stdout, stderr = command.communicate(timeout=30)
        assert command.returncode == 0, stdout + stderr
        course.snippet("last", f"import time\nopen({str(tmp_path / 'last')!r}, 'w').close()\ntime.sleep(50)\n")
        own.workers[-1].kill()
        command = course.start("run", "last", "--scheduler", own.address, env=SOON)
        assert until((tmp_path / "last").exists, 60)
        for node in own.workers:
            node.kill()
        _, stderr = command.communicate(timeout=30)
        assert command.returncode == 1 and f"{own.address}: all workers went away" in stderr, stderr
    finally:
        own.close()


def test_a_session_on_a_worker(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It puts away what it has when nothing runs for a while, and gives its run back when the worker closes."""
    started = tmp_path / "started"
    monkeypatch.setenv("GENLOOP_WORK", str(tmp_path / "of a person"))
    course.snippet("quick", "print('x: 1')\n")
    course.snippet("slow", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(50)\n")
    project = load_project(course.root)
    quick, slow = (replace(one, path=one.path.relative_to(course.root)) for one in project.snippets.values())
    monkeypatch.setattr(worker, "IDLE", 0.05)
    session = worker.Session("own", tree.pack(project), Project(Path(), {}), machine.describe([]))
    session.setup(SimpleNamespace(local_directory=str(tmp_path), address="w", state=SimpleNamespace(nthreads=1)))  # type: ignore[arg-type]  # what it looks at
    for key in ("own-1", "own-2"):
        assert read(session.run(worker.Task(quick, {}, {}), key), quick).record
        assert until(lambda: not session.folder.exists(), 5), "put away, and unpacked again"
    with ThreadPoolExecutor() as pool:
        going = pool.submit(session.run, worker.Task(slow, {}, {}), "own-3")
        assert until(started.exists)
        session.teardown(session.worker)
        with pytest.raises(Reschedule):
            going.result(10)
    assert not session.folder.exists() and not (tmp_path / "of a person").exists()
    session.setup(session.worker)
    session.folder.touch()  # where nothing can be unpacked
    assert "own" in read(session.run(worker.Task(quick, {}, {}), "own-4"), quick).unfit[0]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda s: signal.Signals(s).name)
def test_a_command_that_is_stopped_leaves_nothing_on_the_workers(
    course: Course, cluster: Cluster, tmp_path: Path, how: signal.Signals
) -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    wait = f"import subprocess, sys\nchild = {child}\nopen({str(tmp_path / 'started')!r}, 'w').close()\nchild.wait()\n"
    course.snippet("slow", wait, out="")
    command = course.start("check", "--scheduler", cluster.address)
    assert until((tmp_path / "started").exists, 60)
    command.send_signal(how)
    _, stderr = command.communicate(timeout=15)
    assert command.returncode == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in stderr
    assert until(lambda: idle(cluster), 20), [below(node.process.pid) for node in cluster.workers]
    if how == signal.SIGINT:
        course.path("slow").write_text("")
        assert course.passes("check", "--scheduler", cluster.address).ran == {"slow"}


def test_a_scheduler_that_goes_away_and_a_program_that_takes_workers_with_it(course: Course, tmp_path: Path) -> None:
    started = tmp_path / "started"
    parent = "int(open(f'/proc/{os.getppid()}/stat').read().rpartition(')')[2].split()[1])"
    course.snippet("bad", f"import os\nos.kill({parent}, 9)\n", out="")
    course.snippet("good", "print('x: 1')\n", out="x: 1\n")
    course.snippet("long", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(50)\n", out="")
    own = Cluster(tmp_path / "cluster", 4, {TOKEN: course.token, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"})
    try:
        outcome = course.fails("check", "bad", "good", "--jobs", "1", "--scheduler", own.address)
        why = outcome.problem("bad")["why"]
        assert re.match(r"was given up: 2 workers went away while they ran it, the last one tcp://", why)
        assert outcome.states == {"bad": "failed", "good": "ran"}
        command = course.start("check", "good", "long", "--scheduler", own.address)
        assert until(started.exists, 60)
        first = next(node for node in own.workers if any(below(pid) for pid in below(node.process.pid)))
        started.unlink()
        first.process.terminate()  # a worker that is told to go says goodbye
        assert until(started.exists, 60), "its run goes elsewhere"
        own.scheduler.kill()
        stdout, stderr = command.communicate(timeout=30)
        assert command.returncode == 1
        assert stdout == "" and len(re.findall("the scheduler went away", stderr)) == 1
        assert "what has run is kept" in stderr and "Traceback" not in stderr and stderr.endswith("\n1 problem\n"), (
            stderr
        )
        assert course.passes("check", "good").states == {"good": "cached"}
    finally:
        own.close()


def test_addresses_that_are_none_or_have_no_genloop(course: Course, cluster: Cluster, tmp_path: Path) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    for address in ("tcp://127.0.0.1:9", "nosuch://x:1"):
        done = course.call("check", "--scheduler", address, env=SOON)
        assert (done.code, done.stdout) == (1, "")
        assert f"{address}: no scheduler answers there (" in done.stderr and "dask scheduler" in done.stderr
    (tmp_path / "genloop").mkdir()
    (tmp_path / "genloop" / "__init__.py").write_text("raise ImportError('an old genloop')\n")
    old = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(tmp_path), TOKEN: course.token}
    own = Cluster(tmp_path / "cluster", 1, old)
    try:
        done = course.call("check", "--scheduler", own.address)
        assert "\n  scheduler: an old genloop\n" in done.stderr
        assert re.search(r"\n  worker tcp://\S+: .*an old genloop", done.stderr)
    finally:
        own.close()
    done = course.call("check", "--fresh", "--scheduler", cluster.address)
    assert done.code == 2 and "--fresh runs on this machine" in done.stderr


def test_without_dask() -> None:
    """Who does not ask for a cluster needs none; who does is told what to install."""
    hide = "import sys; sys.modules['distributed'] = None; from genloop.engine.cli import main; main()"
    words = [sys.executable, "-c", hide, "--project", str(ROOT / "tests/engine/tiny"), "check", "hello"]
    done = subprocess.run([*words, "--scheduler", "tcp://x:1"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "tcp://x:1: needs distributed, which is not installed" in done.stderr
    assert "pip install 'genloop[cluster]'" in done.stderr
