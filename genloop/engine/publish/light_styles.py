"""Style sheets without the rules that nothing on the site can match.

A theme brings rules for all it can do, and a browser shows nothing before it has read them all. A rule goes if it asks
for a class, an id or an element that stands in no page and, as scripts add some, in no string of a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tinycss2

NAMED = re.compile(r"\b(?:class|id)=\"([^\"]*)\"")
OPENED = re.compile(r"<([a-z][\w-]*)")
WORD = re.compile(r"[\w-]+")
STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`")
NOT = re.compile(r":not\([^()]*\)")
ONE_OF = re.compile(r":(?:is|where|-webkit-any|-moz-any)\(([^()]*)\)")
ATTRIBUTE = re.compile(r"\[[^\]]*\]")
RIGHT_TO_LEFT = re.compile(r"\bdir=[\"']?rtl\b")
NAME = re.compile(r"[.#]((?:\\.|[\w-])+)")
ELEMENT = re.compile(r"(?:^|[\s>+~])([a-z][\w-]*)")
INDEX = "search_index.js"
"""The text of all pages, which names no class."""
GROUPS = ("media", "supports")


class Used:
    """What rules can match: classes, ids and elements of the pages, and words in strings of the scripts."""

    def __init__(self, pages: Iterable[str], scripts: Iterable[str]) -> None:
        self.names: set[str] = set()
        self.elements: set[str] = set()
        self.right_to_left = False
        for page in pages:
            self.names.update(*map(str.split, NAMED.findall(page)))
            self.elements.update(OPENED.findall(page))
            self.right_to_left |= RIGHT_TO_LEFT.search(page) is not None
        words = {word for script in scripts for string in STRING.findall(script) for word in WORD.findall(string)}
        self.names |= words
        self.elements |= words
        self.beginnings = tuple(word for word in words if word.endswith("-") and len(word) > 2)
        """Of names that a script puts together: "is-" + state."""

    def matches(self, selector: str) -> bool:
        """Whether an element may match, as far as names tell; what is not understood stays."""
        while selector != (without := NOT.sub("", selector)):
            selector = without
        if one_of := ONE_OF.search(selector):
            before, after = selector[: one_of.start()], selector[one_of.end() :]
            return any(self.matches(f"{before}{option}{after}") for option in one_of[1].split(","))
        if RIGHT_TO_LEFT.search(selector) and not self.right_to_left:
            return False
        selector = ATTRIBUTE.sub("", selector)
        names = (name.replace("\\", "") for name in NAME.findall(selector))
        if not all(name in self.names or name.startswith(self.beginnings) for name in names):
            return False
        return set(ELEMENT.findall(selector)) <= self.elements


def lighten(site: Path) -> None:
    """Takes what no page and no script of the site can use out of all its style sheets."""
    used = Used(_texts(site, "*.html"), _texts(site, "*.js"))
    for sheet in site.rglob("*.css"):
        sheet.write_text("".join(_kept(_rules(sheet.read_text(encoding="utf-8")), used)), encoding="utf-8")


def _texts(site: Path, kind: str) -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in site.rglob(kind) if path.name != INDEX)


def _rules(css: str | list[Any]) -> list[Any]:
    parse = tinycss2.parse_stylesheet if isinstance(css, str) else tinycss2.parse_rule_list
    return list(parse(css, skip_comments=True, skip_whitespace=True))


def _kept(rules: list[Any], used: Used) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [selector for selector in _selectors(rule.prelude) if used.matches(selector)]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in GROUPS:
            inner = "".join(_kept(_rules(rule.content), used))
            if inner:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"
        else:
            yield rule.serialize()


def _selectors(prelude: list[Any]) -> Iterator[str]:
    """Of `a, b:is(c, d)`: `a` and `b:is(c, d)`. Commas in brackets are part of a block, not of the list."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return (tinycss2.serialize(part).strip() for part in parts)
