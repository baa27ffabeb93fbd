"""Processes of runs that outlived both the command and its fork server: found by a mark in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

MARK = "GENLOOP_RUNS_IN"
"""Names the work folder of the command that a process runs for. Its name is made for one command and never again."""
PASSES = 20
"""A stray may start another one while it is looked for. One that does nothing else can escape."""


def kill_strays(work: Path) -> None:
    """Kills what still runs for the command of this work folder, which is gone or about to go."""
    if not hasattr(os, "pidfd_open"):  # no Linux: there is no /proc to look in
        return
    for _ in range(PASSES):
        if sum(_kill(pid, work) for pid in _others()) == 0:  # any() would stop at the first
            return


def _others() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return []


def _kill(pid: int, work: Path) -> bool:
    """Whether this process runs for the command. The descriptor keeps it from being another one in the next line."""
    try:
        process = os.pidfd_open(pid)
    except OSError:  # gone
        return False
    try:
        if not _has_mark(pid, work):
            return False
        signal.pidfd_send_signal(process, signal.SIGKILL)
        return True
    except OSError:
        return False
    finally:
        os.close(process)


def _has_mark(pid: int, work: Path) -> bool:
    """As the process was started. What a zombie had is gone, what another user's process has is closed."""
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    return os.fsencode(f"{MARK}={work}") in environment.split(b"\0")
