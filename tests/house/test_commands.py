"""Commands that the README and the pages tell exist."""

from __future__ import annotations

import re

from genloop.engine import cli
from tests.house.project import ROOT, Place, lines


def commands() -> list[Place]:
    """Every line of a shell block, and every command in running text, of the README and the pages."""
    told = []
    for name, number, line in lines(".md"):
        told += [(name, number, words) for words in re.findall(r"`((?:make|genloop)(?: [^`]*)?)`", line)]
        if re.match(r"(make|genloop) ", line.strip()):
            told.append((name, number, line.strip()))
    return told


def test_every_command_that_is_told_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.M))
    verbs = set(cli.genloop.commands)
    wrong = [
        f"{name}:{number}: {words}"
        for name, number, words in commands()
        if (match := re.match(r"(make|genloop)(?: --\S+(?: \S+)?)* ([a-z]+)\b", words))
        and match[2] not in (targets if match[1] == "make" else verbs)
    ]
    assert wrong == []
