"""A forked run and a plain `python file.py` print the same bytes; only what is random differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .course import Course, Outcome

PROGRAMS = {
    "main guard": "def main() -> None:\n    print('main: 1')\nif __name__ == '__main__':\n    main()\n",
    "argv": "import sys\nfrom pathlib import Path\nprint(len(sys.argv), Path(sys.argv[0]).name)\n",
    "file": "from pathlib import Path\nprint(Path(__file__).name, Path(__file__).is_file())\n",
    "own source": "import inspect\ndef f() -> int:\n    return 1\nprint(inspect.getsource(f))\n",
    "module of main": (
        "import sys\nclass C: ...\nm = sys.modules['__main__']\nprint(m.C is C, C.__module__, m.__file__ == __file__)\n"
    ),
    "pickle of an own class": (
        "import pickle\nclass C:\n    x = 1\nprint(pickle.loads(pickle.dumps(C())).x, __spec__, __package__, __doc__)\n"
    ),
    "names at the start": "print(sorted(globals()))\n",
    "order of child processes": (
        "import subprocess, sys\nprint('before: 1')\nsubprocess.run([sys.executable, '-c', 'print(2)'])\n"
        "print('after: 3')\n"
    ),
    "order of descriptors": "import os\nprint('a: 1')\nos.write(1, b'b: 2\\n')\nprint('c: 3')\n",
    "bytes below the text": (
        "import sys\nsys.stdout.write('a: 1\\n')\nsys.stdout.flush()\nsys.stdout.buffer.write(b'b: 2\\n')\n"
    ),
    "stderr stays out": "import sys\nprint('x: 1')\nprint('aside', file=sys.stderr)\n",
    "atexit": "import atexit\natexit.register(print, 'at exit: 2')\nprint('first: 1')\n",
    "atexit after sys.exit": "import atexit, sys\natexit.register(print, 'at exit: 2')\nsys.exit()\n",
    "exit with zero": "import sys\nprint('x: 1')\nsys.exit(0)\n",
    "thread that outlives main": (
        "import threading, time\ndef late() -> None:\n    time.sleep(0.05)\n    print('late: 2')\n"
        "threading.Thread(target=late).start()\nprint('first: 1')\n"
    ),
    "no newline at the end": "print('x: 1', end='')\n",
    "nothing": "",
    "unicode": "print('größe: 1 µm ✓ 名')\n",
    "hash order": "print(list({'a', 'b', 'c', 'd', 'e', 'f', 'g'}), hash('x') % 1000)\n",
    "forked pool": (
        "import multiprocessing as mp\ndef f(x: int) -> int:\n    return x * x\n"
        "if __name__ == '__main__':\n    with mp.get_context('fork').Pool(1) as pool:\n"
        "        print(pool.map(f, [2]))\n"
    ),
    "spawned pool": (
        "import multiprocessing as mp\ndef f(x: int) -> int:\n    return x * x\n"
        "if __name__ == '__main__':\n    with mp.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(f, [2]))\n"
    ),
    "signal handlers": (
        "import signal\nprint([signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)])\n"
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
    ),
    "standard streams": "import sys\nprint(sys.stdout.encoding, sys.stdout.errors, sys.stdin.read() == '')\n",
    "warning filters": "import sys, warnings\nprint(warnings.filters, sys.flags.dev_mode)\n",
    "recursion limit": "import sys\nprint(sys.getrecursionlimit(), sys.getswitchinterval())\n",
    "threads at the start": (
        "import threading, gc\nprint(threading.active_count(), threading.current_thread().name, gc.isenabled())\n"
    ),
    "seeded randomness": "import random\nrandom.seed(0)\nprint(random.random(), random.Random(1).random())\n",
    "locale and time zone": (
        "import locale, time\nprint(locale.getlocale(), time.tzname, locale.localeconv()['decimal_point'])\n"
    ),
    "umask": "import os\nprint(oct(os.umask(0)))\n",
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A fresh check against what the forked runs printed."""
    course = Course.empty(tmp_path_factory.mktemp("same") / "course")
    for name, program in PROGRAMS.items():
        course.snippet(slug(name), program)
    failed = {problem["name"] for problem in course.call("run", "--json").problems}
    course.accept(*(name for name in map(slug, PROGRAMS) if name not in failed))
    return course.call("check", "--fresh", "--json")


