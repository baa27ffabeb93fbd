"""What an output on the site carries for a reader who compares their own: the rules, and the labels it shows."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup, Tag

from tests.engine.course import Course

HARD = r"""a "b" 'c' \d <e> {{f}} | ]&amp; *g* _h_ `i`"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Tag]:
    course = Course.empty(tmp_path_factory.mktemp("rules") / "course")
    (course.root / "mkdocs.yml").write_text("site_name: a\nplugins: [genloop]\n")
    reason = json.dumps(f"{HARD} \u00e9\u2028 ]']\"] end\\")
    rules = f"""[tool.genloop.expect]
x = {{ abs = 0.1 }}
y = {{ rel = 1e-20 }}
z = {{ between = [-inf, 1] }}
t = {{ any = {reason} }}
{json.dumps(HARD)} = {{ rises = true }}
[tool.genloop.lines]
"took * [s]" = {{ falls = true }}
[tool.genloop.columns]
"a b" = {{ abs = 2 }}"""
    lines = f"x: 0.5\ny: 1.0\nz: 0.25\nt: 3\n{HARD}: 1\n{HARD}: 2\ntook 2 [s]\ntook 1 [s]\nc  a b\n1  2.5\n"
    course.snippet("ruled", f"print({lines!r}, end='')\n", rules)
    course.snippet("plain", "print('x: 1')\nprint('y: 2')\n")
    course.accept("ruled", "plain")
    page = '{{ code("ruled") }}\n\n{{ output("ruled") }}\n\n{{ output("ruled", "x") }}\n\n'
    course.page("index.md", page + '{{ output("plain") }}\n\n{{ output("plain", "x*") }}\n')
    course.passes("build")
    html = (course.root / "site" / "index.html").read_text(encoding="utf-8")
    return list(BeautifulSoup(html, "html.parser").select(".gl-output"))


def data(output: Tag, name: str) -> object:
    return json.loads(str(output[name])) if output.has_attr(name) else None


def test_the_rules_of_its_labels_arrive_as_they_are(outputs: list[Tag]) -> None:
    found = data(outputs[0], "data-expect")
    assert found == [
        ["x", "abs", "0.1"],
        ["y", "rel", "1e-20"],
        ["z", "between", "-inf", "1.0"],
        ["t", "any", f"{HARD} \u00e9\u2028 ]']\"] end\\"],
        [HARD, "rises"],
        ["line: took * [s]", "falls"],
        ["column: a b", "abs", "2.0"],
    ]


def test_a_part_has_the_rules_of_what_it_shows_and_says_what_it_shows(outputs: list[Tag]) -> None:
    assert data(outputs[1], "data-expect") == [["x", "abs", "0.1"]]
    assert data(outputs[1], "data-labels") == ["x"]
    assert data(outputs[3], "data-labels") == ["x"]


def test_without_rules_there_is_nothing(outputs: list[Tag]) -> None:
    assert [*outputs[2].attrs] == ["class", "data-snippet"]
    assert data(outputs[0], "data-labels") is None


def test_nothing_else_of_the_page_changes(outputs: list[Tag]) -> None:
    assert [one["data-snippet"] for one in outputs] == ["ruled", "ruled", "plain", "plain"]
    assert all(one.select_one("pre") and one.select_one("details") for one in outputs)
