"""Two-sample tests: can anything tell generated from real?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from genloop.review.distances import centered, chunks
from genloop.review.inputs import point_sets

Array = NDArray[np.float64]
MOST = 1000
"""Points of each set that are compared: kernels grow with the square of it."""
FOLDS = 3
"""Of the classifier's cross-validation, so each set needs as many points."""
RESAMPLES = 199
"""Permutations; the smallest p-value is 1 / (RESAMPLES + 1)."""


@dataclass(frozen=True)
class TwoSample:
    accuracy: float
    """Share of both sets that a classifier, trained on other folds, puts in the right one: 1/2 if nothing tells them
    apart, 1 if everything does. Lopez-Paz and Oquab 2017."""
    mmd: float
    """Squared maximum mean discrepancy, unbiased: about 0 for one distribution, may be below. Gretton et al. 2012."""
    mmd_p: float
    """p-value of a permutation test that both sets are of one distribution, at least 1 / 200."""


def two_sample(real: Array, generated: Array, seed: int = 0) -> TwoSample:
    """Both tests on at most 1,000 points of each set.

    real: (N, D), generated: (M, D), any unit. seed: of the choice of points, the folds and the permutations.
    Raises ValueError if a set has fewer than three points, they differ in D, or hold anything but finite numbers.
    """
    real, generated = point_sets(FOLDS, real=real, generated=generated)
    rng = np.random.default_rng(seed)
    real, generated = (x if len(x) <= MOST else x[rng.permutation(len(x))[:MOST]] for x in (real, generated))
    mmd, p = mmd_test(real, generated, seed)
    return TwoSample(classifier_accuracy(real, generated, seed), mmd, p)


def classifier_accuracy(real: Array, generated: Array, seed: int = 0) -> float:
    """Three-fold accuracy at telling both sets apart, both weighed alike: 1/2 to 1 up to chance.

    The judge is a support vector machine with a Gaussian kernel on standardized input. real: (N, D), generated: (M, D),
    any unit. seed: of the folds. Points that stand in both sets bring it below 1/2. Raises ValueError as `two_sample`
    does.
    """
    real, generated = point_sets(FOLDS, real=real, generated=generated)
    x = np.concatenate([real, generated])
    y = np.repeat([0, 1], [len(real), len(generated)])
    judge = make_pipeline(StandardScaler(), SVC(class_weight="balanced"))
    said = cross_val_predict(judge, x, y, cv=StratifiedKFold(FOLDS, shuffle=True, random_state=seed))
    return float(((said[y == 0] == 0).mean() + (said[y == 1] == 1).mean()) / 2)


def mmd_test(real: Array, generated: Array, seed: int = 0) -> tuple[float, float]:
    """Unbiased squared MMD with a Gaussian kernel, and its permutation p-value.

    The kernel's width is the median distance of all points to each other (the median heuristic of Gretton et al.).
    real: (N, D), generated: (M, D), any unit. seed: of the permutations. Raises ValueError if a set has fewer than two
    points, they differ in D, or hold anything but finite numbers.
    """
    real, generated = point_sets(2, real=real, generated=generated)
    (x,) = centered(np.concatenate([real, generated]))
    apart = np.concatenate(list(chunks(x, x)))
    between = apart[np.triu_indices(len(x), 1)]
    width = float(np.median(between[between > 0])) if between.any() else 0.0  # repeated points have no distance
    kernel = rbf_kernel(x, gamma=0.5 / width**2) if width > 0 else np.ones((len(x), len(x)))
    np.fill_diagonal(kernel, 0)  # a point is not compared with itself: that is what makes it unbiased

    def statistic(first: Array, second: Array, axis: int) -> Array:  # noqa: ARG001 - SciPy gives it; it is the last one
        """MMD for sets given as row numbers, (..., n) and (..., m)."""
        n, m = first.shape[-1], second.shape[-1]
        one, two = (_members(rows, len(x)) for rows in (first, second))
        with_one = one @ kernel
        with_two = kernel.sum(0) - with_one  # every row is in one of the two
        within = (with_one * one).sum(-1) / (n * (n - 1)) + (with_two * two).sum(-1) / (m * (m - 1))
        return np.asarray(within - 2 * (with_one * two).sum(-1) / (n * m))

    rows = np.arange(len(x), dtype=float)
    test = stats.permutation_test(
        (rows[: len(real)], rows[len(real) :]),
        statistic, vectorized=True, n_resamples=RESAMPLES, batch=50, alternative="greater", rng=seed,
    )  # fmt: skip
    return float(test.statistic), float(test.pvalue)


def _members(rows: Array, size: int) -> Array:
    """Row numbers (..., n) as indicators (..., size)."""
    members = np.zeros((*rows.shape[:-1], size))
    np.put_along_axis(members, rows.astype(np.int64), 1.0, axis=-1)
    return members
