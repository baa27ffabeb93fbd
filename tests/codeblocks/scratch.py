"""A copy of the project to write in: for the README's commands, and for building from nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_project(folder: Path) -> Path:
    """The files that Git knows or would take, with their times, the store, and a link to the environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for built in (".genloop", "docs/generated"):
        if (ROOT / built).is_dir():
            shutil.copytree(ROOT / built, folder / built, ignore=shutil.ignore_patterns("stage"))
    (folder / ".venv").symlink_to(sys.prefix)
    return folder
