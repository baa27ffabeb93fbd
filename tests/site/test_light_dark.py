"""Each page in light and in dark: its contrasts and all else that axe looks at, its figures, the switch."""

from __future__ import annotations

import io
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.site.built import pages, tree
from tests.site.conftest import draw_all, open_all

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
COLORS = ("color-contrast", "link-in-text-block")
AXE: dict[Scheme, dict[str, object]] = {
    "light": {"resultTypes": ["violations"]},
    # The page is the same in the dark, but for its colors.
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": list(COLORS)}},
}
"""What is not asked for need not be worked out: what passes is most of it."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(path: str, scheme: Scheme, served: str, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{served}/{path}", wait_until="load")
    open_all(page)
    found = Axe().run(page, options=AXE[scheme])
    told = [
        f"{v['id']} ({v['impact']}): {node['html'][:160]} :: {node['failureSummary'].splitlines()[-1].strip()}"
        for v in found.response["violations"]
        for node in v["nodes"]
    ]
    assert told == []


def luminance(rgb: tuple[int, ...]) -> float:
    """Relative luminance, WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb[:3])]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: float, b: float) -> float:
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def ink_and_paper(png: bytes) -> tuple[float, float]:
    """The luminance farthest from the background, and the background's: the commonest color."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    colors = image.getcolors(maxcolors=image.width * image.height)
    assert colors is not None
    counted = [(count, luminance(rgb)) for count, rgb in colors if isinstance(rgb, tuple)]
    paper = max(counted)[1]
    return max((light for _, light in counted), key=lambda light: contrast(light, paper)), paper


def has_drawn_figure(page: str) -> bool:
    figures = tree(page).all("figure", cls="gl-figure")
    return any(".svg" in img.attrs["src"] for figure in figures for img in figure.all("img"))


@pytest.mark.parametrize("with_figures", [*filter(has_drawn_figure, pages())] or ["no page has a drawn figure"])
def test_figures_follow_light_and_dark(with_figures: str, origin: str, page: Page) -> None:
    """One file, two looks: the paper turns from light to dark, and the ink stays readable on it."""
    seen: dict[str, list[tuple[float, float]]] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{origin}/{with_figures}", wait_until="load")
        open_all(page)
        draw_all(page)
        drawn = page.locator("figure.gl-figure img[src*='.svg']")
        seen[scheme] = [ink_and_paper(drawn.nth(i).screenshot()) for i in range(drawn.count())]
    for (light_ink, light_paper), (dark_ink, dark_paper) in zip(seen["light"], seen["dark"], strict=True):
        assert light_paper > 0.8, "a light page has light figures"
        assert dark_paper < 0.1, "a dark page has dark figures"
        assert contrast(light_ink, light_paper) > 7
        assert contrast(dark_ink, dark_paper) > 7


def test_the_switch_wins_over_the_system(served: str, page: Page) -> None:
    """A reader with a light system can read in the dark, and the choice is kept."""

    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    page.goto(f"{served}/index.html", wait_until="load")
    light = paper()
    for _ in range(2):  # system -> light -> dark
        page.locator("form[data-md-component=palette] label:visible").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    dark = paper()
    assert dark != light
    page.goto(f"{served}/roadmap.html", wait_until="load")
    assert paper() == dark
