"""Euclidean distances, in pieces that fit into memory, and what rounding does to them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

Array = NDArray[np.float64]
CHUNK_MB = 64
"""MiB of distances held at a time."""
FAR = 100.0
"""Deviations from 0 beyond which a column is moved to its mean: distances lose the digits that the offset takes."""


def centered(*sets: Array) -> list[Array]:
    """The sets (N, D), (M, D), ... without an offset that they share.

    Columns near 0 stay as they are, to the last bit: differences of small integers are exact, and so are their ties.
    """
    first = sets[0]
    mean, std = first.mean(axis=0), first.std(axis=0)
    shift = np.where(np.abs(mean) > FAR * std, mean, 0.0)
    return [x - shift for x in sets] if shift.any() else list(sets)


def rounding(x: Array) -> Array:
    """Distances from each point of x (N, D) that may be rounding: (N,).

    They come from |a|^2 + |b|^2 - 2ab, which is not quite 0 for a point and its copy.
    """
    return np.asarray(np.sqrt(x.shape[1] * np.finfo(float).eps) * np.linalg.norm(x, axis=1))


def chunks(a: Array, b: Array) -> Iterator[Array]:
    """Distances of all points of a (N, D) to those of b (M, D), some rows at a time: (rows, M). 0 for equal points."""
    small, start = rounding(a), 0
    for distance in pairwise_distances_chunked(a, b, working_memory=CHUNK_MB):
        distance[distance <= small[start : start + len(distance), None]] = 0
        start += len(distance)
        yield distance


def nearest(x: Array, to: Array | None = None, k: int = 1) -> tuple[Array, NDArray[np.int64]]:
    """Distance of each point of x (N, D) to its k nearest in `to` (M, D), and their rows: (N, k), (N, k).

    Without `to`: in x itself, where no point is its own neighbor.
    """
    found = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x if to is None else to)
    distance, row = found.kneighbors(None if to is None else x)
    distance[distance <= rounding(x)[:, None]] = 0
    return distance, row
