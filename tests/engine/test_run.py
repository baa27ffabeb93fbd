"""Programs that fail to run, or print or write what they may not: the problem names them and shows why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from genloop.engine.open_course import open_course
from genloop.engine.program.project import load_project
from genloop.engine.run import fork_client

from .course import Course, Outcome, header, says, until

# Every program says this on stderr before it goes wrong, so that the test sees the end of stderr in the problem.
LAST_WORDS = "import sys\nprint('last words', file=sys.stderr, flush=True)\n"

FAILURES = {
    "exception": ("raise ValueError('the cause')", ("ValueError: the cause",)),
    "exit code": ("sys.exit(3)", ("3",)),
    "exit with a message": ("sys.exit('no luck')", ("no luck",)),
    "exit past the interpreter": ("import os\nos._exit(7)", ("7",)),
    "segmentation fault": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", ("SIGSEGV",)),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", ("SIGKILL",)),
    "terminated": ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", ("SIGTERM",)),
    "missing import": ("import no_such_module", ("no_such_module",)),
    "reads stdin": ("input()", ("EOFError",)),
    "not UTF-8": ("sys.stdout.buffer.write(b'x: \\xff\\xfe\\n')", ("UTF-8",)),
    "ANSI codes": ("print('\\x1b[31mx: 1\\x1b[0m')", ("ANSI",)),
    "carriage return": ("print('1%\\r2%')", ("carriage return",)),
    "null byte": ("print('x: \\0')", ("control",)),
}


@pytest.fixture(scope="module", params=["forked", "fresh"])
def failures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One command over a course in which every program fails, each in its own way."""
    course = Course.empty(tmp_path_factory.mktemp("failures") / "course")
    for name, (program, _) in FAILURES.items():
        course.snippet(slug(name), LAST_WORDS + program + "\n", out="")
    outcome = course.fails("check", *(["--fresh"] if request.param == "fresh" else []))
    assert until(lambda: not course.processes(), 3)
    return outcome


def slug(name: str) -> str:
    return "topic/" + name.lower().replace(" ", "_").replace("-", "_")


@pytest.mark.parametrize("name", FAILURES)
def test_failure_names_the_snippet_and_shows_the_end_of_stderr(failures: Outcome, name: str) -> None:
    problem = failures.problem(slug(name))
    assert failures.states[slug(name)] == "failed"
    for word in ("last words", *FAILURES[name][1]):
        assert word in says(problem)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("open('made.txt', 'w').close()", ("made.txt", "files = ")),
        ("open('made.svg', 'w').close()", ("made.svg", "figures")),
        ("import os\nos.mkdir('sub')\nopen('sub/made.txt', 'w').close()", ("sub/made.txt",)),
    ],
    ids=["file", "figure", "file in a folder"],
)
def test_written_and_not_declared(course: Course, program: str, words: tuple[str, ...]) -> None:
    course.snippet("broken", program + "\n", out="")
    for arguments in ([], ["--fresh"]):
        problem = course.fails("check", *arguments).problem("broken")
        for word in words:
            assert word in says(problem)


@pytest.mark.parametrize(
    ("settings", "written"),
    [('files = ["made.txt"]', "made.txt"), ('[tool.genloop.figures]\n"made.svg" = "A chart."', "made.svg")],
    ids=["file", "figure"],
)
def test_declared_and_not_written(course: Course, settings: str, written: str) -> None:
    course.snippet("broken", LAST_WORDS, settings)
    problem = course.fails("run").problem("broken")
    assert written in says(problem)
    assert "did not write" in says(problem)


def test_declared_name_near_the_written_one_is_offered(course: Course) -> None:
    course.snippet("broken", "open('loss.txt', 'w').close()\n", 'files = ["los.txt"]')
    text = "\n".join(map(says, course.fails("run").about("broken")))
    assert "los.txt" in text and "loss.txt" in text


def test_only_the_end_of_a_long_stderr_is_shown(course: Course) -> None:
    course.snippet(
        "broken", "import sys\nfor n in range(5000):\n    print(f'line {n}.', file=sys.stderr)\nsys.exit(1)\n"
    )
    problem = course.fails("run").problem("broken")
    assert "line 4999." in says(problem)
    assert "line 7." not in says(problem)


