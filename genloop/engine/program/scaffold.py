"""`genloop new`: a snippet and a page that run at once, to be changed into a lesson."""

from __future__ import annotations

import re

from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.files import replace_file
from genloop.engine.program.project import NO_PAGES, Project

SNIPPET = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.genloop]
# timeout = 60
# ///
"""One line: what this program shows."""

import random

# %% constants
SEED = 0  # the same numbers every time

# %% run
rng = random.Random(SEED)
print("numbers:", [rng.randint(1, 6) for _ in range(3)])
'''
PAGE = """\
# {title}

What a reader will be able to do after this page.

{{{{ code("{name}", "run") }}}}

{{{{ output("{name}") }}}}

{{{{ code("{name}", fold=True) }}}}
"""


def new(project: Project, name: str) -> list[str]:
    """Writes snippets/NAME.py and docs/NAME.md; returns both paths. Raises Failed if one exists or the name is odd."""
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*(/[A-Za-z0-9][\w-]*)*", name, flags=re.ASCII):
        why = "is no name for a snippet; use letters, digits, _ and -, with or without a topic: gan/ring, 01-basics"
        raise Misused([Problem("project", name, why)])
    if name.startswith(NO_PAGES):
        why = (
            f"would have its page in docs/{name.partition('/')[0]}/, where nobody looks for pages; choose another topic"
        )
        raise Misused([Problem("project", name, why)])
    title = name.rpartition("/")[2].replace("_", " ").capitalize()
    files = {
        project.root / "snippets" / f"{name}.py": SNIPPET,
        project.docs / f"{name}.md": PAGE.format(title=title, name=name),
    }
    taken = [project.relative(path) for path in files if path.exists()]
    if taken:
        raise Failed([Problem("project", path, "exists already; choose another name") for path in taken])
    for path, text in files.items():
        replace_file(path, text.encode())
    return [project.relative(path) for path in files]
