"""The files of a course around its programs and pages: its site, its settings, its packages, its workflow."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genloop.engine.begin.packages import SITE, heavy, missing, pinned
from genloop.engine.files import replace_file

MKDOCS = """\
# The site. `genloop build` runs the programs, checks what they print, and then builds this.
site_name: {title}
use_directory_urls: false         # the pages work from disk, too
strict: true

nav:
{nav}

theme:
  name: material
  language: {language}                    # of the theme, and of the engine's own words: en, de, zh
  font: false                     # no font from a server
  palette:
    - media: "(prefers-color-scheme)"
      toggle: {{icon: material/brightness-auto, name: Colors follow the system; switch to light}}
    - media: "(prefers-color-scheme: light)"
      scheme: default
      toggle: {{icon: material/weather-sunny, name: Light colors; switch to dark}}
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      toggle: {{icon: material/weather-night, name: Dark colors; switch to the system's}}
  features: [content.code.copy, navigation.footer, navigation.sections, navigation.top]

extra_css: [assets/course.css]

plugins:
  - genloop{options}
  - search
  - offline                       # the search works from disk
{notebooks}
markdown_extensions:
  - admonition
  - pymdownx.details
  - pymdownx.highlight
  - toc: {{permalink: "#"}}

validation:
  nav: {{omitted_files: warn, not_found: warn}}
  links: {{not_found: warn, anchors: warn}}
"""
NOTEBOOKS = """\
  - mkdocs-jupyter:
      include: {folders}
      execute: false              # the engine has run it and checked it
      include_source: true
"""
MATH = ":\n      math: true                # \\( ... \\) and \\[ ... \\] become formulas"
PYPROJECT = """\
# The settings of this course.
[tool.genloop]
# Modules that are loaded once, before the first program that imports them: later ones start at once.
preload = {preload}
"""
REQUIREMENTS = """\
# What this course runs and is built with. Versions are exact where one was installed: outputs are verified against it.
# genloop itself is not here, since it is on no package index; see .github/workflows/site.yml.
"""
README = """\
# {title}

Every output and every figure on the pages of this course was made by a program that ran.

```bash
python -m pip install -r requirements.txt    # and genloop
genloop build                                # run what changed, compare it with what was accepted, build site/
genloop serve                                # the site at http://127.0.0.1:8000, while you edit
genloop accept NAME --why "..."              # a program prints something else now, and that is right
```
"""
IGNORED = """\
.venv/
.cache/
__pycache__/
.ipynb_checkpoints/

# what `genloop build` makes
.genloop/
/docs/generated/
/site/
"""
CSS = """\
/* What the calls of a page leave to the course: sizes and distances. */
.gl-code, .gl-output { margin: 1.2rem 0; }
.md-typeset :is(.gl-code, .gl-output) .highlight { margin: 0; }
.md-typeset .gl-actions { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0.3rem 0 0; font-size: 0.66rem; }
.md-typeset figure.gl-figure { display: block; width: auto; max-width: 100%; margin: 1.6rem 0; text-align: left; }
.md-typeset .gl-figure img { display: block; max-width: 100%; height: auto; margin: 0; }
.md-typeset img.gl-pixelated { image-rendering: pixelated; }
.gl-figure:has(> details.gl-animation[open]) > .gl-still { display: none; }
.md-typeset .gl-figure figcaption { max-width: 36rem; margin: 0.5rem 0 0; font-style: normal; }
.md-typeset details.gl-provenance { margin: 0.3rem 0 0; padding: 0; border: 0; background: none; font-size: 0.66rem; }
.md-typeset .gl-provenance > summary { display: inline-block; margin: 0; padding: 0; background: none; min-height: 0; }
.md-typeset .gl-provenance > summary { font-weight: 400; text-decoration: underline dotted; }
.md-typeset .gl-provenance > summary::before, .md-typeset .gl-provenance > summary::after { display: none; }
.md-typeset .gl-provenance dl { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0.15rem 0.8rem; }
.md-typeset .gl-provenance :is(dt, dd) { margin: 0; }
.md-typeset .gl-provenance :is(dt, dd) p { margin: 0; }
"""
WORKFLOW = """\
# Every push is run, compared and built; the main branch is published to Pages.
name: site

on:
  push:
    branches: [main]
  pull_request:
  workflow_dispatch:

permissions:
  contents: read

jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    env:
      # Where pip finds genloop: git+https://..., or the address of a wheel. A variable of the repository, set once.
      GENLOOP: ${{ vars.GENLOOP }}
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: "PYTHON"
          cache: pip
          cache-dependency-path: requirements.txt
      # The store is addressed by content and checked on reading: an old one saves time and cannot change a page.
      - uses: actions/cache@v4
        with:
          path: .genloop
          key: genloop-${{ runner.os }}-${{ hashFiles('snippets/**', 'requirements.txt', 'pyproject.toml') }}
          restore-keys: genloop-${{ runner.os }}-
      - run: |
          test -n "$GENLOOP" || { echo "Set the variable GENLOOP of this repository: where pip finds genloop"; exit 1; }
          python -m pip install "$GENLOOP" -r requirements.txt
      - run: genloop build
      - uses: actions/upload-pages-artifact@v4
        if: github.ref == 'refs/heads/main'
        with:
          path: site

  publish:
    if: github.ref == 'refs/heads/main'
    needs: build
    runs-on: ubuntu-latest
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{ steps.deploy.outputs.page_url }}
    steps:
      - id: deploy
        uses: actions/deploy-pages@v4
"""


@dataclass(frozen=True)
class Entry:
    """A page in the navigation."""

    title: str
    page: str
    """Its path below docs/."""
    topic: str = ""
    """The heading that it stands under; "" for none."""


@dataclass(frozen=True)
class Contents:
    """What a course is made of, before it is written."""

    title: str
    files: Mapping[str, str]
    """Path in the course -> text: programs and pages."""
    nav: Collection[Entry]
    copies: Mapping[str, Path] = field(default_factory=dict)
    """Path in the course -> the file that it is a copy of: data and modules."""
    imports: frozenset[str] = frozenset()
    """The top-level names of the modules that its programs import."""
    packages: frozenset[str] = frozenset()
    math: bool = False
    """Whether a page has formulas."""
    notebooks: bool = field(default=False)


def files_of(contents: Contents) -> dict[str, str]:
    """All files of a course: path -> text."""
    site = [*SITE, *(["math-core"] if contents.math else [])]
    # Not the notebooks to download. A star of mkdocs-jupyter stands for one folder, or for one file.
    depth = max([2, *(entry.page.count("/") for entry in contents.nav)])
    folders = [f"generated/notebooks/{'*/' * deep}*.ipynb" for deep in range(depth)]
    mkdocs = MKDOCS.format(
        title=json.dumps(contents.title, ensure_ascii=False),
        nav=_nav(contents.nav),
        language=_language(text for path, text in contents.files.items() if path.endswith(".md")),
        options=MATH if contents.math else "",
        notebooks=NOTEBOOKS.format(folders=json.dumps(folders)) if contents.notebooks else "",
    )
    return {
        "README.md": README.format(title=contents.title),
        "mkdocs.yml": mkdocs,
        "pyproject.toml": PYPROJECT.format(preload=json.dumps(heavy(contents.imports))),
        "requirements.txt": "\n".join([REQUIREMENTS, *pinned([*site, *contents.packages], SITE), ""]),
        ".gitignore": IGNORED,
        ".github/workflows/site.yml": WORKFLOW.replace("PYTHON", f"{sys.version_info[0]}.{sys.version_info[1]}"),
        "docs/assets/course.css": CSS,
        **contents.files,
    }


def write(contents: Contents, folder: Path) -> None:
    """Writes all files of a course to a folder."""
    for path, text in files_of(contents).items():
        replace_file(folder / path, text.encode())
    for path, source in contents.copies.items():
        replace_file(folder / path, source.read_bytes())


def next_lines(folder: Path, *, accept: bool = False) -> str:
    """What to type next, a line for each command. accept: whether what the programs print is not accepted yet."""
    lines = [(f"cd {shlex.quote(str(folder))}", "")]
    if missing(("mkdocs", "material")):
        lines.append(("python -m pip install -r requirements.txt", "what the site is built with"))
    if accept:
        lines.append(('genloop accept --differing --why "first version"', "run all, look at what they print"))
    lines.append(("genloop build", "the site: site/index.html"))
    lines.append(("genloop serve", "the same at http://127.0.0.1:8000, while you edit"))
    if not accept:
        lines.append(("genloop new topic/name", "a program and a page of your own"))
    widest = max(len(command) for command, why in lines if why)
    return "\n".join(f"  {command:{widest}}  {'# ' if why else ''}{why}".rstrip() for command, why in lines)


def _language(pages: Iterable[str]) -> str:
    """Chinese is known by its signs; German by nothing that other languages have not."""
    text = "".join(pages)
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    kana = re.search(r"[\u3040-\u30ff]", text)
    return "zh" if han > sum(map(str.isalpha, text)) / 3 and not kana else "en"


def _nav(entries: Iterable[Entry]) -> str:
    """The navigation as YAML: pages without a topic first, then one heading for each topic."""
    topics: dict[str, list[str]] = {}
    for entry in entries:
        line = f"- {json.dumps(entry.title, ensure_ascii=False)}: {json.dumps(entry.page, ensure_ascii=False)}"
        topics.setdefault(entry.topic, []).append(line)
    lines = [f"  {line}" for line in topics.pop("", [])]
    for topic, pages in topics.items():
        lines += [f"  - {json.dumps(topic, ensure_ascii=False)}:", *(f"      {line}" for line in pages)]
    return "\n".join(lines)
