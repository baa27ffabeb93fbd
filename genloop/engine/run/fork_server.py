"""The fork server: loads heavy libraries once, and forks a child for each run. Imports the standard library only.

It reads one JSON request per line from stdin and writes one JSON answer per line. When stdin ends (its parent is done,
or was killed), it kills every child with all that the child started, and goes.

multiprocessing's own fork server was not enough: its children outlive a killed parent, it imports the parent's main
module again in every child, and it cannot say what a child imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import json
import os
import resource
import selectors
import signal
import socket
import sys
import threading
import traceback
import types
from collections.abc import Set
from pathlib import Path
from typing import Any, NoReturn

from genloop.engine.run import tracing

PRINTED = 4 * 2**20
"""Bytes that standard output and errors may have, however small the files of a run must be: an endless print ends."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    settings = json.loads(sys.argv[1])
    # The channel to the parent must not be a descriptor that a snippet prints to.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which closes stdin
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    tracing.follow_imports()
    Server(answers, settings).serve()


class Server:
    def __init__(self, answers: Any, settings: dict[str, Any]) -> None:
        self.answers = answers
        self.settings = settings
        self.children: dict[int, int] = {}
        """Process id -> number of the request."""
        self.wake, wake_end = socket.socketpair()
        for end in (self.wake, wake_end):
            end.setblocking(False)
        self.wake_end = wake_end  # kept: the file descriptor closes with the object
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_end.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        self.answer({"ready": True})
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            selector.register(self.wake, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd != 0:
                        with contextlib.suppress(BlockingIOError):
                            self.wake.recv(4096)
                        self.reap()
                        continue
                    data = os.read(0, 65536)
                    if not data:
                        self.kill_all()
                        return
                    *lines, pending = (pending + data).split(b"\n")
                    for line in lines:
                        self.handle(json.loads(line))

    def handle(self, request: dict[str, Any]) -> None:
        if "kill" in request:
            for pid, number in self.children.items():
                if number == request["kill"]:
                    kill_group(pid)
            return
        if "preload" in request:
            for module in request["preload"]:
                with contextlib.suppress(Exception):  # not installed, or broken: a snippet that imports it will say so
                    importlib.import_module(module)
            return
        pid = os.fork()
        if pid == 0:
            for end in (self.answers, self.wake, self.wake_end):
                os.close(end.fileno())  # the child shall not talk to the parent
            run_child(request, self.settings)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # here and in the child: whoever comes first
        self.children[pid] = request["number"]

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.wait4(-1, os.WNOHANG))[0]:
                self.ended(*found)

    def ended(self, pid: int, status: int, usage: resource.struct_rusage) -> None:
        if pid in self.children:  # else what a run left behind, ours since then
            kill_group(pid)  # what the child started and left behind
            self.answer({"number": self.children.pop(pid), "status": status, "cpu": usage.ru_utime + usage.ru_stime})
            if not self.children:
                kill_strays()

    def kill_all(self) -> None:
        for pid in self.children:
            kill_group(pid)
        kill_strays()

    def answer(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(message), file=self.answers, flush=True)


def kill_strays() -> None:
    """Kills what left the process group of its run: as their subreaper, this process is the parent of them all."""
    children = f"/proc/self/task/{os.getpid()}/children"
    with contextlib.suppress(OSError):
        while pids := Path(children).read_text(encoding="ascii").split():
            for pid in map(int, pids):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def run_child(request: dict[str, Any], settings: dict[str, Any]) -> NoReturn:
    """In the child: sets up descriptors, limits and signals, runs the program, and never returns."""
    status = 1
    try:
        prepare_process(request)
        os.environ.update(request["environment"])
        if command := request.get("command"):
            os.execv(command[0], command)
        if "matplotlib" in sys.modules:  # when it was loaded, the environment was the server's
            sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
        reads = tracing.Reads(settings["root"], request["folder"], settings["apart"])
        status = run_program(request["program"], request["folder"], reads, {"genloop", *request["modules"]})
        if status == 0 or request["raises"]:
            tracing.write_trace(request["trace"], reads)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def prepare_process(request: dict[str, Any]) -> None:
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # also when the server itself is killed
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    for target, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        (2, request["stderr"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        source = os.open(path, flags, 0o644)
        os.dup2(source, target)
        os.close(source)
    # One more than is allowed: who reaches it has written too much (see outcome).
    largest = max(request["largest"] + 1, PRINTED)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = int(request["memory"] * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def run_program(program: str, folder: str, reads: tracing.Reads, anew: Set[str]) -> int:
    """Runs the program as `python program` would in `folder`; returns its exit status.

    anew: the modules that must load, and be seen, in this run: a project may be genloop itself, and what was loaded in
    advance may have the name of a module that lies beside the program.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] in anew]:
        del sys.modules[name]
        tracing.edges.pop(name, None)
    reseed()
    # As PYTHONUNBUFFERED=1 makes them: what a child process prints and the program's own lines keep their order.
    sys.stdout = stream(1, "surrogateescape")
    sys.stderr = stream(2, "backslashreplace")
    path = os.path.join(folder, program)
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __cached__=None, __builtins__=sys.modules["builtins"], __annotations__={})
    sys.modules["__main__"] = main
    sys.argv = [program]
    sys.path.insert(0, folder)
    reads.watch()
    status = 0
    try:
        with open(path, encoding="utf-8") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)
    except SystemExit as stop:
        status = exit_status(stop)
    except BaseException:
        print_traceback()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the program's threads, as the interpreter does at its end
    import atexit

    atexit._run_exitfuncs()
    sys.stdout.flush()
    return status


def stream(descriptor: int, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, write_through=True)


def reseed() -> None:
    """A forked child has its parent's random states: without this an unseeded program would look seeded."""
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def exit_status(stop: SystemExit) -> int:
    match stop.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case message:
            print(message, file=sys.stderr)
            return 1


def print_traceback() -> None:
    """The traceback that plain python prints: without the frames of this engine."""
    error = traceback.TracebackException(*sys.exc_info())
    link: traceback.TracebackException | None = error
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if frame.filename not in (__file__, tracing.__file__)]
        link = link.__cause__ or link.__context__
    print("".join(error.format()), end="", file=sys.stderr)
