"""Pictures of samples: one tile per sample, one pixel per value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def grid(images: ArrayLike, columns: int, gap: int = 2, edge: float = 0.25) -> NDArray[np.float64]:
    """One picture of many, row by row, with a gray gap between them. Save it with `plt.imsave(..., cmap="gray")`.

    images: (N, height, width), values in [0, 1]. columns: tiles in a row; a last row that is not full is filled up
    with the gap's gray. gap: pixels between tiles. edge: gray of the gap, in [0, 1].
    Returns (rows * (height + gap) - gap, columns * (width + gap) - gap).
    """
    tiles = np.asarray(images, dtype=float)
    if tiles.ndim != 3 or len(tiles) == 0:
        raise ValueError(f"images must have shape (N, height, width) with N > 0, not {tiles.shape}")
    if columns < 1 or gap < 0:
        raise ValueError(f"columns must be at least 1 and gap at least 0, not {columns} and {gap}")
    rows = -(-len(tiles) // columns)
    height, width = tiles.shape[1] + gap, tiles.shape[2] + gap
    framed = np.full((rows * columns, height, width), edge)
    framed[: len(tiles), : height - gap, : width - gap] = tiles
    whole = framed.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    return whole[: rows * height - gap, : columns * width - gap]
