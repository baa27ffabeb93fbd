"""A fence that nothing accounts for ends the run, on several cores too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.codeblocks.scratch import ROOT


@pytest.mark.parametrize(
    ("fence", "status", "said"),
    [("```py", 4, "a.md:1: a fence ```py is not run, and nothing says why"), ("```python", 0, "1 run; none left out")],
)
def test_what_nobody_runs_is_told(tmp_path: Path, fence: str, status: int, said: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a.md").write_text(f"{fence}\nx = 1\n```\n")
    plugin = ["-p", "tests.codeblocks.plugin", "-n", "2", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *plugin, "--codeblocks", str(tmp_path / "a.md")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done
