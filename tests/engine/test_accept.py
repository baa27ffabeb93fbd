"""`genloop accept` is the only way to a new accepted output; `check` says what changed since."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from genloop.engine.compare.accepted import read_accepted
from genloop.engine.errors import Failed
from genloop.engine.program.project import load_project

from .course import Course, says


def entries(course: Course) -> dict[str, dict[str, object]]:
    return tomllib.loads((course.root / "snippets" / "accepted.toml").read_text())


def files(course: Course) -> dict[str, bytes]:
    """Everything below snippets/."""
    return {str(path): path.read_bytes() for path in (course.root / "snippets").rglob("*") if path.is_file()}


def test_accept_writes_the_output_and_the_reason(course: Course) -> None:
    course.snippet("gan/ring", "print('x: 1')\n")
    course.accept("gan/ring", why="the first version")
    assert course.accepted("gan/ring").read_bytes() == b"x: 1\n"
    entry = entries(course)["gan/ring"]
    assert entry["why"] == "the first version"
    assert str(entry["when"]).startswith("20")
    course.passes("check")


def test_accept_shows_the_diff(course: Course) -> None:
    course.snippet("a", "print('x: 1')\nprint('y: 1')\n", out="x: 1\ny: 2\n")
    outcome = course.call("accept", "a", "--why", "it is better")
    assert outcome.code == 0
    lines = [line.strip() for line in outcome.text.splitlines()]
    assert "-y: 2" in lines and "+y: 1" in lines
    assert "-x: 1" not in lines


@pytest.mark.parametrize(
    "words", [["a"], ["a", "--why", ""], ["a", "--why", "  "], ["--why", "x"]], ids=["no", "empty", "blank", "no name"]
)
def test_accept_wants_a_name_and_a_reason(course: Course, words: list[str]) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 2\n")
    before = files(course)
    assert course.call("accept", *words).code == 2
    assert files(course) == before


def test_accept_of_an_unknown_name_offers_the_nearest(course: Course) -> None:
    course.snippet("gan/ring", "print('x: 1')\n")
    outcome = course.call("accept", "gan/rng", "--why", "x")
    assert outcome.code == 2
    assert "gan/ring" in outcome.text


FAILING = {
    "failing run": "raise SystemExit(3)\n",
    "undeclared file": "print('x: 2')\nopen('made.txt', 'w').close()\n",
    "ansi": "print('\\x1b[31mx: 2')\n",
    "nan": "print('x: nan')\n",
}


@pytest.mark.parametrize("program", FAILING.values(), ids=FAILING.keys())
def test_accept_refuses_what_can_never_pass_and_writes_nothing(course: Course, program: str) -> None:
    """Not even the good one that was named with it."""
    course.snippet("good", "print('x: 1')\n")
    course.snippet("broken", program, out="x: 1\n")
    before = files(course)
    assert course.fails("accept", "good", "broken", "--why", "x").problem("broken")
    assert files(course) == before


def test_accept_refuses_a_falling_label_that_rises(course: Course) -> None:
    course.snippet("a", "for n in 1, 2:\n    print('x:', n)\n", "[tool.genloop.expect]\nx = { falls = true }")
    assert course.fails("accept", "a", "--why", "x").about("a")
    assert not course.accepted("a").exists()


def test_all_or_nothing_says_how_to_get_the_others(course: Course) -> None:
    course.snippet("fine", "print('x: 1')\n")
    course.snippet("also/fine", "print('x: 2')\n")
    course.snippet("chance", "import random\nprint('x:', random.random())\n")
    wanted = 'nothing was accepted; for the rest type: genloop accept also/fine fine --why "..."'
    done = course.call("accept", "--differing", "--why", "first")
    assert (done.code, done.stdout) == (1, f"{wanted}\n")
    course.snippet("chance", "raise ValueError\n")
    done = course.call("accept", "--differing", "--why", "first")
    assert (done.code, done.stdout) == (1, f"{wanted}\n")
    assert not course.accepted("fine").exists()


def test_accept_keeps_the_other_entries(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "print('x: 1')\n")
    course.accept("a", why="reason a")
    course.accept("b", why='reason "b"')
    assert {name: entry["why"] for name, entry in entries(course).items()} == {"a": "reason a", "b": 'reason "b"'}


def test_accept_of_one_does_not_write_the_others(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 2\n")
    course.snippet("b", "print('x: 1')\n", out="x: 2\n")
    course.accept("a")
    assert course.accepted("b").read_text() == "x: 2\n"


def test_accept_of_a_variant(course: Course) -> None:
    course.snippet("a", "SEED = 0\nprint('seed:', SEED)\n", variants="[variants.seed3]\nSEED = 3")
    course.accept("a@seed3")
    assert course.accepted("a@seed3").read_text() == "seed: 3\n"
    assert not course.accepted("a").exists()


def test_check_writes_nothing_that_is_committed(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 2\n")
    before = files(course)
    course.fails("check")
    course.fails("check", "--fresh")
    assert files(course) == before


def test_entry_of_a_snippet_that_is_gone_is_dropped(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "print('x: 1')\n")
    course.accept("a", "b")
    course.path("a").unlink()
    course.accepted("a").unlink()
    course.accept("b")
    assert set(entries(course)) == {"b"}


def test_entries_of_programs_that_cannot_be_read_now_are_kept(course: Course) -> None:
    program = course.snippet("broken", "SEED = 0\nprint('x: 1')\n", variants="[variants.seed1]\nSEED = 1")
    course.snippet("other", "print('x: 1')\n")
    course.accept("broken", "broken@seed1", "other")
    before = entries(course)
    whole = program.read_text()
    for now in (whole.replace("SEED = 0\n", "SEED = (\n"), whole.replace("SEED = 0\n", "")):
        program.write_text(now)
        course.call("accept", "other", "--why", "again")
        kept = entries(course)
        assert {name: kept[name] for name in ("broken", "broken@seed1")} == {
            name: before[name] for name in ("broken", "broken@seed1")
        }
    assert entries(course)["other"]["why"] == "again"


def test_damaged_accepted_toml_is_a_problem(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    (course.root / "snippets" / "accepted.toml").write_text("= =\n")
    assert "accepted.toml" in "\n".join(map(says, course.fails("check").problems))


def test_accepted_output_that_is_not_text_is_a_problem(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n")
    course.accepted("a").write_bytes(b"x: \xff\n")
    assert "a.out" in says(course.fails("check").problem("a"))


def test_accept_refuses_a_snippet_with_a_wrong_header(course: Course) -> None:
    course.snippet("a", "print('x: 1')\n", "timeuot = 5")
    assert "timeout" in says(course.fails("accept", "a", "--why", "x").problem("a"))
    assert not course.accepted("a").exists()


# Every program runs a second time before it is accepted.

CHANCE = {
    "no seed": "import random\nprint('x:', random.random())\n",
    "clock": "import time\nprint('x:', time.time_ns())\n",
    "address": "print('x:', id(object()))\n",
    "process": "import os\nprint('x:', os.getpid())\n",
    "lines more": "import random\nprint('x\\n' * random.randrange(10**5))\n",
    "fails by chance": "import os\nfrom pathlib import Path\nif Path({mark!r}).exists():\n    raise SystemExit(3)\n"
    "Path({mark!r}).touch()\nprint('x: 1')\n",
}


@pytest.mark.parametrize("program", CHANCE.values(), ids=CHANCE.keys())
def test_accept_refuses_chance_and_writes_nothing(course: Course, tmp_path: Path, program: str) -> None:
    course.snippet("good", "print('x: 1')\n")
    course.snippet("chance", program.replace("{mark!r}", repr(str(tmp_path / "mark"))))
    before = files(course)
    course.fails("accept", "good", "chance", "--why", "x").problem("chance")
    assert files(course) == before


def test_chance_may_stand_where_the_header_says_so(course: Course) -> None:
    expect = '[tool.genloop.expect]\nx = { any = "a clock" }\ny = { between = [0, 1] }'
    program = "import random, time\nprint('n=1', f'x={time.time_ns()}', f'y={random.random():.3f}')\n"
    course.snippet("a", program, expect)
    course.accept("a")


def test_the_second_run_has_what_the_first_one_needed(course: Course) -> None:
    course.snippet("first", "open('f', 'w').write('1')\nprint('x: 1')\n", 'files = ["f"]')
    course.snippet("second", "print('y:', open('f').read())\n", 'needs = ["first"]')
    course.accept("second")
    assert course.accepted("second").read_text() == "y: 1\n"


def test_the_second_run_and_what_it_takes_are_told(course: Course) -> None:
    course.snippet("a", "import time\ntime.sleep(0.3)\nprint('x: 1')\n")
    course.passes("run")
    said = course.call("accept", "a", "--why", "x").stderr
    assert re.search(r"a: running \(a second time, since it must print the same, took \d\.\d s last time\)", said)


def test_accept_that_cannot_write_all_writes_nothing(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "print('x: 1')\n")
    course.accepted("b").mkdir()
    before = files(course)
    assert "b.out" in says(course.fails("accept", "a", "b", "--why", "x").problems[0])
    assert files(course) == before
    assert not (course.store / "accepting.json").exists()


@pytest.mark.parametrize("why", ["\udcff", "a\x1b[31m", "a\0"[:1] + "\x07"])
def test_reason_that_cannot_be_written(course: Course, why: str) -> None:
    course.snippet("a", "print('x: 1')\n")
    before = files(course)
    assert course.call("accept", "a", "--why", why).code == 2
    assert files(course) == before


# Killed in the middle, or two at once.

KILLER = """
import os, signal
replace, left = os.replace, int(os.environ["KILL_AT"])

