"""What is installed, and in which version."""

from __future__ import annotations

import re
import tomllib

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.project import ROOT


def test_what_the_course_runs_with_is_pinned_once() -> None:
    """Exact versions of what is named stand in pyproject.toml, of what comes with it in .ci/constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned_extras = ("site", "test")  # `review` is for readers: a range, which the site's pins must satisfy
    extras = [Requirement(line) for extra in pinned_extras for line in project["optional-dependencies"][extra]]
    versions = {r.name: str(r.specifier).removeprefix("==") for r in extras}
    ranges = [Requirement(line) for line in [*project["optional-dependencies"]["review"], *project["dependencies"]]]
    assert [str(r) for r in ranges if r.name in versions and versions[r.name] not in r.specifier] == []
    assert [str(r) for r in extras if not re.fullmatch(r"==[\d.]+", str(r.specifier))] == []
    assert [line for line in project["dependencies"] if "==" in line] == []
    constraints = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(line.split("==")[0]) for line in constraints.splitlines() if "==" in line}
    assert pinned & {canonicalize_name(r.name) for r in extras} == set()


def test_who_cites_the_course_names_what_is_packed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = yaml.safe_load((ROOT / ".github" / "CITATION.cff").read_text(encoding="utf-8"))
    packed = {"abstract": project["description"], **{key: project[key] for key in ("version", "license", "authors")}}
    assert {key: cited[key] for key in packed} == packed
