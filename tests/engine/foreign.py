"""Programs as others have them: a gallery with prose in comments, plain scripts, a notebook of Jupyter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GALLERY = '''\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""
.. _walks:

=======================
Two walks that *part*
=======================

A walk with :math:`n` steps, see :func:`random.Random` and `its manual <https://docs.python.org/3/>`_.
In a template this is ``{{ n }}``, and {{ this }} is text.

.. note::
   It starts at zero.
"""

# License: MIT

import json
import random

# sphinx_gallery_thumbnail_number = 1

# %%
# Walk
# ----
# Each step is
#
# .. math::
#
#    x_{n+1} = x_n + \\frac{{1}}{2}
#
# The list::
#
#     [{{ 0 }}]

rng = random.Random(0)
walk = [0]
for _ in range(4):
    walk.append(walk[-1] + rng.choice([-1, 1]))
print("end:", walk[-1])

########################################################################
# Draw
# ----
# - as an SVG
# - without a library
NAME = "walk.svg"
points = " ".join(f"{x},{y}" for x, y in enumerate(walk))

# %%
# Save it.
with open(NAME, "w") as file:
    file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -4 4 8"><polyline points="{points}"/></svg>')
with open("walk.json", "w") as file:
    json.dump(walk, file)

#%% Save it.
# Once more, with feeling.
print("saved: 2")
'''
READER = '''\
# /// script
# requires-python = ">=3.12"
# dependencies = ["numpy>=2"]  # as its author wrote it
# ///
"""Reads the walk.

The program itself shows this.
"""
import json
from pathlib import Path
from typing import Any

walk = json.loads(Path("walk.json").read_text())
print("steps:", len(walk) - 1)
'''
SILENT = "x = 1\n"
SHOWN = '''\
"""
Two lines, shown
================
"""
# %%
# It rises.
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()

# %%
# It falls.
plt.plot([2, 1])
plt.show()
'''
ABOUT = """\
.. _walks-and-more:

Walks and more
==============

Programs about walks.

What is where
-------------

=================  =============
File               What it is
=================  =============
plot-Two walks.py  A walk, drawn
=================  =============
"""
ABOUT_MORE = """\
# More walks

![a badge](https://img.example.org/badge.svg)
Read, not run: see [the reader](reader.py) and [what there is not](../docs/x.md).

## How to read them

```sh
cat walk.json
```
"""
NOTEBOOK: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["## A lab with {{ braces }}\n", "Text."]},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["x"]},
            "execution_count": 7,
            "outputs": [],
            "source": ["%matplotlib inline\n", "print('sum:', 1 + 1)\n", "'shown'"],
        },
    ],
}


# ---- a course on data as others have it: a table, a module, two scripts, a notebook ----------------

IRIS = "sepal,petal,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n"
HELPERS = '''\
"""What both scripts need."""
import csv
import os

