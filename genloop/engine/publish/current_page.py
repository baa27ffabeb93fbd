"""The page that is being converted. Python-Markdown does not know it; whoever drives it says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genloop.engine.errors import Failed, Problem


@dataclass
class CurrentPage:
    path: str = ""
    """Below docs/: "gan/ring.md"."""

    def wrong(self, reasons: Iterable[str], fix: str = "") -> Failed:
        """What to raise if this page cannot be converted."""
        return Failed(Problem("page", self.path, why, file=f"docs/{self.path}", fix=fix) for why in reasons)
