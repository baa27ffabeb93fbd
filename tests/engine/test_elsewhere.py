"""Programs that cannot run on every machine: shown from records that were brought along, and said to be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genloop.engine.record import environment

from .course import Course, says

GPU = {"GENLOOP_TEST_GPU": "1"}
"""Stands for a GPU: without it the program ends at once."""
NEEDS = "a GPU with 40 GB"
BIG = """\
import os
from pathlib import Path
from typing import Any

os.environ["GENLOOP_TEST_GPU"]
print("size:", (Path("__ROOT__") / "data.txt").read_text().strip())
Path("weights.txt").write_text("3")
Path("loss.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')
print("loss: 0.25")
"""
SETTINGS = f"""
elsewhere = "{NEEDS}"
files = ["weights.txt"]
needs = ["first"]

[tool.genloop.figures]
"loss.svg" = "A line."
"""
CALLS = ("code('gpu/big')", "output('gpu/big')", "figure('gpu/big', 'loss.svg')", "code('draw')", "output('draw')")
PAGE = "# A\n\n" + "".join(f"{{{{ {call} }}}}\n\n" for call in (*CALLS, "files('draw')", "code('first')", "runs()"))
PAGE += '{{ claim(run("gpu/big").loss < 1, "It is small") }}: {{ run("gpu/big").loss }}.\n'
DRAW = "print('read:', open('weights.txt').read())\n"


@pytest.fixture
def owner(course: Course) -> Course:
    """The course on the machine that has a GPU, where all of it was accepted."""
    (course.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    (course.root / "data.txt").write_text("7\n")
    course.snippet("first", "open('f.txt', 'w').write('1')\nprint('first: 1')\n", 'files = ["f.txt"]')
    course.snippet("gpu/big", BIG.replace("__ROOT__", str(course.root)), SETTINGS)
    course.snippet("draw", DRAW, 'needs = ["gpu/big"]')
    course.page("index.md", PAGE)
    course.accept("first", "gpu/big", "draw", env=GPU)
    return course


def moved(owner: Course) -> Course:
    """The course on another machine, in the same place: nothing has run there."""
    shutil.rmtree(owner.store)
    return owner


def records(course: Course) -> list[Path]:
    return sorted((course.root / "snippets" / "elsewhere" / "records" / "gpu" / "big").glob("*.json"))


def objects(course: Course) -> list[Path]:
    return sorted((course.root / "snippets" / "elsewhere" / "objects").glob("*/*"))


def test_on_another_machine_it_is_shown_and_said_not_to_have_run(owner: Course, tmp_path: Path) -> None:
    other = moved(owner)
    damage(other, lambda one: one["settings"].update(Python="3.9.1"))
    damage(other, lambda one: one.update(packages={"numpy": "0.1", "nosuch": "2"}, direct=["numpy", "nosuch"]))
    checked = other.passes("check")
    assert checked.states == {"first": "ran", "gpu/big": "brought", "draw": "ran"}
    said = other.call("check", "draw", env={"GENLOOP_THREADS": "2"}).stdout
    assert "1 brought along" in said and "(not run here: gpu/big)" in said, "other settings are no reason to run it"
    assert other.passes("check", "--fresh").ran == {"first", "draw"}
    for path in (other.store / "objects").glob("*/*"):
        os.utime(path, (0, 0))
    edit(other.path("draw"), "print", "# a run, after which old files are removed\nprint")
    built = other.call("build")
    assert ", 1 brought along; 2 verified here (not run here: gpu/big); pages" in built.stdout, built
    assert "all verified" not in built.stdout
    site = (other.root / "site" / "index.html").read_text()
    assert "loss: 0.25" in site and "It is small" in site
    assert site.count(f"not here: it needs {NEEDS}") == 4, "under the output and the figure, and in how each was made"
    assert site.count("Python 3.9.1 (here 3.") == 2 and "numpy 0.1 (here " in site and "nosuch 2 (here none)" in site
    assert "1 of them ran elsewhere" in site and 'title="gpu/big prints loss, elsewhere"' in site
    assert (other.root / "site" / "generated" / "files" / "gpu" / "big" / "loss.svg").is_file()
    with zipfile.ZipFile(other.root / "site" / "generated" / "download" / "draw.zip") as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "run_all.py"]
    done = subprocess.run(command, cwd=tmp_path / "draw", capture_output=True, text=True, check=True)
    assert "read: 3" in done.stdout and "big" not in done.stdout and "first" not in done.stdout
    assert f"It does not run gpu/big: it needs {NEEDS}" in (tmp_path / "draw" / "README.txt").read_text()
    with zipfile.ZipFile(other.root / "site" / "generated" / "download" / "gpu" / "big.zip") as archive:
        assert f"It needs {NEEDS}." in archive.read("big/README.txt").decode()
        assert "gpu/big" in archive.read("big/run_all.py").decode(), "who has a GPU can run it"
    other.passes("stage", str(tmp_path / "staged"))
    staged = (tmp_path / "staged" / "index.md").read_text()
    assert f'skip(reason="it needs {NEEDS}, and ran elsewhere")' in staged
    assert (tmp_path / "staged" / "index" / "weights.txt").read_text() == "3"


def test_it_runs_where_it_is_asked_for_and_nowhere_else(owner: Course) -> None:
    other = moved(owner)
    assert other.passes("run", "gpu/*").states["gpu/big"] == "brought"
    for words in (["run", "gpu/big"], ["check", "--elsewhere"], ["accept", "gpu/big", "--why", "x"]):
        told = says(other.fails(*words).about("gpu/big")[0])
        assert f"it needs {NEEDS}: does this machine have that?" in told and "GENLOOP_TEST_GPU" in told
    refused = other.call("accept", "gpu/*", "draw", "--why", "x")
    assert f"on a machine that has {NEEDS}: genloop accept gpu/big" in refused.text
    assert "for the rest type: genloop accept draw" in refused.text
    assert other.passes("check", "--elsewhere", "draw", env=GPU).states["gpu/big"] == "ran"
    assert other.passes("check", "--elsewhere", "--fresh", env=GPU).ran == {"first", "gpu/big", "draw"}
    assert other.passes("run", "gpu/big", env=GPU).states["gpu/big"] == "cached"


CHANGES: dict[str, tuple[Callable[[Course], object], str]] = {
    "its text": (lambda course: edit(course.path("gpu/big"), "print(", "print (", 1), "snippets/gpu/big.py changed"),
    "its data": (lambda course: (course.root / "data.txt").write_text("7"), "data.txt changed"),
    "what it needs": (lambda course: edit(course.path("first"), "write('1')", "write('2')"), "first gave other files"),
    "its end": (
        lambda course: edit(course.path("gpu/big"), "elsewhere", 'raises = "E"\n# elsewhere'),
        "raises none ->",
    ),
}


def edit(path: Path, old: str, new: str, times: int = -1) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, times))


def test_a_record_of_something_else_is_told_with_what_to_type_where(owner: Course, tmp_path: Path) -> None:
    other = moved(owner)
    shutil.copytree(other.root, tmp_path / "before")
    for case, (change, why) in CHANGES.items():
        change(other)
        failed = other.fails("check")
        told = says(failed.problem("gpu/big"))
        assert why in told, case
        assert f'on a machine that has {NEEDS}: genloop accept gpu/big --why "..."' in told
        assert failed.problem("draw")["follows"] == "gpu/big"
        shutil.copytree(tmp_path / "before", other.root, dirs_exist_ok=True)
    edit(other.path("gpu/big"), "loss:", "nats:")
    assert "snippets/gpu/big.py changed" in other.call("why", "gpu/big").stdout


def test_the_owner_is_told_that_others_see_an_older_program(owner: Course) -> None:
    before = (records(owner), objects(owner))
    old = before[0][0].read_text()
    edit(owner.path("gpu/big"), "write_text('<svg", "write_text(' <svg")
    assert owner.passes("run", "gpu/big", env=GPU).states["gpu/big"] == "ran"
    assert "that other machines show is none of this program" in says(
        owner.fails("check", "--elsewhere", env=GPU).problem("gpu/big")
    )
    owner.passes("accept", "--differing", "--elsewhere", "--why", "a space more", env=GPU)
    assert len(records(owner)) == 1 and records(owner) != before[0]
    assert len(objects(owner)) == len(before[1]) and objects(owner) != before[1], "what nothing names is gone"
    before[0][0].write_text(old)  # two branches were merged
    moved(owner).passes("check")
    edit(owner.path("gpu/big"), '"A line."', '"A thin line."')
    owner.passes("check")
    edit(owner.path("gpu/big"), f'elsewhere = "{NEEDS}"', "timeout = 9")
    assert "delete it: rm -r 'snippets/elsewhere/records/gpu/big'" in owner.call("status").text


def damage(course: Course, change: Callable[[dict[str, Any]], object]) -> None:
    """Another record in place of the one that is there, under a digest that fits."""
    (path,) = records(course)
    table = json.loads(path.read_text())
    change(table)
    text = json.dumps(table, indent=1, sort_keys=True)
    path.unlink()
    path.with_name(f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json").write_text(text)


DAMAGES: dict[str, Callable[[Course], object]] = {
    "no record": lambda course: records(course)[0].unlink(),
    "a letter of the record": lambda course: edit(records(course)[0], "0.25", "0.24"),
    "a file": lambda course: objects(course)[0].write_bytes(b"x"),
    "no file": lambda course: objects(course)[0].unlink(),
    "a way out": lambda course: damage(course, lambda one: one.update(files={"../../x": "0" * 64})),
    "another type": lambda course: damage(course, lambda one: one.update(seconds="1")),
    "another name": lambda course: damage(course, lambda one: one.update(name="draw")),
}


def test_what_is_not_whole_is_not_shown_and_the_rest_is_compared(owner: Course, tmp_path: Path) -> None:
    other = moved(owner)
    brought = other.root / "snippets" / "elsewhere"
    shutil.copytree(brought, tmp_path / "before")
    for case, change in DAMAGES.items():
        change(other)
        told = says(other.fails("check", "gpu/big").problem("gpu/big"))
        assert ("was brought along" if case == "no record" else "missing or damaged") in told, case
        shutil.rmtree(brought)
        shutil.copytree(tmp_path / "before", brought)
        shutil.rmtree(other.store)
    damage(other, lambda one: one.update(stdout="size: 7\nloss: 0.20\n"))
    problem = other.fails("check").problem("gpu/big")
    assert (problem["line"], problem["actual"], problem["expected"]) == (2, "loss: 0.20", "loss: 0.25")
    assert f"on a machine that has {NEEDS}" in says(problem)


def test_a_course_carries_only_so_much(course: Course) -> None:
    program = "open('w.bin', 'wb').truncate(33 * 2**20)\nprint('x: 1')\n"
    course.snippet("a", program, 'elsewhere = "20 minutes"\nfiles = ["w.bin"]')
    assert "writes 33 MiB" in says(course.fails("accept", "a", "--why", "x").problem("a"))
    assert not (course.root / "snippets" / "elsewhere").exists()


def test_a_card_is_named_as_its_driver_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, card in enumerate(["NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3", "NVIDIA T4"]):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "information").write_text(f"Model: \t\t {card}\nIRQ:   \t\t 16\n")
    monkeypatch.setattr(environment, "GPUS", tmp_path)
    assert environment.graphics.__wrapped__() == "NVIDIA H100 80GB HBM3, NVIDIA T4"
    monkeypatch.setattr(environment, "GPUS", tmp_path / "none")
    assert environment.graphics.__wrapped__() == ""


@pytest.mark.parametrize("value", ["true", '""', '"a <b>"', "['a']", '"two\\nlines"', "'a \"quote\"'"])
def test_a_reason_is_wanted(course: Course, value: str) -> None:
    course.snippet("a", "print('x: 1')\n", f"elsewhere = {value}", out="x: 1\n")
    assert 'elsewhere = "a GPU with 40 GB"' in says(course.fails("check").about("a")[0])
