"""The packages behind import names, and the versions that are installed here."""

from __future__ import annotations

import functools
import importlib.metadata
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

KNOWN = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Of modules that are often imported and have another name than their package: where they are not installed."""
HEAVY = ("torch", "matplotlib.pyplot", "numpy", "pandas", "scipy.stats", "sklearn", "jax", "tensorflow")
"""Modules that take long to load: the fork server does it once for all programs."""
SITE = {
    "mkdocs": ">=1.6,<2",
    "mkdocs-material": ">=9.5",
    "mkdocs-jupyter": ">=0.25",
    "jupytext": ">=1.16",
    "nbclient": ">=0.10",
    "ipykernel": ">=6.29",
}
"""What the site is built with, and the versions that do where none is installed here."""


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def of_import(name: str) -> tuple[str, bool]:
    """The package that gives a module, and whether it is installed here; its name is guessed if it is not."""
    found = list(dict.fromkeys(_distributions().get(name, [])))
    if not found:
        return KNOWN.get(name, name), False
    same = [one for one in found if _plain(one) == _plain(name)]
    return (same or found)[0], True


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names or name == "__future__"


def pinned(names: Iterable[str], ranges: Mapping[str, str] | None = None) -> list[str]:
    """Requirements with the versions that are installed here; a range, or the bare name, for what is not."""
    lines = []
    for name in sorted(set(names), key=str.lower):
        try:
            lines.append(f"{name}=={importlib.metadata.version(name).partition('+')[0]}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(name + (ranges or {}).get(name, ""))
    return lines


def heavy(imports: Iterable[str]) -> list[str]:
    """Of these modules, by their top-level names, those that are worth loading in advance and are here."""
    there = set(imports)
    return [module for module in HEAVY if (top := module.partition(".")[0]) in there and find_spec(top) is not None]


def missing(modules: Iterable[str]) -> list[str]:
    """Of these modules those that are not installed here."""
    return [module for module in modules if find_spec(module) is None]
