"""reStructuredText as galleries use it, turned into Markdown: headings, inline marks, lists, the common directives.

What has no counterpart is left out and told. It is no whole parser: what it does not know stays as it was written.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from genloop.engine.begin import rst_tables
from genloop.engine.begin.prose import fence, literal, outside_code

RULE = re.compile(r"([=\-`:'\"~^_*+#<>.])\1{2,}[ \t]*")
DIRECTIVE = re.compile(r"\.\. (?:\|[^|]+\| )?(?P<name>[\w:-]+?):: *(?P<rest>.*)")
TARGET = re.compile(r"\.\. _(?P<name>`[^`]+`|[^:`]+): *(?P<address>\S*)")
OPTION = re.compile(r" *:(?P<key>[\w-]+):(?: +(?P<value>.*))?")
ITEM = re.compile(r"(?P<mark>[-*+•]|#\.|\d+[.)]) +(?=\S)")
ADMONITIONS = {
    "note": "note",
    "seealso": "note",
    "admonition": "note",
    "topic": "note",
    "tip": "tip",
    "hint": "tip",
    "warning": "warning",
    "attention": "warning",
    "caution": "warning",
    "important": "warning",
    "danger": "danger",
    "error": "danger",
}
CODE = {"code-block", "code", "sourcecode", "parsed-literal", "prompt"}
SILENT = {"contents", "currentmodule", "module", "rst-class", "class", "index", "highlight", "only", "tags", "meta"}
"""Directives that say nothing to a reader."""
TABLES = {"list-table": rst_tables.listed, "csv-table": rst_tables.separated}
EXAMPLE = "an example in the text, not a program of this course"

CODED = re.compile(r"(``.+?``)", re.S)
INLINE = (
    (re.compile(r":math:`([^`]+)`"), r"\\(\1\\)"),
    (re.compile(r":(?:ref|doc|term|any|numref|download|abbr|sup|sub):`([^`<]+?)\s*(?:<[^`>]*>)?`"), r"\1"),
    (re.compile(r":[\w:+.-]+:`[~!]?([^`<]+?)\s*(?:<[^`>]*>)?`"), r"`\1`"),
    (re.compile(r"`([^`<]+?)\s*<(\w+:[^`>\s]+)>`__?"), r"[\1](\2)"),
)
PHRASE = re.compile(r"`([^`<]+)(?:\s<[^`>]*>)?`__?(?!\w)")
WORD = re.compile(r"(?<![\w`])([A-Za-z][\w.-]*?)_(?![\w`])")
LINK = re.compile(r"\]\((\w+:[^)\s]+)\)")


def without_marks(title: str) -> str:
    """A title as plain text."""
    title = re.sub(r":[\w:+.-]+:`[~!]?([^`<]+?)\s*(?:<[^`>]*>)?`", r"\1", title)
    return " ".join(re.sub(r"`+|(?<!\w)\*+(?=\S)|(?<=\S)\*+(?!\w)", "", title).split())


Tell = Callable[[int, str], None]
"""Is told what was left out: the line in the text, from 0, and what it is."""


class Converter:
    """One program's prose: what underlines a heading of which level is known from the headings before it."""

    def __init__(self, tell: Tell, targets: str = "", deeper: int = 0) -> None:
        """targets: a text that says where links lead. deeper: by how much its headings are below those of a page."""
        self.tell = tell
        self.deeper = deeper
        self.levels: list[str] = []
        self.links = {
            found["name"].strip("`").lower(): found["address"]
            for line in targets.split("\n")
            if (found := TARGET.match(line.strip())) and "://" in found["address"]
        }

    def convert(self, text: str, first: int = 0) -> str:
        """Markdown. first: the number that `tell` gets for its first line."""
        return "\n\n".join(part for part in self._parts(text.expandtabs().split("\n"), first) if part.strip())

    def title(self, text: str) -> tuple[str, str]:
        """The title that a text begins with, as it is written, and the text after it; "" if it begins with none."""
        lines = text.split("\n")
        # What a reference leads to often stands first.
        at = next((at for at, line in enumerate(lines) if line.strip() and not TARGET.match(line.strip())), 0)
        found = self._heading(lines, at)
        # As many lines as before: what is told of one tells its number.
        return (found[0], "\n" * found[2] + "\n".join(lines[found[2] :])) if found else ("", text)

    def _parts(self, lines: Sequence[str], first: int) -> list[str]:
        parts: list[str] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            if not line.strip():
                at += 1
                continue
            if heading := self._heading(lines, at):
                title, level, at = heading
                parts.append(f"{'#' * min(max(level, 2) + self.deeper, 6)} {self.inline(title)}")
                continue
            if line.startswith(".. ") or line.strip() == "..":
                end = _end_of_indented(lines, at + 1)
                parts.append(self._explicit(lines[at:end], first + at))
                at = end
                continue
            if RULE.fullmatch(line) and (at + 1 == len(lines) or not lines[at + 1].strip()):
                parts.append("---")
                at += 1
                continue
            if rst_tables.FIRST.fullmatch(line):
                end = rst_tables.end_of(lines, at)
                parts.append(self._table(lines[at:end], first + at))
                at = end
                continue
            end = at
            while end < len(lines) and lines[end].strip():
                end += 1
            if ITEM.match(line) or (end > at + 1 and lines[at + 1].startswith(" ")):
                end = max(end, _end_of_indented(lines, end))
            block, at = list(lines[at:end]), end
            if line.startswith(" "):
                end = _end_of_indented(lines, end)
                quoted = self._nested([*block, *lines[at:end]], first)
                parts.append(textwrap.indent(quoted, "> ", lambda _: True))
                at = end
                continue
            if block[-1].rstrip().endswith("::"):
                end = _end_of_indented(lines, at)
                code, at = textwrap.dedent("\n".join(lines[at:end])).strip("\n"), end
                lead = "\n".join(block).rstrip()[:-1].removesuffix(":").rstrip()
                parts.append(self.paragraph((f"{lead}:" if lead else "").split("\n")))
                parts.append(fence(code, "text", EXAMPLE) if code else "")
                continue
            parts.append(self._block(block, first))
        return parts

    def _block(self, block: list[str], first: int) -> str:
        """Lines without a blank one among them."""
        if block[0].startswith(">>> "):
            return fence("\n".join(block), "text", EXAMPLE)
        if len(block) > 1 and block[1].startswith(" ") and not ITEM.match(block[0]):  # a term and what it means
            return f"{self.inline(block[0])}\n:   " + textwrap.indent(self._nested(block[1:], first), "    ").lstrip()
        return self.paragraph(block)

    def _table(self, lines: Sequence[str], line: int) -> str:
        """A drawn table; one that Markdown cannot have is shown as it was written, which is told."""
        try:
            return rst_tables.drawn(lines).markdown(self.inline)
        except rst_tables.NoTable as why:
            self.tell(line, f"a table {why}, which no table of Markdown can: it is shown as it was written")
            return fence("\n".join(lines), "text", "a table, as it was written")

    def _nested(self, lines: Sequence[str], first: int) -> str:
        return "\n\n".join(self._parts(textwrap.dedent("\n".join(lines)).split("\n"), first))

    def paragraph(self, lines: Sequence[str]) -> str:
        """A paragraph or a list, of which Markdown wants each level indented by four."""
        shown = []
        levels: list[int] = []
        """Where the text of the items begins that this line is in."""
        for line in lines:
            text = line.lstrip()
            indent = len(line) - len(text)
            while text and levels and indent < levels[-1]:
                levels.pop()
            margin = "    " * len(levels)
            if item := ITEM.match(text):
                levels.append(indent + item.end())
                text = f"{'1.' if item['mark'][0] in '#0123456789' else '-'} {text[item.end() :]}"
            shown.append(margin + text.rstrip() if text else "")
        return self.inline("\n".join(shown))

    def inline(self, text: str) -> str:
        """Inline marks; what is no mark is shown as it is."""
        pieces = CODED.split(text)  # every other one is code
        for at in range(0, len(pieces), 2):
            for pattern, change in INLINE:
                pieces[at] = pattern.sub(change, pieces[at])
            pieces[at] = PHRASE.sub(lambda found: self._link(found[1]), pieces[at])
        return literal(outside_code("".join(pieces), lambda piece: WORD.sub(self._named, piece)))

    def _named(self, found: re.Match[str]) -> str:
        return self._link(found[1]) if found[1].lower() in self.links else found[0]

    def _link(self, words: str) -> str:
        address = self.links.get(words.lower())
        return f"[{words}]({address})" if address else words

    def _heading(self, lines: Sequence[str], at: int) -> tuple[str, int, int] | None:
        """Title, level and the line after the heading that begins here; None if none does."""
        over = RULE.fullmatch(lines[at]) is not None
        title, under = (at + 1, at + 2) if over else (at, at + 1)
        if under >= len(lines) or not lines[title].strip() or not RULE.fullmatch(lines[under]):
            return None
        text = lines[title].strip()
        if RULE.fullmatch(text) or (over and lines[at][0] != lines[under][0]) or len(lines[under].rstrip()) < 3:
            return None
        style = lines[under][0] + "o" * over
        if style not in self.levels:
            self.levels.append(style)
        return text, self.levels.index(style) + 1, under + 1

    def _explicit(self, lines: Sequence[str], line: int) -> str:
        """A directive, a comment, a target or a citation."""
        head = lines[0].strip()
        if TARGET.match(head):
            return ""
        found = DIRECTIVE.match(head)
        if not found:
            if note := re.match(r"\.\. (\[[^\]]+\]) *(.*)", head):
                return self.paragraph([f"{note[1]} {note[2]}", *(more.strip() for more in lines[1:] if more.strip())])
            return ""
        name, rest = found["name"].lower(), found["rest"].strip()
        body = list(lines[1:])
        options = {}
        while body and (option := OPTION.fullmatch(body[0])):
            options[option["key"]] = (option["value"] or "").strip()
            body.pop(0)
        text = textwrap.dedent("\n".join(body)).strip("\n")
        if name == "math":
            lines_of_formula = [part for part in (rest, *text.split("\n")) if part.strip()]
            return literal("\n".join(["\\[", *lines_of_formula, "\\]"]))
        if name in CODE:
            language = rest if re.fullmatch(r"\w+", rest) else "text"
            return fence(text, language, EXAMPLE) if text else ""
        if name in ADMONITIONS:
            given = rest if name in {"admonition", "topic"} else ""
            said = text if given else "\n".join(part for part in (rest, text) if part)
            title = f' "{self.inline(given)}"'.replace("\\", "") if given and '"' not in given else ""
            inner = self._nested(said.split("\n"), line)
            return f"!!! {ADMONITIONS[name]}{title}\n\n{textwrap.indent(inner, '    ')}"
        if name == "table" or name in TABLES:
            caption = [f"**{self.inline(rest)}**"] if rest else []
            if name == "table":
                return "\n\n".join([*caption, self._nested(text.split("\n"), line)])
            try:
                return "\n\n".join([*caption, TABLES[name](text, options).markdown(self.inline)])
            except rst_tables.NoTable as why:
                self.tell(line, f'"{head:.60}" {why} and is left out')
                return ""
        if name not in SILENT:
            self.tell(line, f'"{head:.60}" has no counterpart in Markdown and is left out')
        return ""


def _end_of_indented(lines: Sequence[str], at: int) -> int:
    """The line after the last one of an indented block that begins at or after this line."""
    end = at
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(" ")):
        at += 1
        end = at if lines[at - 1].strip() else end
    return end
