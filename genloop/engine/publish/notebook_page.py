"""What nbconvert writes for a notebook, made fit for a site: style sheets that pages share, alt texts, no scripts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from html import escape
from typing import Any

STYLE = re.compile(r"<style[^>]*>((?:(?!</style>).){5000,})</style>", re.S)
NO_ALT = re.compile(r'alt="No description has been provided for this image"')  # nbconvert knows no alt text
# nbconvert leaves these in every notebook page: an empty script, and one that would fetch from a CDN if it ever ran.
FOREIGN = re.compile(
    r"<script[^>]*\ssrc=\"\"[^>]*>\s*</script>|<script type=\"module\">(?:(?!</script>).)*?cdnjs.*?</script>", re.S
)


def fit(html: str, cells: Sequence[dict[str, Any]], root: str) -> tuple[str, dict[str, str]]:
    """The HTML of a notebook, and the style sheets that it links to: path in the site -> CSS.

    Notebook pages carry half a megabyte of CSS each. cells: of the notebook. root: the way from the page to the site.
    """
    alts = iter([cell["metadata"]["alt"] for cell in cells for _ in _images(cell)])
    sheets: dict[str, str] = {}

    def link(found: re.Match[str]) -> str:
        name = f"assets/css/notebook-{hashlib.sha256(found[1].encode()).hexdigest()[:8]}.css"
        sheets[name] = found[1]
        return f'<link rel="stylesheet" href="{root}{name}">'

    html = FOREIGN.sub("", STYLE.sub(link, html))
    return NO_ALT.sub(lambda _: f'alt="{escape(next(alts, ""))}"', html), sheets


def _images(cell: dict[str, Any]) -> list[str]:
    """The kinds of the images that a cell shows, one for each."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    return [kind for shown in data for kind in shown if kind.startswith("image/")]
