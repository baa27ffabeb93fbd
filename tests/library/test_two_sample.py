"""Two-sample tests against their definitions, and at both ends of their scales."""

from __future__ import annotations

import itertools
import math
from importlib import import_module

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from genloop.review import classifier_accuracy, mmd_test, two_sample


def test_mmd_is_the_unbiased_estimate_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 3)), rng.normal(0.5, 1, size=(7, 3))
    width = float(np.median(pdist(np.concatenate([x, y]))))

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return math.exp(-float(((a - b) ** 2).sum()) / (2 * width**2))

    within_x = np.mean([kernel(a, b) for a, b in itertools.permutations(x, 2)])
    within_y = np.mean([kernel(a, b) for a, b in itertools.permutations(y, 2)])
    between = np.mean([kernel(a, b) for a in x for b in y])
    assert mmd_test(x, y)[0] == pytest.approx(within_x + within_y - 2 * between)


def test_mmd_is_zero_on_average_and_its_p_uniform_for_one_distribution() -> None:
    rng = np.random.default_rng(1)
    found = np.array([mmd_test(rng.normal(size=(40, 2)), rng.normal(size=(40, 2)), seed) for seed in range(60)])
    assert found[:, 0].mean() == pytest.approx(0, abs=0.004)
    assert 0.35 < found[:, 1].mean() < 0.65
    assert (found[:, 1] <= 0.1).mean() < 0.25


def test_mmd_sees_a_shift() -> None:
    rng = np.random.default_rng(2)
    value, p = mmd_test(rng.normal(size=(100, 4)), rng.normal(1, 1, size=(100, 4)))
    assert value > 0.05
    assert p == pytest.approx(1 / 200)


@pytest.mark.parametrize("offset", [0, 1e6])
def test_mmd_of_a_collapsed_generator_keeps_to_its_definition(offset: float) -> None:
    """Points that stand several times have no distance, though it is computed as a small one."""
    rng = np.random.default_rng(6)
    x, y = np.repeat(rng.normal(size=(1, 3)), 50, axis=0), rng.normal(size=(50, 3))
    between = pdist(np.concatenate([x, y]))
    width = float(np.median(between[between > 0]))

    def mean(a: np.ndarray, b: np.ndarray, own: bool) -> float:
        kernel = np.exp(-((a[:, None] - b) ** 2).sum(2) / (2 * width**2))
        return float((kernel.sum() - len(a)) / (len(a) * (len(a) - 1)) if own else kernel.mean())

    expected = mean(x, x, own=True) + mean(y, y, own=True) - 2 * mean(x, y, own=False)
    assert mmd_test(x + offset, y + offset)[0] == pytest.approx(expected, rel=1e-6)


def test_the_judge_standardizes() -> None:
    """One feature in another unit must not hide what the others say."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(150, 2)), rng.normal([2, 0], 1, size=(150, 2))
    scale = np.array([1, 1e4])
    assert classifier_accuracy(x * scale, y * scale) == pytest.approx(classifier_accuracy(x, y), abs=0.02)


def test_mmd_of_points_that_are_all_the_same() -> None:
    assert mmd_test(np.ones((30, 2)), np.ones((30, 2))) == (0, 1)


def test_accuracy_is_half_for_one_distribution_and_one_for_two() -> None:
    rng = np.random.default_rng(3)
    same = [classifier_accuracy(rng.normal(size=(200, 4)), rng.normal(size=(200, 4)), seed) for seed in range(5)]
    assert np.mean(same) == pytest.approx(0.5, abs=0.04)
    assert classifier_accuracy(rng.normal(size=(100, 4)), rng.normal(9, 1, size=(100, 4))) == 1


def test_sets_of_different_size_are_weighed_alike() -> None:
    """Always answering "real" would be right nine times in ten, and is worth one half."""
    rng = np.random.default_rng(4)
    found = classifier_accuracy(rng.normal(size=(450, 3)), rng.normal(size=(50, 3)))
    assert found == pytest.approx(0.5, abs=0.1)
    shifted = classifier_accuracy(rng.normal(size=(450, 3)), rng.normal(1, 1, size=(50, 3)))
    assert shifted == pytest.approx(0.8, abs=0.06), "half the distance between the means is 0.87 deviations"


def test_at_most_a_thousand_points_of_each_set_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("genloop.review.two_sample")  # its name in the package is that of the function
    sizes = []

    def measured(x: np.ndarray, y: np.ndarray, _: int) -> tuple[float, float]:
        sizes.append((len(x), len(y)))
        return 0, 1

    for name in ("mmd_test", "classifier_accuracy"):
        monkeypatch.setattr(module, name, measured)
    two_sample(np.zeros((1001, 2)), np.zeros((999, 2)))
    assert sizes == [(1000, 999)] * 2


def test_large_sets_are_thinned_and_the_seed_decides() -> None:
    rng = np.random.default_rng(5)
    real, fake = rng.normal(size=(1500, 2)), rng.normal(size=(1200, 2))
    assert two_sample(real, fake, seed=1) == two_sample(real, fake, seed=1)
    assert two_sample(real, fake, seed=1) != two_sample(real, fake, seed=2)
