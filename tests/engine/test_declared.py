"""What a header declares is checked on every build: it can change without a run."""

from __future__ import annotations

import struct
import zlib

import pytest

from .course import Course, says

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 0L9 9"/></svg>'
PROGRAM = "from pathlib import Path\nPath('f.txt').write_text('1')\nPath('a.svg').write_text({svg!r})\nprint('x: 1')\n"
DECLARED = 'files = ["f.txt"]\n[tool.genloop.figures]\n"a.svg" = "A line."'


@pytest.fixture
def ran(course: Course) -> Course:
    """A program that ran and whose header is right."""
    course.snippet("a", PROGRAM.format(svg=SVG), DECLARED, "x: 1\n")
    course.passes("check")
    return course


CHANGES = {
    "a file too much": (DECLARED.replace('"f.txt"', '"f.txt", "g.txt"'), "g.txt"),
    "a file too few": (DECLARED.replace('"f.txt"', ""), "f.txt"),
    "a figure too much": (DECLARED + '\n"b.svg" = "Another."', "b.svg"),
    "a figure too few": ('files = ["f.txt"]', "a.svg"),
    "another name": (DECLARED.replace("f.txt", "g.txt"), "g.txt"),
    "a label that is not printed": (DECLARED + "\n[tool.genloop.expect]\ny = { abs = 1 }", '"y"'),
    "a rule that does not hold": (DECLARED + "\n[tool.genloop.expect]\nx = { between = [2, 3] }", "between 2 and 3"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_header_that_no_longer_fits_an_old_record(ran: Course, name: str) -> None:
    settings, word = CHANGES[name]
    ran.snippet("a", PROGRAM.format(svg=SVG), settings)
    outcome = ran.fails("check")
    assert outcome.states["a"] == "cached", "the header alone runs nothing"
    assert word in "\n".join(map(says, outcome.about("a")))
    assert word in "\n".join(map(says, ran.fails("accept", "a", "--why", "x").about("a")))


def test_another_alt_text_is_no_problem(ran: Course) -> None:
    ran.snippet("a", PROGRAM.format(svg=SVG), DECLARED.replace("A line", "A rising line"))
    assert ran.passes("check").states["a"] == "cached"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
FIGURES: dict[str, tuple[str, bytes, bool]] = {
    "png": ("a.png", PNG, True),
    "text as png": ("a.png", b"some text", False),
    "svg as png": ("a.png", SVG.encode(), False),
    "half a png": ("a.png", PNG[: len(PNG) // 2], False),
    "png without its end": ("a.png", PNG[:-12], False),
    "a bit of a png": ("a.png", PNG[:20] + b"\1" + PNG[21:], False),
    "empty": ("a.png", b"", False),
    "svg": ("a.svg", SVG.encode(), True),
    "svg with a declaration": ("a.svg", b'<?xml version="1.0" encoding="utf-8"?>\n' + SVG.encode(), True),
    "html as svg": ("a.svg", b"<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>", False),
    "text as svg": ("a.svg", b"some text", False),
    "svg without its name space": ("a.svg", b"<svg/>", False),
    "svg with a script": ("a.svg", SVG.replace("<path", "<script>alert(1)</script><path").encode(), False),
    "svg with a handler": ("a.svg", SVG.replace("<path", '<path onclick="x()"').encode(), False),
    "svg with html in it": ("a.svg", SVG.replace("<path", "<foreignObject/><path").encode(), False),
    "half an svg": ("a.svg", SVG.encode()[:60], False),
    "bytes as svg": ("a.svg", b"\xff\xfe\0", False),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_what_their_names_say(course: Course, name: str) -> None:
    file, data, good = FIGURES[name]
    program = f"open({file!r}, 'wb').write({data!r})\nprint('x: 1')\n"
    course.snippet("a", program, f'[tool.genloop.figures]\n"{file}" = "A line."', "x: 1\n")
    if good:
        course.passes("check")
    else:
        assert file in says(course.fails("check").problem("a"))


def test_file_that_becomes_a_figure_is_looked_at(course: Course) -> None:
    """By an edit of the header alone."""
    program = "open('a.png', 'w').write('text')\nprint('x: 1')\n"
    course.snippet("a", program, 'files = ["a.png"]', "x: 1\n")
    course.passes("check")
    course.snippet("a", program, '[tool.genloop.figures]\n"a.png" = "A line."')
    assert "is no PNG" in says(course.fails("check").problem("a"))
