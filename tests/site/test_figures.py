"""What a reader can do with figures and wide tables: enlarge them, and not lose their first column."""

from __future__ import annotations

from playwright.sync_api import Page, ViewportSize, expect

from tests.site.conftest import Trouble, axe

PHONE: ViewportSize = {"width": 390, "height": 800}
FIGURE = "compare/models.html"
TABLE = "compare/models.html"


def test_a_figure_is_enlarged_by_the_keyboard_and_closed_again(origin: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{origin}/{FIGURE}")
    button = page.get_by_role("button", name="Enlarge this figure").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Enlarged figure")
    expect(dialog.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert trouble.lines == []
    button.click()
    assert axe(page, ".gl-large") == []  # which itself makes trouble on disk


def test_a_tap_makes_it_at_least_twice_as_wide_on_a_phone(served: str, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{served}/{FIGURE}")
    image = page.locator(".gl-figure img[src*='plane.svg']")
    image.scroll_into_view_if_needed()
    before = image.bounding_box()
    image.click()
    large = page.locator("dialog.gl-large img").bounding_box()
    assert before and large
    assert large["width"] >= 2 * before["width"]
    page.locator("dialog.gl-large").get_by_role("button", name="Close").click()
    expect(page.locator("dialog.gl-large")).to_have_count(0)


def test_a_wide_table_keeps_its_first_column_on_a_phone(served: str, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{served}/{TABLE}")
    table = page.locator(".md-typeset__scrollwrap:has(th:nth-child(5))").first
    first = table.locator("tbody td").first
    before = first.bounding_box()
    table.evaluate("box => { box.scrollLeft = 150; }")
    assert table.evaluate("box => box.scrollLeft") > 50, "it scrolls"
    after = first.bounding_box()
    assert before and after
    assert abs(after["x"] - before["x"]) < 1
