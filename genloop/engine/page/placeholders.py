"""Where the answers of calls go: a page is filled when all its lines are known."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from genloop.engine.page.arithmetic import Thing

IN_ATTRIBUTE = re.compile(r'<[a-zA-Z][^<>]*="[^"]*$')
"""A line up to a place inside the quotes of an HTML attribute."""


class Shown(Thing):
    """What a call puts on the page. It can be shown, and nothing else."""

    def __init__(self, text: str, block: bool = True, bare: str = "") -> None:
        self.text = text
        self.block = block
        """Whether it is a block of its own, which must stand alone on its line."""
        self.bare = bare
        """For inline code and HTML attributes, where no markup counts."""

    def part(self, name: str) -> object:
        raise TypeError(f'what a call shows has no "{name}"')

    def item(self, key: object) -> object:
        raise TypeError(f"what a call shows has no [{key!r}]")

    def _not_a_value(self, *_: object) -> object:
        raise TypeError("what a call shows is no value: run(...).label is one")

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __add__ = __radd__ = __sub__ = __mul__ = _not_a_value  # type: ignore[assignment]  # never returns
    __bool__ = __str__ = __hash__ = _not_a_value  # type: ignore[assignment]  # likewise


class Placeholders:
    """Keeps what calls show, and a mark for each; `fill` puts it where the mark stands."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.secret = secrets.token_hex(8)  # no text of a page or a run can be taken for a mark

    def keep(self, shown: Shown) -> str:
        self.shown.append(shown)
        return f"\x02{self.secret}-{len(self.shown) - 1}\x03"

    def fill(self, rendered: str, misplaced: Callable[[int], object]) -> str:
        """A block inside a list or an admonition takes its indentation. misplaced: told the line of a block that does
        not stand alone on it."""
        mark = rf"\x02{self.secret}-(\d+)\x03"

        def block(found: re.Match[str]) -> str:
            text = self.shown[int(found[2])].text
            return "\n".join(found[1] + line if line else line for line in text.split("\n"))

        def inside(found: re.Match[str]) -> str:
            shown = self.shown[int(found[1])]
            if shown.block:
                misplaced(rendered[: rendered.index(found.group())].count("\n") + 1)
            before = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
            is_bare = before.count("`") % 2 or IN_ATTRIBUTE.search(before)
            return shown.bare if shown.bare and is_bare else shown.text

        return re.sub(mark, inside, re.sub(rf"(?m)^([ \t]*){mark}[ \t]*$", block, rendered))
