"""A snippet with Markdown cells is a notebook: a kernel executes it, and it prints what plain Python prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genloop.engine.program.snippet import Snippet
from genloop.engine.publish.downloads import adapt_notebook
from genloop.engine.run.cells import parse, said
from genloop.engine.run.declared import cell_problems

from .course import Course, at, line_of, says, until

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
    adapted = json.loads(adapt_notebook({"cells": [cell]}, "How this was made"))
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


FRAME = """
# %% [markdown]
# # A table

# %%
class Frame(list):
    def _repr_html_(self):
        rows = "".join(f"<tr><th>{at}</th><td>{loss:.2f}</td></tr>" for at, loss in enumerate(self))
        return f"<style>th {{color: red}}</style><table><tr><th></th><th>loss</th></tr>{rows}</table>"


frame = Frame([0.25, 0.5])
print("rows:", len(frame))
frame

# %% alt="A line that falls."
from IPython.display import SVG

SVG('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>')

# %%
sum([3, 4])
"""


def test_results_of_cells_are_compared_like_what_is_printed(course: Course) -> None:
    path = course.snippet("topic/lab", FRAME)
    course.accept("topic/lab")
    assert course.accepted("topic/lab").read_text() == "rows: 2\n"
    results = course.root / "snippets" / "topic" / "lab.results"
    assert results.read_text() == "Out[1]:\nloss\n0  0.25\n1  0.50\nOut[3]:\n7\n"
    course.passes("check")
    course.passes("check", "--fresh")
    # A result that changes, and one that vanishes.
    path.write_text(FRAME.replace("0.25", "0.75"))
    problem = course.fails("check").problem("topic/lab")
    assert at(problem) == ("lab.results", 3)
    assert (problem["expected"], problem["actual"]) == ("0  0.25", "0  0.75")
    path.write_text(FRAME.replace("sum([3, 4])", "sum([3, 4]);"))
    wrong = course.fails("check").about("topic/lab")
    assert [problem["expected"] for problem in wrong] == ["Out[3]:", "7"]
    # Without results there is no file, and one that is left over belongs to a notebook.
    path.write_text(LAB)
    course.accept("topic/lab", why="no table any more")
    assert not results.exists()
    path.unlink()
    course.accepted("topic/lab").unlink()
    results.write_text("7\n")
    assert "belongs to no snippet" in says(course.fails("check").problem("topic/lab"))


PIDS = """
# %%
class Frame:
    def _repr_html_(self):
        head = "<tr><th></th><th>n</th><th>pid</th></tr>"
        return f"<table>{head}<tr><th>0</th><td>1</td><td>{os.getpid()}</td></tr></table>"

Frame()
"""


def test_a_rule_holds_for_the_results_that_have_its_label(course: Course) -> None:
    text = LAB + "\n# %%\nimport os\n'pid: %d' % os.getpid()\n" + PIDS
    course.snippet("lab", text)
    problem = course.fails("accept", "lab", "--why", "first version").problem("lab")
    assert "pid" in says(problem), "a result of chance is not accepted"
    room = """
[tool.genloop.expect]
"'pid" = { any = "each process has its own" }
[tool.genloop.columns]
"pid" = { any = "each process has its own" }
"""
    course.snippet("lab", text, room)
    course.accept("lab")
    course.passes("check")


def test_a_change_of_prose_or_alt_text_runs_nothing_and_is_published(course: Course, tmp_path: Path) -> None:
    path = course.snippet("lab", FRAME)
    course.accept("lab")
    course.page("index.md", "# A page\n")
    text = FRAME.replace("A line that falls", "A line from 0 to 9").replace("# # A table", "# # A frame\n# More words.")
    path.write_text(text + "\n# %% [markdown]\n# The end.\n")
    assert course.passes("stage", str(tmp_path / "staged")).states == {"lab": "cached"}
    notebook = json.loads((course.root / "docs" / "generated" / "notebooks" / "lab.ipynb").read_text())
    cells = notebook["cells"]
    assert "".join(cells[0]["source"]) == "# A frame\nMore words."
    assert cells[2]["metadata"]["alt"] == "A line from 0 to 9."
    assert "".join(cells[3]["outputs"][0]["data"]["text/plain"]) == "7"
    # What is missing now is told without a run.
    path.write_text(FRAME.replace('# %% alt="A line that falls."', "# %%"))
    outcome = course.fails("check")
    assert outcome.states == {"lab": "cached"}
    assert "without alt text" in says(outcome.problem("lab"))
    assert at(outcome.problem("lab")) == ("lab.py", line_of(path, "from IPython"))
    path.write_text(FRAME.replace("# # A table", "# ![A cat](cat.png)"))
    outcome = course.fails("check")
    assert outcome.states == {"lab": "cached"}
    assert "cat.png" in says(outcome.problem("lab"))
    assert at(outcome.problem("lab")) == ("lab.py", line_of(path, "cat.png"))
    path.write_text(FRAME.replace("# # A table", "# ![A cat](../../cat.png)"))
    (course.root / "docs" / "cat.png").write_bytes(b"any")
    course.passes("check")


@pytest.mark.parametrize(
    ("shows", "told"),
    [
        ("display({'application/vnd.plotly.v1+json': {}}, raw=True)", "application/vnd.plotly.v1+json"),
        ("display({'application/javascript': '1', 'text/plain': 'x'}, raw=True)", "application/javascript"),
        ("HTML('<div id=plot></div><script>draw()</script>')", "<script>"),
        ("HTML('<b onclick=\"x()\">word</b>')", "onclick"),
        ("HTML('<a href=\" JavaScript:x()\">word</a>')", "javascript:"),
        ("HTML('<p>A word</p><img src=\"https://example.org/a.png\">')", "https://example.org/a.png"),
        ("HTML('<style>p {color: red}</style><div></div>')", "nothing to see"),
        ("display({'image/png': 'aGVsbG8='}, raw=True)", "is no PNG"),
        ("display({'image/jpeg': 'aGVsbG8='}, raw=True)", "is no JPEG"),
        ("display({'image/svg+xml': '<svg>'}, raw=True)", "is no SVG"),
    ],
)
def test_a_result_that_a_page_cannot_show_is_a_problem(shows: str, told: str) -> None:
    cells = [*parse(LAB).cells, {"cell_type": "code", "metadata": {}, "source": shows, "outputs": [ran(shows)]}]
    snippet = Snippet("lab", Path("snippets/lab.py"), LAB + "# %%\n" + shows, notebook=True)
    wrong = [problem for problem in cell_problems(snippet, cells) if "alt text" not in problem.why]
    assert [told in problem.why for problem in wrong] == [True], wrong
    assert wrong[0].line == LAB.count("\n") + 2


def ran(shows: str) -> dict[str, object]:
    """The output of a cell that shows one thing, as a kernel writes it."""
    data: dict[str, str] = {}

    def html(text: str) -> None:
        data.update({"text/html": text, "text/plain": "<IPython.core.display.HTML object>"})

    def display(given: dict[str, str], *, raw: bool) -> None:
        data.update(given if raw else {})

    exec(shows, {"HTML": html, "display": display})
    return {"output_type": "display_data", "data": data}


def test_what_html_says_is_its_text_and_its_rows() -> None:
    html = (
        "<style>a {}</style><table><tr><th>n</th><td>1</td></tr><tr><td>a &lt; b</td></tr></table><p>two <b>words</b>"
    )
    assert said(html).text() == "n  1\na < b\ntwo  words"
    assert not said(html).does
