"""Programs that end with an exception, as they should: its name and message are a part of what they print."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .course import Course, says

PROGRAM = """\
def half(number):
    if number % 2:
        raise ValueError(f"odd: {number}\\nand so on")
    return number // 2


open("half.txt", "w").write(str(half(4)))
print("half:", half(4))
half(7)
"""
SETTINGS = 'raises = "ValueError"\nfiles = ["half.txt"]'
PRINTED = "half: 2\nValueError: odd: 7\nand so on\n"


def test_the_exception_is_printed_compared_and_run_fresh(course: Course) -> None:
    course.snippet("odd", PROGRAM, SETTINGS)
    course.accept("odd")
    assert course.accepted("odd").read_text() == PRINTED
    assert course.passes("check").ran == set()
    assert course.passes("check", "--fresh").ran == {"odd"}
    course.snippet("odd", PROGRAM.replace("half(7)", "half(9)"), SETTINGS)
    for arguments in ([], ["--fresh"]):
        problem = course.fails("check", *arguments).problem("odd")
        assert (problem["line"], problem["expected"], problem["actual"]) == (
            2,
            "ValueError: odd: 7",
            "ValueError: odd: 9",
        )


@pytest.mark.parametrize(
    ("raises", "program", "printed"),
    [
        ("JSONDecodeError", "import json\njson.loads('{')\n", "json.decoder.JSONDecodeError: "),
        ("json.decoder.JSONDecodeError", "import json\njson.loads('{')\n", "json.decoder.JSONDecodeError: "),
        ("KeyError", "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']\n", "KeyError: 'a'\n"),
        ("RuntimeError", "print('x: 1', end='')\nraise RuntimeError\n", "x: 1\nRuntimeError\n"),
    ],
)
def test_exceptions_of_all_kinds(course: Course, raises: str, program: str, printed: str) -> None:
    course.snippet("a", program, f'raises = "{raises}"')
    course.accept("a")
    assert course.accepted("a").read_text().startswith(printed)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('x: 1')\n", "ended well, and its header says that it raises ValueError"),
        ("raise KeyError('x')\n", "its header says that it raises ValueError"),
        ("class MyValueError(Exception): ...\nraise MyValueError\n", "its header says that it raises ValueError"),
        ("import sys\nprint('ValueError: x', file=sys.stderr)\nsys.exit(1)\n", "exit status 1"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "SIGKILL"),
    ],
    ids=["none", "another", "of a like name", "exit", "killed"],
)
def test_another_end_is_told(course: Course, program: str, words: str) -> None:
    course.snippet("a", program, 'raises = "ValueError"', out="ValueError\n")
    for arguments in ([], ["--fresh"]):
        assert words in says(course.fails("check", *arguments).problem("a"))


def test_a_message_without_end_is_too_much(course: Course) -> None:
    course.snippet("a", "raise ValueError('x' * 2**21)\n", 'raises = "ValueError"', out="ValueError\n")
    assert "the limit is" in says(course.fails("check").problem("a"))


def test_what_the_header_says_of_the_end_counts_at_once(course: Course) -> None:
    course.snippet("odd", PROGRAM, SETTINGS)
    course.accept("odd")
    course.snippet("odd", PROGRAM, 'files = ["half.txt"]')
    assert "ValueError: odd: 7" in says(course.fails("check").problem("odd"))
    course.snippet("odd", PROGRAM, SETTINGS)
    assert course.passes("check").ran == set()


@pytest.mark.parametrize("value", ["3", '""', '"a b"', '["ValueError"]'])
def test_a_name_of_an_exception_is_wanted(course: Course, value: str) -> None:
    course.snippet("a", "print('x: 1')\n", f"raises = {value}", out="x: 1\n")
    assert 'raises = "ValueError"' in says(course.fails("check").problem("a"))


def test_a_notebook_catches_what_it_shows(course: Course) -> None:
    course.snippet("lab", "# %% [markdown]\n# # A\n\n# %%\nraise ValueError\n", 'raises = "ValueError"', out="")
    assert "print it" in says(course.fails("check").about("lab")[0])


def test_on_a_page_in_its_archive_and_staged(course: Course, tmp_path: Path) -> None:
    (course.root / "mkdocs.yml").write_text("site_name: A\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    course.snippet("odd", PROGRAM, SETTINGS)
    course.snippet("reader", "print('read:', open('half.txt').read())\n", 'needs = ["odd"]')
    calls = ['code("odd")', 'output("odd")', 'code("reader")', 'output("reader")', 'files("reader")']
    course.page("index.md", "# A\n\n" + "".join(f"{{{{ {call} }}}}\n\n" for call in calls))
    course.accept("odd", "reader")
    course.passes("build")
    assert "ValueError: odd: 7\nand so on" in (course.root / "site" / "index.html").read_text()
    with zipfile.ZipFile(course.root / "site" / "generated" / "download" / "reader.zip") as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "run_all.py"]
    assert (
        "read: 2" in subprocess.run(command, cwd=tmp_path / "reader", capture_output=True, text=True, check=True).stdout
    )
    course.passes("stage", str(tmp_path / "staged"))
    assert 'skip(reason="it ends with ValueError, as it should")' in (tmp_path / "staged" / "index.md").read_text()
