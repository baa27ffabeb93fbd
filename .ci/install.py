"""Make the environment and install into it what pyproject.toml names: `python3 .ci/install.py .venv`.

`make` calls this when pyproject.toml or the pins changed. torch comes first, by pip: on Linux from
its index of CPU builds, where that can be reached, since PyTorch's packages on PyPI bring several
gigabytes of CUDA. The rest comes by uv, which takes a fraction of pip's time, and by pip where uv
cannot be had or fails.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LEAST = (3, 11, 5)
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PINS = ".ci/constraints.txt"
# The bytecode is compiled now: else each of the first commands does it, beside its work.
UV = ("--quiet", "--compile-bytecode")


def main(environment: Path) -> None:
    check_this_python()
    python = environment / "bin" / "python"
    make_environment(environment, python)
    torch = pinned("torch", Path("pyproject.toml"))
    if installed("torch", python) != torch.split("==")[1]:
        step(f"{torch}, a CPU build if there is one", *pip(python), torch, *index_of_torch())
    install_the_rest(python)


def check_this_python() -> None:
    """Say what is missing, and what to type, before anything is made."""
    if sys.version_info < LEAST:
        here, least = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, LEAST))
        sys.exit(
            f"genloop needs Python {least} or newer, and {sys.executable} is {here}. Type: make site PYTHON=python3.12"
        )
    if not all(importlib.util.find_spec(name) for name in ("ensurepip", "venv")):  # Debian packs them apart
        sys.exit(f"{sys.executable} cannot make environments. On Debian and Ubuntu type: apt-get install python3-venv")


def make_environment(environment: Path, python: Path) -> None:
    """An environment that runs a Python new enough stays, whoever made it: uv makes them without pip."""
    new_enough = f"import sys; sys.exit(sys.version_info < {LEAST})"
    if not runs(python, "-c", new_enough):
        if environment.is_dir() and any(environment.iterdir()) and not (environment / "pyvenv.cfg").is_file():
            sys.exit(f"{environment} holds other things and is no environment. Type: make site VENV=.venv")
        print(f"Making {environment}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
    elif not runs(python, "-m", "pip", "--version"):
        subprocess.run([python, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)


def install_the_rest(python: Path) -> None:
    course = ("-c", PINS, "-e", ".[site,test]")
    uv = find_uv(python)
    if uv is not None:
        command = (*uv, "pip", "install", "--python", python, *UV, *course)
        if step("what else pyproject.toml names, by uv", *command, may_fail=True):
            return
        print("uv could not; pip takes its place", flush=True)
    step("what else pyproject.toml names, by pip: some minutes the first time", *pip(python), *course)


def find_uv(python: Path) -> tuple[str | Path, ...] | None:
    """The uv of this machine, or one in the environment."""
    there = shutil.which("uv")
    if there is not None:
        return (there,)
    module = (python, "-m", "uv")
    if runs(*module, "--version") or step("uv", *pip(python), "uv>=0.5,<1", may_fail=True):
        return module
    return None


def pip(python: Path) -> tuple[str | Path, ...]:
    return (python, "-m", "pip", "install", "--quiet", "--retries", "10")


def index_of_torch() -> tuple[str, ...]:
    """Options that add the index of CPU builds: a build `2.13.0+cpu` goes before `2.13.0` of PyPI.

    None where PyPI's build is one for the CPU already, where somebody has chosen an index, and where
    the index cannot be reached: pip would ask for it ten times.
    """
    chosen = any(name in os.environ for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"))
    if platform.system() != "Linux" or chosen:
        return ()
    try:
        urllib.request.urlopen(f"{CPU_BUILDS}/torch/", timeout=5).close()
    except OSError:
        return ()
    return ("--extra-index-url", CPU_BUILDS)


def pinned(name: str, pyproject: Path) -> str:
    """`torch==2.13.0`, as the extra `site` has it."""
    import tomllib  # from Python 3.11 on, which was checked by now

    extras = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    [line] = [line for line in extras["site"] if line.startswith(f"{name}==")]
    return str(line)


def installed(name: str, python: Path) -> str:
    """The version without its build: `2.13.0` of `2.13.0+cpu`; empty if there is none."""
    ask = f"from importlib.metadata import version; print(version({name!r}).split('+')[0])"
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def runs(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def step(what: str, *command: str | Path, may_fail: bool = False) -> bool:
    """Run a command whose output matters only if it fails; say what it is, and on a terminal for how long."""
    moving = sys.stdout.isatty()
    print(f"Installing {what}", end="" if moving else "\n", flush=True)
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = ""
        while process.returncode is None:
            try:
                said = process.communicate(timeout=1)[0]
            except subprocess.TimeoutExpired:
                if moving:
                    print(f"\rInstalling {what}: {time.monotonic() - began:.0f} s", end="", flush=True)
    if moving:
        print()
    if process.returncode:
        print(said, file=sys.stderr)
        if not may_fail:
            sys.exit(process.returncode)
    return process.returncode == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
