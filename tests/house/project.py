"""The files of the project, for tests that read them all."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "genloop" / "engine"
SNIPPETS = ROOT / "snippets"
TEXT = {".py", ".md", ".toml", ".yml", ".css", ".js", ".html", ".svg", ".txt", ".out", ""}

Place = tuple[str, int, str]


@cache
def tracked() -> list[Path]:
    """The files of the project: what Git knows, and what it would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(ROOT / name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def lines(*suffixes: str, under: str = "") -> Iterator[Place]:
    """Path, number and text of every line of the tracked text files."""
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in (suffixes or TEXT) and name.startswith(under):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield name, number, line


def found(pattern: str, *suffixes: str, under: str = "", but: str = r"(?!)") -> list[str]:
    wanted, allowed = re.compile(pattern), re.compile(but)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, number, line in lines(*suffixes, under=under)
        if wanted.search(line) and not allowed.search(line)
    ]
