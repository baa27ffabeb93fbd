"""`genloop init FOLDER`: a program with a variant, a notebook and a page, to be changed into a course."""

from __future__ import annotations

from genloop.engine.begin.packages import missing
from genloop.engine.begin.prose import plain
from genloop.engine.begin.settings import Contents, Entry

NOTEBOOK_NEEDS = ("ipykernel", "jupytext", "mkdocs_jupyter", "nbclient")
"""Modules without which no notebook runs, or none gets onto a page."""
PROGRAM = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.genloop]
# timeout = 60                        # seconds
#
# [tool.genloop.figures]              # every image it writes, with its alt text
# "walk.svg" = "Line chart: a walk of 200 steps that starts at zero and wanders to both sides."
# ///
"""A random walk: how far do 200 steps to the left or to the right lead?"""

import random
from pathlib import Path

# %% constants
SEED = 0  # one walk, the same every time
STEPS = 200  # enough to see it wander

# %% walk
rng = random.Random(SEED)
path = [0]
for _ in range(STEPS):
    path.append(path[-1] + rng.choice([-1, 1]))
print("steps:", STEPS)
print("end:", path[-1])
print("farthest:", max(map(abs, path)))

# %% figure
points = " ".join(f"{2 * x},{-2 * y}" for x, y in enumerate(path))
low, high = -2 * max(path) - 4, 2 * (max(path) - min(path)) + 8
Path("walk.svg").write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="{high}" viewBox="0 {low} 400 {high}">'
    f'<polyline fill="none" stroke="#2f81d6" stroke-width="2" points="{points}"/></svg>\\n'
)
'''
VARIANTS = """\
# index: the same walk with other seeds.
[sweeps.seed]               # first/walk@seed1 to first/walk@seed4
SEED = [1, 2, 3, 4]
"""
NOTEBOOK = """\
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
# %% [markdown]
# # Two dice
#
# A program with cells like this one is a notebook: it is executed as one, and its page shows what its cells print
# and what they are.

# %%
import random
from collections import Counter

SEED = 0  # the same throws every time
rng = random.Random(SEED)
sums = Counter(rng.randint(1, 6) + rng.randint(1, 6) for _ in range(1000))
print("throws:", sums.total())

# %% [markdown]
# How often each sum came:

# %%
sorted(sums.items())
"""
PAGE = """\
---
program: first/walk
runs:
  seeds: [first/walk, "@seed*"]
---

# {title}

Nothing that a program made is typed on this page: calls in double braces put it here, and the build checks them.

## A walk

{{{{ code("walk") }}}}

{{{{ output() }}}}

After {{{{ run.steps }}}} steps the walk ends at {{{{ run.end }}}};
{{{{ claim(seeds.farthest < 100, "no seed leads farther than a hundred") }}}}.
This walk and four with other seeds get as far as {{{{ seeds.farthest.listed }}}}.

{{{{ figure("walk.svg", caption="Where the walk goes.") }}}}

{{{{ code(fold=True) }}}}
{more}"""
MORE = """
## Next

[Two dice](generated/notebooks/first/dice.ipynb) is a notebook.
A program and a page of your own: `genloop new topic/name`.
"""


def first_course(title: str) -> Contents:
    """A course of one program with four variants, one page, and a notebook where notebooks can run."""
    notebook = not missing(NOTEBOOK_NEEDS)
    files = {
        "docs/index.md": PAGE.format(title=plain(title), more=MORE if notebook else ""),
        "snippets/first/walk.py": PROGRAM,
        "snippets/first/walk.variants.toml": VARIANTS,
    }
    nav = [Entry("Home", "index.md")]
    if notebook:
        files["snippets/first/dice.py"] = NOTEBOOK
        nav.append(Entry("Two dice", "generated/notebooks/first/dice.ipynb"))
    return Contents(title, files, nav, notebooks=notebook)
