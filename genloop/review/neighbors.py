"""Metrics from nearest neighbors: fidelity, diversity, and whether training data was copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genloop.review.distances import centered, chunks, nearest
from genloop.review.inputs import point_sets, refuse_shared

Array = NDArray[np.float64]
Points = NDArray[Any]
"""Floats or counts, (N, D)."""
TIE = 1e-9
"""Distances that differ by less than this part of them are equal: they were rounded in two ways."""
COPIED_QUANTILE = 0.01
"""A sample counts as nearly copied if it is closer to training data than all but this share of held-out data."""
CONFIDENCE = 0.999
"""With which the share of held-out data so near to training data is no larger than assumed for `copied_p`."""


@dataclass(frozen=True)
class Neighborhood:
    """How generated and real samples lie among each other."""

    precision: float
    """Share of generated samples within the k-th-neighbor distance of some real one, 0 to 1.
    Kynkaanniemi et al. 2019."""
    recall: float
    """Share of real samples within the k-th-neighbor distance of some generated one, 0 to 1.
    Kynkaanniemi et al. 2019."""
    density: float
    """Mean number of such real neighborhoods that a generated sample lies in, over k: 1 expected, no upper bound.
    Naeem et al. 2020."""
    coverage: float
    """Share of real samples with a generated one within their k-th-neighbor distance, 0 to 1. Naeem et al. 2020.
    Two equally large sets of one distribution give 1 - 2^-k."""


def neighborhood(real: Points, generated: Points, precision_k: int = 3, coverage_k: int = 5) -> Neighborhood:
    """Precision and recall with `precision_k`, density and coverage with `coverage_k`, in one pass over the distances.

    real: (N, D), generated: (M, D), any unit; distances are Euclidean. A point is never its own neighbor. The values
    depend on N and M: compare only numbers from equally large sets. Raises ValueError if a set has no k-th neighbor,
    or is no set of finite points.
    """
    if precision_k < 1 or coverage_k < 1:
        raise ValueError(f"precision_k and coverage_k count neighbors from 1; have {precision_k} and {coverage_k}")
    real, generated = centered(*point_sets(real=real, generated=generated))
    most = max(precision_k, coverage_k)
    for name, x, k in (("real", real, most), ("generated", generated, precision_k)):
        if len(x) <= k:
            raise ValueError(f"{name} holds {len(x)} points; neighbor {k} needs at least {k + 1}")
    real_reach = nearest(real, k=most)[0] * (1 + TIE)  # (N, most)
    precision_reach, coverage_reach = real_reach[:, precision_k - 1], real_reach[:, coverage_k - 1]
    recall_reach = nearest(generated, k=precision_k)[0][:, precision_k - 1] * (1 + TIE)

    precise = inside = 0
    recalled = np.zeros(len(real), dtype=bool)
    closest = np.full(len(real), np.inf)
    start = 0
    for distance in chunks(generated, real):  # (rows, N)
        precise += int((distance <= precision_reach).any(axis=1).sum())
        inside += int((distance <= coverage_reach).sum())
        recalled |= (distance <= recall_reach[start : start + len(distance), None]).any(axis=0)
        np.minimum(closest, distance.min(axis=0), out=closest)
        start += len(distance)
    return Neighborhood(
        precision=precise / len(generated),
        recall=float(recalled.mean()),
        density=inside / (coverage_k * len(generated)),
        coverage=float((closest <= coverage_reach).mean()),
    )


def expected_coverage(coverage_k: int = 5) -> float:
    """Coverage of one set by another of the same size and distribution, as both grow: 1 - 2^-k. Naeem et al. 2020.

    Raises ValueError if coverage_k is no neighbor.
    """
    if coverage_k < 1:
        raise ValueError(f"coverage_k counts neighbors from 1; have {coverage_k}")
    return float(1 - 0.5**coverage_k)


def mean_distance(x: Points) -> float:
    """Mean Euclidean distance of two different points of x (N, D), in the unit of x; 0 if all are the same.

    Raises ValueError if there are no two, or x holds anything but finite numbers.
    """
    (x,) = centered(*point_sets(2, x=x))
    total = sum(float(distance.sum()) for distance in chunks(x, x))
    return total / (len(x) * (len(x) - 1))


def nearest_distance(x: Points, to: Points) -> tuple[Array, NDArray[np.int64]]:
    """Distance of each point of x (N, D) to its nearest point in `to` (M, D), and that point's row. (N,), (N,).

    Raises ValueError if they differ in D, or hold anything but finite numbers.
    """
    x, to = centered(*point_sets(x=x, to=to))
    distance, row = nearest(x, to)
    return distance[:, 0], row[:, 0]


@dataclass(frozen=True)
class Copying:
    """Whether generated samples lie closer to training data than chance and smoothness explain."""

    median: float
    """Median distance of a generated sample to its nearest training sample, in the unit of the data."""
    median_held_out: float
    """The same for held-out real samples: what is usual."""
    closer: float
    """Probability that a generated sample is closer to training data than a held-out one, 0 to 1; 1/2 expected. Blurred
    samples are close to everything, and raise it without copying anything. Meehan et al. 2020."""
    closer_p: float
    """One-sided p-value of that rank test (Mann-Whitney)."""
    prefers_train: float
    """Share of generated samples whose nearest real one is a training sample, if as many training as held-out ones are
    offered; 1/2 expected, for blurred samples too."""
    prefers_train_p: float
    """One-sided p-value that training data is closer, from the paired distances (Wilcoxon's signed ranks)."""
    copied: float
    """Share of generated samples that are closer to training data than 99 % of held-out ones; 0.01 expected."""
    copied_by_chance: float
    """The same distance to *held-out* samples, scaled to as many of them: what a model gets that copies nothing."""
    copied_p: float
    """How often chance alone makes at least so many near copies, if held-out data are as near as they might be: with
    few of them nobody knows that well."""


def copying(generated: Points, train: Points, held_out: Points, seed: int = 0) -> Copying:
    """Three tests for copies, from nearest-neighbor distances.

    generated: (M, D), train: (N, D), held_out: (L, D), which the model must not have been trained on. seed: of the
    training samples that the paired test offers. Rank test after Meehan, Chaudhuri and Dasgupta 2020, without their
    partition into cells. Raises ValueError if the sets differ in D, hold anything but finite numbers, or if held-out
    points stand in train.
    """
    generated, train, held_out = point_sets(generated=generated, train=train, held_out=held_out)
    refuse_shared(train, held_out)
    made, _ = nearest_distance(generated, train)
    usual, _ = nearest_distance(held_out, train)
    fresh, _ = nearest_distance(generated, held_out)
    size = min(len(train), len(held_out))
    rng = np.random.default_rng(seed)
    to_train, to_held_out = (
        nearest_distance(generated, x[rng.permutation(len(x))[:size]])[0] for x in (train, held_out)
    )
    ranks = stats.mannwhitneyu(made, usual, alternative="less")
    apart = to_train - to_held_out
    paired = stats.wilcoxon(apart, alternative="less").pvalue if apart.any() else 1.0
    near = np.quantile(usual, COPIED_QUANTILE)

    def count(distance: Array) -> int:
        # In data of few values many points have an equal: then only equal ones are near.
        return int((distance <= near if near == 0 else distance < near).sum())

    at_most = stats.beta.ppf(CONFIDENCE, count(usual) + 1, max(1, len(usual) - count(usual)))
    return Copying(
        median=float(np.median(made)),
        median_held_out=float(np.median(usual)),
        closer=1 - float(ranks.statistic) / (len(made) * len(usual)),
        closer_p=float(ranks.pvalue),
        prefers_train=float((apart < 0).mean() + (apart == 0).mean() / 2),
        prefers_train_p=float(paired),
        copied=count(made) / len(made),
        copied_by_chance=min(1.0, count(fresh) / len(made) * len(train) / len(held_out)),
        copied_p=float(stats.binom.sf(count(made) - 1, len(made), at_most)),
    )
