"""What `make` does before anything else: the environment, torch, the rest."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.project import ROOT


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return module


@pytest.fixture
def commands(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be installed; commands that hold a word of FAILS fail."""
    told: list[str] = []

    def step(_what: str, *command: str | Path, **_: object) -> bool:
        told.append(" ".join(map(str, command)))
        return not any(word in told[-1] for word in FAILS)

    FAILS.clear()
    monkeypatch.setattr(install, "step", step)
    return told


FAILS: list[str] = []


def test_an_environment_that_runs_stays_whoever_made_it(install: ModuleType, tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (tmp_path / "env" / "mine.txt").write_text("a reader's own")
    install.make_environment(tmp_path / "env", python)
    assert (tmp_path / "env" / "mine.txt").exists()
    assert install.runs(python, "-m", "pip", "--version")


def test_an_environment_that_does_not_run_is_made_anew(install: ModuleType, tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/nowhere/python3")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    install.make_environment(tmp_path / "env", python)
    assert install.runs(python, "-m", "pip", "--version")


def test_a_folder_that_holds_other_things_is_not_emptied(install: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(SystemExit, match="holds other things and is no environment"):
        install.make_environment(tmp_path, tmp_path / "bin" / "python")
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("lost", ["ensurepip", "venv"])
def test_a_python_that_cannot_make_environments_says_what_to_type(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None if name == lost else object())
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        install.check_this_python()


def test_uv_where_it_can_be_had_and_pip_where_it_fails(
    install: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.shutil, "which", lambda _: None)
    monkeypatch.setattr(install, "runs", lambda *_: False)
    python = Path("env/bin/python")

    install.install_the_rest(python)
    assert [line.split()[:3] for line in commands] == [[str(python), "-m", "pip"], [str(python), "-m", "uv"]]

    for FAILS[:] in (["uv>=0.5"], ["-m uv pip"]):
        commands.clear()
        install.install_the_rest(python)
        assert commands[-1].startswith(f"{python} -m pip install")
        assert ".[site,test]" in commands[-1] and "constraints.txt" in commands[-1]


def test_the_uv_of_the_machine_goes_first(
    install: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.shutil, "which", lambda name: f"/usr/bin/{name}")
    install.install_the_rest(Path("env/bin/python"))
    assert [line.split()[0] for line in commands] == ["/usr/bin/uv"]


def test_torch_comes_as_the_build_for_the_cpu_where_that_can_be_reached(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def urlopen(address: str, **_: object) -> io.BytesIO:
        asked.append(address)
        return io.BytesIO()

    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert install.index_of_torch() == ("--extra-index-url", install.CPU_BUILDS)

    def refuse(*_: object, **__: object) -> io.BytesIO:
        raise OSError("no way out")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert install.index_of_torch() == ()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(install.platform, "system", lambda: "Darwin")
    assert install.index_of_torch() == ()
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://example.org/simple")
    assert install.index_of_torch() == ()
    assert len(asked) == 1


def test_torch_that_is_there_is_not_asked_for_again(
    install: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(install, "make_environment", lambda *_: None)
    version = install.pinned("torch", ROOT / "pyproject.toml").split("==")[1]
    monkeypatch.setattr(install, "installed", lambda *_: version)
    install.main(Path("env"))
    assert not any(" torch==" in line for line in commands)
    monkeypatch.setattr(install, "installed", lambda *_: "")
    monkeypatch.setattr(install, "index_of_torch", lambda: ())
    install.main(Path("env"))
    assert any(line.endswith(f"torch=={version}") for line in commands)


def test_a_python_too_old_is_told_in_one_line(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "LEAST", (99, 0, 0))
    with pytest.raises(SystemExit, match=r"genloop needs Python 99\.0\.0 or newer, .* Type: make site PYTHON="):
        install.check_this_python()


def test_the_versions_that_are_told_agree(install: ModuleType) -> None:
    least = ".".join(map(str, install.LEAST))
    for name, words in (
        ("pyproject.toml", f'requires-python = ">={least}"'),
        ("README.md", f"Python {least} or newer"),
        ("Makefile", f"Python {least} or newer"),
    ):
        assert words in (ROOT / name).read_text(encoding="utf-8"), name


def test_what_a_failed_step_printed_is_shown(install: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    program = (sys.executable, "-c", "print('no such package'); raise SystemExit(3)")
    assert install.step("it", *program, may_fail=True) is False
    assert "no such package" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        install.step("it", *program)
