"""Changes one thing in the engine, runs the tests that guard it, and counts what nobody noticed.

`make mutate` takes a sample: all mutants would take days. It works on a copy, so a cut leaves the project as it was.
SAMPLE=40 mutants per room, SEED=0: another seed looks elsewhere. ROOM=page looks into one room.
The one argument is the Python that runs the tests; this program runs in the environment of the mutation tool.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

ROOT = Path(__file__).parents[2]
GUARDS = {
    "program": "test_header.py test_variants.py test_needs.py",
    "record": "test_freshness.py test_accept.py",
    "run": "test_run.py test_same_bytes.py test_interrupt.py",
    "compare": "test_verify.py test_verify_properties.py test_versions.py",
    "page": "test_pages.py test_variants.py",
    "publish": "test_tiny.py test_terms.py",
}
"""Room of the engine -> the files of tests/engine that guard it."""
CONFIG = """
[cosmic-ray]
module-path = "{path}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"
[cosmic-ray.distributor]
name = "local"
"""


def copy_of_project(target: Path) -> None:
    """What Git knows and would take; what was built stays behind."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def sample(work: WorkDB, count: int, seed: int) -> None:
    """Leaves `count` mutants to do; the others are marked as skipped. What only types or doctests see is none."""
    items: list[WorkItem] = list(work.pending_work_items)
    random.Random(seed).shuffle(items)
    for item in items[count:]:
        work.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def survivors(work: WorkDB) -> tuple[int, list[str]]:
    """How many were tried, and where those stand that no test noticed."""
    tried, alive = 0, []
    for item in work.work_items:
        result = dict(work.results).get(item.job_id)
        if result is not None and result.worker_outcome == WorkerOutcome.NORMAL:
            tried += 1
            if result.test_outcome == TestOutcome.SURVIVED:
                (mutation,) = item.mutations
                name = mutation.operator_name.removeprefix("core/")
                alive.append(f"{mutation.module_path} line {mutation.start_pos[0]}: {name}")
    return tried, alive


def tools(*words: str, cwd: Path) -> None:
    subprocess.run([str(Path(sys.executable).with_name("cosmic-ray")), *words], cwd=cwd, check=True)


def try_room(room: str, copy: Path, count: int, seed: int) -> tuple[int, list[str]]:
    tests = " ".join(f"tests/engine/{name}" for name in GUARDS[room].split())
    command = f"{sys.argv[1]} -m pytest -x -q -p no:cacheprovider {tests}"
    settings = copy / f"{room}.toml"
    settings.write_text(CONFIG.format(path=f"genloop/engine/{room}", timeout=600, command=command))
    session = f"{room}.sqlite"
    tools("init", settings.name, session, cwd=copy)
    with use_db(str(copy / session), WorkDB.Mode.open) as work:
        sample(work, count, seed)
    tools("exec", settings.name, session, cwd=copy)
    with use_db(str(copy / session), WorkDB.Mode.open) as work:
        return survivors(work)


def rooms() -> Iterator[str]:
    asked = os.environ.get("ROOM", "")
    if asked and asked not in GUARDS:
        sys.exit(f"there is no room {asked}; there is: {', '.join(GUARDS)}")
    yield from [asked] if asked else GUARDS


def main() -> None:
    count, seed = int(os.environ.get("SAMPLE", "40")), int(os.environ.get("SEED", "0"))
    os.environ["OMP_NUM_THREADS"] = "1"
    noticed = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        copy_of_project(Path(folder))
        for room in rooms():
            of_room, alive = try_room(room, Path(folder), count, seed)
            tried, noticed = tried + of_room, noticed + of_room - len(alive)
            print(f"{room}: {of_room - len(alive)} of {of_room} mutants noticed", flush=True)
            print("".join(f"  {place}\n" for place in alive), end="", flush=True)
    print(f"score: {noticed} of {tried} mutants noticed (SAMPLE={count}, SEED={seed})")


if __name__ == "__main__":
    main()
