"""Terms of a glossary are explained where a page first uses them.

The glossary is a page with a definition list, and the only source of what a tooltip says:

    latent, latent vector {#latent data-forms="latents"}
    :   A few random numbers that a sample is made from.
    :   [The page that teaches it](roadmap.md)

Commas part words that mean the same; `data-forms` names forms that are marked and not listed. The first definition is
the tooltip. A term with the class `.quiet` is listed and never marked: "rate", for example, means other things as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from genloop.engine.errors import Failed, Problem
from genloop.engine.publish.current_page import CurrentPage

ENTRY = re.compile(
    r"^(?P<forms>[^\s:#<{|].*?)(?: *\{(?P<attributes>[^}]*)\})?\n:[ ]{3}(?P<text>.+(?:\n[ ]{4}.*\S.*)*)$", re.M
)
FORMS = re.compile(r'data-forms="(?P<forms>[^"]*)"')
MARKUP = re.compile(r"`(?P<code>[^`]*)`|\[(?P<link>[^\]]*)\]\([^)]*\)|\*+(?P<stressed>[^*]+)\*+")
"""What a tooltip cannot show: code, links and emphasis become their text."""
CLOSED = frozenset({"a", "abbr", "button", "code", "details", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "th"})
"""Elements in which nothing is marked: what can be clicked, headings, programs, and what is folded."""
RAW = re.compile("\x02wzxhzdk:(?P<number>\\d+)\x03")
"""How Python-Markdown holds the place of HTML that it puts aside."""
TAG = re.compile(r"<(?P<end>/?)(?!(?:area|br|col|embed|hr|img|input|source|track|wbr)\b)[a-zA-Z]")


def meaning(entry: re.Match[str]) -> str:
    """The definition of an entry as plain text."""
    return " ".join(MARKUP.sub(lambda found: found[found.lastgroup or 0], entry["text"]).split())


def read_terms(text: str) -> list[tuple[list[str], str]]:
    """The forms of each term of a glossary that may be marked, and its definition as plain text."""
    return [
        (forms_of(entry), meaning(entry))
        for entry in ENTRY.finditer(text)
        if ".quiet" not in (entry["attributes"] or "").split()
    ]


def forms_of(entry: re.Match[str]) -> list[str]:
    """Every form of a term, the listed ones first."""
    more = FORMS.search(entry["attributes"] or "")
    return [form.strip() for form in f"{entry['forms']},{more['forms'] if more else ''}".split(",") if form.strip()]


@dataclass(frozen=True)
class Glossary:
    """The page with the definition list: a path below the folder of all pages."""

    docs: Path
    path: str

    @cached_property
    def terms(self) -> list[tuple[list[str], str]]:
        return read_terms(self.text)

    @cached_property
    def text(self) -> str:
        """Raises Failed if there is no such page."""
        try:
            return (self.docs / self.path).read_text(encoding="utf-8")
        except FileNotFoundError:
            why = "is named as the glossary in mkdocs.yml and does not exist"
            raise Failed([Problem("project", self.path, why, file=f"docs/{self.path}")]) from None


class Marks(Treeprocessor):
    """Puts `<abbr>` around the first use of each term of a page. A sentence may begin with it."""

    def __init__(self, md: Markdown, glossary: Glossary, page: CurrentPage) -> None:
        super().__init__(md)
        self.glossary = glossary
        self.page = page

    def run(self, root: Element) -> None:
        if self.page.path != self.glossary.path:
            Marker(self.glossary.terms, self._raw).visit(root)

    def _raw(self, number: int) -> str:
        assert self.md is not None
        return str(self.md.htmlStash.rawHtmlBlocks[number])


class Marker:
    """The terms that one page has not used yet. raw: the HTML that the placeholder of this number stands for."""

    def __init__(self, terms: list[tuple[list[str], str]], raw: Callable[[int], str]) -> None:
        self.raw = raw
        self.term_of: dict[str, int] = {}
        self.definitions = [definition for _, definition in terms]
        for number, (forms, _) in enumerate(terms):
            for form in forms:
                self.term_of[form] = self.term_of[form[0].upper() + form[1:]] = number
        longest_first = sorted(self.term_of, key=len, reverse=True)
        words = "|".join(re.escape(form) for form in longest_first)
        # Tags of a line come first: what stands inside of them has a tooltip of its own.
        self.pattern = re.compile(rf"{RAW.pattern}|(?<![\w-])(?P<form>{words or '(?!)'})(?![\w-])")
        self.used: set[int] = set()
        self.open_tags = 0

    def visit(self, element: Element) -> None:
        children = list(element)
        element.text, marks = self.split(element.text)
        for place, found in enumerate(marks):
            element.insert(place, found)
        for child in children:
            if child.tag not in CLOSED:
                self.visit(child)
            child.tail, marks = self.split(child.tail)
            after = list(element).index(child) + 1
            for place, found in enumerate(marks):
                element.insert(after + place, found)

    def split(self, text: str | None) -> tuple[str | None, list[Element]]:
        """The text before the first mark, and the marks, each with the text that follows it."""
        if not text or isinstance(text, AtomicString):
            return text, []
        pieces, marks, end = [], [], 0
        for found in self.pattern.finditer(text):
            if found["number"]:
                tags = TAG.finditer(self.raw(int(found["number"])))
                self.open_tags += sum(-1 if tag["end"] else 1 for tag in tags)
                continue
            number = self.term_of[found["form"]]
            if self.open_tags or number in self.used:
                continue
            self.used.add(number)
            # Focus shows the tooltip to who uses the keyboard, a tap to who has no mouse.
            element = Element("abbr", {"title": self.definitions[number], "tabindex": "0"})
            element.text = AtomicString(found["form"])
            pieces.append(text[end : found.start()])
            marks.append(element)
            end = found.end()
        pieces.append(text[end:])
        for element, tail in zip(marks, pieces[1:], strict=True):
            element.tail = tail
        return pieces[0], marks


class GlossaryExtension(Extension):
    def __init__(self, glossary: Glossary, page: CurrentPage) -> None:
        super().__init__()
        self.glossary = glossary
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:
        # After everything in a line is known (20), before the headings are listed (5).
        md.treeprocessors.register(Marks(md, self.glossary, self.page), "genloop-terms", 7)
