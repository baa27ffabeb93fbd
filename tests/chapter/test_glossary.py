"""The glossary: every term is used, taught where its link leads, and listed once."""

from __future__ import annotations

import re

from markdown.extensions.toc import slugify

from genloop.engine.publish.markdown_glossary import ENTRY, forms_of
from tests.chapter.lessons import DOCS, page, sections
from tests.house.project import tracked


def terms() -> dict[str, tuple[list[str], str]]:
    """Each term of the glossary: its forms, and the link of its entry."""
    found = {}
    for entry in ENTRY.finditer(page("glossary.md")):
        link = re.match(r"\n:   \[[^\]]+\]\(([^)]+)\)\n", page("glossary.md")[entry.end() :])
        found[entry["forms"]] = (forms_of(entry), link[1] if link else "")
    return found


def uses(text: str, forms: list[str]) -> bool:
    words = "|".join(re.escape(form.strip("`")) for form in forms)
    return re.search(rf"(?i)(?<![\w-])(?:{words})s?(?![\w-])", text) is not None


def taught(link: str) -> str:
    """The section that a link leads to, or the page if it names none."""
    name, _, anchor = link.partition("#")
    text = page(name)
    if not anchor:
        return text
    for found in re.finditer(r"(?m)^(?P<level>#+) (?P<title>.+)$", text):
        title = re.sub(r"\\[()]|[`*]", "", found["title"])
        if slugify(title, "-") == anchor:
            below = re.compile(rf"(?m)^#{{1,{len(found['level'])}}} ").search(text, found.end())
            return text[found.start() : below.start() if below else len(text)]
    return ""


def test_every_term_of_the_glossary_is_used_on_a_page() -> None:
    pages = [p.relative_to(DOCS).as_posix() for p in tracked() if p.suffix == ".md" and p.is_relative_to(DOCS)]
    course = [name for name in pages if not name.startswith("about/") and name != "glossary.md"]
    assert len(terms()) > 40
    assert [term for term, (forms, _) in terms().items() if not any(uses(page(name), forms) for name in course)] == []


def test_every_page_that_the_glossary_links_to_teaches_the_term() -> None:
    assert [term for term, (_, link) in terms().items() if not link] == []
    assert [f"{term}: {link}" for term, (forms, link) in terms().items() if not uses(taught(link), forms)] == []


def test_a_word_has_one_entry_in_the_glossary() -> None:
    forms = [form for entry in ENTRY.finditer(page("glossary.md")) for form in forms_of(entry)]
    assert sorted(form for form in {*forms} if forms.count(form) > 1) == []


def test_the_five_failures_are_named_as_five() -> None:
    five = {"mode collapse", "mode dropping", "posterior collapse", "data copying", "off-manifold sample"}
    table = sections("glossary.md")["Five failures, five different things"]
    assert set(re.findall(r"(?m)^\| \*\*(.+?)\*\* \|", table)) == five
    assert five <= set(terms())
