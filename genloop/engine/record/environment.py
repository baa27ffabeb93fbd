"""What a run depends on besides the project: Python, thread settings, installed distributions, the processor."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from genloop.engine.program.project import Project

STYLE = Path(__file__).with_name("matplotlibrc")
GPUS = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver lists its cards, a folder for each."""
# Settings of the user that change numbers. They are part of a record, so that a run under one is not taken for another.
NUMERIC = (
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "DNNL_DEFAULT_FPMATH_MODE",
    "MKL_CBWR",
    "OPENBLAS_CORETYPE",
    "GLIBC_TUNABLES",
)


def threads() -> int:
    """Numeric threads of a run: GENLOOP_THREADS, or one (two on two busy cores are up to ten times slower)."""
    given = os.environ.get("GENLOOP_THREADS", "1")
    if not given.isdecimal() or int(given) < 1:
        raise ValueError(f"GENLOOP_THREADS must be a number from 1 on, not {given!r}")
    return int(given)


def settings() -> dict[str, str]:
    """What must be the same for a record to be fresh, by a name that `why` prints."""
    numeric = {name: os.environ[name] for name in NUMERIC if name in os.environ}
    return {"Python": platform.python_version(), "threads": str(threads()), **numeric}


def style_of(project: Project) -> Path:
    """The matplotlibrc of a course: the house style, none (then it is matplotlib's own), or a file of the course."""
    if isinstance(project.style, str):
        return project.root / project.style
    return STYLE if project.style else Path(os.devnull)


def style_digest(file: Path) -> str:
    """sha256 of a matplotlibrc; a part of what a run depends on if it imports matplotlib."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def system() -> str:
    """ "Linux x86_64"."""
    return f"{platform.system()} {platform.machine()}"


@functools.cache
def processor() -> str:
    """The processor and its vector instructions, for people: "AMD EPYC, avx512"."""
    name, flags = platform.machine(), set[str]()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                flags = set(value.split())
    except OSError:
        name = platform.processor() or name
    best = next((level for flag, level in (("avx512f", "avx512"), ("avx2", "avx2")) if flag in flags), "")
    return ", ".join(part for part in (name, best) if part)


@functools.cache
def graphics() -> str:
    """The NVIDIA GPUs of this machine, for people, as their driver lists them: "NVIDIA H100 80GB HBM3"; "" without."""
    found = []
    for path in sorted(GPUS.glob("*/information")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return ", ".join(dict.fromkeys(found))


@functools.cache
def version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def versions(imports: Iterable[str]) -> dict[str, str]:
    """Distribution -> version, of everything installed that the imported top-level names belong to."""
    tops = set(imports)
    known = _distributions() if tops else {}  # reading all that is installed takes a quarter of a second
    names = {distribution for name in tops for distribution in known.get(name, ())}
    return {name: found for name in sorted(names, key=str.lower) if (found := version(name))}


def forget() -> None:
    """Looks again at what is installed, where a process outlives an installation."""
    version.cache_clear()
    _distributions.cache_clear()


def apart(project: Project) -> list[str]:
    """What of a project is no input of a run though the run may read it: records have it otherwise, or it is built."""
    own = (project.store, project.generated, style_of(project))
    return [*map(str, own), *environment_folders(project.root)]


def environment_folders(root: Path) -> list[str]:
    """Folders below the project that hold an environment, not the project: their files are known by their versions."""
    prefixes = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    below = [str(prefix) for prefix in prefixes if prefix.is_relative_to(root)]
    return [*below, str(root / ".venv"), str(root / ".git")]
