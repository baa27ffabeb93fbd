"""Runs on Dask clusters of this machine: what is lost when workers die, and what a run costs beside itself.

python -m tests.benchmarks.cluster [RUNS] [SEED]

First RUNS programs by two commands, each with a scheduler and two workers of its own, and one store; of each cluster
one worker is killed at a time that chance chooses. Then the same programs again, on four workers and on this machine.
Last what is sent and read, from which design.md reckons what 100,000 programs would take.
"""

from __future__ import annotations

import json
import pickle
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from genloop.engine import pipeline
from genloop.engine.cluster import tree, worker
from genloop.engine.open_course import open_course
from genloop.engine.program.project import load_project
from tests.engine.cluster import Cluster
from tests.engine.course import ROOT, Course, until


def make(course: Course, count: int, log: Path) -> None:
    """Programs that say when they begin, every third of them with a need."""
    for number in range(count):
        name, needs = f"t{number % 10}/n{number:05}", ""
        if number % 3 == 2:
            needs = f"\nneeds = ['t{(number - 1) % 10}/n{number - 1:05}']"
        program = (
            f"with open({str(log)!r}, 'a') as log:\n    log.write('{name}\\n')\n"
            f"import time\ntime.sleep(0.05)\nopen('f{number}', 'w').write('{number}')\nprint('x: {number}')\n"
        )
        course.snippet(name, program, f"files = ['f{number}']{needs}", f"x: {number}\n")


def killed(course: Course, folder: Path, count: int, log: Path, chance: random.Random) -> None:
    clusters = [Cluster(folder / f"cluster{number}", 2) for number in range(2)]
    try:
        start = time.perf_counter()
        commands = [course.start("check", "--json", "--scheduler", one.address) for one in clusters]
        for one in clusters:
            share = chance.uniform(0.1, 0.4) * count
            before = len(log.read_text().split())
            assert until(lambda at=before + share: len(log.read_text().split()) > at, 300)  # type: ignore[misc]  # a default
            chance.choice(one.workers).kill()
        outputs = [command.communicate(timeout=600) for command in commands]
        seconds = time.perf_counter() - start
    finally:
        for one in clusters:
            one.close()
    for stdout, stderr in outputs:
        assert json.loads(stdout)["ok"], stdout + stderr
    states = Counter(run["state"] for stdout, _ in outputs for run in json.loads(stdout)["runs"])
    runs = Counter(log.read_text().split())
    twice = {name: times for name, times in runs.items() if times > 1}
    print(f"two commands, four workers, two killed: {seconds:.1f} s; by state {dict(states)}")
    print(f"  programs that ran: {len(runs)} of {count}; begun more than once: {twice or 'none'}")
    print(f"  stale now: {sum(map(bool, stale(course).values()))}")


def stale(course: Course) -> dict[str, list[str]]:
    with open_course(course.root, 1) as opened:
        return pipeline.stale(opened)


def timed(course: Course, *words: str) -> float:
    start = time.perf_counter()
    course.passes("check", *words)
    return time.perf_counter() - start


def costs(course: Course, folder: Path, count: int) -> None:
    def again(*words: str) -> float:
        course.passes("clean")
        return timed(course, *words)

    cluster = Cluster(folder / "cluster", 4)
    try:
        there = again("--scheduler", cluster.address)
        nothing = timed(course, "--scheduler", cluster.address)
    finally:
        cluster.close()
    here = again("--jobs", "4")
    fresh = timed(course)
    print(f"{count} runs of 0.05 s, four at a time: {there:.1f} s on workers, {here:.1f} s here")
    print(f"  with nothing to run: {nothing:.1f} s with a scheduler, {fresh:.1f} s without")


def sizes(course: Course, count: int) -> None:
    project = load_project(course.root)
    snippet = next(iter(project.snippets.values()))
    task = worker.Task(snippet, {}, {})
    print(f"a task: {len(pickle.dumps(task))} bytes; its program {len(snippet.source)}")
    start = time.perf_counter()
    packed = tree.pack(load_project(ROOT))
    seconds = time.perf_counter() - start
    print(f"this course: {len(packed.files)} files, {len(packed.archive) / 2**20:.1f} MiB packed, in {seconds:.2f} s")
    start = time.perf_counter()
    stale(course)
    print(f"reading {count} programs and records: {(time.perf_counter() - start) / count * 1000:.2f} ms each")


def many(folder: Path, count: int) -> None:
    """What programs cost that nobody runs."""
    course = Course.empty(folder / "many")
    make(course, count, folder / "none")
    start = time.perf_counter()
    project = load_project(course.root)
    loaded = time.perf_counter()
    packed = tree.pack(project)
    done = time.perf_counter()
    load, pack = ((loaded - start) / count * 1000, (done - loaded) / count * 1000)
    print(f"{count} programs: {load:.2f} ms each to load, {pack:.2f} ms to pack")
    print(f"  {len(packed.archive) / count:.0f} bytes each as packed")


def main() -> None:
    count, seed = map(int, [*sys.argv[1:], *["200", "0"][len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        log = folder / "log"
        log.touch()
        course = Course.empty(folder / "course")
        make(course, count, log)
        killed(course, folder, count, log, random.Random(seed))
        costs(course, folder, count)
        sizes(course, count)
        many(folder, 10 * count)


if __name__ == "__main__":
    main()
