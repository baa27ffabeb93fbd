"""`overlap(a, b)`: whether two ranges that runs printed overlap, for a claim."""

from __future__ import annotations

from genloop.engine.page.arithmetic import UNKNOWN, Numbers, Page, Unknown, kind
from genloop.engine.page.values import Value


def overlap(page: Page, left: object, right: object) -> bool | Unknown:
    """Whether two ranges overlap. What is printed as several numbers, "0.93 0.91 0.94", is a range by itself; of
    several such, each must overlap its counterpart. Values of one number each are one range together."""
    pairs = [_ranges(page, left), _ranges(page, right)]
    if any(not ranges for ranges in pairs):
        return UNKNOWN  # said already
    if len(pairs[0]) != len(pairs[1]):
        page.wrong(f"overlap compares range with range, and has {len(pairs[0])} and {len(pairs[1])}")
        return UNKNOWN
    every = True
    for one, two in zip(*pairs, strict=True):
        for begins, ends in (one, two), (two, one):
            least, most = begins.part("least"), ends.part("most")
            if isinstance(least, Numbers) and isinstance(most, Numbers):
                every = (least <= most) and every
    return every


def _ranges(page: Page, value: object) -> list[Numbers]:
    if isinstance(value, Value):
        split = [entry.split() for entry in value.entries]
        if all(len(one) == 1 for one in split):
            return [value]
        if not all(split):
            value.numbers()  # says so
            return []
        return [Value(page, one, value.said) for one in split]
    if isinstance(value, Numbers):
        return [value]
    if not isinstance(value, Unknown):
        page.wrong(f"overlap needs values of runs, not {kind(value)}")
    return []
