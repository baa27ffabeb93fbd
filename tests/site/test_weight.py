"""What a page loads before its reader asks for more, and that nothing which is used was left out."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import material
import pytest
import tinycss2
from playwright.sync_api import Page, Response, expect

from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble

LATER = ("search_index.json", "search_index.js", "genloop-math.woff2")
THEME = Path(material.__file__).parent / "templates" / "assets" / "stylesheets"
STATE = re.compile(r"::?(?!not\b|is\b|where\b|root\b)[a-z-]+(?:\([^()]*\))?")
"""What no element has when a page has just been loaded: hover, focus, content before it."""


def test_the_search_and_the_whole_font_come_later(path: str, served: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served}/{path}", wait_until="networkidle")
    assert [url for url in asked if url.rsplit("/")[-1] in LATER] == []


@pytest.mark.parametrize("name", ["index.html", "vae/digits.html", "failures/beta-too-large.html"])
def test_a_first_load_is_small(name: str, served: str, page: Page) -> None:
    """What comes over the wire from a server that compresses text, before the reader asks for more."""
    loaded: dict[str, int] = {}
    page.on("response", lambda response: loaded.update({response.url: over_the_wire(response)}))
    page.goto(f"{served}/{name}", wait_until="networkidle")
    assert any(url.endswith(".css") for url in loaded) and any(url.endswith(".js") for url in loaded)
    assert sum(loaded.values()) <= 200_000, sorted(loaded.items(), key=lambda item: -item[1])


def over_the_wire(response: Response) -> int:
    body = response.body()
    text = response.url.endswith((".html", ".css", ".js", ".svg"))
    return len(gzip.compress(body)) if text else len(body)


def test_nothing_but_style_sheets_keeps_a_page_from_being_shown(path: str) -> None:
    head = (SITE / path).read_text(encoding="utf-8").partition("</head>")[0]
    scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", head)
    assert [tag for tag in scripts if " defer" not in tag and " async" not in tag] == []


def test_the_search_is_loaded_when_it_is_opened(origin: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{origin}/index.html", wait_until="load")
    page.wait_for_timeout(500)
    assert page.evaluate("typeof __index") == "undefined"
    with page.expect_request(re.compile(r"search_index\.js")):
        page.keyboard.press("/")
    expect(page.locator(".md-search-result__meta")).to_contain_text("Type to start")
    assert trouble.lines == []


def test_a_link_that_searches_finds(origin: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{origin}/index.html?q=discriminator", wait_until="load")
    expect(page.locator(".md-search-result__link").first).to_be_attached(timeout=15_000)
    assert trouble.lines == []


def rules(css: str) -> set[str]:
    """Every selector of a style sheet, those in groups too, without the space around it."""
    found: set[str] = set()
    left = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    while left:
        rule = left.pop()
        if rule.type == "qualified-rule":
            one: list[tinycss2.ast.Node] = []
            for token in [*rule.prelude, None]:
                if token is None or (token.type == "literal" and token.value == ","):
                    found.add(tinycss2.serialize(one).strip())
                    one = []
                else:
                    one.append(token)
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in {"media", "supports"}:
            left += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
    return found


@pytest.fixture(scope="session")
def dropped() -> list[str]:
    """The selectors that the site's style sheets have no more, in a form that a browser can look for."""
    before = [*THEME.glob("*.css"), *(ROOT / "docs" / "assets" / "css").glob("*.css")]
    after = [*(SITE / "assets" / "stylesheets").glob("*.css"), *(SITE / "assets" / "css").glob("*.css")]
    whole, light = ({one for sheet in sheets for one in rules(sheet.read_text())} for sheets in (before, after))
    return sorted({STATE.sub("", one) for one in whole - light})


def test_no_rule_that_a_page_needs_was_dropped(path: str, served: str, page: Page, dropped: list[str]) -> None:
    assert len(dropped) > 100
    page.goto(f"{served}/{path}", wait_until="load")
    page.keyboard.press("/")  # the search adds its own
    found = page.evaluate(
        """(all) => all.filter((one) => {
            try { return document.querySelector(one); } catch { return false; }
        })""",
        dropped,
    )
    assert found == []
