"""A scheduler and workers of Dask on loopback, each a process of its own, as somebody starts them by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .course import ROOT

ADDRESS = re.compile(r"(?:Scheduler|worker) at: +(tcp://\S+)")


class Node:
    """One process; `address` is what it says that it listens at."""

    def __init__(self, module: str, log: Path, *words: str, env: Mapping[str, str] | None = None) -> None:
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *words],
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def address(self) -> str:
        end = time.monotonic() + 30
        while not (found := ADDRESS.search(self.log.read_text(errors="replace"))):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text(errors="replace")
            time.sleep(0.02)
        return found[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Cluster:
    """Workers have one thread and no nanny: who is killed stays away."""

    def __init__(self, folder: Path, workers: int, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.env = env
        quiet = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = Node("dask_scheduler", folder / "scheduler.log", *quiet, "--no-show", env=env)
        self.address = self.scheduler.address
        self.workers: list[Node] = []
        for _ in range(workers):
            self.add()

    def add(self, env: Mapping[str, str] | None = None) -> Node:
        number = len(self.workers)
        words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0", "--host", "127.0.0.1"]
        place = ["--local-directory", str(self.folder / f"worker{number}")]
        log = self.folder / f"worker{number}.log"
        node = Node("dask_worker", log, self.address, *words, *place, env={**(self.env or {}), **(env or {})})
        self.workers.append(node)
        return node

    def close(self) -> None:
        for node in [*self.workers, self.scheduler]:
            node.kill()
