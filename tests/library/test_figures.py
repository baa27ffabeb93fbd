"""The grid of samples: every pixel of every tile is where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from genloop.figures import grid


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize(("count", "columns"), [(6, 3), (5, 3), (1, 1), (2, 5)])
def test_tiles_lie_row_by_row(count: int, columns: int, gap: int) -> None:
    images = np.random.default_rng(0).uniform(size=(count, 3, 4))
    picture = grid(images, columns, gap, edge=0.5)
    rows = -(-count // columns)
    assert picture.shape == (rows * (3 + gap) - gap, columns * (4 + gap) - gap)
    rest = picture.copy()
    for at, image in enumerate(images):
        top, left = (at // columns) * (3 + gap), (at % columns) * (4 + gap)
        assert (picture[top : top + 3, left : left + 4] == image).all()
        rest[top : top + 3, left : left + 4] = 0.5
    assert (rest == 0.5).all()


@pytest.mark.parametrize(("shape", "columns"), [((4, 64), 2), ((0, 8, 8), 2), ((4, 8, 8), 0)])
def test_what_is_no_row_of_pictures_is_refused(shape: tuple[int, ...], columns: int) -> None:
    with pytest.raises(ValueError, match="must"):
        grid(np.zeros(shape), columns)
