"""What other people's folders hold: no traceback is an answer, nothing is waited for, nothing left out in silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloop.engine.errors import Failed
from genloop.engine.program.header import read_header
from genloop.engine.program.project import load_project

from .course import Course, says


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path)


def lost(path: Path) -> None:
    path.symlink_to("nowhere")


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def junk(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


THINGS: list[Callable[[Path], None]] = [folder, pipe, loop, lost, device, junk]
PLACES = ["snippets/b.py", "snippets/a.out", "snippets/a.variants.toml", "snippets/accepted.toml"]
PLACES += ["pyproject.toml", "docs/page.md"]


@pytest.fixture
def good(course: Course) -> Course:
    course.snippet("a", "print('x: 1')\n", out="x: 1\n")
    course.page("index.md", "# Page\n\n{{ code('a') }}\n")
    return course


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_a_problem(good: Course, tmp_path: Path, place: str, thing: Callable[[Path], None]) -> None:
    path = good.root / place
    path.unlink(missing_ok=True)
    thing(path)
    page = place.startswith("docs")
    outcome = (
        good.call("stage", str(tmp_path / "staged"), "--json", seconds=20)
        if page
        else good.call("check", "--json", seconds=20)
    )
    assert outcome.code == 1, outcome
    assert Path(place).name in "\n".join(map(says, outcome.problems)), outcome
    for command in (["accept", "a", "--why", "x"], ["compare", "a"]):
        assert good.call(*command, seconds=20).code in {0, 1, 2}


@pytest.mark.parametrize("place", [".genloop", "site", "docs/generated"])
def test_file_where_the_engine_writes(tiny: Course, place: str) -> None:
    (tiny.root / place).write_text("mine")
    assert tiny.call("build").code == 1
    assert (tiny.root / place).read_text() == "mine"
    assert tiny.call("clean").code in {0, 1}


def test_linked_folder_of_generated_files_loses_nothing(tiny: Course, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    (tiny.root / "docs" / "generated").symlink_to(tmp_path / "mine")
    assert tiny.call("build").code == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


NAMES = [b"b\xff.py", b"b\nc.py", b"b@v.py", b"b\x1b[31m.py", b" b.py", b"-b.py", b"b'\".py", b"b c.py", b"*.py"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_name_of_a_program(good: Course, name: bytes) -> None:
    """Some are refused, others are just names; none is left out."""
    path = os.path.join(os.fsencode(good.root), b"snippets", name)
    with open(path, "w") as file:
        file.write("print('x: 1')\n")
    outcome = good.fails("check")
    assert any("b" in problem["name"] or "*" in problem["name"] for problem in outcome.problems)
    assert good.call("check", seconds=20).code == 1


def test_program_with_the_name_of_a_variant(course: Course) -> None:
    """It would take its place, and the variant would never run."""
    course.snippet("a", "SEED = 0\nprint('x:', SEED)\n", out="x: 0\n", variants="[variants.v]\nSEED = 1")
    course.snippet("a@v", "print('x: 3')\n", out="x: 3\n")
    assert "@" in says(course.fails("check").about("a@v")[0])


def test_folder_that_cannot_be_read_is_a_problem(good: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    (good.root / "snippets" / "closed").mkdir()
    scandir = os.scandir

    def guarded(path: str = ".") -> object:
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)  # as root, whom no mode keeps out, the tests could not see it
    problems = load_project(good.root).problems
    assert ["snippets/closed" in says_all(problem) for problem in problems] == [True]


def says_all(problem: object) -> str:
    return str(problem)


TOML = st.recursive(
    st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
    | st.sampled_from(["SEED", "a.svg", "x", "../x", "abs", "b@*"])
    | st.datetimes()
    | st.dates()
    | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["abs", "rel", "between", "falls", "any", "patch", "SEED", "a", "a.svg", "", "é"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KEYS = ["largest_file", "timeout", "memory", "needs", "files", "figures", "expect", "variants", "sweeps", "other"]


def as_header(table: object) -> str:
    import tomli_w

    lines = tomli_w.dumps(table).splitlines()  # type: ignore[arg-type]  # a table
    return "\n".join(
        ["# /// script", *(f"# {line}".rstrip() for line in lines), "# ///", "SEED = 0", "print('x: 1')", ""]
    )


@settings(max_examples=1500, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), TOML, max_size=4))
def test_any_settings_are_read_or_are_problems(table: dict[str, object]) -> None:
    _, problems = read_header(as_header({"tool": {"genloop": table}}), "a", "a.py")
    assert all(str(problem) for problem in problems)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(["tool", "dependencies", "requires-python", "x"]), TOML, max_size=3))
def test_any_header_is_read_or_is_a_problem(table: dict[str, object]) -> None:
    read_header(as_header(table), "a", "a.py")


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["# /// script", "# ///", "# ", "#", "# [tool.genloop]", "# [[tool.genloop]]", "# timeout = 3"])
        | st.sampled_from(["# [tool.genloop.figures]", '# "a.svg" = "x"', "# x = {", "x = 1", "\f", "\u2028", "# %% a"])
        | st.text(max_size=10),
        max_size=12,
    )
)
def test_any_text_of_a_header_is_read_or_is_a_problem(lines: list[str]) -> None:
    read_header("\n".join(lines), "a", "a.py")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_program_or_a_problem(tmp_path: Path, program: bytes) -> None:
    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "snippets" / "a.py").write_bytes(program)
    project = load_project(tmp_path)
    assert project.snippets.keys() == {"a"} or project.problems
    for snippet in project.snippets.values():
        assert snippet.program.endswith("\n") and snippet.digest and snippet.imports >= set()


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(["tool", "x"]), TOML, max_size=2).map(repr).map(str.encode)
)
def test_any_bytes_are_a_pyproject_or_a_problem(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "pyproject.toml").write_bytes(text)
    load_project(tmp_path)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.dictionaries(st.sampled_from(["tool", "x"]), st.dictionaries(st.sampled_from(["genloop"]), TOML) | TOML)
)
def test_any_settings_of_a_course_are_read_or_are_problems(tmp_path: Path, table: dict[str, object]) -> None:
    import tomli_w

    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "pyproject.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    load_project(tmp_path)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.dictionaries(
        st.sampled_from(["variants", "sweeps", "other"]),
        st.dictionaries(st.sampled_from(["v", "seed", "B", "x.y", "", "a\u2028"]), TOML, max_size=3) | TOML,
        max_size=3,
    )
)
def test_any_variants_are_read_or_are_problems(tmp_path: Path, table: dict[str, object]) -> None:
    import tomli_w

    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "snippets" / "a.py").write_text("SEED = 0\na = 1\nprint('x: 1')\n")
    (tmp_path / "snippets" / "a.variants.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    project = load_project(tmp_path)
    assert "a" in project.snippets
    assert all(snippet.program and snippet.imports == set() for snippet in project.snippets.values())
    assert all(str(problem) for problem in project.problems)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=60))
def test_any_bytes_ask_for_variants_or_are_a_problem(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "snippets" / "a.py").write_text("SEED = 0\nprint('x: 1')\n")
    (tmp_path / "snippets" / "a.variants.toml").write_bytes(text)
    assert "a" in load_project(tmp_path).snippets


@pytest.mark.parametrize("place", ["snippets/a.py", "snippets/a.variants.toml", "pyproject.toml"])
def test_settings_that_are_nested_too_deep(tmp_path: Path, place: str) -> None:
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "a.py").write_text("print('x: 1')\n")
    deep = "x = " + "[" * 5000 + "\n"
    (tmp_path / place).write_text(f"# /// script\n# {deep}# ///\n" if place.endswith(".py") else deep)
    assert "nested" in "\n".join(map(str, load_project(tmp_path).problems))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=60))
def test_any_bytes_are_entries_or_a_problem(tmp_path: Path, text: bytes) -> None:
    from genloop.engine.compare.accepted import read_accepted

    (tmp_path / "snippets").mkdir(exist_ok=True)
    (tmp_path / "snippets" / "accepted.toml").write_bytes(text)
    with suppress(Failed):
        read_accepted(load_project(tmp_path))
