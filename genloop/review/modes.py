"""Toy data with modes that can be counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genloop.review.inputs import point_sets

Array = NDArray[np.float64]
REACH = 3.0
"""Standard deviations within which a point belongs to a mode."""
COVERED = 0.01
"""Share of all points that a mode needs to count as covered."""


@dataclass(frozen=True)
class Modes:
    """Where points fall among equally likely Gaussian modes. At most `count` modes."""

    count: int
    points: int
    """How many were counted."""
    modes_hit: int
    """Modes with at least one valid point."""
    modes_covered: int
    """Modes with at least 1 % of all points."""
    valid_fraction: float
    """Share of points within three standard deviations of a mode, 0 to 1."""
    mode_tv: float
    """Total variation between the shares (modes, and invalid) and what they should be: 0 perfect, 1 never right."""
    shares: Array
    """(count,), the share of all points that lies within reach of each mode."""


def count_modes(points: Array, centers: Array, std: float) -> Modes:
    """points: (N, D). centers: (K, D). std: of every mode, in the unit of the points.

    Raises ValueError if std is not positive, or the points or centers are no finite numbers of one D.
    """
    if not 0 < std < np.inf:
        raise ValueError(f"std must be positive, not {std}")
    points, centers = point_sets(points=points, centers=centers)
    distance = np.linalg.norm(points[:, None] - centers, axis=2)  # (N, K)
    nearest = distance.argmin(axis=1)
    valid = distance.min(axis=1) <= REACH * std
    shares = np.bincount(nearest[valid], minlength=len(centers)) / len(points)
    valid_fraction = float(valid.mean())
    return Modes(
        count=len(centers),
        points=len(points),
        modes_hit=int((shares > 0).sum()),
        modes_covered=int((shares >= COVERED).sum()),
        valid_fraction=valid_fraction,
        mode_tv=float((np.abs(shares - 1 / len(centers)).sum() + 1 - valid_fraction) / 2),
        shares=shares,
    )


def valid_ceiling(dimensions: int) -> float:
    """The valid fraction of a perfect model whose modes do not overlap: in two dimensions 1 - e^-4.5 = 0.9889.

    Raises ValueError if there is no dimension.
    """
    if dimensions < 1:
        raise ValueError(f"dimensions must be 1 or more, not {dimensions}")
    return float(stats.chi2.cdf(REACH**2, dimensions))
