"""Which lines of two outputs belong together, in time that grows with their number and not with its square."""

from __future__ import annotations

import bisect
import difflib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

Block = tuple[int, int, int, int]
"""Begin and end in the one, begin and end in the other."""
SMALL = 40_000
"""Pairs of lines up to which each is tried with each."""


def blocks(one: Sequence[Hashable], other: Sequence[Hashable]) -> Iterator[Block]:
    """The parts that belong together, in order, without gaps. Inside a part the first belong together, and so on.

    Equal sequences are equal part by part; how well unequal ones are told apart is a matter of the message alone.
    """
    at = (0, 0)
    for anchor in [*_anchors(one, other), (len(one), len(other))]:
        yield from _between(one, other, (at[0], anchor[0], at[1], anchor[1]))
        at = anchor


def _between(one: Sequence[Hashable], other: Sequence[Hashable], block: Block) -> Iterator[Block]:
    start, end, begin, stop = block
    same = 0
    while same < min(end - start, stop - begin) and one[start + same] == other[begin + same]:
        same += 1
    yield start, start + same, begin, begin + same
    start, begin = start + same, begin + same
    same = 0
    while same < min(end - start, stop - begin) and one[end - 1 - same] == other[stop - 1 - same]:
        same += 1
    middle = (start, end - same, begin, stop - same)
    if (middle[1] - start) * (middle[3] - begin) <= SMALL:
        matcher = difflib.SequenceMatcher(None, one[start : middle[1]], other[begin : middle[3]], autojunk=False)
        for _, a_start, a_end, b_start, b_end in matcher.get_opcodes():
            yield start + a_start, start + a_end, begin + b_start, begin + b_end
    else:
        yield middle
    yield end - same, end, stop - same, stop


def _anchors(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of what stands once in each, as many as have the same order in both (patience sorting)."""
    once = [{item for item, times in Counter(items).items() if times == 1} for items in (one, other)]
    places = {item: place for place, item in enumerate(other) if item in once[1]}
    pairs = [(place, places[item]) for place, item in enumerate(one) if item in once[0] and item in places]
    lasts: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect.bisect_left(lasts, place)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(lasts):
            lasts.append(place)
            piles.append(number)
        else:
            lasts[pile], piles[pile] = place, number
    chain = []
    number = piles[-1] if piles else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
