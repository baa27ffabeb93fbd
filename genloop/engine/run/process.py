"""The process of a run: its environment variables, and the command that starts it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from genloop.engine.record import environment


def run_environment(style: Path, paths: Sequence[str] = ()) -> dict[str, str]:
    """The environment variables of every run, forked or fresh.

    style: the matplotlibrc of the course; paths: folders that it imports from first.
    """
    count = str(environment.threads())
    fixed = {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OMP_WAIT_POLICY": "passive",  # waiting threads that spin slow down the run on the other core
        "MPLBACKEND": "agg",
        "MATPLOTLIBRC": str(style),
        "SOURCE_DATE_EPOCH": "0",  # no dates in figures: same figure, same bytes
        "TZ": "UTC",  # a date in an output depends on no machine's clock settings
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "80",
    }
    if paths:
        fixed["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, **fixed}


def call(module: str, function: str, *arguments: str) -> list[str]:
    """The command that calls a function in a new process, wherever genloop lies and whatever the folder.

    -P: nothing beside the program may hide a module; genloop itself leaves sys.path again.
    """
    here = str(Path(__file__).parents[3])
    code = (
        f"import sys; sys.path.insert(0, {here!r}); from {module} import {function} as function; "
        "del sys.path[0]; function()"
    )
    return [sys.executable, "-P", "-c", code, *arguments]
