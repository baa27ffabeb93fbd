"""`genloop build PAGE`: what a page needs is run and verified, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from .course import Course, says


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course.empty(tmp_path / "course")
    (course.root / "mkdocs.yml").write_text("site_name: A course\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    for name in ("data", "gan/ring", "vae/digits"):
        course.snippet(name, "print('x: 41')\n", 'needs = ["data"]' if name == "gan/ring" else "", out="x: 41\n")
    course.page("index.md", "# Home\n\nSee [the ring](gan/ring.md#the-ring) and [digits](vae/digits.md).\n")
    course.page("gan/ring.md", '# The ring\n\n{{ code("gan/ring") }}\n\n{{ run("gan/*").x }}\n\n[Home](../index.md)\n')
    course.page("vae/digits.md", '# Digits\n\n{{ code("vae/digits") }}\n')
    course.page("all.md", "# All\n\n{{ runs() }}\n")
    return course


def preview(course: Course, page: str) -> str:
    return (course.store / "preview" / page).read_text()


@pytest.mark.parametrize("word", ["gan/ring", "gan/ring.md", "docs/gan/ring.md", "gan/*"])
def test_only_what_it_needs_runs(course: Course, word: str) -> None:
    outcome = course.passes("build", word)
    assert outcome.ran == {"data", "gan/ring"}
    assert ">41</span>" in preview(course, "gan/ring.html")
    other = preview(course, "vae/digits.html")
    assert ">Digits</h1>" in other
    assert "genloop build vae/digits" in other
    assert not (course.root / "site").exists()


def test_runs_that_the_front_matter_names_together_are_all_needed(course: Course) -> None:
    course.page(
        "both.md",
        '---\nruns:\n  both: ["gan/ring", "vae/digits"]\n---\n# Both\n\n{{ code("data") }}\n\n{{ both.x.least }}\n',
    )
    assert course.passes("build", "both").ran == {"data", "gan/ring", "vae/digits"}


def test_a_page_without_programs_runs_none(course: Course) -> None:
    assert not course.passes("build", "index").ran
    assert "See <a" in preview(course, "index.html")


def test_a_page_that_tells_of_all_runs_needs_all(course: Course) -> None:
    assert course.passes("build", "all").ran == {"data", "gan/ring", "vae/digits"}


def test_the_whole_site_goes_on_from_there(course: Course) -> None:
    course.passes("build", "gan/ring")
    assert course.passes("build").ran == {"vae/digits"}
    assert "gl-desk" not in (course.root / "site" / "gan" / "ring.html").read_text()


def test_what_is_wrong_elsewhere_does_not_matter(course: Course) -> None:
    course.snippet("vae/digits", "print('x: 5')\n")
    course.snippet("vae/broken", "def f(:\n")
    course.page("index.md", "# Home\n\n{{ nobody() }}\n")
    course.passes("build", "gan/ring")


def test_what_is_wrong_on_it_does(course: Course) -> None:
    course.snippet("gan/ring", "print('x: 5')\n", 'needs = ["data"]')
    outcome = course.fails("build", "gan/ring")
    assert outcome.about("gan/ring")
    assert not (course.store / "preview").exists()
    course.page("vae/digits.md", "# Digits\n\n{{ nobody() }}\n")
    assert "nobody" in says(course.fails("build", "vae/digits").problem("vae/digits.md"))


def test_a_page_that_there_is_not(course: Course) -> None:
    outcome = course.call("build", "gan/rng")
    assert outcome.code == 2
    assert 'there is no page "gan/rng"; did you mean "gan/ring"?' in outcome.stderr


def test_a_claim_about_a_run_that_failed_only_says_that_it_failed(course: Course) -> None:
    """The row is unknown since the front matter was read, and so whatever is compared with it."""
    course.snippet("gan/ring", "raise SystemExit(3)\n", out="x: 41\n")
    claim = '{{ claim(row < 50, "It is small") }} {{ claim(row < each(row, 3).most, "It is not") }}'
    course.page("gan/ring.md", f'---\nrows:\n  row: gan/ring x\n---\n# R\n\n{{{{ code("gan/ring") }}}}\n\n{claim}\n')
    problems = course.fails("build", "gan/ring").problems
    assert [problem["name"] for problem in problems] == ["gan/ring"]
