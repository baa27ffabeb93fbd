"""Print the pins for what the direct dependencies pull in: `pip freeze` without what pyproject.toml pins.

`make pins` writes them to .ci/constraints.txt. The versions of torch, MkDocs and the other direct
dependencies stand in pyproject.toml alone, so that an upgrade edits one line.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Parts of a CUDA build of torch: a machine with the CPU build has none of them.
ACCELERATOR = ("nvidia-", "cuda-", "triton")


def pinned_directly(pyproject: Path) -> set[str]:
    extras = tomllib.loads(pyproject.read_text())["project"]["optional-dependencies"]
    wanted = [Requirement(line) for lines in extras.values() for line in lines]
    return {canonicalize_name(r.name) for r in wanted if str(r.specifier).startswith("==")}


def main() -> None:
    direct = pinned_directly(Path("pyproject.toml"))
    freeze = [sys.executable, "-m", "pip", "freeze", "--exclude-editable"]
    lines = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout.split()
    print("# What the direct dependencies in pyproject.toml pull in. Written by `make pins`.")
    for line in lines:
        name = canonicalize_name(line.split("==")[0])
        if "==" in line and name not in {*direct, "uv"} and not name.startswith(ACCELERATOR):
            print(line.split("+")[0])


if __name__ == "__main__":
    main()
