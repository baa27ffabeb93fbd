"""How many words of a page are in sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from genloop.engine.page.prose import PER_MINUTE, minutes, words_in_sight


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("one two, three.\n", 3),
        ("---\ntitle: not counted\n---\n\n# One\n\ntwo\n", 2),
        ("one\n\n```python\nprint('no word of it')\n```\n\ntwo\n", 2),
        ('one\n\n??? note "A title that is folded"\n\n    folded words\n\n    and more\n\ntwo\n', 2),
        ('one\n\n1. two\n\n    ??? tip "Hint"\n\n        folded words\n\n2. three\n', 3),
        ('one\n\n???+ note "Open"\n\n    in sight\n', 5),
        (r"the loss \(-\ln D(x)\) of" + "\n\n\\[\na = b\n\\]\n\nit\n", 4),
        ("it is {{ run.kl }} and 12.5 % or 1,600\n", 4),
        ('it is {{ claim(a > b, "twice as much") }} here\n', 6),
        ('{{ claim(a > f("x", "y"), "twice as much") }}\n', 3),
        ('{{ figure("loss.svg", scale=3, caption="Above: the loss.") }}\n', 3),
        ("| Head | Two |\n|---|---:|\n| cell | 3.0 |\n", 3),
        ("see [the page](other.md#with-an-anchor){ .md-button }\n", 3),
        ('<div class="wide and high" markdown>\none <!-- not this --> two\n</div>\n', 2),
        ("one\n\n## Sources\n\n- A paper.\n\n## After\n\ntwo\n", 3),
    ],
)
def test_prose_in_sight_is_counted(source: str, words: int) -> None:
    assert words_in_sight(source) == words


def test_minutes_are_whole_and_at_least_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("word\n")
    assert minutes(page) == 1
    page.write_text("word " * (PER_MINUTE * 7))
    assert minutes(page) == 7
