"""The project's own library as a wheel, for readers whose programs import it."""

from __future__ import annotations

import contextlib
import importlib
import io
import tempfile
import tomllib
from pathlib import Path


def build_wheel(root: Path) -> tuple[str, bytes]:
    """File name and bytes of the project's wheel, by the build backend that its pyproject.toml names (PEP 517).

    Raises RuntimeError if there is none, or if it fails. The current folder is changed while it builds.
    """
    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        backend = importlib.import_module(table["build-system"]["build-backend"])
        with (
            contextlib.chdir(root),
            contextlib.redirect_stdout(io.StringIO()),
            tempfile.TemporaryDirectory() as folder,
        ):
            name = str(backend.build_wheel(folder))
            return name, (Path(folder) / name).read_bytes()
    except KeyError as error:
        raise RuntimeError(
            f"pyproject.toml has no {error}; the wheel needs [build-system] with a build-backend"
        ) from error
    except Exception as error:  # a build backend may raise anything; it becomes one line
        raise RuntimeError(f"the wheel cannot be built: {type(error).__name__}: {error}") from error
