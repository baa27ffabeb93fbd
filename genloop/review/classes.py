"""A small frozen classifier of real data: which classes samples belong to, and features to measure distances in."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.stats import binom
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from genloop.review.inputs import CHANCE, Refused, point_sets
from genloop.review.scale import check_scale

Array = NDArray[np.float64]
MISSING = 0.1
"""A class with less than this part of its real share counts as missing, unless CHANCE explains it."""
ROOM = 0.35
"""Part of the range of a classifier's training data by which the ends of other data may lie elsewhere."""
SCALE = ("top", "low", "high")
"""What is saved as an array of one number."""


@dataclass(frozen=True)
class Classifier:
    """One hidden layer. Its activations are the features: distance there is about the class more than about pixels."""

    hidden_weight: Array
    """(D, H)"""
    hidden_bias: Array
    """(H,)"""
    weight: Array
    """(H, C)"""
    bias: Array
    """(C,)"""
    classes: NDArray[np.int64]
    """(C,), the labels."""
    top: float
    """Inputs are divided by this."""
    low: float
    """Least value of the data that it was trained on."""
    high: float
    """Greatest value."""

    @classmethod
    def fit(cls, x: ArrayLike, y: ArrayLike, hidden: int = 64, seed: int = 0) -> Classifier:
        """Trains on real training data only. x: (N, D) or (N, height, width); y: (N,) integer labels, two or more.

        Raises ValueError if x holds anything but finite numbers, or there is not one label for each row.
        """
        (flat,) = point_sets(x=x)
        labels = _labels(y)
        if len(labels) != len(flat):
            raise ValueError(f"labels: {len(labels)} for {len(flat)} samples of train; give one for each")
        if len(np.unique(labels)) < 2:
            raise ValueError("labels: there is one class only; features need at least two")
        top = float(np.abs(flat).max()) or 1.0
        # L-BFGS on little data: seconds, and the same result everywhere to many digits.
        net = MLPClassifier((hidden,), solver="lbfgs", alpha=1.0, tol=1e-3, max_iter=1000, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a judge need not be finished to be frozen
            net.fit(flat / top, labels)
        weight, bias = net.coefs_[1], net.intercepts_[1]
        if weight.shape[1] == 1:  # two classes share one output in scikit-learn
            weight, bias = np.concatenate([-weight, weight], axis=1), np.concatenate([-bias, bias])
        low, high = float(flat.min()), float(flat.max())
        return cls(net.coefs_[0], net.intercepts_[0], weight, bias, np.asarray(net.classes_), top, low, high)

    @classmethod
    def load(cls, path: Path | str) -> Classifier:
        """Reads what `save` wrote. Raises ValueError if the file is something else."""
        try:
            saved = load_file(path)
            names = ("hidden_weight", "hidden_bias", "weight", "bias", "classes")
            hidden_weight, hidden_bias, weight, bias, classes = (saved[name] for name in names)
            scale = (float(saved[name][0]) for name in SCALE)
            found = cls(hidden_weight, hidden_bias, weight, bias, classes, *scale)
        except (SafetensorError, KeyError, IndexError, TypeError) as error:  # TypeError: a dtype that NumPy has not
            raise ValueError(f"{path} is no classifier of genloop.review ({error})") from error
        found._check_itself(path)
        return found

    def _check_itself(self, path: Path | str) -> None:
        hidden, count = self.hidden_bias.size, self.classes.size
        shapes = {"hidden_bias": (hidden,), "weight": (hidden, count), "bias": (count,), "classes": (count,)}
        wrong = [name for name, shape in shapes.items() if getattr(self, name).shape != shape]
        wrong += ["hidden_weight"] if self.hidden_weight.ndim != 2 or self.hidden_weight.shape[1] != hidden else []
        wrong += [f"{name} (not finite)" for name, array in vars(self).items() if not np.isfinite(array).all()]
        wrong += [f"{name} (no floats)" for name in (*shapes, "hidden_weight") if not self._has_its_kind(name)]
        wrong += ["classes (twice the same)"] if len(set(self.classes.tolist())) < count else []
        if wrong or self.top <= 0:
            raise ValueError(f"{path} is no classifier of genloop.review (wrong: {', '.join(wrong) or 'top'})")

    def _has_its_kind(self, name: str) -> bool:
        return bool(getattr(self, name).dtype.kind == ("i" if name == "classes" else "f"))

    def save(self, path: Path | str) -> None:
        # safetensors writes the memory as it lies; a transposed view would come back as other numbers.
        arrays = {name: np.ascontiguousarray(array) for name, array in vars(self).items() if name not in SCALE}
        save_file({**arrays, **{name: np.array([getattr(self, name)]) for name in SCALE}}, path)

    def check(self, x: Array, name: str = "train") -> None:
        """Raises ValueError if it was not trained on data like x (N, D), real data that is called `name`."""
        if x.shape[1] != len(self.hidden_weight):
            why = (
                f"classifier: was trained on {len(self.hidden_weight)} numbers per sample, and {name} has {x.shape[1]}"
            )
            raise ValueError(f"{why}; train one on this data: Classifier.fit(train, labels)")
        room = ROOM * (self.high - self.low)
        if abs(x.min() - self.low) > room or abs(x.max() - self.high) > room:
            trained, given = f"{self.low:g} to {self.high:g}", f"{x.min():g} to {x.max():g}"
            why = f"classifier: was trained on values from {trained}, and {name} has {given}"
            raise ValueError(
                f"{why}; bring both to one scale, or train one on this data: Classifier.fit(train, labels)"
            )

    def features(self, x: Array) -> Array:
        """The hidden layer for x (N, D): (N, H), not negative.

        Raises ValueError if x has another D, or holds anything but finite numbers.
        """
        (x,) = point_sets(x=x)
        if x.shape[1] != len(self.hidden_weight):
            raise ValueError(f"x: has {x.shape[1]} numbers per sample, the classifier {len(self.hidden_weight)}")
        return np.maximum(x / self.top @ self.hidden_weight + self.hidden_bias, 0)

    def predict(self, x: Array) -> NDArray[np.int64]:
        """The label of each row of x (N, D): (N,). It names a class for anything, even for noise.

        Raises ValueError as `features` does.
        """
        best: NDArray[np.int64] = (self.features(x) @ self.weight + self.bias).argmax(axis=1)
        return np.asarray(self.classes[best])


def _labels(y: ArrayLike) -> NDArray[np.int64]:
    """(N,) whole numbers, or ValueError."""
    given = np.asarray(y)
    if given.ndim != 1 or given.dtype.kind not in "iuf" or not (np.round(given) == given).all() or _is_huge(given):
        what = f"shape {given.shape}" if given.ndim != 1 else f"{given.dtype}, not whole numbers"
        raise ValueError(f"labels: have {what}; give one whole number per sample, shape (N,)")
    return given.astype(np.int64)


def _is_huge(labels: NDArray[np.generic]) -> bool:
    """Infinite, or beyond what a 64-bit integer holds."""
    return bool((np.abs(labels.astype(float)) > 2**53).any())


@dataclass(frozen=True)
class ClassBalance:
    """Which classes samples hit, against real data under the same classifier."""

    classes: NDArray[np.int64]
    """(C,), the labels."""
    real: NDArray[np.int64]
    """(C,), real samples of each class."""
    generated: NDArray[np.int64]
    """(C,), generated samples of each class."""

    @property
    def tv(self) -> float:
        """Total variation of the two histograms: the share of samples that would have to change class, 0 to 1."""
        return float(np.abs(self.real / self.real.sum() - self.generated / self.generated.sum()).sum() / 2)

    @property
    def missing(self) -> list[int]:
        """Classes with less than MISSING of their real share, and so few that chance would hardly do it."""
        made, size, share = self.generated, self.generated.sum(), self.real / self.real.sum()
        gone = (made < MISSING * share * size) & (binom.cdf(made, size, share) < CHANCE)
        return [int(label) for label in self.classes[gone]]


def class_balance(classifier: Classifier, real: Array, generated: Array) -> ClassBalance:
    """Both sets through the same classifier, so that its own mistakes count on both sides.

    real: (N, D). generated: (M, D). Raises ValueError if they are no finite numbers of one D, or the classifier was
    trained on other data.
    """
    real, generated = point_sets(real=real, generated=generated)
    classifier.check(real, "real")
    if problems := check_scale("generated", generated, real):
        raise Refused(problems)
    return count_classes(classifier, real, generated)


def count_classes(classifier: Classifier, real: Array, generated: Array) -> ClassBalance:
    """`class_balance` of sets that were checked before: held-out data may have longer tails than the training data."""
    counts = [
        np.array([(said == label).sum() for label in classifier.classes])
        for said in (classifier.predict(real), classifier.predict(generated))
    ]
    return ClassBalance(classifier.classes, *counts)
