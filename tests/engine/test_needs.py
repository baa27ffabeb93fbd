"""The order of `needs`, what a run gets from others, and two runs at once."""

from __future__ import annotations

from pathlib import Path

from .course import Course, says


def test_files_of_a_need_lie_in_the_folder(course: Course) -> None:
    course.snippet("z_first", "open('number.txt', 'w').write('7')\n", 'files = ["number.txt"]', "")
    course.snippet("a_second", "print('x:', open('number.txt').read())\n", 'needs = ["z_first"]', "x: 7\n")
    course.passes("check")
    course.passes("check", "--fresh")


def test_figures_of_a_need_are_given_too(course: Course) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    course.snippet(
        "first", f"open('a.svg', 'w').write({svg!r})\n", '[tool.genloop.figures]\n"a.svg" = "An empty picture."', ""
    )
    course.snippet("second", "print(len(open('a.svg').read()))\n", 'needs = ["first"]', f"{len(svg)}\n")
    course.passes("check")


def test_files_of_a_variant_lie_in_a_folder_of_its_name(course: Course) -> None:
    program = "SEED = 0\nopen('f', 'w').write(str(SEED))\n"
    course.snippet("first", program, 'files = ["f"]', variants="[variants.seed3]\nSEED = 3")
    course.snippet("second", "print(open('f').read(), open('seed3/f').read())\n", 'needs = ["first", "first@seed3"]')
    course.accept("first", "first@seed3", "second")
    assert course.accepted("second").read_text() == "0 3\n"
    course.passes("check", "--fresh")


def test_files_of_a_need_of_a_need_are_not_given(course: Course) -> None:
    course.snippet("a", "open('a.txt', 'w').close()\n", 'files = ["a.txt"]')
    course.snippet("b", "open('b.txt', 'w').close()\n", 'files = ["b.txt"]\nneeds = ["a"]')
    course.snippet("c", "import glob\nprint(glob.glob('*.txt'))\n", 'needs = ["b"]')
    course.accept("a", "b", "c")
    assert course.accepted("c").read_text() == "['b.txt']\n"


def test_needed_file_that_is_changed_in_place_is_a_problem(course: Course) -> None:
    """Otherwise a reader who runs the program twice would see two different outputs."""
    course.snippet("a", "open('a.txt', 'w').close()\n", 'files = ["a.txt"]')
    course.snippet("b", "open('a.txt', 'a').write('more')\n", 'needs = ["a"]')
    assert "a.txt" in says(course.fails("run").problem("b"))
    assert course.passes("run", "a").states == {"a": "cached"}


def test_two_needs_that_give_the_same_file_are_a_problem(course: Course) -> None:
    for name in ("a", "b"):
        course.snippet(name, "open('f', 'w').close()\n", 'files = ["f"]')
    course.snippet("c", "", 'needs = ["a", "b"]')
    assert "f" in says(course.fails("run").problem("c"))


def test_dependents_of_a_failed_snippet_are_reported_and_the_others_go_on(course: Course) -> None:
    course.snippet("a", "raise SystemExit(3)\n", 'files = ["f"]')
    course.snippet("b", "open('g', 'w').close()\n", 'needs = ["a"]\nfiles = ["g"]')
    course.snippet("c", "", 'needs = ["b"]')
    course.snippet("free", "")
    outcome = course.fails("run")
    assert "was not run" in says(outcome.problem("b")) and "a failed" in says(outcome.problem("b"))
    assert "was not run" in says(outcome.problem("c"))
    assert outcome.states["free"] == "ran"
    assert outcome.ran == {"free"}


def test_chain_runs_in_one_go(course: Course) -> None:
    for number in range(6):
        needs = f'needs = ["s{number + 1}"]\n' if number < 5 else ""
        program = f"n = int(open('f{number + 1}').read()) if {number} < 5 else 0\n"
        course.snippet(
            f"s{number}",
            program + f"open('f{number}', 'w').write(str(n + 1))\nprint(n + 1)\n",
            f'{needs}files = ["f{number}"]',
        )
    course.accept("s0")
    assert course.accepted("s0").read_text() == "6\n"


def meet(tmp_path: Path, mine: str, other: str) -> str:
    """A program that ends well only if the other one runs at the same time."""
    return (
        "import time\nfrom pathlib import Path\n"
        f"Path({str(tmp_path / mine)!r}).touch()\n"
        f"while not Path({str(tmp_path / other)!r}).exists():\n    time.sleep(0.01)\n"
    )


def test_two_runs_at_once(course: Course, tmp_path: Path) -> None:
    course.snippet("a", meet(tmp_path, "one", "two"), "timeout = 10")
    course.snippet("b", meet(tmp_path, "two", "one"), "timeout = 10")
    course.passes("run", "--jobs", "2")


def test_one_job_is_one_run_at_a_time(course: Course, tmp_path: Path) -> None:
    course.snippet("a", meet(tmp_path, "one", "two"), "timeout = 0.5")
    course.snippet("b", meet(tmp_path, "two", "one"), "timeout = 0.5")
    assert len(course.fails("run", "--jobs", "1").problems) == 1  # the second finds what the first one left


def test_independent_runs_do_not_wait_for_a_chain(course: Course, tmp_path: Path) -> None:
    """`b` may start as soon as `a` is done, though the slow `z` of the same level still runs."""
    course.snippet("a", "open('f', 'w').close()\n", 'files = ["f"]')
    course.snippet("b", meet(tmp_path, "one", "two"), 'needs = ["a"]\ntimeout = 10')
    course.snippet("z", meet(tmp_path, "two", "one"), "timeout = 10")
    course.passes("run", "--jobs", "2")
