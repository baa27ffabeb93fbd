"""A Markdown extension: the tabs and the blank lines of a fence stay what they are.

Python-Markdown makes spaces of every tab, and empties lines that hold only spaces, before anything else. In a program
these can stand in a string: what a reader copies must be what ran.
"""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

TAB, SPACE = "\ue009", "\ue020"
"""Two letters of Unicode's private area, which stand for a tab and for the last space of a blank line meanwhile."""
FENCE = re.compile(r"^[ \t>]*(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
# A highlighter may take them for a mistake in the program.
MISTAKE = re.compile(rf'<span class="err">([{TAB}{SPACE}]+)</span>')


class Hide(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        kept = []
        mark = ""
        for line in lines:
            fence = FENCE.match(line)
            if mark and fence and fence["mark"].startswith(mark) and not fence["info"].strip():
                mark = ""
            elif mark:
                line = re.sub(r"^( *) $", rf"\1{SPACE}", line.replace("\t", TAB))
            elif fence:
                mark = fence["mark"]
            kept.append(line)
        return kept


class Show(Postprocessor):
    def run(self, text: str) -> str:
        return MISTAKE.sub(r"\1", text).replace(TAB, "\t").replace(SPACE, " ")


class WhitespaceExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # Before white space is made alike (30).
        md.preprocessors.register(Hide(md), "genloop-hide-whitespace", 100)
        md.postprocessors.register(Show(md), "genloop-show-whitespace", 0)
