"""The table of pairs that the reader's page is tested on as well (tests/site/test_mine.py): here against the engine."""

from __future__ import annotations

from collections import Counter

import pytest

from genloop.engine.compare.verify import compare, matched
from tests.pairs import Case, cases

WHOLE_LINES = ("does not print the accepted line", "prints a line more")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_engine_says_what_the_table_says(case: Case) -> None:
    problems = compare("a", case.expected, case.actual, case.rules)
    off = {one.line for one in problems if one.line and not one.why.startswith(WHOLE_LINES)}
    found = []
    for number, old, new in matched(case.expected, case.actual, case.rules):
        if old is None or new is None:
            found.append("missing" if new is None else "more")
        elif number in off:
            found.append("off")
        else:
            found.append("equal" if old.text == new.text else "within")
    assert found == case.lines
    assert sum(one.line is None for one in problems) == case.whole
    assert (problems == []) == (case.whole == 0 and {*found} <= {"equal", "within"})


def test_the_table_is_large_and_has_every_verdict_and_rule() -> None:
    table = cases()
    assert len(table) >= 200
    assert len({case.name for case in table}) == len(table)
    verdicts = Counter(word for case in table for word in case.lines)
    assert min(verdicts[word] for word in ("equal", "within", "off", "missing", "more")) >= 20
    rules = Counter(rule.word for case in table for rule in case.rules.values())
    assert min(rules[word] for word in ("abs", "rel", "between", "falls", "rises", "any")) >= 5
