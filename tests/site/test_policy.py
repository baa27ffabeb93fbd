"""A strict content policy is possible: nothing of ours stands in a page as a script, and widgets run under `'self'`."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.site.built import SITE
from tests.site.conftest import Trouble

INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(?P<text>.*?)</script>", re.S)
THEME = ("__md_scope=", "var palette=", "var tabs=", "var target=")
"""How the scripts begin that the theme puts into every page."""
NOTEBOOKS = "generated/notebooks/"
"""Pages that mkdocs-jupyter writes, with three scripts of its own."""


def inline(text: str) -> list[str]:
    return [found["text"] for found in INLINE.finditer(text)]


def test_only_the_theme_puts_scripts_into_pages(path: str) -> None:
    found = inline((SITE / path).read_text(encoding="utf-8"))
    foreign = [text[:60] for text in found if not text.startswith(THEME)]
    assert len(foreign) == (3 if path.startswith(NOTEBOOKS) else 0), foreign
    assert " onclick=" not in (SITE / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "widget"),
    [
        ("gan/game.html", "game"),
        ("gan/modes.html", "ring"),
        ("gan/digits.html", "replay"),
        ("explore.html", "explore"),
        ("compare/pictures.html", "explore-small"),
        ("review/drop.html", "drop"),
    ],
)
def test_widgets_run_under_a_strict_policy(
    address: str, widget: str, served: str, page: Page, trouble: Trouble
) -> None:
    """Scripts of the site and, by their digests, those of the theme: no others, and no eval."""

    def strict(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline(text))
        allowed = " ".join(f"'sha256-{one}'" for one in digests)
        policy = f"script-src 'self' {allowed}; object-src 'none'; base-uri 'none'"
        route.fulfill(response=answer, body=text, headers={**answer.headers, "content-security-policy": policy})

    page.route(f"**/{address}", strict)
    page.goto(f"{served}/{address}")
    place = page.locator(f"[data-live={widget}]").first
    place.get_by_role("button").first.click()
    expect(place.locator("form, input, select, canvas").first).to_be_visible(timeout=15_000)
    assert trouble.lines == []
