"""The built pages as small trees: just enough of HTML to ask what a page links to, shows and offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    def all(self, tag: str = "", *, cls: str = "", **attrs: str | None) -> list[Element]:
        """Elements with this tag, class and attributes; None stands for "has none"."""
        return [
            e
            for e in self
            if (not tag or e.tag == tag)
            and (not cls or cls in e.attrs.get("class", "").split())
            and all(e.attrs.get(name.replace("_", "-")) == value for name, value in attrs.items())
        ]

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in [e.tag for e in self.open[1:]]:
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root


def read(page: Path) -> Element:
    return parse(page.read_text(encoding="utf-8"))


def fenced(block: Element) -> str:
    """The text of a highlighted fence: what the copy button copies. Line numbers lie outside `code`."""
    codes = [code for pre in block.all("pre") for code in pre.all("code")]
    assert len(codes) == 1, f"{len(codes)} code blocks in {block.attrs}"
    return codes[0].text
