"""The built site as files, and what the course's own files say should be on it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.site.tree import Element, read

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
SNIPPETS = ROOT / "snippets"

HEADER = re.compile(r"^# /// script$\n(?P<body>(?:^#(?: .*)?$\n)+?)^# ///$\n", re.M)
MARK = re.compile(r"^# %%[ \t]*(?P<name>[^\n]*)\n", re.M)


def pages() -> list[str]:
    """Every page a reader can open, by its path in the site; 404.html is only ever served."""
    return sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if p.name != "404.html")


@cache
def tree(page: str) -> Element:
    return read(SITE / page)


@dataclass(frozen=True)
class Program:
    """A snippet as its file has it: read here without the engine, as an oracle."""

    name: str
    source: str

    @classmethod
    def named(cls, name: str) -> Program:
        return cls(name, (SNIPPETS / f"{name}.py").read_text(encoding="utf-8"))

    @property
    def metadata(self) -> dict[str, object]:
        """The inline script metadata."""
        found = HEADER.search(self.source)
        if not found:
            return {}
        body = "".join(line[2:] if line.startswith("# ") else line[1:] for line in found["body"].splitlines(True))
        return tomllib.loads(body)

    @property
    def header(self) -> dict[str, object]:
        """The [tool.genloop] table of the inline script metadata."""
        tool = self.metadata.get("tool", {})
        assert isinstance(tool, dict)
        return dict(tool.get("genloop", {}))

    @property
    def for_readers(self) -> tuple[dict[str, object], str]:
        """What a download has: the metadata that are not for the engine alone, and the text without its header."""
        tool = self.metadata.get("tool", {})
        assert isinstance(tool, dict)
        others = {name: table for name, table in tool.items() if name != "genloop"}
        kept = {key: value for key, value in self.metadata.items() if key != "tool"}
        return kept | ({"tool": others} if others else {}), HEADER.sub("", self.source)

    @property
    def shown(self) -> str:
        """What a page shows of it: neither the header nor the section marks."""
        return MARK.sub("", HEADER.sub("", self.source))

    @property
    def sections(self) -> dict[str, str]:
        """Section name -> text. What stands before the first mark is "top"."""
        parts = MARK.split(HEADER.sub("", self.source))
        named = dict(zip(parts[1::2], parts[2::2], strict=True))
        return ({"top": parts[0]} if parts[0].strip() else {}) | {name.strip(): text for name, text in named.items()}

    @property
    def is_notebook(self) -> bool:
        return re.search(r"^# %% \[markdown\]", self.source, re.M) is not None


def squeeze(text: str) -> str:
    """Text without blank lines: where one stands between sections is layout, not program."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def target(page: str, link: str) -> tuple[Path, str] | None:
    """The file and the anchor that a link of a page leads to; None if it leads out of the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if not path:
        return SITE / page, unquote(parts.fragment)
    base = SITE if path.startswith("/") else (SITE / page).parent
    file = (base / path.lstrip("/")).resolve()
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)
