"""The site of a course: the MkDocs plugin, what it brings along, and what stops it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from genloop.engine.errors import Problem
from genloop.engine.open_course import open_course
from genloop.engine.page import expand
from genloop.engine.page.site_markdown import Rich
from genloop.engine.publish import mkdocs_plugin
from genloop.engine.publish.leftovers import leftovers
from genloop.engine.publish.prepare import prepare

from .course import ROOT, Course, at, says

SETTINGS = "site_name: A course\ntheme: {name: mkdocs}\nuse_directory_urls: false\n"
PAGE = """---
description: A page.
---
# A page

{{ code("a") }}

{{ output("a") }}
"""

TITLE = "Step 1: load & <plot> [x] it's {ok} | 50 % 日本"


@pytest.fixture
def sited(course: Course) -> Course:
    """A course with one accepted program, one page, and a mkdocs.yml that says as little as possible."""
    course.snippet("a", "print('x: 1')\n")
    course.accept("a")
    course.page("index.md", PAGE)
    settings(course)
    return course


def settings(course: Course, more: str = "") -> None:
    (course.root / "mkdocs.yml").write_text(SETTINGS + more)


def text(course: Course, page: str = "index.html", site: str = "site") -> str:
    return BeautifulSoup((course.root / site / page).read_text(), "html.parser").get_text()


def mkdocs(course: Course, *words: str) -> subprocess.CompletedProcess[str]:
    """MkDocs by itself, as those call it who know nothing of genloop."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *words],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "more",
    [
        "",
        "plugins: []\n",
        "plugins: [search]\n",
        "plugins: {search: {}}\n",
        "plugins: [genloop]\n",
        "plugins: [search, {genloop: {}}]\n",
        "plugins: [genloop]\nmarkdown_extensions: [extra]\n",
        "plugins: [genloop]\nmarkdown_extensions: [pymdownx.extra, attr_list]\n",
    ],
)
def test_build_needs_no_word_of_genloop_and_no_extension(sited: Course, more: str) -> None:
    settings(sited, more)
    sited.passes("build")
    page = BeautifulSoup((sited.root / "site" / "index.html").read_text(), "html.parser")
    block = page.select_one('.gl-output[data-snippet="a"] pre')
    assert block and block.get_text() == "x: 1\n"
    assert page.select_one(".gl-code .gl-actions a[download]") and page.select_one("details.gl-provenance dl")
    assert "description: A page." not in page.get_text()
    assert (sited.root / "site" / "search").exists() == ("search" in more or not more)


def test_mkdocs_alone_builds_it(sited: Course) -> None:
    settings(sited, "plugins: [genloop]\n")
    done = mkdocs(sited, "build", "--strict")
    assert done.returncode == 0, done.stderr
    assert "x: 1" in text(sited)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("{{ cod() }}\n", 'docs/index.md line 1: there is no "cod" to call'),
        ("    typed by hand\n", 'this indented text would become a code block: "typed by hand"'),
        ("{% raw %}{{ left }}{% endraw %}\n", "still holds a call that nobody expanded"),
    ],
    ids=["preparing", "converting", "looking back"],
)
def test_mkdocs_alone_lists_problems_and_shows_no_traceback(sited: Course, page: str, said: str) -> None:
    settings(sited, "plugins: [genloop]\n")
    sited.page("index.md", page)
    done = mkdocs(sited, "build")
    assert done.returncode == 1
    assert said in done.stderr and "1 problem(s)" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (sited.root / "site" / "index.html").exists()


