"""The connection to a scheduler of Dask: an address that answers, and has workers."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterable
from typing import NoReturn

import dask
import distributed

from genloop.engine.errors import Failed, Problem

WAIT = "distributed.comm.timeouts.connect"
"""Dask's setting for the seconds in which a scheduler must answer; it must also have a worker then."""


class Cluster:
    """A scheduler that answers, and has workers. Raises Failed if it is none."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.wait: float = dask.utils.parse_timedelta(dask.config.get(WAIT))
        _silence()
        try:
            self.client = distributed.Client(address, timeout=self.wait, set_as_default=False, name="genloop")
        except Exception as error:  # noqa: BLE001 - each kind of address has errors of its own
            fix = "give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786"
            self.refuse(f"no scheduler answers there ({told(error)})", fix)
        try:
            self.client.wait_for_workers(1, timeout=self.wait)
        except Exception as error:  # noqa: BLE001 - the scheduler may also go away meanwhile
            self.close()
            late = isinstance(error, TimeoutError)
            why = f"has no workers after {self.wait:g} s" if late else f"does not answer ({told(error)})"
            self.refuse(why, f"start one: dask worker {address}")

    @property
    def workers(self) -> dict[str, int]:
        """Address -> runs at once."""
        known: dict[str, int] = self.client.nthreads()
        return known

    @property
    def there(self) -> bool:
        return self.client.status == "running"

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.close(timeout=5 if self.there else 0.1)

    def refuse(self, why: str, fix: str, details: Iterable[str] = ()) -> NoReturn:
        raise Failed([Problem("project", self.address, why, details=tuple(details), fix=fix)]) from None


def told(error: object) -> str:
    """An error in one line. What Dask wraps into advice of its own is told by what it wraps."""
    while isinstance(error, BaseException) and error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _silence() -> None:
    """What Dask logs and warns of is told by problems."""
    warnings.filterwarnings("ignore", module="distributed")
    for name in [
        name for name in logging.root.manager.loggerDict if name.partition(".")[0] in {"distributed", "tornado"}
    ]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
