"""Compares what a run printed with what was accepted: text and integers exactly, decimals to the last digit."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

from genloop.engine.compare.align import blocks
from genloop.engine.compare.printed import Line, Number, decimal, labels, number_spans, spans
from genloop.engine.compare.rooms import clashes, known, parse
from genloop.engine.errors import Problem, nearest
from genloop.engine.program.header import LINE, Rule

EXACT = Rule()
ENDLESS = "never a number that is not finite"
MOST = 20
"""Differences that are told one by one; what comes after them is summed up."""
# Enough digits for whatever a program may print: no distance is rounded.
ROOMY = Context(prec=4_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN)


def compare(name: str, expected: str, actual: str, expect: Mapping[str, Rule] | None = None) -> list[Problem]:
    """What differs between the accepted and the printed output: a problem per line, and one for what is too much."""
    rules = expect or {}
    now = parse(actual, rules)
    there = known(actual, rules) | known(expected, rules) if rules else set()
    problems = [
        Problem(
            "output", name, f'expects something of "{label}", which it does not print{nearest(label, labels(actual))}'
        )
        for label in rules
        if label not in there  # otherwise the lines below tell it
    ]
    problems += [
        Problem("output", name, f'has two rules for one number, "{one}" and "{other}"; keep one of them', line=number)
        for number, one, other in clashes(now, rules)
    ]
    with localcontext(ROOMY):
        for number, old, new in matched(expected, actual, rules):
            if old is None or new is None:
                problems.append(_changed_line(name, number, old, new))
            elif not _needs_no_look(old, new, rules):
                problems += _differences(name, number, old, new, rules)
        problems += _trends(name, now, rules)
    if not problems and expected.endswith("\n") != actual.endswith("\n") and actual:
        problems.append(Problem("output", name, "the end of the last line differs (a line break more or less)"))
    return _summed_up(name, problems)


def _summed_up(name: str, problems: list[Problem]) -> list[Problem]:
    """The first problems, and one for all others."""
    rest = problems[MOST:]
    if len(rest) < 2:
        return problems
    last = max((problem.line for problem in rest if problem.line), default=None)
    why = f"and {len(rest)} more differences{f', up to line {last}' if last else ''}"
    one = Problem("output", name, why, line=rest[0].line, expected=rest[0].expected, actual=rest[0].actual)
    return [*problems[:MOST], one]


def fixed(stdout: str, expect: Mapping[str, Rule]) -> list[str]:
    """The lines that each run on one machine prints: without the values of labels with `any` and `between`.

    Those may differ from run to run: seconds, ratios of seconds. What has a tolerance differs between machines only.
    """
    return [_without(line, expect, {"any", "between"}).text for line in parse(stdout, expect)]


def _without(line: Line, rules: Mapping[str, Rule], words: set[str]) -> Line:
    """A line without the values of the labels, and without the numbers, whose rule is one of these words."""

    def goes(name: str) -> bool:
        return rules.get(name, EXACT).word in words

    text = line.text
    cuts = [(start, end) for label, start, end in spans(text) if goes(label)]
    # Where a number needs a digit more, it has a space less before it.
    cuts += [(len(text[:start].rstrip(" ")), end) for name, start, end in line.rooms if goes(name)]
    rooms = [room for room in line.rooms if not any(start <= room[1] < end for start, end in cuts)]
    for start, end in sorted(cuts, reverse=True):
        text = f"{text[:start]} {text[end:]}"
        less = end - start - 1
        rooms = [(name, at - less, stop - less) if at >= end else (name, at, stop) for name, at, stop in rooms]
    return Line(text, tuple(rooms)) if cuts else line


def matched(
    expected: str, actual: str, rules: Mapping[str, Rule] | None = None
) -> Iterator[tuple[int, Line | None, Line | None]]:
    """Line number in `actual`, the accepted line and the printed one; None for one that the other output has not.

    Lines are matched by their text without numbers, so that one line more or less is told as just that.
    """
    before, now = (parse(text, rules or {}) for text in (expected, actual))
    alike = itertools.takewhile(lambda pair: _alike(*pair, rules or {}), zip(before, now, strict=False))
    same = sum(1 for _ in alike)  # most outputs are the same throughout, and most lines are the same text
    yield from ((number, old, new) for number, (old, new) in enumerate(zip(before[:same], now[:same], strict=True), 1))
    shapes = [[_shape(line, rules or {}) for line in lines[same:]] for lines in (before, now)]
    for a_start, a_end, b_start, b_end in blocks(*shapes):
        pairs = itertools.zip_longest(before[same + a_start : same + a_end], now[same + b_start : same + b_end])
        for number, (old, new) in enumerate(pairs, same + b_start + 1):
            yield number, old, new


def _alike(old: Line, new: Line, rules: Mapping[str, Rule]) -> bool:
    return old.text == new.text or _shape(old, rules) == _shape(new, rules)


def _needs_no_look(old: Line, new: Line, rules: Mapping[str, Rule]) -> bool:
    """Whether the lines are the same text, and neither a rule nor a number that is not finite can make that wrong."""
    return old.text == new.text and not (rules and rules.keys() & set(new.labels)) and not _may_be_endless(new.text)


def _may_be_endless(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in ("nan", "inf", "∞", "#ind"))


def _freed(line: Line, rules: Mapping[str, Rule]) -> Line:
    """What is compared of a line: all but what has `any`."""
    return _without(line, rules, {"any"}) if rules else line


def _shape(line: Line, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """What must be the same text."""
    return _freed(line, rules).shape


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
    accepted_part, printed_part = _freed(old, rules), _freed(new, rules)
    if accepted_part.shape != printed_part.shape:
        yield _changed_line(name, number, old, new)
        return
    wrong = []
    for accepted, printed in zip(accepted_part.numbers, printed_part.numbers, strict=True):
        if reason := _refuse(accepted, printed, rules.get(printed.label, EXACT)):
            wrong.append(f"{printed.label}: {reason}" if len(printed_part.numbers) > 1 and printed.label else reason)
    if wrong:
        problem = _difference(name, number, old.text, new.text, "; ".join(dict.fromkeys(wrong)))
        yield replace(problem, fix=_way_out(new) if ENDLESS in problem.why else "")


def _way_out(line: Line) -> str:
    """How a header says that what looks like a number that is not finite may stand there: it may be a word."""
    found = next(one for one in line.numbers if not one.value.is_finite())
    name = found.label or LINE + "".join(_pattern(line.text))
    return f'if it is a word, or no fault, in the header: [tool.genloop.expect] {json.dumps(name)} = {{ any = "why" }}'


def _pattern(text: str) -> Iterator[str]:
    """The line as a rule names it: a star for the first number that is not finite, any number for the others."""
    end, star = 0, "*"
    for first, last in number_spans(text):
        is_it = not decimal(text[first:last]).is_finite()
        yield text[end:first] + (star if is_it else "#")
        end, star = last, "#" if is_it else star
    yield text[end:]


def _refuse(accepted: Number, printed: Number, rule: Rule) -> str:
    """Why the printed number does not pass, in a few words; "" if it does."""
    now = printed.value
    if not now.is_finite():
        return ENDLESS
    if rule.word in {"falls", "rises"}:
        return ""  # judged over all lines of the label
    if rule.word == "between":
        return "" if Decimal(repr(rule.low)) <= now <= Decimal(repr(rule.high)) else str(rule)
    if accepted.text == printed.text:
        return ""
    if not accepted.value.is_finite():
        return "the accepted number is not finite"
    distance = abs(now - accepted.value)
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
    """Labels whose numbers must fall or rise from each line to the next: the first, the second, each of them."""
    for label in [label for label, rule in rules.items() if rule.word in {"falls", "rises"}]:
        word = rules[label].word
        rows = [
            (number, [one.value for one in line.numbers if one.label == label])
            for number, line in enumerate(now, 1)
            if label in line.labels
        ]
        rows = [(number, row) for number, row in rows if row]
        if len(rows) < 2:
            yield Problem("output", name, f'"{label}" must be printed on several lines, since it {word}')
        for (_, before), (number, row) in itertools.pairwise(rows):
            if len(before) != len(row):
                why = f'"{label}" has {len(row)} numbers here and {len(before)} on the line before, and it {word}'
                yield Problem("output", name, why, line=number, expected=word, actual=str(len(row)))
            for old, new in zip(before, row, strict=False):
                finite = old.is_finite() and new.is_finite()  # if not, that is told already
                if finite and (new >= old if word == "falls" else new <= old):
                    why = f'"{label}" goes from {old} to {new}, and it {word}'
                    yield Problem("output", name, why, line=number, expected=word, actual=str(new))