def slug(name: str) -> str:
    return "topic/" + name.lower().replace(" ", "_").replace(".", "_")


@pytest.mark.parametrize("name", PROGRAMS)
def test_forked_and_fresh_runs_print_the_same_bytes(fresh: Outcome, name: str) -> None:
    assert fresh.states[slug(name)] == "ran"
    assert not fresh.about(slug(name))


def test_a_variant_prints_the_same_bytes_fresh(course: Course) -> None:
    program = "import sys\nfrom pathlib import Path\nSEED = 0\nprint(SEED, Path(__file__).name, len(sys.argv))\n"
    course.snippet("topic/same", program, variants="[variants.seed3]\nSEED = 3")
    course.accept("topic/same", "topic/same@seed3")
    assert course.accepted("topic/same@seed3").read_text() == "3 same.py 1\n"
    course.passes("check", "--fresh")


def test_accepted_output_is_exactly_what_was_printed(course: Course) -> None:
    course.snippet("exact", "print('  a: 1  ')\nprint()\nprint('b: 2', end='')\n")
    course.accept("exact")
    assert course.accepted("exact").read_bytes() == b"  a: 1  \n\nb: 2"


def test_child_process_prints_between_the_lines_of_its_parent(course: Course) -> None:
    course.snippet("order", PROGRAMS["order of child processes"])
    course.accept("order")
    assert course.accepted("order").read_text() == "before: 1\n2\nafter: 3\n"


def test_fresh_run_finds_what_the_fork_hides(course: Course) -> None:
    """A module that the fork server has loaded already has side effects that only a fresh run shows."""
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["this"]\n')
    course.snippet("zen", "import this\nprint('x: 1')\n", out="x: 1\n")
    course.passes("check")
    assert course.fails("check", "--fresh").about("zen")
    assert course.fails("accept", "zen", "--why", "x").about("zen")


CLOCK = """
import time
whole = time.time_ns()
print(f"name=a seconds={whole} steps=3")
print("ratio:", whole % 1000 / 1000)
"""


def test_a_time_need_not_be_the_same_in_a_process_of_its_own(course: Course) -> None:
    free = '[tool.genloop.expect]\nseconds = { any = "a time" }\nratio = { between = [0, 1] }'
    course.snippet("clock", CLOCK, free)
    course.accept("clock")
    course.passes("check", "--fresh")


TABLE = """
import time
print("step  seconds")
for step in 1, 2:
    print(f"{step:4}  {time.time_ns() % 10**9 / 10**9:7.3f}")
    print(f"Epoch {step}: {time.time_ns() % 7}s of {step} steps")
"""
ROOM = """
[tool.genloop.columns]
"seconds" = { any = "a clock" }

[tool.genloop.lines]
"Epoch #: *s" = { any = "a clock" }
"""


def test_a_time_in_a_table_or_in_a_sentence_has_room_and_nothing_beside_it(course: Course) -> None:
    program = TABLE.replace('    print(f"Epoch', 'for step in 1, 2:\n    print(f"Epoch')
    course.snippet("clock", program, ROOM)
    course.accept("clock")
    course.passes("check", "--fresh")
    course.snippet("clock", program.replace("of {step}", "of {step + 1}"), ROOM)
    assert [one["line"] for one in course.fails("check").about("clock")] == [4, 5]
    course.snippet("clock", program, ROOM.replace("seconds", "minutes").replace("#: *s", "*: #s"))
    told = [one["why"] for one in course.fails("check", "--fresh").about("clock")]
    assert any('"column: minutes", which it does not print' in why for why in told)
    assert any("(text is exact)" in why or "exact" in why for why in told), "the seconds have lost their room"
    course.snippet("clock", program, ROOM + '"* steps" = { abs = 1 }\n"of * steps" = { abs = 2 }\n')
    problem = course.fails("check").problem("clock")
    assert 'two rules for one number, "line: * steps" and "line: of * steps"' in problem["why"]
    assert problem["line"] == 4