def test_every_page_is_expanded_once(sited: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    expanded = []
    check_markdown = expand.check_markdown

    def counted(text: str, page: str) -> list[Problem]:
        expanded.append(page)
        return check_markdown(text, page)

    monkeypatch.setattr(expand, "check_markdown", counted)
    sited.page("other.md", PAGE)
    with open_course(sited.root, jobs=1) as course:
        built = mkdocs_plugin.build(prepare(course, lambda _: None, Rich()))
    assert sorted(expanded) == ["index.md", "other.md"]
    assert "x: 1" in (built.site / "other.html").read_text()


def test_site_dir_is_where_the_site_is_built_and_what_clean_removes(sited: Course) -> None:
    settings(sited, "site_dir: out/public\n")
    outcome = sited.call("build")
    assert "out/public/index.html" in outcome.stdout
    assert "x: 1" in text(sited, site="out/public") and not (sited.root / "site").exists()
    assert "out/public" in sited.call("clean").stdout
    assert not (sited.root / "out" / "public").exists()


def test_a_site_outside_of_the_project_is_not_ours_to_remove(sited: Course, tmp_path: Path) -> None:
    settings(sited, f"site_dir: {tmp_path / 'public'}\n")
    sited.passes("build")
    sited.passes("clean")
    assert (tmp_path / "public" / "index.html").is_file()


def test_pages_in_another_folder_are_refused(sited: Course) -> None:
    (sited.root / "pages").mkdir()
    settings(sited, "docs_dir: pages\n")
    (problem,) = sited.fails("build").problems
    assert problem["file"] == "mkdocs.yml"
    assert "docs_dir" in problem["why"] and "lie in docs/" in problem["why"]
    assert not (sited.root / "site").exists()


def test_settings_that_mkdocs_refuses_are_a_problem(sited: Course) -> None:
    settings(sited, "site_dir: docs/site\n")
    assert "site_dir" in says(sited.fails("build").problems[0])
    settings(sited, "plugins: [{genloop: {glosary: glossary.md}}]\n")
    assert "glosary" in says(sited.fails("build").problems[0])


def test_all_that_is_left_on_all_pages_is_listed_and_nothing_is_published(sited: Course) -> None:
    """Calls that are kept from being expanded, and blocks that nothing reads."""
    sited.page("index.md", PAGE + '\nSee {% raw %}{{ output("a") }}{% endraw %}.\n')
    sited.page("other.md", "# Other\n\n/// frobnicate\n\nWords.\n\n///\n")
    outcome = sited.fails("build")
    assert {at(problem)[0] for problem in outcome.problems} == {"index.md", "other.md"}
    assert 'a call that nobody expanded: "{{ output("a") }}."' in says(outcome.problem("index.md"))
    assert "/// frobnicate" in says(outcome.about("other.md")[0])
    assert not (sited.root / "site").exists()


@pytest.mark.parametrize(
    "html",
    [
        "<p>See <code>{{ code }}</code>.</p>",
        "<pre><code>/// html\n{% raw %}\n</code></pre>",
        "<p>At file:///home and http://x//y, 1 // 2</p>",
        "<script>let a = {{}}; /// why\n</script>",
        '<p title="{{ x }}">a { brace }</p>',
        "<p>printed: &#123;&#123; x &#125;&#125;</p>",
    ],
)
def test_what_stands_in_code_is_not_left_over(html: str) -> None:
    assert leftovers(html) == []


@pytest.mark.parametrize("html", ["<p>{{ x }}</p>", "<p>a {% if %}</p>", "<p>///</p>", "<p>a</p>\n//// html | div\n"])
def test_what_stands_elsewhere_is(html: str) -> None:
    assert len(leftovers(html)) == 1


def test_what_is_left_over_is_told_as_it_was_typed() -> None:
    assert leftovers("<p>{{ a &lt; b }}</p>") == ['still holds a call that nobody expanded: "{{ a < b }}"']


def test_formulas_become_mathml_only_where_asked(sited: Course) -> None:
    sited.page("index.md", "# A page\n\nHere \\( x^2 \\), for $3.\n")
    sited.passes("build")
    assert "<math" not in (sited.root / "site" / "index.html").read_text()
    settings(sited, "plugins: [{genloop: {math: true}}]\n")
    sited.passes("build")
    page = (sited.root / "site" / "index.html").read_text()
    assert "<math" in page and "for $3." in page
    sited.page("index.md", "# A page\n\nHere \\( \\frobnicate \\).\n")
    problem = sited.fails("build").problem("index.md")
    assert problem["file"] == "docs/index.md" and "frobnicate" in problem["why"]


def test_terms_are_explained_only_where_asked(sited: Course) -> None:
    sited.page("index.md", "# A page\n\nIt is a ring.\n")
    sited.page("words.md", "# Words\n\nring\n:   Eight modes.\n")
    sited.passes("build")
    assert "<abbr" not in (sited.root / "site" / "index.html").read_text()
    settings(sited, "plugins: [{genloop: {glossary: words.md}}]\n")
    sited.passes("build")
    assert 'title="Eight modes."' in (sited.root / "site" / "index.html").read_text()
    (sited.root / "docs" / "words.md").unlink()
    assert "words.md" in says(sited.fails("build").problems[0])


def test_a_page_of_a_run_that_failed_is_not_a_problem_of_its_own(sited: Course) -> None:
    sited.snippet("a", "raise ValueError('the cause')\n")
    sited.snippet("b", "print('x: 1')\n", 'needs = ["a"]', "x: 1\n")
    sited.page("other.md", '# Other\n\n{{ output("b") }}\n')
    problems = sited.fails("build").problems
    assert {problem["name"]: problem["follows"] for problem in problems} == {"a": None, "b": "a"}


def test_a_page_in_no_nav_is_told_before_anything_runs(sited: Course) -> None:
    sited.page("other_page.md", "# Other\n")
    settings(sited, "nav: [{Home: index.md}]\nvalidation: {nav: {omitted_files: warn}}\n")
    sited.snippet("a", "raise SystemExit('it ran')\n")
    problem = sited.fails("build").problem("other_page.md")
    assert "- Other page: other_page.md" in says(problem)


def test_pages_beside_the_nav_may_be_meant(sited: Course) -> None:
    sited.page("other_page.md", "# Other\n")
    settings(sited, "nav: [{Home: index.md}]\n")
    sited.passes("build")
    settings(sited, "nav: [{Home: index.md}]\nvalidation: {nav: {omitted_files: warn}}\nnot_in_nav: other*\n")
    sited.passes("build")


def test_a_mark_may_have_any_title_or_none(sited: Course) -> None:
    sited.snippet("a", f"# %%\nprint('x: 1')\n# %% {TITLE}\nprint('y: 2')\n# %%\nprint('z: 3')\n")
    sited.accept("a")
    sited.page("index.md", f'# A page\n\n{{{{ code("a", "{TITLE}") }}}}\n\n{{{{ code("a", fold=True) }}}}\n')
    sited.passes("build")
    page = BeautifulSoup((sited.root / "site" / "index.html").read_text(), "html.parser")
    shown, whole = page.select(".gl-code")
    assert shown["data-section"] == TITLE
    (name,) = shown.select(".filename")
    assert name.get_text() == f"a.py: {TITLE}"
    code = [block.get_text() for part in (shown, whole) for block in part.select("pre code")]
    assert code == ["print('y: 2')\n", "print('x: 1')\nprint('y: 2')\nprint('z: 3')\n"]
    cells = json.loads((sited.root / "site" / "generated" / "download" / "a.ipynb").read_text())["cells"]
    assert [cell["source"] for cell in cells[1:]] == ["print('x: 1')", "print('y: 2')", "print('z: 3')"]


HOSTILE = "<script>alert(1)</script> <img src=x onerror=y> *e* | [a](javascript:x) {{ run }} {% x %} "


def test_what_was_typed_is_text_in_how_it_was_made(sited: Course) -> None:
    """Reasons, seeds and constants: somebody may have brought them along with a course or a store."""
    program = f"import random\nSEED = {HOSTILE!r}\nTEXT = 0\nrandom.seed(SEED)\nprint('x: 1')\n"
    sited.snippet("a", program, variants=f"[variants.v]\nTEXT = {json.dumps(HOSTILE + '`')}\n")
    sited.passes("run")
    sited.accept("a", "a@v", why=f"{HOSTILE}`code` `<b>`")
    sited.page("index.md", '# A page\n\n{{ code("a") }}\n\n{{ output("a") }}\n\n{{ output("a@v") }}\n\n{{ runs() }}\n')
    sited.passes("build")
    page = BeautifulSoup((sited.root / "site" / "index.html").read_text(), "html.parser")
    for fold in page.select(".gl-provenance, .gl-runs"):
        assert HOSTILE + "code <b>" in fold.get_text()
        assert not fold.select("script, img, em, a, b")
    assert HOSTILE in page.select(".gl-provenance")[1].select("dd")[1].get_text()
