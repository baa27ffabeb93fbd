"""The archive of a program with all that it needs: it runs at once, and makes everything from nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .course import Course

TRAIN = """import json
# %% settings
SEED = 1
# %% train
json.dump({"seed": SEED}, open("weights.json", "w"))
print("seed:", SEED)
"""
DRAW = """import json
# %% read
own, other = json.load(open("weights.json")), json.load(open("seed2/weights.json"))
# %% say
print("sum:", own["seed"] + other["seed"])
"""


CALLS = ('code("gan/train")', 'code("gan/draw")', 'output("gan/draw")', 'files("gan/draw")')


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course.empty(tmp_path / "course")
    (course.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    course.snippet("gan/train", TRAIN, 'files = ["weights.json"]', variants="[variants.seed2]\nSEED = 2\n")
    course.snippet("gan/draw", DRAW, 'needs = ["gan/train", "gan/train@seed2"]')
    course.page(
        "a.md",
        "# A\n\n" + "\n\n".join(f"{{{{ {call} }}}}" for call in CALLS) + "\n",
    )
    course.accept("gan/train", "gan/train@seed2", "gan/draw")
    return course


@pytest.fixture
def unpacked(course: Course, tmp_path: Path) -> Path:
    course.passes("build")
    with zipfile.ZipFile(course.root / "site" / "generated" / "download" / "gan" / "draw.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / "draw"


def run(folder: Path, file: str) -> str:
    return subprocess.run([sys.executable, file], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_program_runs_at_once(unpacked: Path) -> None:
    assert run(unpacked, "draw.py") == "sum: 3\n"


def test_everything_runs_from_nothing(unpacked: Path) -> None:
    for path in unpacked.rglob("weights.json"):
        path.unlink()
    printed = run(unpacked, "run_all.py")
    assert "sum: 3\n" in printed
    assert "seed:" not in printed, "only the last program speaks"
    written = unpacked / "runs" / "gan" / "train@seed2" / "weights.json"
    assert json.loads(written.read_text()) == {"seed": 2}


def test_a_program_that_fails_stops_it_and_is_named(unpacked: Path) -> None:
    (unpacked / "programs" / "gan" / "train" / "train.py").write_text("raise SystemExit(3)\n")
    ended = subprocess.run([sys.executable, "run_all.py"], cwd=unpacked, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "gan/train failed" in ended.stderr


def test_the_page_and_the_notebook_name_it(course: Course, unpacked: Path) -> None:
    assert 'href="generated/download/gan/draw.zip"' in (course.root / "site" / "a.html").read_text()
    notebook = json.loads((course.root / "docs" / "generated" / "download" / "gan" / "draw.ipynb").read_text())
    assert "`draw.zip`" in notebook["cells"][0]["source"]
    assert not (unpacked.parent / "course" / "docs" / "generated" / "download" / "gan" / "train.zip").exists()


def test_same_content_same_bytes(course: Course) -> None:
    course.passes("build")
    path = course.root / "docs" / "generated" / "download" / "gan" / "draw.zip"
    before = path.stat().st_mtime_ns, path.read_bytes()
    course.passes("build")
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
