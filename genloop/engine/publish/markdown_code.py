"""A Markdown extension: code on a page comes from a call or stands in a fence, which somebody answers for."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import CodeBlockProcessor
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from genloop.engine.publish.current_page import CurrentPage

PLAIN = re.compile(r'<span class="(?:n|o|p|w)">([^<]*)</span>')
"""What Pygments marks in nearly every word of a program: names, operators, punctuation, white space."""


class NoIndentedCode(CodeBlockProcessor):
    """An indented block would be code that no snippet answers for."""

    def __init__(self, md: Markdown, page: CurrentPage) -> None:
        super().__init__(md.parser)
        self.page = page

    def run(self, parent: Element, blocks: list[str]) -> None:  # noqa: ARG002 - the arguments that Python-Markdown gives
        text = blocks[0].strip().splitlines()[0]
        why = f'this indented text would become a code block: "{text}"'
        raise self.page.wrong([why], fix="indent it less, or show code by a call or a fence")


class LightCode(Postprocessor):
    """Most of a page's weight is marks in code; these have the color of the text, or nearly."""

    def run(self, text: str) -> str:
        return PLAIN.sub(r"\1", text)


class CodeExtension(Extension):
    def __init__(self, page: CurrentPage) -> None:
        super().__init__()
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:
        # Just before the block processor that would make code of it.
        md.parser.blockprocessors.register(NoIndentedCode(md, self.page), "genloop-no-indented-code", 81)


class LightCodeExtension(Extension):
    """For themes that give these marks no color of their own."""

    def extendMarkdown(self, md: Markdown) -> None:
        # After the blocks have been put back into the text.
        md.postprocessors.register(LightCode(md), "genloop-light-code", 5)
