"""`genloop compare`: two versions of a program side by side, on the terminal, as JSON and as a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .course import Course, line_of

PROGRAM = """
SEED = 0
RATE = 1.0
print("shape: (2, 4)")
for step in 100, 200:
    print(f"step={step} loss={RATE / step + SEED / 1000:.4f} acc={0.5 + RATE / 10:.2f}")
print("done: yes")
open("a.svg", "w").write(f'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"><path d="M0 {RATE}"/></svg>')
"""
SETTINGS = """
[tool.genloop.figures]
"a.svg" = "A line."
"""
VARIANTS = """
[sweeps.seed]
SEED = [1, 2]
[variants.fast]
RATE = 3.0
"""
NAMES = ("gan/ring", "gan/ring@seed1", "gan/ring@seed2", "gan/ring@fast")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """One program with three seeds and a variant, run and accepted."""
    made = Course.empty(tmp_path / "course")
    made.snippet("gan/ring", PROGRAM, SETTINGS, variants=VARIANTS)
    made.accept(*NAMES)
    return made


def edit(course: Course, old: str, new: str) -> None:
    path = course.path("gan/ring")
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def compared(course: Course, *words: str) -> dict[str, Any]:
    outcome = course.call("compare", *words, "--json")
    assert outcome.code == 0, outcome
    found = json.loads(outcome.stdout)["comparison"]
    assert isinstance(found, dict)
    return found


def test_nothing_differs_after_accepting(course: Course) -> None:
    found = compared(course, "gan/ring")
    assert found["same"]
    assert "nothing differs" in course.call("compare", "gan/ring").stdout


def test_a_changed_constant_is_run_and_shown_with_all_that_it_moved(course: Course) -> None:
    edit(course, "RATE = 1.0", "RATE = 2.0")
    found = compared(course, "gan/ring")
    assert "-RATE = 1.0" in found["program"] and "+RATE = 2.0" in found["program"]
    assert [(m["line"], m["number"], m["old"], m["new"]) for m in found["moved"]] == [
        (2, "step=100 loss", "0.0100", "0.0200"),
        (2, "step=100 acc", "0.60", "0.70"),
        (3, "step=200 loss", "0.0050", "0.0100"),
        (3, "step=200 acc", "0.60", "0.70"),
    ]
    assert found["figures"] == ["a.svg"]
    assert found["lines"] == []


def test_changes_are_measured_by_the_seeds(course: Course) -> None:
    """The seeds' losses lie 0.002 apart, and their accuracies are the same."""
    edit(course, "RATE = 1.0", "RATE = 1.1")
    found = compared(course, "gan/ring")
    beyond = {m["number"]: (m["seeds"], m["beyond"]) for m in found["moved"]}
    assert found["seeds"] == 3
    assert beyond["step=100 loss"] == (["0.0100", "0.0120"], False)
    assert beyond["step=200 loss"] == (["0.0050", "0.0070"], False)
    assert beyond["step=100 acc"] == (["0.60", "0.60"], True)


def test_two_seeds_are_no_spread(tmp_path: Path) -> None:
    course = Course.empty(tmp_path / "course")
    course.snippet("gan/ring", PROGRAM, SETTINGS, variants="[variants.seed1]\nSEED = 1\n")
    course.accept("gan/ring", "gan/ring@seed1")
    edit(course, "RATE = 1.0", "RATE = 2.0")
    assert {m["beyond"] for m in compared(course, "gan/ring")["moved"]} == {None}
    assert "no seeds to compare with" in course.call("compare", "gan/ring").stdout


def test_a_variant_can_stand_for_a_version(course: Course) -> None:
    found = compared(course, "gan/ring", "accepted", "@fast")
    assert "+RATE = 3.0" in found["program"]
    assert found["new"].startswith("variant fast")


def test_an_earlier_run_is_named_by_previous_or_by_its_first_letters(course: Course) -> None:
    edit(course, "RATE = 1.0", "RATE = 2.0")
    compared(course, "gan/ring")
    found = compared(course, "gan/ring", "previous", "newest")
    assert "-RATE = 1.0" in found["program"]
    runs = sorted((course.store / "records" / "gan" / "ring").glob("*.json"), key=lambda path: path.stat().st_mtime)
    assert compared(course, "gan/ring", runs[0].stem[:6], "newest")["moved"] == found["moved"]


