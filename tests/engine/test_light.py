"""Pages and style sheets without what nobody needs: marks in code, rules that match nothing."""

from __future__ import annotations

from pathlib import Path

import markdown
import pytest
from bs4 import BeautifulSoup

from genloop.engine.publish.light_styles import lighten
from genloop.engine.publish.markdown_code import LightCodeExtension

PAGE = '<html><body class="page"><p id="top" class="one two">words about .unused</p><a href="#top"></a></body></html>'
SCRIPT = "element.className = `is-${state}`; element.classList.add('added');"


def lightened(folder: Path, css: str, page: str = PAGE) -> str:
    (folder / "index.html").write_text(page)
    (folder / "own.js").write_text(SCRIPT)
    (folder / "search_index.js").write_text('var __index = "unused"')
    (folder / "site.css").write_text(css)
    lighten(folder)
    return (folder / "site.css").read_text()


@pytest.mark.parametrize(
    "stays",
    [
        ".one{color:red}",
        ".added{color:red}",
        ".is-open{color:red}",
        "#top:hover::before{color:red}",
        ".two:not(.unused){color:red}",
        "a[download]{color:red}",
        ":is(.unused,.one) p{color:red}",
        "[dir=ltr] .one{color:red}",
        "@media print{.one{color:red}}",
        '@font-face{font-family:"A";src:url(a.woff2)}',
        ':root{--a:url("data:,.unused")}',
    ],
)
def test_what_may_match_stays(tmp_path: Path, stays: str) -> None:
    assert lightened(tmp_path, stays) == stays


@pytest.mark.parametrize(
    "goes",
    [
        ".unused{color:red}",
        ".one .unused{color:red}",
        "#nowhere{color:red}",
        "video{color:red}",
        ":is(.unused,.gone) p{color:red}",
        "[dir=rtl] .one{color:red}",
        "@media print{.unused{color:red}}",
        "@supports (display:grid){.unused{color:red}}",
    ],
)
def test_what_cannot_match_goes(tmp_path: Path, goes: str) -> None:
    assert lightened(tmp_path, goes) == ""


def test_of_a_list_of_selectors_those_stay_that_match(tmp_path: Path) -> None:
    assert lightened(tmp_path, ".one,.unused,p:is(.two,.gone){color:red}") == ".one,p:is(.two,.gone){color:red}"


def test_a_page_from_right_to_left_keeps_its_rules(tmp_path: Path) -> None:
    rule = "[dir=rtl] .one{color:red}"
    assert lightened(tmp_path, rule, PAGE.replace("<html>", '<html dir="rtl">')) == rule


def test_code_loses_marks_and_no_letter() -> None:
    source = "```python\nfor a in b:  # words\n    print(a + 1)\n```\n"
    extensions = ["pymdownx.superfences", "pymdownx.highlight"]
    full = markdown.markdown(source, extensions=extensions)
    light = markdown.markdown(source, extensions=[*extensions, LightCodeExtension()])
    assert '<span class="n">' in full
    assert '<span class="n">' not in light
    assert '<span class="k">for</span> a ' in light
    assert BeautifulSoup(light, "html.parser").get_text() == BeautifulSoup(full, "html.parser").get_text()
