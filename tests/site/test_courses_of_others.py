"""Courses as others have them: brought by `init --from`, built with the theme that it writes, looked at in Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.engine.course import ROOT, Course
from tests.engine.foreign import courses_of_others
from tests.site.conftest import Trouble, axe, open_all, watch

NAMES = ("a gallery", "a book", "data", "Chinese")
PROGRAMS = {"a gallery": 20, "a book": 3, "data": 3, "Chinese": 2}
SAID = {
    "a gallery": ["Examples", "About walks, in a sentence with code.", "Walks of kind 3"],
    "a book": ["A book of tables", "Load a table"],
    "data": ["Counts the flowers of each species"],
    "Chinese": ["随机游走", "每一步加一或者减一", "一次游走"],
}
"""What stands on the first page."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Course]:
    """Three commands for each, and no edit: begun, accepted, built."""
    folder = tmp_path_factory.mktemp("others")
    (folder / "courses").mkdir()
    made = {}
    for name, source in courses_of_others(folder / "sources").items():
        root = folder / "courses" / source.name
        command = [sys.executable, "-m", "genloop", "init", str(root), "--from", str(source)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        made[name] = Course(root)
        made[name].passes("accept", "--differing", "--why", "as it came")
        made[name].passes("build")
    return made


def pages(course: Course) -> list[Path]:
    return sorted(path for path in (course.root / "site").rglob("*.html") if path.name != "404.html")


@pytest.mark.parametrize("name", NAMES)
def test_every_program_has_a_page_and_the_first_page_names_it(name: str, built: dict[str, Course], page: Page) -> None:
    assert len(built[name].passes("check").states) == PROGRAMS[name]
    page.goto((built[name].root / "site" / "index.html").as_uri(), wait_until="load")
    text = " ".join((page.locator("article").text_content() or "").split())
    assert [said for said in SAID[name] if said not in text] == []
    assert page.locator("article li a").count() == PROGRAMS[name]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_all_pages_are_whole_in_the_light_and_in_the_dark(
    name: str, scheme: str, built: dict[str, Course], context: BrowserContext, page: Page, trouble: Trouble
) -> None:
    foreign = watch(context)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    for path in pages(built[name]):
        page.goto(path.as_uri(), wait_until="load")
        page.evaluate("document.querySelectorAll('img').forEach(one => { one.loading = 'eager'; })")
        page.wait_for_function("[...document.images].every(one => one.complete)")
        empty = page.evaluate("[...document.images].filter(one => one.naturalWidth === 0).map(one => one.src)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (empty, wide <= 390) == ([], True), path
        assert "{{" not in page.locator("body").inner_text(), path
    assert foreign == [] and trouble.lines == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_is_ours(scheme: str, built: dict[str, Course], page: Page) -> None:
    """Of the theme it does: each of its buttons to copy is a landmark."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto((built["a gallery"].root / "site" / "1_walks" / "plot_walks_2.html").as_uri(), wait_until="load")
    open_all(page)
    for ours in (".gl-output", "figure.gl-figure", "details.gl-provenance"):
        assert page.locator(ours).count() > 0
        assert [one for one in axe(page, ours) if not one.startswith("landmark-unique")] == [], ours


def test_the_engine_speaks_the_language_of_the_course(built: dict[str, Course], page: Page) -> None:
    page.goto(next(path for path in pages(built["Chinese"]) if path.stem == "走路").as_uri(), wait_until="load")
    assert "这是如何得到的" in page.content() and "How this was made" not in page.content()
    assert page.evaluate("document.documentElement.lang") == "zh"
