"""Programs of the chapter: what a reader copies."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from genloop.engine.program.project import load_project
from tests.house.project import ROOT, SNIPPETS, found, lines, tracked

CLOCK = re.compile(r"\b(time\.time|perf_counter|monotonic|datetime)\b")


def snippets() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(SNIPPETS)]


def name_of(snippet: Path) -> str:
    return snippet.relative_to(SNIPPETS).with_suffix("").as_posix()


@cache
def header(snippet: Path) -> dict[str, object]:
    """The inline script metadata, by the specification's own reading."""
    block = re.search(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$", snippet.read_text(encoding="utf-8"))
    if not block:
        return {}
    return tomllib.loads(
        "".join(line[2:] if line[1:2] == " " else line[1:] for line in block["content"].splitlines(True))
    )


def modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [f"{module}.{alias.name}" for alias in node.names] if module == "genloop" else [module]
    return []


def test_programs_import_only_what_their_headers_name() -> None:
    """So that a reader who installs what the header names can run the program."""
    distribution = {"sklearn": "scikit-learn", "PIL": "pillow"}
    missing = []
    for snippet in snippets():
        wanted = header(snippet).get("dependencies", [])
        assert isinstance(wanted, list)
        named = {canonicalize_name(Requirement(line).name) for line in wanted}
        for node in ast.walk(ast.parse(snippet.read_text(encoding="utf-8"))):
            for module in modules(node):
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and distribution.get(top, top) not in named:
                    missing.append(f"{name_of(snippet)}: {top}")
    # The first program of the chapter is kept as it is, without a header; its page says what to install.
    assert [m for m in missing if m != "roadmap/generative_first_loop: torch"] == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\bgenloop\.engine\b|import genloop\b", id="the machine that runs it"),
        pytest.param(r"\b(argparse|os\.environ|getenv|sys\.argv)\b", id="a switch its page does not show"),
        pytest.param(r"__name__", id="a guard: it is a program"),
        pytest.param(r"[\"'](black|white|k|w)[\"']|facecolor", id="a color that light or dark swallows"),
    ],
)
def test_no_program_has(pattern: str) -> None:
    assert found(pattern, ".py", under="snippets/", but=r"^#") == []


def test_a_program_with_a_clock_says_that_its_times_may_be_anything() -> None:
    clocks = {
        name.removeprefix("snippets/")[:-3] for name, _, line in lines(".py", under="snippets/") if CLOCK.search(line)
    }
    free = {
        name
        for name, snippet in load_project(ROOT).snippets.items()
        if any(rule.word == "any" for rule in snippet.settings.expect.values())
    }
    assert clocks - free == set()


def test_programs_name_the_wheel_that_the_site_offers() -> None:
    """In the form in which `uv run` finds it beside the program."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    source = {"genloop": {"path": f"genloop-{version}-py3-none-any.whl"}}
    wrong = []
    for snippet in snippets():
        uses = re.search(r"^(from|import) genloop\b", snippet.read_text(encoding="utf-8"), re.M)
        tool = header(snippet).get("tool", {})
        assert isinstance(tool, dict)
        if bool(uses) != (tool.get("uv", {}).get("sources") == source):
            wrong.append(name_of(snippet))
    assert wrong == []


def test_programs_fit_beside_their_page() -> None:
    """The width that ruff keeps, without its exception for the header. A page shows about 90 characters."""
    assert found(r"^.{121,}$", ".py", under="snippets/", but=r"^#") == []
