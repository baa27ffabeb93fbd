"""What a program writes: the limit of a file, files in folders, the kinds of figures that a page shows."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from genloop.engine.program.header import Settings, is_plain, nested
from genloop.engine.program.project import load_project
from genloop.engine.record.record import parse_record, text_of
from genloop.engine.record.store import Store

from .course import Course, says

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 0L9 9"/></svg>'
WRITES = "from pathlib import Path\nPath('big.bin').write_bytes(bytes({size}))\nprint('x: 1')\n"
FILES = 'files = ["big.bin"]'
MIB = 2**20


def setting(course: Course, line: str) -> None:
    pyproject = course.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + line + "\n")


# ---- how large a file may be -----------------------------------------------------------------------


def test_the_limit_of_a_file_is_a_setting_and_its_error_says_so(course: Course) -> None:
    setting(course, "largest_file = 5")
    course.snippet("a", WRITES.format(size=6 * MIB), FILES, "x: 1\n")
    said = says(course.fails("check").problem("a"))
    assert "big.bin" in said and f"{5 * MIB:,}" in said
    fix = course.call("check").text
    assert "largest_file = " in fix and "in its header" in fix and "pyproject.toml" in fix
    course.snippet("a", WRITES.format(size=6 * MIB), f"largest_file = 7\n{FILES}", "x: 1\n")
    course.passes("check")
    course.snippet("a", WRITES.format(size=6 * MIB), FILES, "x: 1\n")
    assert "big.bin" in says(course.fails("check").problem("a")), "a record is held to the limit of today"
    course.root.joinpath("pyproject.toml").write_text("[tool.genloop]\npreload = []\nlargest_file = 6\n")
    course.passes("check")


def test_a_small_limit_leaves_room_for_what_is_printed(course: Course) -> None:
    program = WRITES.format(size=300) + "print('y' * 2000)\n"
    course.snippet("a", program, f"largest_file = 0.0002\n{FILES}", "x: 1\n" + "y" * 2000 + "\n")
    assert "a file may have 209" in says(course.fails("check").problem("a"))
    course.snippet("a", program, f"largest_file = 0.0003\n{FILES}")
    course.passes("check")


def test_a_file_without_end_is_cut_off_and_told(course: Course) -> None:
    endless = (
        "try:\n    with open('big.bin', 'wb') as file:\n        while True:\n            file.write(bytes(2**20))\n"
    )
    endless += "except OSError:\n    raise SystemExit('the writer of this file says something else') from None\n"
    course.snippet("a", endless, f"largest_file = 5\n{FILES}", "x: 1\n")
    said = says(course.fails("check").problem("a"))
    assert f'"big.bin" with {5 * MIB + 1:,} bytes or more' in said


@pytest.mark.parametrize("value", ["0", "-1", "true", '"64"', "nan", "inf", "1025", "[1]"])
def test_a_limit_that_is_none_is_told(course: Course, value: str) -> None:
    course.snippet("a", "print('x: 1')\n", f"largest_file = {value}", "x: 1\n")
    assert "largest_file" in says(course.fails("check").problem("a"))
    course.snippet("a", "print('x: 1')\n")
    setting(course, f"largest_file = {value}")
    assert "largest_file" in says(course.fails("check").problem("pyproject.toml"))


def test_a_file_over_the_old_limit_goes_all_the_way(course: Course, tmp_path: Path) -> None:
    course.snippet("a", WRITES.format(size=70 * MIB), f"largest_file = 80\n{FILES}", "x: 1\n")
    course.accept("a")
    shared = tmp_path / "shared"
    course.passes("push", str(shared))
    subprocess.run(["rm", "-r", str(course.store)], check=True)
    assert course.passes("check", "--store", str(shared)).ran == set()
    subprocess.run(["rm", "-r", str(course.store)], check=True)
    setting(course, "largest_file = 60")
    course.snippet("a", WRITES.format(size=70 * MIB), FILES)
    outcome = course.call("check", "--store", str(shared))
    assert outcome.code == 1 and "damaged" in outcome.text, "more than is allowed is not fetched"


# ---- folders ---------------------------------------------------------------------------------------

FOLDERS = (
    "from pathlib import Path\n"
    "for number in (1, 2):\n"
    "    Path('frames').mkdir(exist_ok=True)\n"
    f"    Path(f'frames/step {{number}}.svg').write_text({SVG!r})\n"
    "Path('out/deep').mkdir(parents=True)\n"
    "Path('out/deep/table.csv').write_text('a,b\\n')\n"
    "print('x: 1')\n"
)
DECLARED = (
    'files = ["out/deep/table.csv"]\n[tool.genloop.figures]\n"frames/step 1.svg" = "A line."\n'
    '"frames/step 2.svg" = "The same line."'
)
READS = "from pathlib import Path\nprint('bytes:', len(Path({path!r}).read_text()))\n"


@pytest.fixture
def folders(course: Course) -> Course:
    course.snippet("a", FOLDERS, DECLARED, "x: 1\n", variants="[variants.two]\npatch = { '(1, 2)' = '(2, 1)' }\n")
    course.accepted("a@two").write_text("x: 1\n")
    needs = 'needs = ["a", "a@two"]'
    path, other = "out/deep/table.csv", "two/out/deep/table.csv"
    course.snippet("b", READS.format(path=path) + READS.format(path=other), needs, "bytes: 4\nbytes: 4\n")
    return course


def test_files_in_folders_run_and_are_given_to_others(folders: Course) -> None:
    folders.passes("check")
    folders.passes("check", "--fresh")
    assert folders.passes("check").ran == set()


def test_files_in_folders_go_through_a_shared_store(folders: Course, tmp_path: Path) -> None:
    folders.accept("a", "a@two", "b")
    folders.passes("push", str(tmp_path / "shared"))
    subprocess.run(["rm", "-r", str(folders.store)], check=True)
    assert folders.passes("check", "--store", str(tmp_path / "shared")).ran == set()


def test_files_in_folders_are_brought_along(folders: Course) -> None:
    folders.snippet("a", FOLDERS, f'elsewhere = "a GPU"\n{DECLARED}')
    folders.variants("a").unlink()
    folders.accepted("a@two").unlink()
    folders.snippet("b", READS.format(path="out/deep/table.csv"), 'needs = ["a"]')
    folders.accept("a", "b")
    subprocess.run(["rm", "-r", str(folders.store)], check=True)
    assert folders.passes("check").states == {"a": "brought", "b": "ran"}


def test_a_notebook_writes_into_folders(course: Course) -> None:
    course.snippet("a", "# %% [markdown]\n# # A\n\n# %%\n" + FOLDERS, DECLARED)
    course.snippet("b", READS.format(path="out/deep/table.csv"), 'needs = ["a"]')
    course.accept("a", "b")
    course.passes("check", "--fresh")


PAGE = """\
---
program: a
---
# A

