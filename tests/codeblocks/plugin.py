"""Runs code blocks as a reader would, and counts them. Loaded with -p by `make blocks`.

pytest-codeblocks executes Python blocks in the test process itself. So each block gets a folder for its file, a fresh
state of the number libraries, and its own `__main__`; and the number of blocks collected is compared with the
number of fences in the files.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_codeblocks.plugin import MarkdownFile, TestBlock

from tests.codeblocks.account import Fence, fences
from tests.codeblocks.scratch import copy_project


def pytest_sessionstart(session: pytest.Session) -> None:
    told = [
        f"{file.name}:{fence.line}: {fence.reason}"
        for file, found in fences_of(session.config).items()
        for fence in found
        if fence.kind == "unaccounted"
    ]
    if told:
        raise pytest.UsageError("code blocks that nothing accounts for:\n  " + "\n  ".join(told))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    blocks = {(str(item.path), item.obj.lineno): item for item in items if isinstance(item, TestBlock)}
    wrong = []
    for file, found in fences_of(config).items():
        for fence in found:
            block = blocks.pop((str(file), fence.line), None)
            if fence.collected and block is None:
                wrong.append(f"{file.name}:{fence.line}: not collected by pytest-codeblocks")
            elif fence.kind == "shown only" and block is not None:
                block.add_marker(pytest.mark.skip(reason=f"shown only: {fence.reason}"))
    wrong += [f"{file}:{line}: collected, and no fence of its file" for file, line in blocks]
    if wrong:
        raise pytest.UsageError("code blocks and fences that differ:\n  " + "\n  ".join(wrong))


def fences_of(config: pytest.Config) -> dict[Path, list[Fence]]:
    """The fences of every Markdown file under the arguments, whether or not pytest collected it."""
    found: list[Path] = []
    for argument in config.args:
        path = Path(argument.split("::")[0]).absolute()
        found += sorted(path.rglob("*.md")) if path.is_dir() else [path]
    return {file: fences(file.read_text(encoding="utf-8"), staged=file.name != "README.md") for file in found}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    kinds = Counter(fence.kind for found in fences_of(config).values() for fence in found)
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    terminalreporter.write_line(f"{kinds.total()} fences: {told}; none left out")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    if not isinstance(item, TestBlock):
        return (yield)
    with fresh_state(), in_folder(folder_of(item)):
        try:
            return (yield)
        except subprocess.CalledProcessError as error:
            # What the plugin reports of it is the exit status alone.
            raise RuntimeError(f"{error}\n{error.stdout.decode()}\n{error.stderr.decode()}") from None


FOLDERS: dict[Path, Path] = {}


def folder_of(item: pytest.Item) -> Path:
    """The README's blocks run in a copy of the project, a page's where `genloop stage` put what they need."""
    assert isinstance(item.parent, MarkdownFile)
    file: Path = item.parent.path
    if file.name != "README.md":
        return file.with_suffix("")
    if file not in FOLDERS:
        factory: pytest.TempPathFactory = item.config._tmp_path_factory  # type: ignore[attr-defined]  # items have no public way
        FOLDERS[file] = copy_project(factory.mktemp("readme") / "genloop")
    return FOLDERS[file]


@contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    sys.path.insert(0, str(folder))  # modules of the course lie beside the programs of a page
    try:
        yield
    finally:
        os.chdir(before)
        beside = os.path.join(folder, "")
        for name in [name for name, one in sys.modules.items() if str(getattr(one, "__file__", "")).startswith(beside)]:
            del sys.modules[name]


@contextmanager
def fresh_state() -> Iterator[None]:
    """Undo what one block leaves for the next: defaults, seeds, figures, environment, import path."""
    environment, path = dict(os.environ), list(sys.path)
    unseeded()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        if "torch" in sys.modules:
            import torch

            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)
            torch.use_deterministic_algorithms(False)
        if "matplotlib.pyplot" in sys.modules:
            import matplotlib as mpl
            import matplotlib.pyplot as plt

            plt.close("all")
            mpl.rc_file_defaults()


def unseeded() -> None:
    """A block that forgot its seed must not live on the seed of the block before it."""
    random.seed()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()
    if "torch" in sys.modules:
        import torch

        torch.seed()
