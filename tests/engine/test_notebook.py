"""A snippet with Markdown cells is a notebook: a kernel executes it, and it prints what plain Python prints."""

from __future__ import annotations

import json
from pathlib import Path

from genloop.engine.publish.downloads import adapt_notebook

from .course import Course, says, until

LAB = """
# %% [markdown]
# # A lab
# Some *words*.

# %%
x = 20

# %% [markdown]
# More words.

# %%
print("x:", x + 1)
"""


def test_notebook_prints_what_plain_python_prints_and_is_published(course: Course, tmp_path: Path) -> None:
    course.snippet("topic/lab", LAB)
    course.accept("topic/lab")
    assert course.accepted("topic/lab").read_text() == "x: 21\n"
    course.passes("check", "--fresh")
    course.page("index.md", "# A page\n")
    assert course.passes("stage", str(tmp_path / "staged")).states == {"topic/lab": "cached"}
    notebook = json.loads((course.root / "docs" / "generated" / "notebooks" / "topic" / "lab.ipynb").read_text())
    assert [cell["cell_type"] for cell in notebook["cells"][:4]] == ["markdown", "code", "markdown", "code"]
    assert "".join(notebook["cells"][0]["source"]) == "# A lab\nSome *words*."
    assert "".join(notebook["cells"][3]["outputs"][0]["text"]) == "x: 21\n"


def test_a_drawing_in_a_notebook_follows_light_and_dark() -> None:
    drawing = ['<svg xmlns="http://www.w3.org/2000/svg">', '<path stroke="#010203"/></svg>']
    cell = {"cell_type": "code", "outputs": [{"data": {"image/svg+xml": drawing}}]}
    adapted = json.loads(adapt_notebook(json.dumps({"cells": [cell]}), "How this was made"))
    shown = adapted["cells"][0]["outputs"][0]["data"]["image/svg+xml"]
    assert 'stroke="currentColor"' in shown and "prefers-color-scheme" in shown
    assert adapted["cells"][1]["source"] == "How this was made"


def test_failing_cell_is_a_problem(course: Course) -> None:
    course.snippet("lab", LAB + "raise ValueError('the cause')\n")
    problem = course.fails("run").problem("lab")
    assert "the cause" in says(problem)
    assert "\x1b" not in says(problem)


def test_cell_that_hangs_is_stopped_with_its_kernel(course: Course) -> None:
    course.snippet("lab", LAB + "while True:\n    pass\n", "timeout = 6")
    assert "6 s" in says(course.fails("run").problem("lab"))
    assert until(lambda: not course.processes(), 3)