def counted(source, target):
    global left
    left -= os.fspath(target).endswith((".out", "accepted.toml", "accepting.json"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

if left:
    os.replace = counted
"""


def test_accept_that_is_killed_is_finished_or_taken_back(course: Course, tmp_path: Path) -> None:
    """Half of it would pass as accepted before, for another reason."""
    names = ["a", "b", "c"]
    for name in names:
        course.snippet(name, "print('x: 1')\n")
    course.accept(*names, why="old")
    (tmp_path / "inject").mkdir()
    (tmp_path / "inject" / "sitecustomize.py").write_text(KILLER)
    env = {"PYTHONPATH": str(tmp_path / "inject")}
    before = files(course)
    seen = set()
    for at in range(1, 6):
        for path, text in before.items():
            Path(path).write_bytes(text)
        for name in names:
            course.snippet(name, "print('x: 2')\n")
        course.passes("run")
        outcome = course.call("accept", *names, "--why", "new", env={**env, "KILL_AT": str(at)})
        assert outcome.code == -9, outcome
        course.call("check")
        outs = {course.accepted(name).read_text() for name in names}
        reasons = {str(entry["why"]) for entry in entries(course).values()}
        assert (outs, reasons) in (({"x: 1\n"}, {"old"}), ({"x: 2\n"}, {"new"})), at
        assert files(course).keys() == before.keys(), "something is left over"
        seen |= reasons
    assert seen == {"old", "new"}


def test_two_accepts_at_once_lose_nothing(course: Course) -> None:
    names = [f"s{number}" for number in range(6)]
    for name in names:
        course.snippet(name, "print('x: 1')\n")
    course.passes("run")
    commands = [course.start("accept", name, "--why", "x") for name in names]
    assert [command.wait(60) for command in commands] == [0] * len(names)
    for command in commands:
        command.communicate()
    assert set(entries(course)) == set(names)


ENTRY = """[a]
when = "2026-11-25"
why = "x"
program = "0"
python = "3.11"
processor = "any"
seconds = 0.1
packages = {}
inputs = {}
data = {}
"""


@pytest.mark.parametrize(
    "key", ["when", "why", "program", "python", "processor", "packages", "inputs", "data", "seconds"]
)
@pytest.mark.parametrize("value", ["true", "[1]", "{ x = 1 }", "nan", "2026-11-25", None])
def test_accepted_toml_with_a_wrong_value_is_a_problem(tmp_path: Path, key: str, value: str | None) -> None:
    course = Course.empty(tmp_path / "course")
    lines = [line for line in ENTRY.splitlines() if not line.startswith(f"{key} =")]
    (course.root / "snippets" / "accepted.toml").write_text(
        "\n".join([*lines, *([f"{key} = {value}"] if value else [])])
    )
    if key == "seconds" and value is None:
        assert read_accepted(load_project(course.root))
    else:
        with pytest.raises(Failed, match=r"accepted\.toml"):
            read_accepted(load_project(course.root))


@pytest.mark.parametrize(
    "damage", [b"a = 3\n", b"[a]\nwhen = 1\n", b"\xff", b"[a.b]\nx = 1\n"], ids=["number", "key", "bytes", "table"]
)
def test_accepted_toml_of_another_form_is_a_problem(course: Course, damage: bytes) -> None:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    (course.root / "snippets" / "accepted.toml").write_bytes(damage)
    assert "accepted.toml" in "\n".join(map(says, course.fails("check").problems))


# What kind of change it is that `check` found.


def cause(course: Course, env: dict[str, str] | None = None) -> str:
    """What the check says of the only snippet whose output differs."""
    return says(course.fails("check", env=env).problem("a"))


def test_change_of_the_code(course: Course) -> None:
    path = course.snippet("a", "print('x: 1')\n")
    course.accept("a")
    path.write_text("print('x: 2')\n")
    said = cause(course)
    assert "code" in said
    assert not any(word in said for word in ("dependency", "data", "machine"))


def test_change_of_a_project_module_is_a_change_of_the_code(course: Course) -> None:
    module = course.root / "lib" / "tool.py"
    module.parent.mkdir()
    module.write_text("VALUE = 1\n")
    course.snippet(
        "a", f"import sys\nsys.path.insert(0, {str(module.parent)!r})\nimport tool\nprint('x:', tool.VALUE)\n"
    )
    course.accept("a")
    module.write_text("VALUE = 22\n")
    said = cause(course)
    assert "code" in said and "lib/tool.py" in said


def test_change_of_the_data(course: Course) -> None:
    data = course.root / "numbers.txt"
    data.write_text("1\n")
    course.snippet("a", f"print('x:', open({str(data)!r}).read().strip())\n")
    course.accept("a")
    data.write_text("2\n")
    said = cause(course)
    assert "data" in said and "numbers.txt" in said
    assert not any(word in said for word in ("dependency", "code", "machine"))


@pytest.mark.parametrize("name", ["my data.csv", "my tools.py"])
def test_a_file_with_a_space_in_its_name_is_named_whole(course: Course, name: str) -> None:
    file = course.root / name
    file.write_text("1")
    course.snippet("a", f"print('x:', open({str(file)!r}).read())\n")
    course.accept("a")
    file.write_text("2")
    kind = "code" if name.endswith(".py") else "data"
    assert f"changed since it was accepted: {kind}: {name} changed" in cause(course)


def test_change_of_a_needed_file_is_a_change_of_the_data(course: Course) -> None:
    path = course.snippet("first", "open('f', 'w').write('1')\nprint('y: 1')\n", 'files = ["f"]')
    course.snippet("a", "print('x:', open('f').read())\n", 'needs = ["first"]')
    course.accept("first", "a")
    path.write_text(path.read_text().replace("write('1')", "write('2')"))
    said = cause(course)
    assert "data" in said and "first" in said


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        ("[1, 2]", ["first@seed1 gave other files", "first@seed2 gave other files"]),
        ("[1, 2, 3, 4]", ["4 runs of first gave other files"]),
    ],
)
def test_many_runs_of_one_program_that_gave_other_files_are_counted(
    course: Course, seeds: str, told: list[str]
) -> None:
    program = "SEED = 0\nopen('f', 'w').write(f'{SEED}')\nprint('y: 1')\n"
    path = course.snippet("first", program, 'files = ["f"]', variants=f"[sweeps.seed]\nSEED = {seeds}")
    program = "from glob import glob\nprint('x:', *(open(one).read() for one in sorted(glob('seed*/f'))))\n"
    course.snippet("a", program, 'needs = ["first@seed*"]')
    course.accept("first", *(f"first@seed{seed}" for seed in tomllib.loads(f"a = {seeds}")["a"]), "a")
    path.write_text(path.read_text().replace("{SEED}", "-{SEED}"))
    said = course.call("check").stderr
    assert f"a: running ({'; '.join(told)}, took" in said
    changed = [line for line in said.splitlines() if line.strip().startswith("changed since")]
    assert [line.partition("data: ")[2] for line in changed] == told


def test_what_the_problems_of_one_snippet_share_is_said_once(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "print('x: 1')\nprint('y: 1')\nprint('z: 1')\n", out="x: 2\ny: 2\nz: 2\n")
    lines = [line.strip() for line in course.call("check").stderr.splitlines()]
    for name in ("a", "b"):
        assert [line.split(": printed")[0] for line in lines if line.startswith(f"{name} line")] == [
            f"{name} line {number}" for number in (1, 2, 3)
        ]
        assert sum(f"genloop accept {name} " in line for line in lines) == 1
    assert "6 problems" in lines
    assert len(course.fails("check").problems) == 6


def test_change_of_a_dependency(course: Course, tmp_path: Path) -> None:
    info = tmp_path / "site" / "toypkg-0.dist-info"
    info.mkdir(parents=True)
    module = tmp_path / "site" / "toypkg.py"
    (info / "RECORD").write_text("toypkg.py,,\n")
    (info / "top_level.txt").write_text("toypkg\n")
    env = {"PYTHONPATH": str(module.parent)}

    def install(version: str) -> None:
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: toypkg\nVersion: {version}\n")
        module.write_text(f"VERSION = {version!r}\n")

    install("1.0")
    course.snippet("a", "import toypkg\nprint('x:', toypkg.VERSION)\n")
    course.accept("a", env=env)
    install("3.0")
    said = cause(course, env)
    assert "dependency" in said and "toypkg 1.0 -> 3.0" in said
    assert not any(word in said for word in ("data", "code", "machine"))


def test_change_of_the_machine(course: Course) -> None:
    course.snippet("a", "import os\nprint('x:', os.environ.get('ATEN_CPU_CAPABILITY'))\n")
    course.accept("a")
    said = cause(course, {"ATEN_CPU_CAPABILITY": "default"})
    assert "machine" in said
    assert not any(word in said for word in ("dependency", "data", "code:"))


def test_change_that_nothing_explains(course: Course, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1\n")
    course.snippet("a", f"print('x:', open({str(outside)!r}).read().strip())\n")
    course.accept("a")
    outside.write_text("2\n")
    course.call("clean")
    said = cause(course)
    assert "nothing" in said
    assert "changed since" in said


def test_cause_is_known_in_a_fresh_clone(course: Course) -> None:
    """The store is not committed; accepted.toml is."""
    path = course.snippet("a", "print('x: 1')\n")
    course.accept("a")
    course.call("clean")
    path.write_text("print('x: 2')\n")
    assert "code" in cause(course)


def test_fresh_check_tells_the_kind_of_change_too(course: Course) -> None:
    path = course.snippet("a", "print('x: 1')\n")
    course.accept("a")
    path.write_text("print('x: 2')\n")
    assert "code" in says(course.fails("check", "--fresh").problem("a"))
