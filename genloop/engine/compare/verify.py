"""Compares what a run printed with what was accepted: text and integers exactly, decimals to the last digit."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from genloop.engine.compare.printed import Line, Number, labels, parse_line, spans
from genloop.engine.errors import Problem, nearest
from genloop.engine.program.header import Rule

EXACT = Rule()


def compare(name: str, expected: str, actual: str, expect: Mapping[str, Rule] | None = None) -> list[Problem]:
    """What differs between the accepted and the printed output, one problem per line that differs."""
    rules = expect or {}
    problems = [
        Problem(
            "output", name, f'expects something of "{label}", which it does not print{nearest(label, labels(actual))}'
        )
        for label in rules
        if label not in labels(actual) and label not in labels(expected)  # otherwise the lines below tell it
    ]
    for number, old, new in matched(expected, actual, rules):
        if old is not None and new is not None and _shape(old, rules) == _shape(new, rules):
            problems += _differences(name, number, old, new, rules)
        else:
            problems.append(_changed_line(name, number, old, new))
    problems += _trends(name, [parse_line(text) for text in actual.splitlines()], rules)
    if not problems and expected.endswith("\n") != actual.endswith("\n") and actual:
        problems.append(Problem("output", name, "the end of the last line differs (a line break more or less)"))
    return problems


def fixed(stdout: str, expect: Mapping[str, Rule]) -> list[str]:
    """The lines that each run on one machine prints: without the values of labels with `any` and `between`.

    Those may differ from run to run: seconds, ratios of seconds. What has a tolerance differs between machines only.
    """
    lines = []
    for text in stdout.splitlines():
        for label, start, end in reversed(spans(text)):
            if expect.get(label, EXACT).word in {"any", "between"}:
                text = text[:start] + text[end:]
        lines.append(text)
    return lines


def matched(
    expected: str, actual: str, rules: Mapping[str, Rule] | None = None
) -> Iterator[tuple[int, Line | None, Line | None]]:
    """Line number in `actual`, the accepted line and the printed one; None for one that the other output has not.

    Lines are matched by their text without numbers, so that one line more or less is told as just that.
    """
    before = [parse_line(text) for text in expected.splitlines()]
    now = [parse_line(text) for text in actual.splitlines()]
    shapes = [[_shape(line, rules or {}) for line in lines] for lines in (before, now)]
    matcher = difflib.SequenceMatcher(a=shapes[0], b=shapes[1], autojunk=False)
    for _, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        pairs = itertools.zip_longest(before[a_start:a_end], now[b_start:b_end])
        for number, (old, new) in enumerate(pairs, b_start + 1):
            yield number, old, new


def _shape(line: Line, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """What must be the same text. Of a label with `any`, only the label itself."""
    if free := [label for label in line.labels if rules.get(label, EXACT).word == "any"]:
        return ("any", *line.labels, *free)
    return line.shape


def _changed_line(name: str, number: int, old: Line | None, new: Line | None) -> Problem:
    if new is None:
        told = old.text if old else ""
        why = f'does not print the accepted line "{told}"'
        return Problem("output", name, why, line=number, expected=told)
    if old is None:
        return Problem("output", name, f'prints a line more: "{new.text}"', line=number, actual=new.text)
    return _difference(name, number, old.text, new.text, "text is exact")


def _difference(name: str, line: int, old: str, new: str, rule: str) -> Problem:
    return Problem("output", name, f'printed "{new}", accepted "{old}" ({rule})', line=line, expected=old, actual=new)


def _differences(name: str, number: int, old: Line, new: Line, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    if any(rules.get(label, EXACT).word == "any" for label in new.labels) and len(old.numbers) != len(new.numbers):
        return
    wrong = []
    for accepted, printed in zip(old.numbers, new.numbers, strict=True):
        rule = rules.get(printed.label, EXACT)
        if reason := _refuse(accepted, printed, rule):
            wrong.append(f"{printed.label}: {reason}" if len(new.numbers) > 1 and printed.label else reason)
    if wrong:
        yield _difference(name, number, old.text, new.text, "; ".join(dict.fromkeys(wrong)))


def _refuse(accepted: Number, printed: Number, rule: Rule) -> str:
    """Why the printed number does not pass, in a few words; "" if it does."""
    if rule.word == "any":
        return ""
    if not printed.value.is_finite():
        return "never a number that is not finite"
    if rule.word in {"falls", "rises"}:
        return ""  # judged over all lines of the label
    if rule.word == "between":
        return "" if Decimal(repr(rule.low)) <= printed.value <= Decimal(repr(rule.high)) else str(rule)
    if not accepted.value.is_finite():
        return "the accepted number is not finite"
    distance = abs(printed.value - accepted.value)
    if rule.word == "abs":
        return "" if distance <= Decimal(repr(rule.amount)) else str(rule)
    if rule.word == "rel":
        return "" if distance <= Decimal(repr(rule.amount)) * abs(accepted.value) else str(rule)
    if accepted.is_integer or printed.is_integer:
        return "" if accepted.text.lstrip("+") == printed.text.lstrip("+") else "exact"
    # round(x, 3) prints 0.7 for 0.700: the finer of the two tells how many digits were meant.
    unit = Decimal(1).scaleb(min(int(number.value.as_tuple().exponent) for number in (accepted, printed)))
    return "" if distance <= unit else f"within {unit:f}"


def _trends(name: str, now: Sequence[Line], rules: Mapping[str, Rule]) -> Iterator[Problem]:
    """Labels that must fall or rise from each line to the next."""
    for label, rule in rules.items():
        if rule.word not in {"falls", "rises"}:
            continue
        series = [
            (number, printed.value)
            for number, line in enumerate(now, 1)
            for printed in [next((one for one in line.numbers if one.label == label), None)]
            if printed is not None and printed.value.is_finite()
        ]
        if len(series) < 2:
            yield Problem("output", name, f'"{label}" must be printed on several lines, since it {rule.word}')
        for (_, old), (number, new) in itertools.pairwise(series):
            if new >= old if rule.word == "falls" else new <= old:
                why = f'"{label}" goes from {old} to {new}, and it {rule.word}'
                yield Problem("output", name, why, line=number, expected=rule.word, actual=str(new))
