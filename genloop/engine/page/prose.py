"""How much there is to read on a page: the words of its prose that are in sight.

Not counted: the front matter, programs and outputs, formulas, what is folded, numbers, and the list below a heading
"Sources". Captions, tables and the sentences of claims count.
"""

from __future__ import annotations

import re
from pathlib import Path

PER_MINUTE = 200
"""Words that a person reads of a text to learn from."""
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
COMMENT = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.S)
FENCE = re.compile(r"(?m)^(?P<indent> *)(?P<mark>`{3,}|~{3,}).*\n(?:.*\n)*?(?P=indent)(?P=mark) *$")
FOLD = re.compile(r"(?m)^(?P<indent> *)\?\?\?(?!\+).*\n(?:(?:(?P=indent) {4}.*| *)\n)*")
SOURCES = re.compile(r"(?m)^## Sources\n(?:(?!## ).*\n?)*")
FORMULA = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]", re.S)
EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
STRING = r'"((?:[^"\\]|\\.)*)"'
SENTENCE = re.compile(rf"\s*claim\(.*{STRING}\s*\)", re.S)
SHOWN = re.compile(rf"\b(?:caption|head) *= *{STRING}")
ADDRESS = re.compile(r"\]\([^)]*\)|<[^>]*>|\{[^{}]*\}")
WORD = re.compile(r"[^\W\d_]")


def words_in_sight(source: str) -> int:
    """Of the Markdown of a page, with its calls as they were written."""
    text = FRONT_MATTER.sub("", source)
    for gone in (COMMENT, FENCE, FOLD, SOURCES, FORMULA):
        text = gone.sub(" ", text)
    text = EXPRESSION.sub(lambda found: _said(found[1]), text)
    return sum(WORD.search(word) is not None for word in ADDRESS.sub(" ", text).split())


def _said(expression: str) -> str:
    """What a claim says if it is true, and the words around figures and tables."""
    claim = SENTENCE.match(expression)
    return claim[1] if claim else " ".join(SHOWN.findall(expression))


def minutes(page: Path) -> int:
    """To read the page, in whole minutes and at least one."""
    return max(1, round(words_in_sight(page.read_text(encoding="utf-8")) / PER_MINUTE))
