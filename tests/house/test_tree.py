"""What lies in the project, and what does not."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageChops

from tests.house.project import ROOT, found, tracked


def test_top_level_is_what_the_readme_says() -> None:
    """Nothing lies at the top that the README's layout does not explain, and nothing it explains is missing."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    layout = readme.partition("## Layout")[2].partition("```text\n")[2].partition("```")[0]
    said = {word.strip("/") for line in layout.splitlines() if line and line[0] != " " for word in first_column(line)}
    there = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert there == said


def first_column(line: str) -> list[str]:
    return re.split(r" {2,}", line)[0].split()


def test_no_path_of_anybodys_machine() -> None:
    here = [re.escape(str(folder) + "/") for folder in (ROOT.parent, Path.home()) if len(folder.parts) > 1]
    assert found("|".join([*here, r"(?<![\w.:/])/(home|root|Users)/\w"])) == []


def test_no_large_file() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > 400_000] == []


def test_nothing_that_is_built_is_tracked() -> None:
    built = ("docs/generated/", "site/", ".genloop/", ".venv/")
    assert [name for path in tracked() if (name := path.relative_to(ROOT).as_posix()).startswith(built)] == []


def test_nothing_is_left_for_later() -> None:
    assert found(r"\b(TODO|FIXME|XXX|HACK)\b", but=r"found\(|left_for_later") == []


def test_lines_end_clean() -> None:
    assert found(r"[ \t]+$", ".py", ".md", ".toml", ".yml", ".css", "") == []


def test_the_readme_figure_is_a_figure_of_this_course() -> None:
    """The one committed picture is what a run wrote; processors may round a shade apart."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r'<img src="(?P<file>[^"]+)" data-run="(?P<run>[^"]+)"', readme)
    assert shown, "the README names the run of its figure"
    made = ROOT / "docs" / "generated" / "files" / shown["run"]
    assert made.is_file(), "the site is not built; type: make site"
    assert (ROOT / shown["file"]).is_file(), "type: make figure"
    fresh = Image.open(made).convert("L")
    committed = Image.open(ROOT / shown["file"]).convert("L").resize(fresh.size, Image.Resampling.NEAREST)
    levels = ImageChops.difference(committed, fresh).histogram()
    apart = sum(level * count for level, count in enumerate(levels)) / (fresh.width * fresh.height)
    assert apart < 2, "type: make figure"
