"""The client side of the fork server. The only module that starts processes."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from pathlib import Path

from genloop.engine.program.project import Project
from genloop.engine.record import environment, strays
from genloop.engine.run import process


@dataclass(frozen=True)
class Finished:
    """How a child ended."""

    status: int | None
    """Wait status, None if it was stopped at its timeout."""
    seconds: float


class ServerDied(Exception):
    """The process that runs snippets is gone; the message holds the end of what it said."""


class Stop:
    """Ends a run from another thread, at whatever point it is: also one that is only about to begin."""

    def __init__(self) -> None:
        self.asked = False
        self._kill: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.asked = True
            kill = self._kill
        if kill:
            kill()

    def reaches(self, kill: Callable[[], None]) -> None:
        """Says how the run is ended from now on; at once, if that was asked for before."""
        with self._lock:
            self._kill = kill
            asked = self.asked
        if asked:
            kill()


class Server:
    """The client side of the fork server. Safe to use from several threads; starts at its first use."""

    def __init__(self, project: Project, work: Path) -> None:
        self.project = project
        self.work = work
        self.numbers = itertools.count(1)
        self.preloaded: set[str] = set()
        self.waiting: dict[int, Future[dict[str, object]]] = {}
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.closed = False
        self.ended = threading.Event()
        """Whether nobody will answer any more."""

    def preload(self, modules: Collection[str]) -> None:
        """Has these modules loaded before the runs that come now; each only once."""
        self._start()
        with self.lock:
            new = [module for module in modules if module not in self.preloaded]
            self.preloaded.update(new)
        if new:
            self._send({"preload": new})

    def run(self, request: Mapping[str, object], timeout: float, stop: Stop | None = None) -> Finished:
        """Starts a child and waits for its end. Raises ServerDied if the server goes away meanwhile."""
        self._start()
        number = next(self.numbers)
        future: Future[dict[str, object]] = Future()
        self.waiting[number] = future
        start = time.perf_counter()
        self._send({"number": number, **request})
        if stop:
            stop.reaches(lambda: self._kill(number))
        if self.ended.is_set() and number in self.waiting:  # it ended just now, and missed this one
            raise ServerDied(self._last_words())
        try:
            status = future.result(timeout)["status"]
        except Late:
            self._kill(number)
            future.result()
            return Finished(None, time.perf_counter() - start)
        return Finished(int(str(status)), time.perf_counter() - start)

    def _kill(self, number: int) -> None:
        """Kills the child of this request, if it still runs."""
        with contextlib.suppress(ServerDied):
            self._send({"kill": number})

    def close(self) -> None:
        """Stops the server and everything that still runs in it; it starts no more."""
        self.closed = True
        if self.process is not None:
            process, self.process = self.process, None
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # a request that a server who died never took is still in it
                process.stdin.close()
            process.wait()

    def _start(self) -> None:
        with self.lock:
            if self.closed:
                raise ServerDied("the fork server was closed")
            if self.process is not None:
                if self.process.poll() is None:
                    return
                raise ServerDied(self._last_words())
            settings = {"root": str(self.project.root), "apart": environment.apart(self.project)}
            with open(self.work / "server.log", "wb") as log:
                self.process = subprocess.Popen(
                    process.call("genloop.engine.run.fork_server", "main", json.dumps(settings)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={
                        **process.run_environment(environment.style_of(self.project), self.project.paths),
                        strays.MARK: str(self.work),
                    },
                    cwd=self.work,
                )
            ready: Future[dict[str, object]] = Future()
            self.waiting[0] = ready
            threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
            ready.result()

    def _send(self, request: Mapping[str, object]) -> None:
        with self.lock:
            if self.process is None or self.process.stdin is None:
                raise ServerDied("the fork server was closed")
            try:
                self.process.stdin.write(json.dumps(request).encode() + b"\n")
                self.process.stdin.flush()
            except BrokenPipeError:
                raise ServerDied(self._last_words()) from None

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                answer = json.loads(line)
                self.waiting.pop(0 if "ready" in answer else answer["number"]).set_result(answer)
        process.wait()
        self.ended.set()
        for number in list(self.waiting):
            if future := self.waiting.pop(number, None):
                future.set_exception(ServerDied(self._last_words()))

    def _last_words(self) -> str:
        try:
            said = (self.work / "server.log").read_text(errors="replace")[-2000:]
        except OSError:  # closed on purpose, with its folder
            said = ""
        return f"the fork server ended\n{said}"
