"""What stands around a program on a page: copy, download, provenance, keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.site.built import SITE, Program, pages, squeeze, target, tree
from tests.site.tree import Element, fenced

SOMETIMES = {"Changed", "Holds on", "Differs on"}
"""What the table has for a variant, and for a program that was run in other places."""
PROVENANCE = ["Program", "Command", "Ran", "Took", "Seed", "Versions", "Machine", "Accepted"]


def programs(page: str) -> list[Element]:
    return tree(page).all("div", cls="gl-code")


def with_programs() -> list[str]:
    return [page for page in pages() if programs(page)] or ["no page shows a program"]


def expected(block: Element) -> str:
    """The snippet's text for this block, from its file."""
    program = Program.named(block.attrs["data-snippet"])
    section = block.attrs.get("data-section")
    return program.shown if section is None else program.sections[section]


@pytest.mark.parametrize("where", with_programs())
def test_page_shows_the_snippet(where: str) -> None:
    for block in programs(where):
        assert squeeze(fenced(block)) == squeeze(expected(block)), block.attrs


@pytest.mark.parametrize("where", with_programs())
def test_copy_gives_exactly_what_is_shown(where: str, served: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served)
    page.goto(f"{served}/{where}", wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    blocks = page.locator("div.gl-code")
    shown = [fenced(block) for block in programs(where)]
    assert blocks.count() == len(shown)
    for i, text in enumerate(shown):
        page.evaluate("navigator.clipboard.writeText('')")
        blocks.nth(i).locator("button.md-code__button[data-md-type=copy]").click()
        page.wait_for_function("navigator.clipboard.readText().then(t => t !== '')")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.rstrip("\n") == text.strip("\n")


def test_copy_works_from_disk(site: Path, page: Page) -> None:
    """Opened without a server the page may not read the clipboard, but a reader can paste."""
    where = next(p for p in with_programs() if p.endswith("roadmap.html"))
    page.goto(f"{site.as_uri()}/{where}", wait_until="load")
    page.locator("div.gl-code button.md-code__button[data-md-type=copy]").first.click()
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    box = page.locator("body > textarea").first
    box.focus()
    page.keyboard.press("Control+V")
    expect(box).to_have_value(re.compile(r"\S"))
    assert box.input_value().rstrip("\n") == fenced(programs(where)[0]).strip("\n")


@pytest.mark.parametrize("where", with_programs())
def test_download_is_the_program_with_a_short_header(where: str) -> None:
    """It stands under the whole program, and a page that shows a part has the whole too."""
    shown = {block.attrs["data-snippet"] for block in programs(where)}
    offered = {}
    for block in programs(where):
        for link in [a.attrs["href"] for a in block.all("a") if a.attrs.get("href", "").endswith(".py")]:
            goal = target(where, link)
            assert goal is not None
            offered[block.attrs["data-snippet"]] = Program(link, goal[0].read_text(encoding="utf-8"))
    assert not any(one.header for one in offered.values())
    assert {name: one.for_readers for name, one in offered.items()} == {
        name: Program.named(name).for_readers for name in shown
    }


def test_download_link_downloads(served: str, page: Page) -> None:
    where = next(p for p in with_programs() if p.endswith("roadmap.html"))
    page.goto(f"{served}/{where}", wait_until="load")
    with page.expect_download() as waiting:
        page.locator("div.gl-code a[href$='.py']").first.click()
    name = programs(where)[0].attrs["data-snippet"]
    assert waiting.value.suggested_filename == Path(name).name + ".py"
    downloaded = Program(name, waiting.value.path().read_text(encoding="utf-8"))
    assert downloaded.for_readers == Program.named(name).for_readers


def test_programs_with_sections_come_as_notebooks_too() -> None:
    offered = {
        block.attrs["data-snippet"]: target(page, a.attrs["href"])
        for page in pages()
        for block in programs(page)
        for a in block.all("a")
        if a.attrs.get("href", "").endswith(".ipynb")
    }
    sectioned = {
        block.attrs["data-snippet"]
        for page in pages()
        for block in programs(page)
        if len(Program.named(block.attrs["data-snippet"]).sections) > 1
    }
    assert set(offered) == sectioned
    for name, goal in offered.items():
        assert goal is not None
        cells = json.loads(goal[0].read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert squeeze(code) == squeeze(Program.named(name).shown), name


@pytest.mark.parametrize("where", pages() or ["index.html"])
def test_every_output_and_figure_says_how_it_was_made(where: str) -> None:
    root = tree(where)
    shown = root.all("div", cls="gl-output") + root.all("div", cls="gl-note") + root.all("figure", cls="gl-figure")
    for block in shown:
        opened = block.all("details", cls="gl-provenance")
        assert len(opened) == 1, block.attrs
        rows = [term.text.strip() for term in opened[0].all("dt")]
        assert [row for row in rows if row not in SOMETIMES] == PROVENANCE, block.attrs
        assert ("Changed" in rows) == ("@" in block.attrs["data-snippet"])
        told = [told.text.strip() for told in opened[0].all("dd")]
        assert len(told) == len(rows)
        assert all(told), block.attrs


def test_no_path_of_the_building_machine_is_published() -> None:
    home, here = str(Path.home()) + "/", str(SITE.parent) + "/"
    told = [
        file.relative_to(SITE).as_posix()
        for file in SITE.rglob("*")
        if file.suffix in {".html", ".svg", ".py", ".ipynb", ".json", ".js", ".txt", ".md"}
        and any(path in file.read_text(encoding="utf-8") for path in (home, here))
    ]
    assert told == []


def test_keyboard_reaches_copy_and_provenance(served: str, page: Page) -> None:
    page.goto(f"{served}/roadmap.html", wait_until="load")
    reached: set[str] = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        kind = str(
            page.evaluate(
                """() => { const e = document.activeElement;
                    return e.matches('button[data-md-type=copy]') ? 'copy'
                         : e.matches('.gl-provenance > summary') ? 'provenance'
                         : e.matches('.gl-actions a') ? 'download' : 'other'; }"""
            )
        )
        if kind == "provenance" and kind not in reached:
            page.keyboard.press("Enter")
            expect(page.locator("details.gl-provenance:focus-within dl")).to_be_visible()
        reached.add(kind)
    assert {"copy", "download", "provenance"} <= reached


def test_focus_can_be_seen(served: str, page: Page) -> None:
    page.goto(f"{served}/roadmap.html", wait_until="load")
    summary = page.locator("details.gl-provenance > summary").first
    summary.scroll_into_view_if_needed()
    page.keyboard.press("Tab")  # the browser shows focus only to who uses the keyboard
    summary.focus()
    assert summary.evaluate("e => e.matches(':focus-visible')")
    style, width = summary.evaluate(
        "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
    )
    assert style != "none"
    assert width >= 2


def notebooks() -> list[str]:
    return [page for page in pages() if page.startswith("generated/notebooks/")]


def test_notebook_pages_show_every_cell() -> None:
    assert notebooks(), "the site has a notebook"
    for page in notebooks():
        cells = json.loads((SITE / page).with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]
        for kind, cls in (("code", "jp-InputArea-editor"), ("markdown", "jp-MarkdownOutput")):
            assert len(tree(page).all(cls=cls)) == sum(cell["cell_type"] == kind for cell in cells), f"{page}: {kind}"


def test_notebook_pages_are_slim() -> None:
    """Their text and their code; what they draw lies in files, and no style sheet comes with each of them."""
    heavy = {page: (SITE / page).stat().st_size for page in notebooks() if (SITE / page).stat().st_size >= 180_000}
    assert heavy == {}