def test_newest_is_the_program_as_it_is_now(course: Course) -> None:
    """Also when an edit was taken back, and its record is older than that of the edit."""
    edit(course, "RATE = 1.0", "RATE = 2.0")
    assert not compared(course, "gan/ring")["same"]
    edit(course, "RATE = 2.0", "RATE = 1.0")
    assert compared(course, "gan/ring")["same"]
    assert "-RATE = 2.0" in compared(course, "gan/ring", "previous", "newest")["program"]


def test_a_run_that_diverged_is_beyond_every_seed(course: Course) -> None:
    edit(course, "{RATE / step + SEED / 1000:.4f}", "{float('nan')}")
    moved = [m for m in compared(course, "gan/ring")["moved"] if m["new"] == "nan"]
    assert moved and all(m["beyond"] for m in moved)


def test_a_variant_that_was_taken_away_can_still_be_compared(course: Course) -> None:
    asked = course.variants("gan/ring")
    asked.write_text(asked.read_text().replace("[variants.fast]\nRATE = 3.0\n", ""))
    outcome = course.call("compare", "gan/ring", "@fast", "newest", "--json")
    assert "Traceback" not in outcome.text


def test_a_lost_output_is_said_and_not_a_crash(course: Course) -> None:
    course.accepted("gan/ring").unlink()
    outcome = course.call("compare", "gan/ring", "accepted", "@fast", "--json")
    assert outcome.code != 0 and "no readable accepted output" in outcome.text


def test_a_sign_or_a_width_is_a_change_of_the_number_not_of_the_text(course: Course) -> None:
    edit(course, "{0.5 + RATE / 10:.2f}", "{0.5 - RATE:.2f}")
    found = compared(course, "gan/ring")
    assert [(m["old"], m["new"]) for m in found["moved"]] == [("0.60", "-0.50")] * 2
    assert found["lines"] == []


def test_text_that_differs_is_shown_line_by_line(course: Course) -> None:
    edit(course, '"done: yes"', '"done: no"')
    found = compared(course, "gan/ring")
    assert found["lines"] == [{"line": 4, "old": "done: yes", "new": "done: no"}]
    assert not found["same"]


def test_the_terminal_says_it_in_words_and_what_to_type_next(course: Course) -> None:
    edit(course, "RATE = 1.0", "RATE = 2.0")
    said = course.call("compare", "gan/ring").stdout
    assert "4 of 8 numbers moved, 4 of them by more than 3 seeds differ; 1 figure differs" in said
    assert re.search(r"line 2 +step=100 acc +0\.60 -> 0\.70 +0\.60 to 0\.60 +beyond the seeds", said)
    assert 'genloop accept gan/ring --why "..."' in said


def test_the_page_holds_both_figures_and_asks_nobody(course: Course) -> None:
    edit(course, "RATE = 1.0", "RATE = 2.0")
    course.call("compare", "gan/ring")
    page = (course.store / "compare" / "gan" / "ring.html").read_text()
    assert page.count("<img") == 2
    assert page.count("data:image/svg+xml;base64,") == 2
    assert not re.search(r'(src|href)="?(http|/)', page)