{{ code() }}

{{ output() }}

{{ figure("frames/step 1.svg") }}

Here is {{ download("out/deep/table.csv") }}.

{{ code("b") }}

{{ diff("a@two") }}
"""


def test_files_in_folders_are_staged_packed_and_shown(folders: Course, tmp_path: Path) -> None:
    folders.page("p.md", PAGE)
    folders.accept("a", "a@two", "b")
    target = tmp_path / "stage"
    assert folders.call("stage", str(target)).code == 0
    text = (target / "p.md").read_text()
    assert "![A line.](generated/files/a/frames~step%201.svg)" in text
    assert (target / "p" / "out" / "deep" / "table.csv").read_text() == "a,b\n"
    assert (target / "p" / "two" / "out" / "deep" / "table.csv").read_text() == "a,b\n"
    generated = folders.root / "docs" / "generated"
    assert (generated / "files" / "a" / "frames~step 1.svg").is_file()
    assert (generated / "files" / "a" / "out~deep~table.csv").read_text() == "a,b\n"
    with zipfile.ZipFile(generated / "download" / "b.zip") as archive:
        archive.extractall(tmp_path / "zip")
    run = subprocess.run([sys.executable, "run_all.py"], cwd=tmp_path / "zip" / "b", capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "bytes: 4\nbytes: 4\n" in run.stdout
    alone = subprocess.run([sys.executable, "b.py"], cwd=tmp_path / "zip" / "b", capture_output=True, text=True)
    assert alone.stdout == "bytes: 4\nbytes: 4\n", alone.stderr


def test_two_programs_never_share_a_published_place(course: Course) -> None:
    """A program `a` that writes b/c.svg, and c.svg of a program `a/b`."""
    small, large = SVG, SVG.replace('"10"', '"20"')
    first = f"from pathlib import Path\nPath('b').mkdir()\nPath('b/c.svg').write_text({small!r})\nprint('x: 1')\n"
    other = f"from pathlib import Path\nPath('c.svg').write_text({large!r})\nprint('x: 1')\n"
    course.snippet("a", first, '[tool.genloop.figures]\n"b/c.svg" = "Small."', "x: 1\n")
    course.snippet("a/b", other, '[tool.genloop.figures]\n"c.svg" = "Large."', "x: 1\n")
    course.accept("a", "a/b")
    assert course.call("stage", str(course.root / ".genloop" / "stage")).code == 0
    files = course.root / "docs" / "generated" / "files" / "a"
    sizes = [path.read_text().partition('width="')[2][:2] for path in sorted(files.rglob("*.svg"))]
    assert sorted(sizes) == ["10", "20"]


@pytest.mark.parametrize(
    "name",
    [
        *("../a.csv", "/a.csv", "a/../b.csv", "a//b.csv", "./a.csv", "a/", ".hidden/a.csv", "a/.b.csv", "a\\b.csv"),
        *("out/*.csv", "a/" * 8 + "b.csv", "a/b\u2028.csv", "x" * 300, ""),
    ],
)
def test_names_that_lead_elsewhere_are_no_names(course: Course, name: str) -> None:
    assert not is_plain(name)
    course.snippet("a", "print('x: 1')\n", f"files = [{json.dumps(name)}]", "x: 1\n")
    assert "must be a plain file name" in says(course.fails("check").problem("a"))


def test_a_file_is_no_folder(course: Course) -> None:
    assert [*nested(["a", "a b", "a/b", "b/c", "b"])] == [("a", "a/b"), ("b", "b/c")]
    course.snippet("a", "print('x: 1')\n", 'files = ["out", "out/x.csv"]', "x: 1\n")
    assert '"out" cannot be a file' in says(course.fails("check").about("a")[0])


def test_what_is_given_and_what_is_written_lie_apart(course: Course) -> None:
    course.snippet("a", "open('out', 'w').close()\nprint('x: 1')\n", 'files = ["out"]', "x: 1\n")
    course.snippet("b", "print('x: 1')\n", 'needs = ["a"]\nfiles = ["out/x.csv"]', "x: 1\n")
    assert "cannot be a folder" in says(course.fails("check").about("b")[0])


def test_links_are_no_files(course: Course) -> None:
    program = (
        "import os\nos.mkdir('out')\nos.symlink('/etc/passwd', 'out/x.csv')\nos.symlink('/etc', 'etc')\nprint('x: 1')\n"
    )
    course.snippet("a", program, 'files = ["out/x.csv"]', "x: 1\n")
    said = "\n".join(map(says, course.fails("check").about("a")))
    assert 'wrote "out/x.csv", which is a link' in said and 'wrote "etc", which is a link' in said
    assert not any(b"root:" in path.read_bytes() for path in course.store.rglob("*") if path.is_file())


def test_a_file_with_an_odd_name_is_told_in_one_line(course: Course) -> None:
    course.snippet("a", "open('a\\nb.csv', 'w').close()\nprint('x: 1')\n", "", "x: 1\n")
    outcome = course.call("check")
    assert 'wrote "a\\nb.csv"' in outcome.text and "a name that a header can have" in outcome.text


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../x", "a//x", "x/", "out/deep", "out/deep/table.csv/x", "y" * 300, "a\\x", "a/\n"]
)
def test_a_record_with_a_hostile_name_is_none(folders: Course, name: str) -> None:
    folders.passes("check", "a")
    [record] = Store(folders.store).newest("a")
    digest = hashlib.sha256(b"").hexdigest()
    identifier, text = text_of(record)
    assert parse_record(text, identifier)
    identifier, text = text_of(replace(record, files={**record.files, name: digest}))
    assert parse_record(text, identifier) is None


def test_the_limit_of_the_course_is_that_of_its_programs(course: Course) -> None:
    assert Settings().most_bytes == 64 * MIB
    course.snippet("a", "", "largest_file = 2")
    course.snippet("b", "")
    setting(course, "largest_file = 3")
    found = load_project(course.root).snippets
    assert [found[name].settings.most_bytes for name in "ab"] == [2 * MIB, 3 * MIB]
