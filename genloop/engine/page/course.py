"""What pages may show, and what a way to write it must offer.

There are two: `site_markdown.Rich` for the site, `plain_markdown.Plain` for Markdown that stands alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from genloop.engine.compare.accepted import Accepted
from genloop.engine.compare.difference import Comparison
from genloop.engine.compare.places import Places
from genloop.engine.page.own_calls import Own
from genloop.engine.page.words import Words
from genloop.engine.program.project import Project
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store


@dataclass(frozen=True)
class Course:
    """All that pages may show: the project, its fresh and verified records, and when they were accepted."""

    project: Project
    store: Store
    records: Mapping[str, Record]
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    """Where programs printed what was accepted, besides here."""
    wheel: tuple[str, bytes] | None = None
    """File name and bytes of the project's library, if it is offered to readers."""
    calls: Mapping[str, Own] = field(default_factory=dict)
    """The calls that this course adds to those that every page has."""
    say: Words = field(default_factory=Words)
    """Says the engine's own words in the language of the site."""
    draft: bool = False
    """Whether it is shown while somebody writes it: records may be old, and what is not known is a gap."""


@dataclass(frozen=True)
class Drawn:
    """A figure of a run, as a page shows it."""

    record: Record
    file: str
    caption: str = ""
    """Markdown."""
    scale: float | None = None
    """CSS pixels per pixel of a picture; None for a good width."""
    height: int = 450
    """CSS pixels of a figure that is a page of HTML."""


class Style(Protocol):
    """How what a page calls for is written. `root` is the way from the page to docs/: "../" for gan/ring.md."""

    is_site: bool
    """Whether it writes for the site; otherwise Markdown that stands alone."""

    def code(self, course: Course, snippet: Snippet, section: str, fold: bool, root: str) -> str: ...
    def diff(self, course: Course, program: Snippet, variant: Snippet) -> str: ...
    def output(self, course: Course, record: Record, text: str, asked: Collection[str]) -> str: ...
    def figure(self, course: Course, drawn: Drawn, root: str) -> str: ...
    def value(self, course: Course, record: Record, label: str, text: str) -> str: ...
    def claim(self, course: Course, sentence: str) -> str: ...
    def download(self, record: Record, file: str, text: str, root: str) -> str: ...
    def library(self, wheel: str, root: str) -> str: ...
    def compare(self, course: Course, found: Comparison, root: str) -> str: ...
    def moved(self, course: Course, found: Mapping[str, Comparison]) -> str: ...
    def files(self, course: Course, snippet: Snippet, root: str) -> str: ...
    def runs(self, course: Course) -> str: ...