def test_what_is_printed_is_text_on_the_page(course: Course) -> None:
    edit(course, '"done: yes"', '"done: <script>alert(1)</script>"')
    course.call("compare", "gan/ring")
    page = (course.store / "compare" / "gan" / "ring.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_without_a_run_of_the_accepted_version_it_says_how_to_get_one(course: Course) -> None:
    """As in a fresh checkout: text, versions and seeds are committed, program and figures are not."""
    edit(course, "RATE = 1.0", "RATE = 2.0")
    for path in (course.store / "records" / "gan" / "ring").glob("*.json"):
        path.unlink()
    for path in (course.store / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    said = course.call("compare", "gan/ring").stdout
    assert "its program and its figures of accepted" in said
    assert "genloop run gan/ring" in said
    assert "4 of 8 numbers moved" in said


def test_the_accepted_figure_is_not_that_of_a_later_run_with_the_same_text(course: Course) -> None:
    colour = course.root / "colour.txt"
    colour.write_text("red")
    drawing = f"text = open({str(colour)!r}).read()\nprint('x: 1')\n"
    drawing += """open("a.svg", "w").write(f'<svg xmlns="http://www.w3.org/2000/svg" fill="{text}"/>')\n"""
    course.snippet("gan/drawing", drawing, '[tool.genloop.figures]\n"a.svg" = "A colour."')
    course.accept("gan/drawing")
    colour.write_text("blue")
    assert compared(course, "gan/drawing")["figures"] == ["a.svg"]


def test_a_run_of_a_variant_before_the_last_edit_is_called_so(course: Course) -> None:
    assert "earlier" not in compared(course, "gan/ring", "newest", "@fast")["new"]
    edit(course, 'print("done: yes")', 'print("done: no")')
    assert compared(course, "gan/ring", "newest", "@fast")["new"].endswith(", of an earlier program")


def test_what_is_lost_leaves_a_gap_and_not_a_traceback(course: Course) -> None:
    course.accepted("gan/ring@seed1").write_bytes(b"\xff")
    edit(course, "RATE = 1.0", "RATE = 2.0")
    for path in (course.store / "objects").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"<svg"):
            path.unlink()
    assert compared(course, "gan/ring")["seeds"] == 2
    page = course.call("compare", "gan/ring")
    assert page.code == 0, page


def test_an_unknown_version_is_answered_with_those_there_are(course: Course) -> None:
    outcome = course.call("compare", "gan/ring", "beginning", "newest")
    assert outcome.code == 2
    assert 'has no version "beginning" here' in outcome.stderr
    assert "accepted: " in outcome.stderr and '"first version"' in outcome.stderr
    assert "@fast" in outcome.stderr and "previous" in outcome.stderr
    assert course.call("compare", "gan/rang").code == 2


def test_a_program_that_fails_is_reported_and_no_page_is_written(course: Course) -> None:
    edit(course, '"done: yes"', "1 / 0")
    outcome = course.call("compare", "gan/ring")
    assert outcome.code == 1
    assert "ZeroDivisionError" in outcome.stderr
    assert not (course.store / "compare").exists()


class TestOnPages:
    def staged(self, course: Course, tmp_path: Path, text: str) -> str:
        course.page("page.md", text)
        course.page("variants.md", '{{ compare("gan/ring", "newest", "@fast") }}\n')
        course.passes("stage", str(tmp_path / "staged"))
        return (tmp_path / "staged" / "page.md").read_text()

    def test_compare_shows_program_and_numbers(self, course: Course, tmp_path: Path) -> None:
        text = self.staged(course, tmp_path, '{{ compare("gan/ring", "newest", "@fast") }}\n')
        assert "+RATE = 3.0" in text
        assert "| step=100 acc | 0.60 | 0.80 | beyond the seeds |" in text

    def test_moved_counts_what_is_as_accepted(self, course: Course, tmp_path: Path) -> None:
        assert "4 of 4 runs" in self.staged(course, tmp_path, "{{ moved() }}\n")

    def test_moved_names_what_moved_within_its_room(self, course: Course, tmp_path: Path) -> None:
        edit(course, "RATE = 1.0", "RATE = 1.01")
        course.passes("check")
        text = self.staged(course, tmp_path, "{{ moved() }}\n")
        assert "1 of 4 runs" in text, "the variant that sets RATE prints what it did"
        assert re.search("^- gan/ring: 1 of 8 numbers moved.*; 1 figure differs$", text, re.MULTILINE)

    def test_a_version_that_pages_cannot_name_is_a_problem_with_its_line(self, course: Course) -> None:
        page = course.page("page.md", '\n{{ compare("gan/ring", "previous", "newest") }}\n')
        problem = course.fails("stage", str(course.root / "out")).problem("page.md")
        assert problem["line"] == line_of(page, "compare")
        assert 'has no version "previous" for a page' in problem["why"]
