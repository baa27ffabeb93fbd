"""SVG figures: their size on a page, and one drawing for the light and the dark page."""

from __future__ import annotations

import re
from dataclasses import dataclass

PX_PER_PT = 4 / 3
SENTINEL = "#010203"
"""The foreground color of the house style (matplotlibrc)."""
LIGHT, DARK = "#1f2933", "#e2e4e9"
# In an <img> a figure follows the page through its color scheme (CSS Color Adjust); it sees nothing else of the page.
SCHEME = (
    f"<style>:root{{color:{LIGHT};color-scheme:light dark}}"
    f"@media(prefers-color-scheme:dark){{:root{{color:{DARK}}}}}</style>"
)


@dataclass(frozen=True)
class Size:
    width: int
    height: int


def svg_size(text: str) -> Size:
    head = text[: text.find(">", text.find("<svg"))]
    sides = []
    for side in ("width", "height"):
        found = re.search(rf'\b{side}="([\d.]+)(pt|px|)"', head)
        sides.append(float(found[1]) * (PX_PER_PT if found[2] == "pt" else 1) if found else 0.0)
    return Size(round(sides[0]), round(sides[1]))


def adapt(svg: str) -> str:
    """One SVG for the light and the dark page: the foreground color becomes the color of the page's text."""
    return re.sub(r"(<svg\b[^>]*>)", rf"\1{SCHEME}", svg.replace(SENTINEL, "currentColor"), count=1)
