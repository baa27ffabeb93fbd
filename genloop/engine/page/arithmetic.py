"""Numbers of a page: to be reckoned with and compared, one or several at once.

A mistake in the page is noted where it happens, and what it would have given is an `Unknown`, so that one mistake is
not told as a false claim as well.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Protocol

from genloop.engine.errors import nearest


class Page(Protocol):
    """What the things need of the page that they stand on."""

    def wrong(self, why: str, line: int | None = None, fix: str = "") -> object:
        """Notes a problem on the line of the call that is being answered."""

    def compared(self, left: Number, sign: str, right: Number, holds: bool) -> None:
        """Keeps a comparison for the claim that rests on it."""


class Thing:
    """Something a template may hold. `part` answers `thing.name`, `item` answers `thing[...]`; nothing else does."""

    def part(self, name: str, /) -> object:
        raise NotImplementedError

    def item(self, key: object, /) -> object:
        raise NotImplementedError

    def described(self) -> str:
        """For messages."""
        return type(self).__name__.lower()


class Unknown(Thing):
    """Stands for what a wrong call would have given. Whatever is done with it is another one; no comparison fails."""

    compared = 0
    """How often one was compared with something: what follows from that says nothing."""

    def _same(self, *_: object, **__: object) -> Unknown:
        return self

    part = item = _same

    def _holds(self, _other: object) -> bool:
        Unknown.compared += 1
        return True

    __call__ = _same
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __abs__ = __neg__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _holds

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return ""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Number:
    """A number, and where it comes from."""

    value: Decimal
    said: str
    """For messages: "kl 9.31"."""
    origin: str
    """The same for two numbers that were printed as one: what is compared with itself proves nothing."""
    exact: bool = True
    """Whether all its digits can be shown. Those of a quotient cannot."""


class Numbers(Thing):
    """One number or several, that can be reckoned with and compared. A comparison holds if it holds for every one."""

    stats: ClassVar[tuple[str, ...]] = ("least", "most", "mean", "median", "range", "sd", "rising")

    def __init__(self, page: Page, numbers: Sequence[Number]) -> None:
        self.page = page
        self.given = tuple(numbers)

    def numbers(self) -> tuple[Number, ...] | None:
        """The numbers; None, with the problem noted, if there are none to be had."""
        return self.given

    def part(self, name: str) -> object:
        if name in self.stats:
            return self.stat(name)
        if name == "listed":
            return Several([str(Numbers(self.page, [number])) for number in self.given], ", ", " and ")
        return self.lost(f'a number has no "{name}"{nearest(name, (*self.stats, "listed"))}')

    def item(self, key: object) -> object:
        return self.lost(f"what was calculated has no part {key!r}")

    def lost(self, why: str) -> Unknown:
        self.page.wrong(why)
        return UNKNOWN

    # ---- several numbers at once ----------------------------------------------------------------------------------

    def stat(self, name: str) -> object:
        found = self.numbers()
        if found is None:
            return UNKNOWN
        values = [number.value for number in found]
        if not all(value.is_finite() for value in values):
            return self.lost(f".{name} of numbers of which one is not finite")
        if name == "range":
            return f"{min(values):f} to {max(values):f}"
        if name == "rising":
            return self._rising(found)
        if name == "sd" and len(values) < 2:
            return self.lost(f"one number has no sd ({found[0].said})")
        reckoned: dict[str, Callable[[list[Decimal]], Decimal]] = {
            "least": min,
            "most": max,
            "mean": statistics.mean,
            "median": statistics.median,
            "sd": statistics.stdev,
        }
        value = reckoned[name](values)
        origin = f"{name} of {', '.join(sorted(number.origin for number in found))}"
        exact = all(number.exact for number in found) and name not in {"mean", "sd"}
        return Numbers(self.page, [Number(value, f"{name} {value:.6g}", origin, exact)])

    def _rising(self, found: Sequence[Number]) -> object:
        """Whether each is greater than the one before it, in the order in which they stand."""
        if len(found) < 2:
            return self.lost(f".rising needs several numbers, and this is one ({found[0].said})")
        every = True
        for before, after in itertools.pairwise(found):
            one = before.value < after.value
            self.page.compared(before, "<", after, one)
            every = every and one
        return every

    # ---- arithmetic -----------------------------------------------------------------------------------------------

    def _reckon(self, other: object, sign: str, turned: bool = False) -> object:
        mine, theirs = self.numbers(), self._other(other, sign)
        if mine is None or theirs is None:
            return UNKNOWN
        left, right = (theirs, mine) if turned else (mine, theirs)
        if len(left) != len(right) and 1 not in (len(left), len(right)):
            return self.lost(f"{len(left)} numbers {sign} {len(right)} numbers; take .least, .most or .mean of each")
        count = max(len(left), len(right))
        pairs = zip(left * (count // len(left)), right * (count // len(right)), strict=True)
        try:
            return Numbers(self.page, [_reckoned(one, sign, two) for one, two in pairs])
        except (InvalidOperation, ZeroDivisionError):
            return self.lost(f"{' and '.join(n.said for n in (*left[:1], *right[:1]))}: {sign} has no result")

    def _other(self, other: object, sign: str) -> tuple[Number, ...] | None:
        if isinstance(other, Numbers):
            return other.numbers()
        if isinstance(other, int | float) and not isinstance(other, bool):
            return (Number(Decimal(repr(other)), repr(other), repr(other)),)
        self.page.wrong(f"{sign} needs a number on both sides, not {kind(other)}")
        return None

    def __add__(self, other: object) -> object:
        return self._reckon(other, "+")

    def __radd__(self, other: object) -> object:
        return self._reckon(other, "+", turned=True)

    def __sub__(self, other: object) -> object:
        return self._reckon(other, "-")

    def __rsub__(self, other: object) -> object:
        return self._reckon(other, "-", turned=True)

    def __mul__(self, other: object) -> object:
        return self._reckon(other, "*")

    def __rmul__(self, other: object) -> object:
        return self._reckon(other, "*", turned=True)

    def __truediv__(self, other: object) -> object:
        return self._reckon(other, "/")

    def __rtruediv__(self, other: object) -> object:
        return self._reckon(other, "/", turned=True)

    def __neg__(self) -> object:
        return self._each(lambda n: Number(-n.value, f"-{n.said}", f"-({n.origin})", n.exact))

    def __abs__(self) -> object:
        return self._each(lambda n: Number(abs(n.value), f"|{n.said}|", f"|{n.origin}|", n.exact))

    def rounded(self, digits: int) -> object:
        """To so many digits after the point; ties go to the even digit, as in Python."""

        def one(number: Number) -> Number:
            value = number.value.quantize(Decimal(1).scaleb(-digits))
            return Number(value, f"{value:f}", f"round({number.origin}, {digits})")

        try:
            return self._each(one)
        except InvalidOperation:  # not finite, or more than the 28 digits of Python's decimals
            return self.lost(f"{self.described()} cannot be rounded to {digits} digits")

    def significant(self, digits: int) -> object:
        """To so many digits that count, whatever the size of the number: 9.1e-5."""

        def one(number: Number) -> Number:
            text = f"{number.value:.{digits}g}"
            return Number(Decimal(text), text, f"significant({number.origin}, {digits})")

        return self._each(one)

    def _each(self, change: Callable[[Number], Number]) -> object:
        found = self.numbers()
        return UNKNOWN if found is None else Numbers(self.page, [change(number) for number in found])

    # ---- comparison -----------------------------------------------------------------------------------------------

    def _compare(self, other: object, sign: str, holds: Callable[[Decimal, Decimal], bool]) -> bool:
        mine, theirs = self.numbers(), self._other(other, sign)
        if mine is None or theirs is None:
            return True  # said already
        every = True
        for left in mine:
            for right in theirs:
                # Nothing is less or greater than nan, and nan is no number: no claim can rest on it.
                nan = left.value.is_nan() or right.value.is_nan()
                one = not nan and holds(left.value, right.value)
                self.page.compared(left, sign, right, one)
                every = every and one
        return every

    def __lt__(self, other: object) -> bool:
        return self._compare(other, "<", lambda a, b: a < b)

    def __le__(self, other: object) -> bool:
        return self._compare(other, "<=", lambda a, b: a <= b)

    def __gt__(self, other: object) -> bool:
        return self._compare(other, ">", lambda a, b: a > b)

    def __ge__(self, other: object) -> bool:
        return self._compare(other, ">=", lambda a, b: a >= b)

    def __eq__(self, other: object) -> bool:
        return self._compare(other, "==", lambda a, b: a == b)

    def __ne__(self, other: object) -> bool:
        return self._compare(other, "!=", lambda a, b: a != b)

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        self.page.wrong(f"{self.described()} is neither true nor false; compare it with something")
        return True

    # ---- text -----------------------------------------------------------------------------------------------------

    def described(self) -> str:
        return f"what was calculated ({', '.join(number.said for number in self.given[:3])})"

    def __str__(self) -> str:
        """As a page shows it: one number, with digits that are known."""
        found = self.numbers() or ()
        if len(found) != 1:
            self.page.wrong(f"{len(found)} numbers where one is shown; take .least, .most, .mean or .range")
            return ""
        if not found[0].exact:
            self.page.wrong(f"{found[0].said} has no last digit; round it, as in (a / b) | round(2)")
        return f"{found[0].value:f}" if found[0].value.adjusted() > -4 else f"{found[0].value:g}"


class Several(Thing):
    """What a page shows in a row: "0.91, 0.93 and 0.94", "0.91 to 0.94"."""

    def __init__(self, shown: Sequence[object], between: str, before_last: str) -> None:
        self.shown = tuple(shown)
        """What was printed, or text."""
        self.between = between
        self.before_last = before_last

    def joined(self, written: Callable[[object], str]) -> str:
        texts = [written(one) for one in self.shown]
        return self.before_last.join([part for part in (self.between.join(texts[:-1]), *texts[-1:]) if part])

    def part(self, name: str) -> object:
        raise TypeError(f'several values in a row can be shown, and have no "{name}"')

    def item(self, key: object) -> object:
        raise TypeError(f"several values in a row can be shown, and have no [{key!r}]")

    def __str__(self) -> str:
        return self.joined(str)


def _reckoned(left: Number, sign: str, right: Number) -> Number:
    work: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    value = work[sign](left.value, right.value)
    exact = left.exact and right.exact and sign != "/"
    shown = f"{value:.6g}" if value.is_finite() else str(value)
    return Number(
        value, f"({left.said} {sign} {right.said} = {shown})", f"({left.origin} {sign} {right.origin})", exact
    )


def kind(other: object) -> str:
    if isinstance(other, str):
        return f'the text "{other}"'
    return other.described() if isinstance(other, Thing) else f"{type(other).__name__}"


def rounded(value: Any, digits: int = 0) -> object:
    """The filter `round`. What a page reckons from numbers alone, as of a published formula, is rounded as well."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Numbers):
        return value.rounded(digits)
    if isinstance(value, int | float):
        return f"{round(value, digits):.{max(digits, 0)}f}"
    raise TypeError(f"round needs a number, not {kind(value)}")


def significant(value: Any, digits: int) -> object:
    """The filter `significant`."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Numbers):
        return value.significant(digits)
    raise TypeError(f"significant needs a number of a run, not {kind(value)}")
