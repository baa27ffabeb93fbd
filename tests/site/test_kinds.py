"""Figures that move, that run and that are linked, on plain themes: nothing moves unasked, nothing is fetched."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.engine.course import Course
from tests.site.conftest import axe, watch

PROGRAM = '''\
from pathlib import Path
from PIL import Image

frames = [Image.new("RGB", (200, 100), color) for color in ("red", "green", "blue")]
Path("out").mkdir()
frames[0].save("out/moves now.gif", save_all=True, append_images=frames[1:], duration=50, loop=0)
frames[0].save("moves.png", save_all=True, append_images=frames[1:], duration=50, loop=0)
frames[1].save("photo.jpg")
frames[2].save("photo.webp")
Path("paper.pdf").write_bytes(b"%PDF-1.4\\n%%EOF\\n")
Path("chart.html").write_text("""<html><body><p id="said">not run</p><script>
const tell = (text) => { document.getElementById("said").textContent += " " + text; };
document.getElementById("said").textContent = "ran";
try { tell(parent.document.title); } catch { tell("apart"); }
try { localStorage.x = 1; tell("kept"); } catch { tell("forgets"); }
fetch("https://x.example/a").then(() => tell("fetched"), () => tell("refused"));
new Image().src = "https://x.example/a.png";
const script = document.createElement("script");
script.src = "https://x.example/a.js";
document.body.append(script);
</script></body></html>""")
print("x: 1")
'''
SETTINGS = """
files = ["paper.pdf"]
[tool.genloop.figures]
"out/moves now.gif" = "Red, green and blue."
"moves.png" = "Red, green and blue."
"photo.jpg" = "Green."
"photo.webp" = "Blue."
"chart.html" = "A 'chart' that says \\"ran\\" & [more]."
"""
PAGE = """\
---
program: kinds
---
# Kinds

{{ code() }}

- in a list

    {{ figure("chart.html", height=200, caption="A caption.") }}

{{ figure("out/moves now.gif") }}

{{ figure("moves.png") }}

{{ figure("photo.jpg") }}

{{ figure("photo.webp") }}

{{ download("paper.pdf") }}

{{ output() }}
"""
THEMES = {
    "mkdocs, folders": "use_directory_urls: true\ntheme: {name: mkdocs, highlightjs: false}",
    "material": "use_directory_urls: false\ntheme: {name: material, font: false}",
}


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("kinds") / "course")
    course.snippet("kinds", PROGRAM, SETTINGS)
    course.accept("kinds")
    course.page("index.md", "# Home\n\n[Kinds](deep/kinds.md)\n")
    course.page("deep/kinds.md", PAGE)
    return course


def middle(picture: Locator) -> str:
    """The color in the middle of a picture of one color."""
    image = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    at = image.width // 2, image.height // 2
    red, green, blue = image.crop((*at, at[0] + 1, at[1] + 1)).tobytes()
    return max([(red, "red"), (green, "green"), (blue, "blue")])[1]


@pytest.fixture(params=THEMES)
def shown(request: pytest.FixtureRequest, kinds: Course, page: Page) -> tuple[Page, list[str]]:
    """The page from disk, and what it asked others for."""
    name = "_".join(filter(str.isalpha, request.param))
    settings = f"site_name: x\nplugins: [genloop]\n{THEMES[request.param]}\nsite_dir: site_{name}\n"
    (kinds.root / "mkdocs.yml").write_text(settings)
    if not (kinds.root / f"site_{name}").is_dir():
        kinds.passes("build")
    place = kinds.root / f"site_{name}" / "deep"
    address = place / "kinds" / "index.html" if "folders" in request.param else place / "kinds.html"
    foreign = watch(page.context)
    page.emulate_media(reduced_motion="reduce")
    page.goto(address.as_uri(), wait_until="load")
    return page, foreign


def test_html_runs_apart_and_fetches_nothing(shown: tuple[Page, list[str]]) -> None:
    page, foreign = shown
    frame = page.locator("iframe.gl-embedded")
    expect(frame).to_have_count(1)
    assert frame.get_attribute("sandbox") == "allow-scripts"
    assert frame.get_attribute("title") == "A 'chart' that says \"ran\" & [more]."
    frame.scroll_into_view_if_needed()
    said = page.frame_locator("iframe.gl-embedded").locator("#said")
    expect(said).to_have_text("ran apart forgets refused")
    box = frame.bounding_box()
    assert box is not None and box["height"] == 200 and box["width"] > 200
    assert foreign == []


def test_nothing_moves_before_a_reader_asks(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    figures = page.locator("figure.gl-figure:has(details.gl-animation)")
    expect(figures).to_have_count(2)
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        still = figure.locator(".gl-still img")
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=still.element_handle())
        assert "~still" in (still.get_attribute("src") or "")
        moving = figure.locator(".gl-animation img")
        expect(moving).to_be_hidden()
        for _ in range(3):
            assert middle(still) == "red"
            page.wait_for_timeout(60)
        figure.locator(".gl-animation summary").focus()
        page.keyboard.press("Enter")
        expect(moving).to_be_visible()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=moving.element_handle())
        assert moving.get_attribute("alt") == "Red, green and blue."
        colors = set()
        for _ in range(20):
            colors.add(middle(moving))
            page.wait_for_timeout(35)
        assert len(colors) > 1, "it moves once it is asked to"


def test_other_kinds_are_shown_and_linked(shown: tuple[Page, list[str]]) -> None:
    page, foreign = shown
    for ending in ("jpg", "webp"):
        picture = page.locator(f"img[src$='photo.{ending}']")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth === 200", arg=picture.element_handle())
    link = page.get_by_role("link", name="paper.pdf")
    expect(link).to_have_attribute("download", "paper.pdf")
    expect(page.get_by_text("(PDF, 1 kB)")).to_be_visible()
    place = Path((page.url.removeprefix("file://").rpartition("/")[0]) + "/" + (link.get_attribute("href") or ""))
    assert place.resolve().read_bytes().startswith(b"%PDF")
    assert foreign == []
    assert axe(page, "figure.gl-figure") == []