from colors import COLORS

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def rows():
    with open(os.path.join(DATA, "iris.csv"), newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    print(len(rows()), COLORS)
'''
COUNT = '''\
"""Counts the flowers of each species."""
from collections import Counter

from helpers import rows

print("flowers:", len(rows()))
print("species:", len(Counter(row["species"] for row in rows())))
'''
MEANS = '''\
"""Means of two columns."""
from pathlib import Path

import helpers
from stats import mean

HERE = Path(__file__).resolve().parent
for name in (HERE / "columns.txt").read_text().split():
    print(f"{name}: {mean(float(row[name]) for row in helpers.rows()):.2f}")
'''
DATA_COURSE: dict[str, str | bytes] = {
    "data/iris.csv": IRIS,
    "data/unused.csv": "x\n",
    "helpers.py": HELPERS,
    "colors.py": "COLORS = 3\n",
    "stats/__init__.py": "from .means import mean\n",
    "stats/means.py": "def mean(values):\n    values = list(values)\n    return sum(values) / len(values)\n",
    "columns.txt": "sepal petal\n",
    "01-count.py": COUNT,
    "Means.py": MEANS,
    "My topic/size.py": (
        "from pathlib import Path\nprint('bytes:', Path('raw.bin').stat().st_size)\n"
        "print('files:', len([*Path('many').glob('*.txt')]))\n"
    ),
    "My topic/many/1.txt": "1",
    "My topic/many/2.txt": "2",
    "My topic/raw.bin": b"\x00\xff\xfe",
}


# ---- a gallery of twenty, a book of notebooks, and a course in Chinese -----------------------------

PLOT = '''\
"""
{title}
{rule}

{topic} number {number}, see :func:`matplotlib.pyplot.plot`.

=====  ==========
Seed   What it is
=====  ==========
{number}      of this one
=====  ==========
"""
import random

import matplotlib.pyplot as plt

# %%
# Draw numbers
# ------------
# .. math:: y_t = y_{{t-1}} + \\epsilon_t
rng = random.Random({number})
values = [rng.random() for _ in range(30)]
print("mean:", round(sum(values) / 30, 3))

# %%
# Show them
# ---------
plt.plot(values)
plt.title("{title}")
plt.show()
'''


def gallery_of_twenty() -> dict[str, str | bytes]:
    """Five topics with a header and four programs each, as sphinx-gallery has them."""
    files: dict[str, str | bytes] = {"GALLERY_HEADER.rst": "Examples\n========\n\nTwenty of them.\n"}
    for at, topic in enumerate(("Lines", "Walks", "Noise", "Sums", "Ends")):
        header = f"{topic}\n{'-' * len(topic)}\n\nAbout {topic.lower()}, in a sentence with ``code``.\n"
        files[f"{at}_{topic.lower()}/README.txt"] = header
        for number in range(4):
            title = f"{topic} of kind {number}"
            text = PLOT.format(title=title, rule="=" * len(title), topic=topic, number=4 * at + number)
            files[f"{at}_{topic.lower()}/plot_{topic.lower()}_{number}.py"] = text
    return files


def _notebook(*cells: tuple[str, str]) -> str:
    kinds: dict[str, dict[str, Any]] = {"markdown": {}, "code": {"outputs": [], "execution_count": None}}
    made: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"c{at}", "metadata": {}, "source": source, **kinds[kind]}
        for at, (kind, source) in enumerate(cells)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": NOTEBOOK["metadata"], "cells": made})


BOOK: dict[str, str | bytes] = {
    "README.md": "# A book of tables\n\nThree notebooks. Begin with [the first](notebooks/01-load.ipynb).\n",
    "_config.yml": "title: A book of tables\n",
    "notebooks/flowers.csv": IRIS,
    "notebooks/01-load.ipynb": _notebook(
        ("markdown", "# Load a table\n\nAs it lies there, with \\(n\\) rows:\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        ("code", "import pandas as pd\n\nflowers = pd.read_csv('flowers.csv')\nprint('rows:', len(flowers))\nflowers"),
    ),
    "notebooks/02-group.ipynb": _notebook(
        ("markdown", "# Group it\n\n> Means by species."),
        ("code", "import pandas as pd\n\npd.read_csv('flowers.csv').groupby('species').mean().round(2)"),
        ("code", "[x**2 for x in range(5)]"),
    ),
    "notebooks/03-end.ipynb": _notebook(("markdown", "# The end\n\nNothing more."), ("code", "print('done: 1')")),
}
CHINESE: dict[str, str | bytes] = {
    "README.md": (
        "# 随机游走\n\n先走几步。再读结果。\n\n| 文件 | 内容 |\n|---|---|\n| 走路.py | 游走 |\n\n"
        "见 [走路](第一章/走路.py)。\n"
    ),
    "第一章/README.rst": (
        "第一章 走路\n===========\n\n每一步加一或者减一。\n\n====  ====\n步数  位置\n====  ====\n0     0\n====  ====\n"
    ),
    "第一章/走路.py": '''\
"""
一次游走
========

每一步向左或向右。一共 **二十** 步。
"""
import json
import random

# %%
# 游走
# ----
rng = random.Random(0)
位置 = [0]
for _ in range(20):
    位置.append(位置[-1] + rng.choice([-1, 1]))
print("终点:", 位置[-1])
with open("路径.json", "w", encoding="utf-8") as file:
    json.dump(位置, file)

# %%
# 画图
# ----
import matplotlib.pyplot as plt

plt.plot(位置)
plt.show()
''',
    "第一章/读结果.py": '''\
"""读取游走的结果。"""
import json
from pathlib import Path

路径 = json.loads(Path("路径.json").read_text(encoding="utf-8"))
print("步数:", len(路径) - 1)
''',
}


def courses_of_others(folder: Path) -> dict[str, Path]:
    """A folder for each of four courses, by what it is."""
    courses: dict[str, Mapping[str, str | bytes]] = {
        "a gallery": gallery_of_twenty(),
        "a book": BOOK,
        "data": DATA_COURSE,
        "Chinese": CHINESE,
    }
    return {name: _write(folder / str(at), files) for at, (name, files) in enumerate(courses.items())}


def lay_out_data(folder: Path) -> Path:
    """A folder with that course."""
    return _write(folder, DATA_COURSE)


def _write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def lay_out(folder: Path) -> Path:
    """A folder with these programs, each of which can be brought."""
    files = {
        "plot-Two walks.py": GALLERY,
        "more/reader.py": "\ufeff" + READER.replace("\n", "\r\n"),
        "more/silent.py": SILENT,
        "more/plot_shown.py": SHOWN,
        "more/lab.ipynb": json.dumps(NOTEBOOK),
        "more/__init__.py": "",
        "more/conf.py": "of Sphinx +",
        "more/__pycache__/x.py": "1 +",
        ".hidden/x.py": "1 +",
        "venv/pyvenv.cfg": "",
        "venv/x.py": "1 +",
        "notes.txt": "not a program",
        "GALLERY_HEADER.rst": ABOUT,
        "README.md": "# Of the repository, which a gallery header goes before\n",
        "more/README.md": ABOUT_MORE,
    }
    return _write(folder, dict(files))
