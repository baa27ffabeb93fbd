"""Runs snippets: starts the fork server, gives it work, and turns what came of it into a Record or into problems.

The only module that starts processes.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from genloop.engine import machine
from genloop.engine.errors import Problem
from genloop.engine.project import Project
from genloop.engine.snippet import Snippet
from genloop.engine.store import Record, Store, digest_of

STDOUT_LIMIT = 2**20
"""Bytes a snippet may print; a page that shows more is a mistake."""
STDERR_SHOWN = 12
"""Lines of stderr that a problem shows."""
UNSHOWABLE = (
    (re.compile(r"\x1b"), "an ANSI code (ESC)", "print plain text: no colors, no cursor movements"),
    (re.compile(r"\r"), "a carriage return", "leave out the progress bar"),
    (re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"), "a control character", "print plain text"),
)


@dataclass(frozen=True)
class Finished:
    """How a child ended."""

    status: int | None
    """Wait status, None if it was stopped at its timeout."""
    seconds: float


@dataclass(frozen=True)
class Fresh:
    """What came of a plain `python file.py`."""

    stdout: str
    folder: Path
    """Where the files that it wrote lie, as long as the runner is open."""
    seconds: float
    problems: list[Problem]


class Server:
    """The client side of the fork server. Safe to use from several threads; starts at its first use."""

    def __init__(self, project: Project, work: Path) -> None:
        self.project = project
        self.work = work
        self.numbers = itertools.count(1)
        self.waiting: dict[int, Future[dict[str, object]]] = {}
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, request: Mapping[str, object], timeout: float) -> Finished:
        """Starts a child and waits for its end. Raises ServerDied if the server goes away meanwhile."""
        self._start()
        number = next(self.numbers)
        future: Future[dict[str, object]] = Future()
        self.waiting[number] = future
        start = time.perf_counter()
        self._send({"number": number, **request})
        try:
            status = future.result(timeout)["status"]
        except Late:
            self._send({"kill": number})
            future.result()
            return Finished(None, time.perf_counter() - start)
        return Finished(int(str(status)), time.perf_counter() - start)

    def close(self) -> None:
        """Stops the server and everything that still runs in it."""
        if self.process is not None:
            process, self.process = self.process, None
            assert process.stdin is not None
            process.stdin.close()
            process.wait()

    def _start(self) -> None:
        with self.lock:
            if self.process is not None:
                return
            root = self.project.root
            apart = [str(self.project.store), str(self.project.generated), *machine.environment_folders(root)]
            settings = {"preload": self.project.preload, "root": str(root), "apart": apart}
            with open(self.work / "server.log", "wb") as log:
                self.process = subprocess.Popen(
                    machine.call("genloop.engine.server", "main", json.dumps(settings)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=machine.run_environment(),
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
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            answer = json.loads(line)
            self.waiting.pop(0 if "ready" in answer else answer["number"]).set_result(answer)
        try:
            said = (self.work / "server.log").read_text(errors="replace")[-2000:]
        except OSError:  # closed on purpose, with its folder
            said = ""
        for future in list(self.waiting.values()):
            future.set_exception(ServerDied(f"the fork server ended\n{said}"))


class ServerDied(Exception):
    """The process that runs snippets is gone; the message holds the end of what it said."""


class Runner:
    """Runs one snippet at a time per calling thread, each in an empty folder of its own."""

    def __init__(self, project: Project, store: Store, work: Path) -> None:
        self.project = project
        self.store = store
        self.work = work
        self.server = Server(project, work)
        self.numbers = itertools.count(1)

    def run(self, snippet: Snippet, needs: Mapping[str, Record]) -> tuple[Record | None, list[Problem]]:
        """A traced run of the snippet in a forked child; its record, which is in the store then, or the problems."""
        place = self._place(snippet)
        try:
            given = self._give_needs(snippet, needs, place / "run")
            run = self._start(snippet, place, fresh=False)
            problems = self._problems(snippet, place, run, given, fresh=False)
            if problems:
                return None, problems
            try:
                traced = json.loads((place / "trace.json").read_text(encoding="utf-8"))
            except OSError:
                why = "ended without a trace of what it used; it must end by itself, not through os._exit"
                return None, [Problem("run", snippet.name, why)]
            files = {path.name: path for path in self._written(snippet, place / "run", given)}
            record = self._record(snippet, needs, place, run.seconds, traced, files)
            self.store.add(record, files)
            return record, []
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def run_fresh(self, snippet: Snippet, folders: Mapping[str, Path]) -> Fresh:
        """Plain `python file.py`; folders: where the fresh runs of what it needs left their files."""
        place = self._place(snippet)
        given: dict[str, str] = {}
        for name, folder in folders.items():
            need = self.project.snippets[name]
            for file in (*need.settings.files, *need.settings.figures):
                target = place / "run" / need.variant / file
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(folder / file, target)
                given[str(Path(need.variant, file))] = digest_of(target) or ""
        run = self._start(snippet, place, fresh=True)
        problems = self._problems(snippet, place, run, given, fresh=True)
        stdout = (place / "stdout").read_bytes().decode(errors="replace")
        return Fresh(stdout, place / "run", run.seconds, problems)

    def close(self) -> None:
        self.server.close()

    def _place(self, snippet: Snippet) -> Path:
        place = self.work / str(next(self.numbers))
        (place / "run").mkdir(parents=True)
        (place / "run" / snippet.path.name).write_text(snippet.source, encoding="utf-8")
        for stream in ("stdout", "stderr"):
            (place / stream).touch()
        return place

    def _give_needs(self, snippet: Snippet, needs: Mapping[str, Record], folder: Path) -> dict[str, str]:
        """Puts the files of what the snippet needs into its folder; returns them with their sha256."""
        given = {}
        for name in snippet.settings.needs:
            variant = self.project.snippets[name].variant
            for file, digest in needs[name].files.items():
                self.store.copy(needs[name], file, folder / variant / file)
                given[str(Path(variant, file))] = digest
        return given

    def _start(self, snippet: Snippet, place: Path, *, fresh: bool) -> Finished:
        request: dict[str, object] = {
            "program": snippet.path.name,
            "folder": str(place / "run"),
            "stdout": str(place / "stdout"),
            "stderr": str(place / "stderr"),
            "trace": str(place / "trace.json"),
            "memory": snippet.settings.memory,
        }
        if fresh:
            request["command"] = [sys.executable, snippet.path.name]
        elif snippet.notebook:
            task = self._notebook_task(snippet, place)
            request["command"] = machine.call("genloop.engine.notebook", "execute", json.dumps(task))
        return self.server.run(request, snippet.settings.timeout)

    def _notebook_task(self, snippet: Snippet, place: Path) -> dict[str, object]:
        apart = [str(place / "run"), str(self.project.store), *machine.environment_folders(self.project.root)]
        return {
            "program": snippet.program,
            "notebook": str(place / "run" / f"{snippet.path.stem}.ipynb"),
            "scratch": str(place / "jupyter"),
            "trace": {"file": str(place / "trace.json"), "root": str(self.project.root), "apart": apart},
        }

    def _problems(
        self, snippet: Snippet, place: Path, run: Finished, given: Mapping[str, str], *, fresh: bool
    ) -> list[Problem]:
        """Everything about the run itself that is wrong: its end, its output, its files."""
        stderr = self._stderr(snippet, place)
        stdout = (place / "stdout").read_bytes()
        again = f"to see it happen: genloop run {snippet.name}{' --fresh' if fresh else ''}"

        def problem(why: str, *details: str, line: int | None = None, fix: str = again) -> Problem:
            return Problem("run", snippet.name, why, line=line, details=details, fix=fix)

        settings = snippet.settings
        if len(stdout) > STDOUT_LIMIT:
            why = f"printed {len(stdout):,} bytes; the limit is {STDOUT_LIMIT:,}"
            return [problem(why, "it ends with:", *_tail(stdout[-400:].decode(errors="replace"), 3))]
        if run.status is None:
            why = f"was stopped after {settings.timeout:g} s"
            hint = f"set a larger timeout in its header (timeout = {settings.timeout * 2:g}), or make it faster"
            return [problem(why, *stderr, fix=hint)]
        if run.status != 0:
            return [problem(_ending(run.status, stderr, settings.memory), *stderr)]
        problems = []
        try:
            text = stdout.decode()
        except UnicodeDecodeError as error:
            line = stdout[: error.start].count(b"\n") + 1
            problems.append(problem("printed bytes that are not UTF-8", line=line, fix="print text, not bytes"))
            text = ""
        for pattern, what, hint in UNSHOWABLE:
            if found := pattern.search(text):
                line = text[: found.start()].count("\n") + 1
                problems.append(problem(f"printed {what}", line=line, fix=hint))
        return problems + self._file_problems(snippet, place / "run", given)

    def _file_problems(self, snippet: Snippet, folder: Path, given: Mapping[str, str]) -> list[Problem]:
        declared = {*snippet.settings.files, *snippet.settings.figures}
        written = {str(path.relative_to(folder)) for path in self._written(snippet, folder, given)}
        if snippet.notebook:
            written.discard(f"{snippet.path.stem}.ipynb")
        file = self.project.relative(snippet.path)
        problems = []
        for name in sorted(declared - written):
            why = f'declares "{name}" and did not write it'
            if written - declared:
                why += f"; it wrote: {', '.join(sorted(written - declared))}"
            problems.append(Problem("run", snippet.name, why, file=file, fix="write it, or take it out of the header"))
        for name in sorted(name for name, digest in given.items() if digest_of(folder / name) != digest):
            why = f'changes "{name}", which it was given; a second run would start from another file'
            problems.append(Problem("run", snippet.name, why, file=file, fix="write to a file of its own"))
        for name in sorted(written - declared):
            image = name.endswith((".svg", ".png"))
            hint = f'"{name}" = "alt text" under [tool.genloop.figures]' if image else f'files = ["{name}"]'
            why = f'wrote "{name}" and does not declare it'
            problems.append(Problem("run", snippet.name, why, file=file, fix=f"add to the header: {hint}"))
        return problems

    @staticmethod
    def _written(snippet: Snippet, folder: Path, given: Mapping[str, str]) -> list[Path]:
        apart = {snippet.path.name, *given}
        return [
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and str(path.relative_to(folder)) not in apart and "__pycache__" not in path.parts
        ]

    def _stderr(self, snippet: Snippet, place: Path) -> list[str]:
        text = (place / "stderr").read_bytes()[-20_000:].decode(errors="replace")
        text = text.replace(str(place / "run") + os.sep, self.project.relative(snippet.path.parent) + "/")
        return _tail(text, STDERR_SHOWN)

    def _record(
        self,
        snippet: Snippet,
        needs: Mapping[str, Record],
        place: Path,
        seconds: float,
        traced: Mapping[str, list[str]],
        files: Mapping[str, Path],
    ) -> Record:
        packages = machine.versions(traced["imports"])
        return Record(
            name=snippet.name,
            stdout=(place / "stdout").read_bytes().decode(),
            files={name: digest_of(path) or "" for name, path in files.items()},
            seconds=round(seconds, 3),
            program=snippet.digest,
            inputs=self._inputs(snippet, traced["files"], place),
            needs={name: dict(needs[name].files) for name in snippet.settings.needs},
            packages=packages,
            direct=list(machine.versions(snippet.imports)),
            settings=machine.settings(),
            style=machine.style_digest() if "matplotlib" in packages else "",
            processor=machine.processor(),
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )

    def _inputs(self, snippet: Snippet, paths: list[str], place: Path) -> dict[str, str]:
        began = (place / "run" / snippet.path.name).stat().st_mtime
        inputs = {}
        for path in map(Path, paths):
            if path != snippet.path:
                # A file edited while the run read it: nobody knows which text counted, so the record is stale at once.
                edited = path.exists() and path.stat().st_mtime > began
                inputs[self.project.relative(path)] = "edited during the run" if edited else digest_of(path) or ""
        return inputs


def _tail(text: str, count: int) -> list[str]:
    lines = [line[:300] for line in text.rstrip().splitlines()]
    return (["..."] if len(lines) > count else []) + lines[-count:]


def _ending(status: int, stderr: list[str], memory: float) -> str:
    """How a child failed, in words."""
    said = "\n".join(stderr)
    if "MemoryError" in said or "can't allocate memory" in said:
        return f"ran out of the {memory:g} GiB it may use (set memory = {memory * 2:g} in its header if it needs more)"
    if missing := re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", said):
        return f'imports "{missing[1]}", which is not installed here; pip install it, and declare it in the header'
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"was ended by signal {number} ({signal.Signals(number).name})"
    code = os.waitstatus_to_exitcode(status)
    return f"ended with exit status {code}{'' if stderr else ' and printed nothing to stderr'}"
