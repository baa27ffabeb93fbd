"""Figures of a course on themes that know nothing of them, whatever the reader's system prefers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.engine.course import Course
from tests.site.test_light_dark import SCHEMES, Scheme, contrast, ink_and_paper

PROGRAM = """\
import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.set_axis_off()
axes.text(0.1, 0.4, "ink", fontsize=90)
figure.savefig("ink.svg")
figure.savefig("ink.png", dpi=50)
"""
SETTINGS = """
[tool.genloop.figures]
"ink.svg" = "The word ink."
"ink.png" = "The word ink."
"""
THEMES = {
    "mkdocs": "{name: mkdocs, highlightjs: false}",
    "mkdocs, following the system": "{name: mkdocs, highlightjs: false, color_mode: auto}",
    "readthedocs": "{name: readthedocs, highlightjs: false}",
    "material": "{name: material, font: false}",
}


@pytest.fixture(scope="session", params=["true", "false"], ids=["house style", "style of matplotlib"])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("themes") / "course")
    with (course.root / "pyproject.toml").open("a") as settings:
        settings.write(f"style = {request.param}\n")
    course.snippet("ink", PROGRAM, SETTINGS)
    course.accept("ink")
    course.page("index.md", "# Ink\n\n{{ figure('ink', 'ink.svg') }}\n\n{{ figure('ink', 'ink.png') }}\n")
    return course


@pytest.fixture(scope="session", params=THEMES)
def shown(request: pytest.FixtureRequest, drawn: Course) -> Path:
    name = "_".join(filter(str.isalpha, request.param))
    settings = f"site_name: x\nuse_directory_urls: false\nplugins: [genloop]\ntheme: {THEMES[request.param]}\n"
    (drawn.root / "mkdocs.yml").write_text(f"{settings}site_dir: site_{name}\n")
    drawn.passes("build")
    return drawn.root / f"site_{name}" / "index.html"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_figure_can_be_read_on_every_theme(shown: Path, scheme: Scheme, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(shown.as_uri(), wait_until="load")
    figures = page.locator("figure.gl-figure img")
    assert figures.count() == 2
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=figure.element_handle())
        assert contrast(*ink_and_paper(figure.screenshot())) > 7, figure.get_attribute("src")
