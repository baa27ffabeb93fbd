"""The code: rules that no linter knows. Each failure lists every place at once."""

from __future__ import annotations

import ast
import sys

from tests.house.project import ENGINE, ROOT, found, tracked


def test_no_engine_module_has_a_standard_library_name() -> None:
    modules = {path.stem for path in ENGINE.rglob("*.py")}
    assert {"cli", "store", "expand"} <= modules, "the rooms are looked into"
    assert sorted(modules & sys.stdlib_module_names) == []


def test_modules_are_short() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in tracked()
        if path.suffix == ".py" and not path.is_relative_to(ROOT / "tests")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_module_and_program_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "genloop")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_exception_from_a_rule_has_its_reason() -> None:
    """`# noqa: X - why`, `# type: ignore[x]  # why`, and a reason for each skip and each expected failure."""
    bare = r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*$"
    assert found(bare, ".py", but="bare = ") == []
    assert found(r"(pytest\.skip\(\)|mark\.(skip|xfail)$)", ".py", under="tests/", but="assert found") == []
