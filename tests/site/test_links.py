"""Everything a page points at exists: pages, anchors, scripts, styles, figures, downloads."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from tests.site.built import SITE, target, tree
from tests.site.tree import Element

POINTERS = {
    "a": ("href",),
    "link": ("href",),
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "object": ("data",),
    "use": ("href",),
}


def links(root: Element) -> list[tuple[Element, str]]:
    found = []
    for element in root:
        for name in POINTERS.get(element.tag, ()):
            value = element.attrs.get(name)
            if value is not None and name == "srcset":
                found += [(element, part.split()[0]) for part in value.split(",")]
            elif value is not None:
                found.append((element, value))
    return found


@cache
def anchors(page: Path) -> set[str]:
    root = tree(page.relative_to(SITE).as_posix())
    return {e.attrs[key] for e in root for key in ("id", "name") if key in e.attrs}


def broken(page: str) -> list[str]:
    wrong = []
    for element, link in links(tree(page)):
        goal = target(page, link)
        if goal is None:
            continue
        file, anchor = goal
        if not file.is_file():
            wrong.append(f"<{element.tag}> {link}: no such file")
        elif anchor and file.suffix == ".html" and anchor not in anchors(file):
            wrong.append(f"<{element.tag}> {link}: no such anchor")
    return wrong


def test_every_link_source_and_anchor_exists(path: str) -> None:
    assert broken(path) == []


def test_the_page_for_wrong_addresses_links_to_what_exists() -> None:
    assert broken("404.html") == []


def test_nothing_is_loaded_from_elsewhere(path: str) -> None:
    """Links may lead out; what a page needs to be read may not."""
    foreign = [
        f"<{element.tag}> {link}"
        for element, link in links(tree(path))
        if element.tag != "a" and target(path, link) is None and not link.startswith("data:")
    ]
    assert foreign == []


def test_an_anchor_is_there_once(path: str) -> None:
    count = Counter(e.attrs["id"] for e in tree(path) if "id" in e.attrs)
    assert [name for name, times in count.items() if times > 1] == []


def test_every_image_says_what_it_shows(path: str) -> None:
    images = [img for img in tree(path).all("img") if "logo" not in img.attrs.get("src", "")]  # its link has the name
    assert [img.attrs.get("src") for img in images if not img.attrs.get("alt", "").strip()] == []
