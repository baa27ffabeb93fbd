"""Figures of each kind: what their bytes must be; and what moves, what runs and what is only linked."""

from __future__ import annotations

import base64
import io
import random
import warnings
from pathlib import Path

import pytest
from PIL import Image

from genloop.engine.program.embedded import POLICY, with_policy, wrong_html
from genloop.engine.program.pictures import Damaged, Picture, read_picture
from genloop.engine.publish.frames import with_frames

from .course import Course, says


def frames() -> list[Image.Image]:
    found = []
    for number in range(4):
        image = Image.new("RGB", (20, 10))
        image.putdata([((x * 7 + number * 40) % 256, x % 256, number * 60) for x in range(200)])
        found.append(image)
    return found


def saved(kind: str, *, moving: bool = False, **more: object) -> bytes:
    first, *others = frames()
    file = io.BytesIO()
    first.save(file, kind, **({"save_all": True, "append_images": others} if moving else {}), **more)
    return file.getvalue()


GIF = saved("GIF")
WEBP = saved("WEBP")
KINDS: dict[str, tuple[str, bytes]] = {
    "png": ("a.png", saved("PNG")),
    "png that moves": ("a.png", saved("PNG", moving=True)),
    "gif": ("a.gif", GIF),
    "gif that moves": ("a.gif", saved("GIF", moving=True, loop=0)),
    "jpeg": ("a.jpg", saved("JPEG")),
    "jpeg, progressive": ("a.jpeg", saved("JPEG", progressive=True)),
    "jpeg that can begin again": ("a.jpg", saved("JPEG", restart_marker_blocks=1)),
    "webp": ("a.webp", WEBP),
    "webp without loss": ("a.webp", saved("WEBP", lossless=True)),
    "webp that says more": ("a.webp", saved("WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")),
}


def pixels(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data))
    image.seek(0)
    return image.convert("RGB").tobytes()


@pytest.mark.parametrize("name", KINDS)
def test_what_a_picture_is_agrees_with_pillow(name: str) -> None:
    file, data = KINDS[name]
    found, image = read_picture(file, data), Image.open(io.BytesIO(data))
    assert (found.width, found.height) == image.size
    assert found.frames == getattr(image, "n_frames", 1) == (4 if "moves" in name else 1)
    assert bool(found.still) == ("moves" in name)
    if found.still:
        assert read_picture(file, found.still) == Picture(20, 10, alpha=found.alpha)
        assert getattr(Image.open(io.BytesIO(found.still)), "n_frames", 1) == 1
        assert pixels(found.still) == pixels(data)


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_that_is_cut_anywhere_is_none(name: str) -> None:
    file, data = KINDS[name]
    for end in range(len(data)):
        with pytest.raises(Damaged):
            read_picture(file, data[:end])


@pytest.mark.parametrize("name", KINDS)
def test_any_bytes_have_an_answer(name: str) -> None:
    file, data = KINDS[name]
    rng = random.Random(0)
    for _ in range(500):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 5)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        try:
            read_picture(file, bytes(broken))
        except Damaged:
            continue


@pytest.mark.parametrize("file", ["a.png", "a.gif", "a.jpg", "a.jpeg", "a.webp"])
def test_a_picture_is_what_its_name_says(file: str) -> None:
    for other, data in KINDS.values():
        if other.rpartition(".")[2][:2] != file.rpartition(".")[2][:2]:
            with pytest.raises(Damaged):
                read_picture(file, data)
    for data in (b"", b"text", b"<svg/>", b"<!doctype html>"):
        with pytest.raises(Damaged):
            read_picture(file, data)


def test_a_webp_that_moves_is_told() -> None:
    with pytest.raises(Damaged, match="save it as GIF"):
        read_picture("a.webp", saved("WEBP", moving=True))


def test_a_gif_that_shows_the_page_through_says_so() -> None:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames()[0].convert("P").save(file, "GIF", transparency=0)
    assert read_picture("a.gif", file.getvalue()).alpha
    assert not read_picture("a.gif", GIF).alpha


# ---- HTML ------------------------------------------------------------------------------------------

