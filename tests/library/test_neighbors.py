"""Neighborhood metrics against brute force, published figures and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from genloop.review import copying, expected_coverage, mean_distance, nearest_distance, neighborhood

Array = NDArray[np.float64]


def by_hand(real: Array, fake: Array, precision_k: int, coverage_k: int) -> tuple[float, float, float, float]:
    """The definitions of the two papers, point by point, from all distances."""

    def reach(x: Array, i: int, k: int) -> float:
        return float(sorted(float(np.linalg.norm(x[i] - x[j])) for j in range(len(x)) if j != i)[k - 1])

    between = cdist(fake, real)
    precision = np.mean(
        [any(between[j, i] <= reach(real, i, precision_k) for i in range(len(real))) for j in range(len(fake))]
    )
    recall = np.mean(
        [any(between[j, i] <= reach(fake, j, precision_k) for j in range(len(fake))) for i in range(len(real))]
    )
    density = np.mean(
        [
            sum(between[j, i] <= reach(real, i, coverage_k) for i in range(len(real))) / coverage_k
            for j in range(len(fake))
        ]
    )
    coverage = np.mean(
        [any(between[j, i] <= reach(real, i, coverage_k) for j in range(len(fake))) for i in range(len(real))]
    )
    return float(precision), float(recall), float(density), float(coverage)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(7, 24), st.integers(7, 24), st.integers(1, 3), st.integers(1, 5), st.booleans()
)
def test_all_four_agree_with_their_definitions(
    seed: int, n: int, m: int, precision_k: int, coverage_k: int, coarse: bool
) -> None:
    """coarse: points on a small grid, so that distances are equal and points stand twice."""
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(n, 3)), rng.normal(0.3, 1.2, size=(m, 3))
    if coarse:
        real, fake = np.round(real), np.round(fake)
    found = neighborhood(real, fake, precision_k, coverage_k)
    expected = by_hand(real, fake, precision_k, coverage_k)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(expected)


def test_small_integers_do_not_wrap_around() -> None:
    rng = np.random.default_rng(12)
    real, fake = (rng.integers(0, 17, size=(n, 64)).astype(np.uint8) for n in (60, 50))
    assert neighborhood(real, fake) == neighborhood(real.astype(float), fake.astype(float))
    assert mean_distance(real) == mean_distance(real.astype(float))
    assert copying(fake, real, fake[::-1]) == copying(fake.astype(float), real.astype(float), fake[::-1].astype(float))


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(300, 5)), rng.normal(size=(700, 5))
    whole = neighborhood(real, fake)
    monkeypatch.setattr("genloop.review.distances.CHUNK_MB", 0.05)
    assert neighborhood(real, fake) == whole


def test_published_figures_for_two_equal_normals() -> None:
    """The example of Naeem et al.'s own implementation: 10,000 points in 1,000 dimensions, k = 5 for all four.

    In so many dimensions a few points are near to many others, so one draw differs from the next: four draws gave
    precision 0.456 to 0.497, recall 0.474 to 0.486, density 0.91 to 1.07 and coverage 0.956 to 0.974.
    """
    rng = np.random.default_rng(0)
    found = neighborhood(rng.normal(size=(10_000, 1000)), rng.normal(size=(10_000, 1000)), precision_k=5)
    assert found.precision == pytest.approx(0.477, abs=0.04)
    assert found.recall == pytest.approx(0.471, abs=0.03)
    assert found.density == pytest.approx(1.056, abs=0.17)
    assert found.coverage == pytest.approx(0.974, abs=0.02)


@pytest.mark.parametrize(("k", "expected"), [(3, 0.875), (5, 0.969)])
def test_coverage_of_equal_distributions(k: int, expected: float) -> None:
    with pytest.raises(ValueError, match="counts neighbors from 1"):
        expected_coverage(0)
    assert expected_coverage(k) == pytest.approx(expected, abs=0.0005)
    rng = np.random.default_rng(2)
    found = [
        neighborhood(rng.normal(size=(800, 3)), rng.normal(size=(800, 3)), coverage_k=k).coverage for _ in range(5)
    ]
    assert np.mean(found) == pytest.approx(expected, abs=0.01)


def test_density_expects_one() -> None:
    rng = np.random.default_rng(3)
    assert np.mean([neighborhood(*rng.normal(size=(2, 500, 4))).density for _ in range(8)]) == pytest.approx(
        1, abs=0.03
    )


def test_a_copy_of_the_real_set_is_perfect_and_noise_is_not() -> None:
    rng = np.random.default_rng(4)
    real = rng.normal(size=(200, 6))
    copy = neighborhood(real, real)
    assert (copy.precision, copy.recall, copy.coverage) == (1, 1, 1)
    assert copy.density > 1
    far = neighborhood(real, real + 100)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)


@pytest.mark.parametrize("dimensions", [1, 2, 64, 1000])
@pytest.mark.parametrize("offset", [0, 1000])
def test_points_that_stand_several_times_are_at_distance_zero(dimensions: int, offset: float) -> None:
    """Computed from norms and products, the distance of a point to its copy is not quite 0."""
    rng = np.random.default_rng(14)
    real = np.repeat(rng.normal(offset, 1, size=(60, dimensions)), 7, axis=0)
    copy = neighborhood(real, rng.permutation(real))
    assert (copy.precision, copy.recall, copy.coverage) == (1, 1, 1)
    assert copy.density == pytest.approx(7 / 5), "each sample lies in the neighborhoods of its seven equals"
    assert (nearest_distance(real, real)[0] == 0).all()


def test_distances_that_were_rounded_in_two_ways_are_equal() -> None:
    """Every point's fifth neighbor stands among the samples, on the very edge of its neighborhood."""
    real = np.random.default_rng(15).normal(size=(300, 16))
    assert neighborhood(real, real).density == pytest.approx(6 / 5)


@pytest.mark.parametrize("offset", [1e4, 1e8])
@pytest.mark.parametrize("columns", [1, 8])
def test_an_offset_changes_nothing(offset: float, columns: int) -> None:
    rng = np.random.default_rng(16)
    real, fake = rng.normal(size=(200, 8)), rng.normal(0.2, 1, size=(150, 8))
    moved = np.where(np.arange(8) < columns, offset, 0)
    plain, far = neighborhood(real, fake), neighborhood(real + moved, fake + moved)
    assert (far.precision, far.recall, far.coverage) == (plain.precision, plain.recall, plain.coverage)
    assert far.density == pytest.approx(plain.density, abs=0.002)
    assert nearest_distance(fake + moved, real + moved)[0] == pytest.approx(nearest_distance(fake, real)[0], abs=1e-6)
    assert mean_distance(real + moved) == pytest.approx(mean_distance(real))


def test_one_mode_of_two_has_precision_and_no_recall() -> None:
    rng = np.random.default_rng(5)
    left, right = rng.normal(-10, 1, size=(200, 2)), rng.normal(10, 1, size=(200, 2))
    found = neighborhood(np.concatenate([left, right]), rng.normal(-10, 1, size=(400, 2)))
    assert found.precision > 0.9
    assert found.coverage == pytest.approx(0.5, abs=0.03)


def test_too_few_points_for_k_are_an_error_that_names_the_set() -> None:
    points = np.zeros((5, 2))
    with pytest.raises(ValueError, match="real holds 5 points; neighbor 5 needs at least 6"):
        neighborhood(points, np.zeros((50, 2)))
    with pytest.raises(ValueError, match="generated holds 3 points"):
        neighborhood(np.zeros((50, 2)), points[:3])


def test_neighbors_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="count neighbors from 1; have 0 and 5"):
        neighborhood(np.zeros((50, 2)), np.zeros((50, 2)), precision_k=0)


def test_mean_distance_is_that_of_all_pairs() -> None:
    x = np.random.default_rng(6).normal(size=(150, 7))
    assert mean_distance(x) == pytest.approx(pdist(x).mean())
    assert mean_distance(np.ones((20, 3))) == 0


def test_nearest_distance_is_the_least_of_all() -> None:
    rng = np.random.default_rng(7)
    x, to = rng.normal(size=(40, 5)), rng.normal(size=(60, 5))
    distance, row = nearest_distance(x, to)
    every = cdist(x, to)
    assert distance == pytest.approx(every.min(axis=1))
    assert (row == every.argmin(axis=1)).all()


class TestCopying:
    def sets(self, seed: int) -> tuple[Array, Array, Array]:
        """800 for training, 400 held out, 400 fresh."""
        rng = np.random.default_rng(seed)
        return rng.normal(size=(800, 8)), rng.normal(size=(400, 8)), rng.normal(size=(400, 8))

    def test_fresh_data_is_not_taken_for_copies(self) -> None:
        train, held_out, fresh = self.sets(8)
        found = copying(fresh, train, held_out)
        assert found.closer == pytest.approx(0.5, abs=0.06)
        assert found.prefers_train == pytest.approx(0.5, abs=0.08)
        assert min(found.closer_p, found.prefers_train_p) > 0.01
        assert found.copied == pytest.approx(0.01, abs=0.02)
        assert found.copied_by_chance == pytest.approx(0.01, abs=0.02)

    def test_copies_are_found_by_all_three(self) -> None:
        train, held_out, _ = self.sets(9)
        found = copying(train[:400], train, held_out)
        assert found.closer > 0.99
        assert max(found.closer_p, found.prefers_train_p) < 1e-6
        assert found.prefers_train == pytest.approx(0.75, abs=0.05)  # half of the copied ones are among those offered
        assert found.copied == 1
        assert found.median == pytest.approx(0, abs=1e-5)

    def test_a_share_of_copies_is_counted(self) -> None:
        train, held_out, mixed = self.sets(10)
        mixed[:80] = train[:80] + 1e-3
        found = copying(mixed, train, held_out)
        assert found.copied == pytest.approx(0.21, abs=0.02)
        assert found.copied_by_chance < 0.03

    def test_points_near_everything_are_near_both_sets(self) -> None:
        """The rank test alone would call the middle of the data a copy of it."""
        train, held_out, fresh = self.sets(11)
        found = copying(0.3 * fresh, train, held_out)
        assert found.closer > 0.9
        assert found.prefers_train == pytest.approx(0.5, abs=0.08)
        assert found.prefers_train_p > 0.01
        assert abs(found.copied - found.copied_by_chance) < 0.03

    def test_closer_is_the_share_of_pairs(self) -> None:
        rng = np.random.default_rng(12)
        train, held_out, made = rng.normal(size=(60, 3)), rng.normal(size=(30, 3)), rng.normal(0, 0.5, size=(40, 3))
        ours, usual = cdist(made, train).min(axis=1), cdist(held_out, train).min(axis=1)
        assert copying(made, train, held_out).closer == pytest.approx((ours[:, None] < usual).mean())

    def test_prefers_train_is_a_share_of_samples(self) -> None:
        """With sets of one size nothing is left out, and it can be counted by hand."""
        rng = np.random.default_rng(13)
        train, held_out, made = (rng.normal(size=(n, 3)) for n in (50, 50, 40))
        expected = (cdist(made, train).min(axis=1) < cdist(made, held_out).min(axis=1)).mean()
        assert copying(made, train, held_out).prefers_train == pytest.approx(expected)
        train, held_out, made = np.array([[0.0], [4]]), np.array([[2.0], [9]]), np.array([[1.0], [3], [0], [8]])
        assert copying(made, train, held_out).prefers_train == 0.5, "two ties, one each"