def test_a_number_with_a_tolerance_must_be_the_same_in_a_process_of_its_own(course: Course) -> None:
    """Its band is for other machines: on one machine, it is a seed that is missing."""
    program = "import os\nprint('before: 1')\nprint(f'name=a loss=0.{os.getpid() % 1000:03d}')\n"
    expect = "[tool.genloop.expect]\nloss = { abs = 1 }"
    course.snippet("unseeded", program, expect, "before: 1\nname=a loss=0.500\n")
    course.passes("check")
    for command in (["check", "--fresh"], ["accept", "unseeded", "--why", "x"]):
        said = course.fails(*command).problem("unseeded")["why"]
        assert "process of its own" in said and "loss=0." in said and "before" not in said


def test_fresh_without_variants_takes_those_that_are_needed_from_the_store(course: Course, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    program = f"SEED = 0\nopen('f', 'w').write(str(SEED))\nopen({str(outside)!r}, 'a').write(f'{{SEED}} ')\n"
    course.snippet("first", program, 'files = ["f"]', variants="[sweeps.seed]\nSEED = [1, 2]")
    course.snippet("second", "print('x:', open('seed1/f').read())\n", 'needs = ["first@seed1"]', "x: 1\n")
    course.accept("first", "first@seed1", "first@seed2")
    outside.unlink()
    assert course.passes("check", "--fresh", "--no-variants").ran == {"first", "second"}
    assert outside.read_text() == "0 "
    course.passes("clean")
    course.passes("check", "--fresh", "--no-variants")
    assert sorted(outside.read_text().split()) == ["0", "0", "1"], "the store is empty: what is needed has to run"


def test_no_variants_goes_with_fresh(course: Course) -> None:
    assert course.call("check", "--no-variants").code == 2


def test_fresh_reads_nothing_from_the_store_and_writes_nothing_to_it(course: Course, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    course.snippet("count", f"with open({str(outside)!r}, 'a') as f:\n    f.write('x')\nprint('x: 1')\n", out="x: 1\n")
    course.passes("check", "--fresh")
    course.passes("check", "--fresh")
    assert outside.read_text() == "xx"
    assert course.passes("check").ran == {"count"}


RANDOM = {
    "random": "import random\nprint(random.random())\n",
    "numpy": "import numpy as np\nprint(np.random.rand())\n",
    "numpy_generator": "import numpy as np\nprint(np.random.default_rng().random())\n",
    "uuid": "import uuid\nprint(uuid.uuid4())\n",
    "torch": "import torch\nprint(torch.rand(1).item())\n",
}


@pytest.fixture(scope="module")
def unseeded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What every program printed, each of them twice, under a fork server that has a state for all of them."""
    course = Course.empty(tmp_path_factory.mktemp("random") / "course", '["random", "numpy.random", "uuid", "torch"]')
    names = [f"{kind}{number}" for kind in RANDOM for number in (1, 2)]
    for name in names:
        course.snippet(name, RANDOM[name[:-1]])
    printed = course.call("run", *names).stdout.splitlines()
    return dict(zip(names, printed, strict=True))


@pytest.mark.parametrize("kind", RANDOM)
def test_unseeded_randomness_differs_between_two_runs(unseeded: dict[str, str], kind: str) -> None:
    """A state inherited from the fork server would hide a forgotten seed."""
    assert unseeded[f"{kind}1"] != unseeded[f"{kind}2"]
