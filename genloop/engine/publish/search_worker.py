"""The theme's search, mended.

lunr puts no mark between a label and a number, so with digits for labels it takes two nodes for one. Some words are
then never found, and their first letters give an error instead of results; which words, changes with every edit of a
page (olivernn/lunr.js, issues 279 and 503).
"""

from __future__ import annotations

import re
from pathlib import Path

JOINED = re.compile(r"(?P<join>(?P<key>\b\w+)=(?P=key)\+\w+\+\w+\.id)(?:\+\",\")?(?=\}return (?P=key)\})")
"""Where lunr names a node of its tree by the labels and numbers of those below it."""


def mend_search(site: Path) -> list[str]:
    """Puts the mark there; returns the workers in which its place was not found."""
    changed = []
    for worker in site.glob("assets/javascripts/workers/search.*.js"):
        mended, times = JOINED.subn(r'\g<join>+","', worker.read_text(encoding="utf-8"))
        if times != 1:
            changed.append(worker.name)
        worker.write_text(mended, encoding="utf-8")
    return changed
