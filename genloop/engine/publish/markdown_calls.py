"""The Python-Markdown extension: expands the calls of the page that is being converted.

Python-Markdown does not know which page it converts; whoever drives it sets `current` (see hook.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import markdown
from markdown.blockprocessors import CodeBlockProcessor
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from genloop.engine.errors import Failed, Problem
from genloop.engine.page.course import Course
from genloop.engine.page.expand import expand
from genloop.engine.page.site_markdown import Rich
from genloop.engine.publish.markdown_whitespace import WhitespaceExtension


@dataclass
class Current:
    course: Course | None = None
    page: str = ""
    ready: bool = False
    """Whether `course` was prepared for the build that comes now."""


current = Current()


class Calls(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        if current.course is None:
            return lines
        text, problems = expand("\n".join(lines), current.page, current.course, Rich())
        if problems:
            raise Failed(problems)
        return text.split("\n")


class NoIndentedCode(CodeBlockProcessor):
    """An indented block would be code that no snippet answers for."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        text = blocks[0].strip().splitlines()[0]
        why = f'this indented text would become a code block: "{text}"'
        fix = "indent it less, or show code by a call or a fence"
        raise Failed([Problem("page", current.page, why, file=f"docs/{current.page}", fix=fix)])


class GenloopExtension(Extension):
    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.registerExtensions(["def_list"], {})  # provenance is written as one
        md.registerExtensions([WhitespaceExtension()], {})
        # Before everything that reads Markdown: what the calls give is Markdown itself.
        md.preprocessors.register(Calls(md), "genloop-calls", 200)
        if current.course is not None:
            md.parser.blockprocessors.register(NoIndentedCode(md.parser), "genloop-no-indented-code", 81)


def makeExtension(**options: Any) -> GenloopExtension:  # noqa: N802 - the name that Python-Markdown looks for
    return GenloopExtension(**options)
