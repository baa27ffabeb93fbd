"""A reader opens each page: from a server and from disk, on a phone, on paper, with and without scripts."""

from __future__ import annotations

import re
from itertools import pairwise
from string import ascii_lowercase

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chapter.lessons import lessons
from tests.site.built import SITE, pages, tree
from tests.site.conftest import Trouble, draw_all, open_all, watch


def test_page_loads_with_every_figure_and_without_trouble(path: str, origin: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{origin}/{path}", wait_until="load")
    expect(page.locator("h1").first).to_be_visible()
    draw_all(page)
    empty = page.evaluate("[...document.images].filter(i => i.naturalWidth === 0).map(i => i.src)")
    assert empty == []
    assert trouble.lines == []


def test_wrong_address_gets_a_page(served: str, page: Page) -> None:
    """Of the site's own, where the server knows it; here: the file itself is whole."""
    page.goto(f"{served}/404.html")
    expect(page.locator("h1")).to_contain_text("404")


def test_phone_never_scrolls_sideways(path: str, served: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{served}/{path}", wait_until="load")
    open_all(page)
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= 360 ? [] :
            [...document.querySelectorAll('.md-content *')]
                .filter(e => e.getBoundingClientRect().right > 360.5)
                .map(e => e.tagName + '.' + e.className)
                .slice(0, 8).concat('page: ' + document.documentElement.scrollWidth)"""
    )
    assert wide == []


def test_the_numbers_of_a_note_fit_a_phone(served: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    notes, hidden = 0, []
    for path in pages():
        if "gl-note" in (SITE / path).read_text(encoding="utf-8"):
            page.goto(f"{served}/{path}", wait_until="load")
            tables = page.locator("article > .gl-note .md-typeset__scrollwrap")
            notes += tables.count()
            hidden += tables.evaluate_all(
                "all => all.map(e => e.scrollWidth - e.clientWidth).filter(hidden => hidden > 1)"
            )
    assert notes >= 6 and hidden == []


def test_no_code_is_cut_on_a_laptop(path: str, served: str, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{served}/{path}", wait_until="load")
    open_all(page)
    cut = page.evaluate(
        """() => [...document.querySelectorAll('article pre, article pre > code')]
            .filter(e => e.scrollWidth > e.clientWidth + 1)
            .map(e => e.textContent.slice(0, 80))"""
    )
    assert cut == []


# ---- on paper ------------------------------------------------------------------------------------


def sheets(page: Page) -> int:
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_has_at_most_twelve_sheets(name: str, served: str, page: Page) -> None:
    page.goto(f"{served}/{name.removesuffix('.md')}.html", wait_until="load")
    assert 3 <= sheets(page) <= 12


def test_the_cheat_sheet_is_one_sheet(served: str, page: Page) -> None:
    page.goto(f"{served}/cheat_sheet.html", wait_until="load")
    assert sheets(page) == 1


# ---- search --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["discriminator", "reparameterization"])
def test_search_answers(origin: str, words: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{origin}/index.html", wait_until="load")
    page.keyboard.press("/")
    box = page.locator("input.md-search__input")
    expect(box).to_be_focused()
    box.press_sequentially(words)
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible(timeout=15_000)
    first.click()
    page.wait_for_load_state("load")
    assert not page.url.startswith(f"{origin}/index.html")
    expect(page.locator("article")).to_contain_text(words, ignore_case=True)
    assert trouble.lines == []


@pytest.mark.parametrize("words", ["posterior collapse", "mode collapse", "FID", "conditional", "diffusion"])
def test_search_explains_a_word_first(served: str, words: str, page: Page, trouble: Trouble) -> None:
    """Who looks for a word wants to know what it means, and then where it is used."""
    page.goto(f"{served}/index.html", wait_until="load")
    page.keyboard.press("/")
    page.locator("input.md-search__input").press_sequentially(words)
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible(timeout=15_000)
    expect(first).to_have_attribute("href", re.compile(r"glossary\.html"))
    assert trouble.lines == []


def test_words_of_the_index_are_those_of_the_page() -> None:
    """Lines of a heading are words apart."""
    index = (SITE / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "Models that make things" in index
    assert "thatmake" not in index


# ---- the head and the foot of a page -------------------------------------------------------------


def test_a_link_to_a_page_says_what_it_is(path: str) -> None:
    """No address, no picture: this build has none."""
    told = {
        meta.attrs["property"]: meta.attrs["content"] for meta in tree(path).all("meta") if "property" in meta.attrs
    }
    assert told["og:site_name"] == "genloop"
    assert len(told["og:title"]) > 2 and len(told["og:description"]) > 10
    assert not {"og:url", "og:image"} & told.keys()
    assert tree(path).all("link", rel="canonical") == []


def test_the_foot_says_who_and_when(path: str) -> None:
    (foot,) = tree(path).all("div", cls="md-copyright")
    said = " ".join(foot.text.split())
    assert "MIT License" in said and "By the genloop contributors." in said
    assert re.search(r"All outputs verified on 20\d\d-\d\d-\d\d\.", said)
    assert "Report an error" not in said, "there is no address to report to"


def test_search_knows_the_beginning_of_every_word(served: str, page: Page, trouble: Trouble) -> None:
    """A tree of words that was put together wrongly answers some of these with an error."""
    page.goto(f"{served}/index.html", wait_until="load")
    page.keyboard.press("/")
    box = page.locator("input.md-search__input")
    found = page.locator(".md-search-result__meta")
    for letter in ascii_lowercase:
        box.press("Control+A")
        box.press(letter)
        expect(found).to_contain_text("document", timeout=15_000)
        page.wait_for_timeout(150)
    assert trouble.lines == []


# ---- the glossary --------------------------------------------------------------------------------


def glossary() -> set[str]:
    """What the terms of the glossary mean: the first definition of each."""
    told = set()
    for listed in tree("glossary.html").all("dl"):
        parts = [part for part in listed.children if not isinstance(part, str)]
        told |= {b.text.strip() for a, b in pairwise(parts) if (a.tag, b.tag) == ("dt", "dd")}
    return told


def test_terms_are_marked_once_and_only_where_they_do_not_disturb(path: str) -> None:
    root = tree(path)
    marks = [mark.attrs["title"] for mark in root.all("abbr")]
    assert len(marks) == len(set(marks))
    assert [title for title in marks if title not in glossary()] == []
    closed = ("a", "button", "code", "details", "h1", "h2", "h3", "h4", "pre", "summary", "th")
    assert [tag for tag in closed for element in root.all(tag) if element.all("abbr")] == []
    assert path != "glossary.html" or not marks


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_term_says_what_it_means(served: str, page: Page, trouble: Trouble, way: str) -> None:
    page.goto(f"{served}/vae/beta.html", wait_until="load")
    term = page.locator("abbr", has_text="posterior collapse")
    expect(term).to_have_count(1)
    meaning = term.get_attribute("title") or ""
    assert meaning in glossary()
    tip = page.locator("[role=tooltip]", has_text=meaning)
    if way == "mouse":
        term.hover()
        expect(tip).to_be_visible()
    else:
        for _ in range(100):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "posterior collapse":
                break
        expect(tip).to_be_visible()
        assert term.get_attribute("aria-describedby") == tip.get_attribute("id")
    assert trouble.lines == []


# ---- without scripts -----------------------------------------------------------------------------


def test_everything_can_be_read_without_scripts(path: str, served: str, browser: Browser) -> None:
    """Prose, programs, outputs, formulas and figures stand in the page itself, and provenance opens by itself."""
    context = browser.new_context(java_script_enabled=False)
    foreign = watch(context)
    page = context.new_page()
    page.goto(f"{served}/{path}", wait_until="load")
    expect(page.locator("h1").first).to_be_visible()
    for block in page.locator("details.gl-provenance").all():
        enclosing = block.locator("xpath=ancestor::details")
        for fold in enclosing.all():
            if fold.get_attribute("open") is None:
                fold.locator("xpath=./summary").click()
        expect(block.locator("dl")).to_be_hidden()
        block.locator("summary").click()
        expect(block.locator("dl")).to_be_visible()
    for shown in page.locator("div.gl-output pre, math").all():
        expect(shown).to_be_attached()
    assert page.locator("text=arithmatex").count() == 0
    context.close()
    assert foreign == []
