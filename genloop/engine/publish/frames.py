"""Figures that are pages of HTML: the picture that stands for one becomes a frame, once MkDocs has set its address."""

from __future__ import annotations

import re

PICTURE = re.compile(r"<img\b[^>]*\bclass=\"(?:[^\"]* )?gl-embedded(?: [^\"]*)?\"[^>]*>")
ATTRIBUTE = re.compile(r"\b(alt|src|height|class)=\"([^\"]*)\"")


def with_frames(html: str) -> str:
    """The HTML of a page. A frame runs its scripts without an origin: it knows nothing of the page and its reader."""
    return PICTURE.sub(_frame, html)


def _frame(picture: re.Match[str]) -> str:
    given = dict(ATTRIBUTE.findall(picture[0]))
    return (
        f'<iframe class="{given["class"]}" src="{given["src"]}" title="{given["alt"]}" height="{given["height"]}"'
        ' sandbox="allow-scripts" referrerpolicy="no-referrer" loading="lazy"'
        ' style="width:800px;max-width:100%;border:0;background:#fff;color-scheme:light"></iframe>'
    )
