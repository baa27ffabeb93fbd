"""The site without MkDocs: ProperDocs, a fork that is maintained, reads the same settings and makes the same files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.site.built import ROOT, SITE

GENERATOR = re.compile(rb'<meta name="?generator"? content="mkdocs-[^"]*">')
"""Names the program that made a page, and its version."""


def files(site: Path) -> dict[str, bytes]:
    found = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    return {name: GENERATOR.sub(b"", path.read_bytes()) for name, path in found.items()}


def test_properdocs_makes_the_same_site(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "properdocs",
        "build",
        "--strict",
        "-f",
        "mkdocs.yml",
        "-d",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    ours, theirs = files(SITE), files(tmp_path / "site")
    assert b"ProperDocs" in (tmp_path / "site" / "index.html").read_bytes()
    assert theirs.keys() == ours.keys()
    assert [name for name, data in ours.items() if theirs[name] != data] == []
