"""The terms of the glossary as entries of the search: who looks for a word finds first what it means.

The theme's index knows headings and the text below them; a term of a definition list is only a word in such a text.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from genloop.engine.publish.markdown_glossary import ENTRY, Glossary, meaning

INDEX = Path("search", "search_index.json")
ANCHOR = re.compile(r"#([\w-]+)")
BOOST = 3
"""Against a section of a lesson with the word in its heading."""


def add_terms(site: Path, glossary: Glossary, address: str) -> None:
    """Adds them to the index, if the site has one. address: of the glossary's page in the site."""
    path = site / INDEX
    if not path.is_file():
        return
    index = json.loads(path.read_text(encoding="utf-8"))
    for entry in ENTRY.finditer(glossary.text):
        if anchor := ANCHOR.search(entry["attributes"] or ""):
            place = f"{address}#{anchor[1]}"
            index["docs"].append({"location": place, "title": entry["forms"], "text": meaning(entry), "boost": BOOST})
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