HTML = "<!doctype html><html><head><style>p{color:red}</style></head><body><p>x</p><script>1</script></body></html>"
FOREIGN = {
    "a script": '<script src="https://cdn.plot.ly/plotly.min.js"></script>',
    "a script beside it": '<script src="plotly.js"></script>',
    "a style sheet": '<link rel="stylesheet" href="//x.example/a.css">',
    "a picture": "<img src='http://x.example/a.png'>",
    "one of several sizes": '<img srcset="a.png 1x">',
    "a font": "<style>@font-face{src:url(https://x.example/a.woff)}</style>",
    "an import": "<style>@import 'https://x.example/a.css';</style>",
    "a ground": '<p style="background:url(//x.example/a.png)">x</p>',
    "a use": '<svg><use href="a.svg#x"/></svg>',
    "a frame": '<iframe src="https://x.example"></iframe>',
    "a frame of its own": '<iframe srcdoc="x"></iframe>',
    "an object": '<object data="a.swf"></object>',
    "a base": '<base href="https://x.example">',
    "a form": '<form action="https://x.example"></form>',
    "another page": '<meta http-equiv="Refresh" content="0;url=https://x.example">',
    "upper case": '<SCRIPT SRC="HTTPS://X.EXAMPLE/A.JS"></SCRIPT>',
    "a picture as an input": '<input type="image" src="https://x.example/a.png">',
}
OWN = {
    "nothing": "",
    "data": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "a font in it": "<style>@font-face{src:url('data:font/woff2;base64,AA')}</style>",
    "a mark": '<svg><use href="#x"/></svg>',
    "a link": '<a href="https://plot.ly">plotly</a>',
    "an address in a script": "<script>const home = 'https://plot.ly'; fetch('<img src=x>');</script>",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_html_would_fetch_is_told(name: str) -> None:
    assert wrong_html(HTML.replace("<p>", FOREIGN[name] + "<p>").encode())


@pytest.mark.parametrize("name", OWN)
def test_html_may_hold_what_it_needs(name: str) -> None:
    assert wrong_html(HTML.replace("<p>", OWN[name] + "<p>").encode()) == ""


@pytest.mark.parametrize("data", [b"", b"text", b"a < b", b"\xff\xfe<\0p\0>\0", b"%PDF-1.4", b"x <p>"])
def test_what_is_no_html(data: bytes) -> None:
    assert wrong_html(data)


@pytest.mark.parametrize(
    "start",
    [
        "",
        "\ufeff",
        "\n",
        "<!-- a -->",
        "<!--><script>x</script>-->",
        "<!DOCTYPE html>",
        "\ufeff <!doctype HTML>",
        "\xa0<!doctype html>",
        "\x0b<!doctype html>",
    ],
)
def test_the_policy_stands_before_all_that_could_act(start: str) -> None:
    found = with_policy(f"{start}<html><body>x</body></html>")
    before = found.partition("<meta")[0].strip("\ufeff \n").lower()
    assert before in {"", "<!doctype html>"}
    assert f'content="{POLICY}"' in found and found.endswith("<html><body>x</body></html>")


def test_a_frame_has_no_origin_and_a_title() -> None:
    found = with_frames(
        '<p><img alt="A &quot;chart&quot;." class="gl-embedded" height="300" loading="lazy" src="x.html" /></p>'
    )
    assert 'sandbox="allow-scripts"' in found and "allow-same-origin" not in found
    assert 'title="A &quot;chart&quot;."' in found and 'src="x.html"' in found and 'height="300"' in found
    assert with_frames('<img class="gl-embedded-not" src="x.html">').startswith("<img")


# ---- in a course -----------------------------------------------------------------------------------


def writes(**files: bytes) -> str:
    lines = ["import base64", "from pathlib import Path"]
    for name, data in files.items():
        file = name.replace("_", ".")
        lines.append(f"Path({file!r}).write_bytes(base64.b64decode({base64.b64encode(data)!r}))")
    return "\n".join([*lines, "print('x: 1')", ""])


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("a.gif", KINDS["jpeg"][1], "is no GIF"),
        ("a.jpg", GIF, "is no JPEG"),
        ("a.webp", WEBP[:-8], "is a WebP that ends too early"),
        ("a.gif", GIF[:-1], "ends too early"),
        ("a.html", HTML.replace("<p>", FOREIGN["a script"]).encode(), "cdn.plot.ly"),
    ],
)
def test_figures_that_no_page_can_show(course: Course, file: str, data: bytes, said: str) -> None:
    course.snippet("a", writes(**{file.replace(".", "_"): data}), f'[tool.genloop.figures]\n"{file}" = "It."', "x: 1\n")
    assert said in says(course.fails("check").problem("a"))


@pytest.mark.parametrize("data", [b"text", b"%PDF-1.4\n", b"\n%PDF-1.4\n%%EOF"])
def test_a_pdf_is_one(course: Course, data: bytes) -> None:
    course.snippet("a", writes(a_pdf=data), 'files = ["a.pdf"]', "x: 1\n")
    assert "is no PDF" in says(course.fails("check").problem("a"))


def test_every_figure_has_an_alt_text(course: Course) -> None:
    names = ["a.gif", "a.jpg", "a.webp", "a.html"]
    course.snippet(
        "a", "print('x: 1')\n", "[tool.genloop.figures]\n" + "\n".join(f'"{one}" = ""' for one in names), "x: 1\n"
    )
    said = [problem["why"] for problem in course.fails("check").about("a")]
    assert sum("has no alt text" in why for why in said) == len(names)


def test_markdown_that_stands_alone_shows_a_still(course: Course, tmp_path: Path) -> None:
    moving = KINDS["gif that moves"][1]
    settings = 'files = ["a.pdf"]\n[tool.genloop.figures]\n"a.gif" = "It [moves]."\n"a.html" = "A chart."'
    course.snippet("a", writes(a_gif=moving, a_html=HTML.encode(), a_pdf=b"%PDF-1.4\n%%EOF"), settings, "x: 1\n")
    calls = ["code()", 'figure("a.gif")', 'figure("a.html")', 'download("a.pdf")', "output()"]
    course.page("p.md", "---\nprogram: a\n---\n# P\n\n" + "\n\n".join(f"{{{{ {call} }}}}" for call in calls) + "\n")
    course.accept("a")
    outcome = course.call("stage", str(tmp_path / "stage"))
    assert outcome.code == 0, outcome
    text = (tmp_path / "stage" / "p.md").read_text()
    assert "(generated/files/a/a.gif~still.gif)](generated/files/a/a.gif)" in text
    assert "[A chart.](generated/files/a/a.html)" in text and "(PDF, 1 kB)" in text
    generated = course.root / "docs" / "generated" / "files" / "a"
    assert read_picture("a.gif", (generated / "a.gif~still.gif").read_bytes()).frames == 1
    assert POLICY in (generated / "a.html").read_text()
