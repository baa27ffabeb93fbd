"""Mistakes of scale: what each looks like beside the training data, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PICTURE = 16
"""From this many numbers per sample on, values far outside the real range are taken for a mistake of scale."""


@dataclass(frozen=True)
class Beside:
    """Values x beside those of train: where each of them lie."""

    name: str
    x: Array
    low: float
    high: float
    real_low: float
    real_high: float

    def __str__(self) -> str:
        lie = f"values lie in {self.low:.3g} to {self.high:.3g}"
        return f"{self.name}: {lie}, those of train in {self.real_low:.3g} to {self.real_high:.3g}"

    @property
    def span(self) -> float:
        return self.real_high - self.real_low

    def real_top_is(self, top: float) -> bool:
        return 0.75 * top <= self.real_high <= top

    @property
    def real_from_minus_one(self) -> bool:
        return -1.05 <= self.real_low < -0.9

    @property
    def from_tanh(self) -> bool:
        return -1.05 <= self.low < -0.5 * max(self.high, 0) and 0.75 <= max(-self.low, self.high) <= 1.05

    @property
    def outside(self) -> float:
        """Share of x outside of the real range."""
        return float(((self.x < self.real_low) | (self.x > self.real_high)).mean())

    @property
    def far(self) -> bool:
        first, last = np.quantile(self.x, (0.01, 0.99))
        return bool(first < self.real_low - 0.45 * self.span or last > self.real_high + 0.45 * self.span)


@dataclass(frozen=True)
class Telltale:
    """A mistake of scale: what it looks like, and how to mend it."""

    seen: Callable[[Beside], bool]
    told: str
    mend: str
    """{name} stands for what is mended."""


def _tanh(top: float) -> Telltale:
    return Telltale(
        lambda at: at.from_tanh and at.real_low >= 0 and at.real_top_is(top),
        "a tanh gives -1 to 1",
        f"give ({{name}} + 1) / 2 * {top:g}",
    )


def _divided(top: float) -> tuple[Telltale, Telltale]:
    """x was, or train was."""
    told = f"one of them was divided by {top:g}"
    return (
        Telltale(
            lambda at: at.real_top_is(top) and at.low >= -0.05 and at.high <= 1.05, told, f"give {{name}} * {top:g}"
        ),
        Telltale(
            lambda at: (
                at.real_high <= 1.05 and at.real_low >= -0.05 and 2 < at.high <= 1.05 * top and at.low >= -0.05 * top
            ),
            told,
            f"give {{name}} / {top:g}",
        ),
    )


FACTORS = (
    Telltale(
        lambda at: at.real_low < -0.1 * at.span and not at.real_from_minus_one and at.low >= 0 and at.high <= 1.05,
        "0 to 1 beside centered data",
        "prepare {name} as train was prepared, for example ({name} - mean) / std",
    ),
    Telltale(
        lambda at: at.real_top_is(255.0) and at.low >= -0.05 and 1.05 < at.high <= 16.8,
        "0 to 16 beside 0 to 255",
        "give {name} / 16 * 255",
    ),
    *map(_tanh, (1.0, 16.0, 255.0)),
    Telltale(
        lambda at: at.real_from_minus_one and at.real_high <= 1.05 and at.low >= -0.05 and 0.75 <= at.high <= 1.05,
        "a sigmoid gives 0 to 1",
        "give 2 * {name} - 1",
    ),
    Telltale(
        lambda at: at.real_top_is(16.0) and at.low >= -0.05 and 2 * 16 < at.high <= 255,
        "0 to 255 beside 0 to 16",
        "give {name} / 255 * 16",
    ),
    *_divided(16.0),
    *_divided(255.0),
)
"""Factors that are known. The first that is seen is told."""
ONE_SCALE = "undo what was done to the data before training, or bring both to one scale"
RANGES = (
    Telltale(
        lambda at: max(-at.low, at.high) < 0.25 * max(-at.real_low, at.real_high),
        "all of them within a quarter of the real range",
        ONE_SCALE,
    ),
    Telltale(lambda at: at.far, "half a range beyond what is real", ONE_SCALE),
    Telltale(lambda at: at.outside > 0.5, "{outside:.0%} of them outside the real range", ONE_SCALE),
)
"""Ranges that no data of one scale has."""


def check_scale(name: str, x: Array, train: Array, factors_only: bool = False) -> list[str]:
    """What is wrong with the scale of x (N, D), called `name`, beside train (M, D): telltale factors are named, and
    pictures far outside the real range, or all in a small part of it, are refused as well.

    factors_only: for real data, which may have a longer tail here than there.
    """
    at = Beside(name, x, float(x.min()), float(x.max()), float(train.min()), float(train.max()))
    if x.shape[1] < PICTURE or at.span == 0 or at.low == at.high:  # one value everywhere tells nothing of its scale
        return []
    for telltale in FACTORS if factors_only else (*FACTORS, *RANGES):
        if telltale.seen(at):
            return [f"{at}: {telltale.told.format(outside=at.outside)}; {telltale.mend.format(name=name)}"]
    return []