def test_traceback_shows_the_snippet_and_not_the_engine(course: Course) -> None:
    course.snippet("broken", "x = 1\nraise ValueError('the cause')\n")
    problem = course.fails("run").problem("broken")
    assert "broken.py" in says(problem) and "line 2" in says(problem)
    assert "runpy" not in says(problem) and "genloop/engine" not in says(problem)


def test_text_report_shows_the_end_of_stderr(course: Course) -> None:
    course.snippet("broken", LAST_WORDS + "sys.exit(3)\n")
    outcome = course.call("run")
    assert outcome.code == 1
    assert "broken" in outcome.text and "last words" in outcome.text


@pytest.mark.parametrize("words", [["run"], ["check", "--fresh"]], ids=["forked", "fresh"])
def test_hang_is_stopped_with_all_that_it_started(course: Course, words: list[str]) -> None:
    sleeper = f"{sys.executable!r}, '-c', 'import time; time.sleep(60)'"
    course.snippet("hang", LAST_WORDS + f"import subprocess\nsubprocess.run([{sleeper}])\n", "timeout = 1")
    problem = course.fails(*words).problem("hang")
    assert "1 s" in says(problem) or "timeout" in says(problem)
    assert "last words" in says(problem)
    assert until(lambda: not course.processes(), 2)


def test_deaf_program_is_stopped_too(course: Course) -> None:
    deaf = "import signal, time\nfor s in signal.SIGTERM, signal.SIGINT:\n    signal.signal(s, signal.SIG_IGN)\n"
    course.snippet("hang", deaf + "time.sleep(60)\n", "timeout = 1")
    assert "timeout" in says(course.fails("run").problem("hang"))


def test_process_left_in_the_background_is_stopped(course: Course) -> None:
    sleeper = f"{sys.executable!r}, '-c', 'import time; time.sleep(60)'"
    course.snippet("parent", f"import subprocess\nsubprocess.Popen([{sleeper}])\nprint('x: 1')\n", "timeout = 20")
    course.passes("run")
    assert until(lambda: not course.processes(), 2)


def test_process_in_a_session_of_its_own_is_stopped_too(course: Course) -> None:
    sleeper = f"{sys.executable!r}, '-c', 'import time; time.sleep(60)'"
    program = f"import subprocess\nsubprocess.Popen([{sleeper}], start_new_session=True)\nprint('x: 1')\n"
    course.snippet("parent", program)
    course.passes("run")
    assert until(lambda: not course.processes(), 2)


def test_program_that_kills_the_fork_server(course: Course) -> None:
    course.snippet("killer", "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)\n")
    for number in range(3):
        course.snippet(f"after{number}", "print('x: 1')\n", 'needs = ["first"]')
    course.snippet("first", "import time\ntime.sleep(0.3)\n")
    assert course.fails("run", "--jobs", "2").about("killer")
    assert until(lambda: not course.processes(), 2)


def test_a_server_that_died_under_a_request_can_be_closed(course: Course, tmp_path: Path) -> None:
    """The request stays in the pipe's buffer, and closing writes it once more."""
    server = fork_client.Server(load_project(course.root), tmp_path)
    server._start()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    with pytest.raises(fork_client.ServerDied):
        server._send({"number": 1})
    server.close()


def test_a_run_that_is_given_up_before_it_began_ends_at_once(course: Course) -> None:
    """Between the decision to run and the first sign of the child there is nothing yet that could be killed."""
    course.snippet("a", "import time\ntime.sleep(60)\n", "timeout = 5")
    stop = fork_client.Stop()
    stop()
    with open_course(course.root, jobs=1) as opened:
        _, problems = opened.runner.run(opened.project.snippets["a"], {}, stop=stop)
    assert problems and "timeout" not in str(problems[0])


def test_module_that_fails_to_preload(course: Course) -> None:
    """Whoever imports it hears of it; nobody else does."""
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["bad", "no_such_module"]\n')
    (course.root / "bad.py").write_text("raise ValueError('the cause')\n")
    course.snippet("a", "print('x: 1')\n")
    course.snippet("b", "import bad\n")
    outcome = course.fails("run", env={"PYTHONPATH": str(course.root)})
    (problem,) = outcome.problems
    assert problem["name"] == "b"
    assert "the cause" in says(problem)


