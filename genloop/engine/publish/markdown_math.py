"""TeX in a page becomes MathML while the site is built.

pymdownx.arithmatex (generic) finds the formulas: `\\(...\\)` in a line, `\\[...\\]` on its own.
This extension turns what it found into MathML, so that a page needs no script, no server and no
picture for a formula, and a search finds what stands in it.
"""

from __future__ import annotations

import html
import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from math_core import LatexError, LatexToMathML

from genloop.engine.publish.current_page import CurrentPage

CHANCERY = "\ufe00"
"""Asks for one of two kinds of script letters. Few fonts know it, and a browser looks through all others for it."""
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def to_mathml(page: str) -> tuple[str, list[str]]:
    """The HTML of a page with its formulas as MathML, and a line for each formula that is not valid TeX."""
    # One converter per page: it counts numbered equations, and that count starts again on each page.
    converter = LatexToMathML(fancy_error=False)
    wrong: list[str] = []

    def convert(found: re.Match[str]) -> str:
        tag, bracket, escaped = found.groups()
        tex = html.unescape(escaped).strip()
        try:
            mathml = converter.convert_with_global_state(tex, displaystyle=bracket == "[")
        except LatexError as error:
            wrong.append(f'bad TeX "{tex}": at character {error}')
            return found[0]
        return f'<{tag} class="gl-math">{mathml.replace(CHANCERY, "")}</{tag}>'

    return FORMULA.sub(convert, page), wrong


class MathML(Postprocessor):
    """The last step of Markdown, when everything that was put aside is back in the page."""

    def __init__(self, md: Markdown, page: CurrentPage) -> None:
        super().__init__(md)
        self.page = page

    def run(self, text: str) -> str:
        converted, wrong = to_mathml(text)
        if wrong:
            raise self.page.wrong(wrong)
        return converted


class MathExtension(Extension):
    """Registers the conversion; pymdownx.arithmatex must be among the extensions too."""

    def __init__(self, page: CurrentPage) -> None:
        super().__init__()
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:
        md.postprocessors.register(MathML(md, self.page), "genloop-tex", priority=1)
