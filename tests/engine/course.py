"""A course in a temporary folder, driven through the command line as a maintainer drives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "tiny"
TOKEN = "GENLOOP_TEST_TOKEN"


class Problem(TypedDict):
    """One problem of a `--json` report."""

    name: str
    line: int | None
    file: str | None
    expected: str | None
    actual: str | None
    why: str
    kind: str
    follows: str | None


class Run(TypedDict):
    """One run of a `--json` report."""

    name: str
    state: str
    seconds: float | None


class Report(TypedDict):
    """What every command prints with `--json`."""

    ok: bool
    problems: list[Problem]
    runs: list[Run]


@dataclass(frozen=True)
class Outcome:
    """What one command did: its exit code and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    @property
    def report(self) -> Report:
        return cast(Report, json.loads(self.stdout))

    @property
    def problems(self) -> list[Problem]:
        return self.report["problems"]

    @property
    def states(self) -> dict[str, str]:
        return {run["name"]: run["state"] for run in self.report["runs"]}

    @property
    def ran(self) -> set[str]:
        return {name for name, state in self.states.items() if state == "ran"}

    def about(self, name: str) -> list[Problem]:
        return [problem for problem in self.problems if problem["name"] == name]

    def problem(self, name: str) -> Problem:
        """The one problem of this snippet or page."""
        found = self.about(name)
        assert len(found) == 1, self
        return found[0]


def says(problem: Problem) -> str:
    """Everything that a problem tells a person."""
    return "\n".join(str(value) for value in problem.values())


def at(problem: Problem) -> tuple[str, int | None]:
    """The file, by its name alone, and the line of a problem."""
    return Path(problem["file"] or "").name, problem["line"]


def header(settings: str) -> str:
    """Inline script metadata with these TOML lines under [tool.genloop]."""
    lines = ["# /// script", "# dependencies = []", "#", "# [tool.genloop]"]
    lines += [f"# {line}".rstrip() for line in settings.strip().splitlines()]
    return "\n".join([*lines, "# ///", ""])


def line_of(path: Path, text: str) -> int:
    """The number of the first line of a file that holds this text."""
    numbers = [number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    assert numbers, f"{path} has no line with {text!r}"
    return numbers[0]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait for a condition; false if it did not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@dataclass(frozen=True)
class Course:
    """A project folder and the commands on it."""

    root: Path
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def empty(cls, root: Path, preload: str = "[]") -> Course:
        """A course without snippets, whose fork server loads nothing."""
        (root / "snippets").mkdir(parents=True)
        (root / "docs").mkdir()
        (root / "pyproject.toml").write_text(f"[tool.genloop]\npreload = {preload}\n")
        return cls(root)

    @property
    def store(self) -> Path:
        return self.root / ".genloop"

    def path(self, name: str) -> Path:
        return self.root / "snippets" / f"{name}.py"

    def accepted(self, name: str) -> Path:
        return self.root / "snippets" / f"{name}.out"

    def variants(self, name: str) -> Path:
        return self.root / "snippets" / f"{name}.variants.toml"

    def snippet(
        self, name: str, program: str, settings: str = "", out: str | None = None, *, variants: str = ""
    ) -> Path:
        """Write a snippet: with a header if it has settings, an accepted output if `out` is given, and its variants."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((header(settings) if settings else "") + program)
        if variants:
            self.variants(name).write_text(variants)
        if out is not None:
            self.accepted(name).write_text(out)
        return path

    def page(self, name: str, text: str) -> Path:
        path = self.root / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "genloop", "--project", str(self.root), *words],
            cwd=ROOT,
            env={**os.environ, TOKEN: self.token, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def call(self, *words: str, env: Mapping[str, str] | None = None, seconds: float = 60.0) -> Outcome:
        """Run a command to its end. A command that does not end in time fails the test."""
        process = self.start(*words, env=env)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            stdout, stderr = process.communicate()
            raise AssertionError(f"{words} took over {seconds} s\n{stdout}\n{stderr}") from None
        assert "Traceback (most recent call last)" not in stderr or "genloop/engine" not in stderr, stderr
        return Outcome(process.returncode, stdout, stderr)

    def passes(self, *words: str, env: Mapping[str, str] | None = None) -> Outcome:
        """Run a command with --json that must end well."""
        outcome = self.call(*words, "--json", env=env)
        assert outcome.code == 0, outcome
        assert outcome.report["ok"] and not outcome.problems, outcome
        return outcome

    def fails(self, *words: str, env: Mapping[str, str] | None = None) -> Outcome:
        """Run a command with --json that must report problems."""
        outcome = self.call(*words, "--json", env=env)
        assert outcome.code == 1, outcome
        assert not outcome.report["ok"] and outcome.problems, outcome
        return outcome

    def accept(self, *names: str, why: str = "first version", env: Mapping[str, str] | None = None) -> Outcome:
        return self.passes("accept", *names, "--why", why, env=env)

    def processes(self) -> list[int]:
        """Living processes that a command on this course started."""
        mark = f"{TOKEN}={self.token}".encode()
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if mark in environ(pid)]


def environ(pid: int) -> bytes:
    """The environment a process was started with; empty if it is gone, a zombie or someone else's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