def test_only_what_a_program_imports_is_preloaded(course: Course) -> None:
    """What the fork server has loaded, its children have too."""
    (course.root / "pyproject.toml").write_text('[tool.genloop]\npreload = ["wave", "this"]\n')
    loaded = "import sys\nprint('loaded:', [name for name in ('wave', 'this') if name in sys.modules])\n"
    course.snippet("one", loaded)
    course.snippet("two", loaded + "import wave\n", 'needs = ["one"]')
    course.snippet("three", loaded, 'needs = ["two"]')
    course.passes("run", "--jobs", "1")
    records = (json.loads(path.read_text()) for path in course.store.glob("records/*/*.json"))
    printed = {record["name"]: record["stdout"] for record in records}
    assert printed == {"one": "loaded: []\n", "two": "loaded: ['wave']\n", "three": "loaded: ['wave']\n"}


def test_endless_print_is_stopped_long_before_its_timeout(course: Course) -> None:
    course.snippet("endless", LAST_WORDS + "while True:\n    print('x' * 99)\n", "timeout = 55")
    problem = course.fails("run").problem("endless")
    assert "output" in says(problem) or "print" in says(problem)
    assert len(says(problem)) < 10_000


def test_endless_stderr_is_stopped_too(course: Course) -> None:
    course.snippet("endless", LAST_WORDS + "while True:\n    print('x' * 99, file=sys.stderr)\n", "timeout = 55")
    assert len(says(course.fails("run").problem("endless"))) < 10_000


def test_endless_file_is_stopped_too(course: Course) -> None:
    program = LAST_WORDS + "f = open('big.bin', 'wb')\nwhile True:\n    f.write(bytes(1 << 20))\n"
    course.snippet("endless", program, 'timeout = 55\nfiles = ["big.bin"]')
    assert "last words" in says(course.fails("run").problem("endless"))


def test_memory_cap(course: Course) -> None:
    course.snippet("greedy", LAST_WORDS + "x = []\nwhile True:\n    x.append(b'1' * 10**7)\n", "memory = 0.5")
    problem = course.fails("run").problem("greedy")
    assert "memory" in says(problem).lower() and "0.5" in says(problem)
    assert "last words" in says(problem)


def test_failed_run_is_tried_again(course: Course) -> None:
    course.snippet("broken", "import sys\nsys.exit(3)\n")
    course.fails("run")
    assert course.fails("run").problem("broken")


def test_all_failures_are_listed_and_the_others_still_run(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "raise SystemExit(3)\n")
    course.snippet("good", "print('x: 1')\n")
    outcome = course.fails("run")
    assert {problem["name"] for problem in outcome.problems} == {"a", "b"}
    assert outcome.states == {"a": "failed", "b": "failed", "good": "ran"}


def test_check_of_a_failing_snippet_shows_no_diff(course: Course) -> None:
    course.snippet("broken", "print('x: 2')\nraise SystemExit(3)\n", out="x: 1\n")
    problem = course.fails("check").problem("broken")
    assert not problem["expected"]


def test_folder_holds_the_program_alone(course: Course) -> None:
    course.snippet("look", "import os\nprint('files:', os.listdir())\n", out="files: ['look.py']\n")
    course.passes("check")


def test_folder_of_the_snippet_is_left_alone(course: Course) -> None:
    settings = 'files = ["made.txt"]'
    course.snippet("maker", "open('made.txt', 'w').close()\n", settings)
    course.passes("run")
    course.call("check", "--fresh")
    assert {path.name for path in (course.root / "snippets").iterdir()} == {"maker.py"}
    assert course.path("maker").read_text().startswith(header(settings))


@pytest.mark.parametrize(
    ("name", "value"),
    [("OMP_NUM_THREADS", "1"), ("MPLBACKEND", "agg"), ("SOURCE_DATE_EPOCH", "0"), ("PYTHONHASHSEED", "0")],
)
def test_environment_of_a_run(course: Course, name: str, value: str) -> None:
    course.snippet("env", f"import os\nprint(os.environ['{name}'])\n", out=f"{value}\n")
    course.passes("check")
    course.passes("check", "--fresh")


def test_environment_points_to_the_house_style_of_figures(course: Course) -> None:
    program = "import os\nprint('010203' in open(os.environ['MATPLOTLIBRC']).read())\n"
    course.snippet("env", program, out="True\n")
    course.passes("check")
    course.passes("check", "--fresh")
