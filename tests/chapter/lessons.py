"""The lessons of the chapter, as their pages are written."""

from __future__ import annotations

import re
from functools import cache

import yaml
from mkdocs.utils.yaml import yaml_load

from tests.house.project import ROOT

DOCS = ROOT / "docs"
FIRST = ("After this page you can", "Three minutes")
LAST = (
    "Common mistakes",
    "What this lab shows, and what it does not",
    "Exercises",
    "Key points",
    "The whole program",
    "Where next",
    "Sources",
)
OPTIONAL = {"The whole program"}  # a page without a program of its own, or with it further up, needs no such section
MEASURED = re.compile(r"\{\{ *(?!(?:code|diff|files|loop|download|library|predict|progress)\()")
"""An expression that shows what a run gave, not a program or a way to it."""


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@cache
def front_matter(name: str) -> dict[str, str]:
    return dict(yaml.safe_load(page(name).split("---\n")[1]))


@cache
def titles(part: str | None = None) -> dict[str, str]:
    """Written page -> its title in the navigation; of one part of it, or of all."""
    nav = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    entries = [(name, entry) for one in nav for name, entry in one.items() if part in (None, name)]
    assert entries, f"the navigation has no {part}"
    found: dict[str, str] = {}
    for name, entry in entries:
        pages = entry if isinstance(entry, list) else [{name: entry}]
        found |= {file: title for page in pages for title, file in page.items() if file.endswith(".md")}
    return found


def lessons() -> list[str]:
    """The pages of the chapter, but for those that say in their front matter why they are none."""
    return [name for name in titles("Chapter 6.6") if not front_matter(name).get("not_a_lesson", "").strip()]


def heading(name: str) -> str:
    (found,) = re.findall(r"(?m)^# (.+)$", re.sub(r"(?ms)^```.*?^```", "", page(name).split("---\n", 2)[2]))
    return str(found)


def sections(name: str) -> dict[str, str]:
    """Heading of the second level -> what stands below it. What comes before the first has the heading ""."""
    parts = re.split(r"(?m)^## (.+)$", page(name).split("---\n", 2)[2])
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def exercises(name: str) -> list[str]:
    """The numbered exercises of a page, each with all that is indented below it."""
    return re.findall(r"(?m)^\d+\. .*\n(?:(?: {4}.*)?\n)*", sections(name).get("Exercises", "") + "\n")


def folded(block: str, kind: str, title: str) -> list[str]:
    """What stands in the folded blocks of this kind and title."""
    found = re.finditer(
        rf'(?m)^(?P<indent> *)\?\?\? {kind} "{title}[^\n]*\n(?P<body>(?:(?P=indent) {{4}}.*\n|\n)*)', block
    )
    return [one["body"] for one in found]
