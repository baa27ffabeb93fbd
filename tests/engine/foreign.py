"""Programs as others have them: a gallery with prose in comments, plain scripts, a notebook of Jupyter."""

from __future__ import annotations

import json
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
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder
