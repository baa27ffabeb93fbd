"""Modes that can be counted, on points whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from genloop.review import count_modes, valid_ceiling

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def test_the_data_itself_scores_what_it_can() -> None:
    rng = np.random.default_rng(0)
    points = RING[rng.integers(8, size=20_000)] + 0.1 * rng.normal(size=(20_000, 2))
    found = count_modes(points, RING, 0.1)
    assert (found.modes_hit, found.modes_covered) == (8, 8)
    assert found.valid_fraction == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert found.mode_tv < 0.02


def test_one_mode_alone() -> None:
    """The closed form of the exercise on the page about modes."""
    found = count_modes(np.repeat(RING[:1], 50, axis=0), RING, 0.1)
    assert (found.modes_hit, found.modes_covered, found.valid_fraction) == (1, 1, 1)
    assert found.mode_tv == pytest.approx(7 / 8)


def test_hit_needs_one_point_and_covered_one_percent() -> None:
    points = np.repeat(RING, [960, 10, 9, 9, 9, 3, 0, 0], axis=0)
    found = count_modes(points, RING, 0.1)
    assert (found.points, found.modes_hit, found.modes_covered) == (1000, 6, 2)


def test_points_that_hit_nothing() -> None:
    found = count_modes(np.zeros((10, 2)), RING, 0.1)
    assert (found.modes_hit, found.valid_fraction, found.mode_tv) == (0, 0, 1)


def test_the_ceiling_is_the_closed_form() -> None:
    assert valid_ceiling(2) == pytest.approx(1 - math.exp(-4.5))
    assert valid_ceiling(1) == pytest.approx(math.erf(3 / math.sqrt(2)))


@pytest.mark.parametrize("std", [0, -1, math.nan, math.inf])
def test_a_width_that_is_not_positive_is_refused(std: float) -> None:
    with pytest.raises(ValueError, match="std must be positive"):
        count_modes(RING, RING, std)


def test_a_space_without_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match="dimensions must be 1 or more"):
        valid_ceiling(0)
