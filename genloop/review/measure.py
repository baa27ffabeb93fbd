"""One review: every metric for the samples, and for two controls that say how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genloop.review.classes import ClassBalance, Classifier, count_classes
from genloop.review.inputs import Inputs, Refused, check_inputs, check_latents, point_sets
from genloop.review.neighbors import Copying, Neighborhood, copying, mean_distance, neighborhood
from genloop.review.two_sample import TwoSample, two_sample

Array = NDArray[np.float64]
Space = Literal["pixels", "features"]
PRECISION_K = 3
"""Of Kynkaanniemi et al. 2019."""
COVERAGE_K = 5
"""Of Naeem et al. 2020."""
APART = 0.8
"""Accuracy of telling training from held-out data above which they are no halves of one set: 1/2 for a random split,
which stays below 2/3 with as few as fifty of them."""
PAIRS = 5000
"""Pairs of latents whose distance is compared with that of their outputs."""


@dataclass(frozen=True)
class Measured:
    """The metrics of one set against the held-out set, in pixels or in features."""

    neighborhood: Neighborhood
    two_sample: TwoSample
    spread: float
    """Mean distance of two samples over that of two held-out ones: 1 expected."""


@dataclass(frozen=True)
class Review:
    """What was measured. Every number of the samples has the same number for two controls beside it."""

    inputs: Inputs
    """What was given, flat and checked."""
    compared: int
    """Samples of each set that were compared: metrics from neighbors need sets of one size."""
    samples: dict[Space, Measured]
    real: dict[Space, Measured]
    """Control: as many training samples, which are real, against the same held-out ones."""
    noise: dict[Space, Measured]
    """Control: uniform noise over the range of the training data."""
    copying: Copying
    """In pixels."""
    classes: ClassBalance | None
    """Of the samples against the held-out set; None without a classifier."""
    real_classes: ClassBalance | None
    """The same for the real control: what class_tv chance alone gives."""
    latent_use: float | None
    """Rank correlation between the distance of two latents and the distance of their outputs, -1 to 1: near 0 if the
    decoder ignores its latents. None without latents."""


def review(
    samples: object,
    train: object,
    held_out: object,
    latents: object = None,
    classifier: Classifier | None = None,
    seed: int = 0,
) -> Review:
    """Reviews generated samples against real data.

    samples: (M, D) or (M, height, width), generated. train: (N, ...), real, what the model was trained on. held_out:
    (L, ...), real, what it was not trained on. latents: (M, Z), what each sample was made from. classifier: adds class
    counts, and all metrics in its features. seed: of subsets, noise and permutations.
    Raises Refused, which lists everything that is wrong with the input, and then yields no number.
    """
    if not isinstance(classifier, Classifier | None):
        raise TypeError(f"classifier must be a Classifier, as Classifier.load(path) gives it, not {type(classifier)}")
    given = check_inputs(samples, train, held_out, latents, max(PRECISION_K, COVERAGE_K))
    if classifier is not None:
        classifier.check(given.train)
    rng = np.random.default_rng(seed)
    size = min(len(given.samples), len(given.train), len(given.held_out))
    made, known, fresh = (_some(x, size, rng) for x in (given.samples, given.train, given.held_out))
    noise = rng.uniform(given.train.min(), given.train.max(), size=made.shape)

    def measured(x: Array) -> dict[Space, Measured]:
        spaces: dict[Space, tuple[Array, Array]] = {"pixels": (fresh, x)}
        if classifier is not None:
            spaces["features"] = classifier.features(fresh), classifier.features(x)
        return {space: measure(real, x, seed) for space, (real, x) in spaces.items()}

    real = measured(known)
    if (apart := real["pixels"].two_sample.accuracy) >= APART:
        why = f"train and held_out are not of one kind: a classifier tells them apart with accuracy {apart:.2f}"
        raise Refused([f"{why}; split real data at random, and prepare both in the same way"])
    return Review(
        inputs=given,
        compared=size,
        samples=measured(made),
        real=real,
        noise=measured(noise),
        copying=copying(given.samples, given.train, given.held_out, seed),
        classes=count_classes(classifier, given.held_out, made) if classifier else None,
        real_classes=count_classes(classifier, given.held_out, known) if classifier else None,
        latent_use=None if given.latents is None else latent_use(given.latents, given.samples, seed),
    )


def measure(real: Array, generated: Array, seed: int = 0) -> Measured:
    """Neighborhoods, two-sample tests and spread of `generated` (M, D) against `real` (N, D).

    Raises ValueError as its parts do, and if all real points are the same.
    """
    usual = mean_distance(real)
    if usual == 0:
        raise ValueError("real: all its points are the same; nothing can be compared with them")
    return Measured(
        neighborhood(real, generated, PRECISION_K, COVERAGE_K),
        two_sample(real, generated, seed),
        mean_distance(generated) / usual,
    )


def latent_use(latents: Array, samples: Array, seed: int = 0) -> float:
    """Spearman's rank correlation of latent distance and output distance over 5,000 random pairs; 0 if all outputs, or
    all latents, are the same.

    latents: (N, Z), samples: (N, D). Raises ValueError if the rows differ in number, or are no finite numbers.
    """
    (latents,), (samples,) = point_sets(2, latents=latents), point_sets(2, samples=samples)
    if problems := check_latents(latents, samples):
        raise Refused(problems)
    rng = np.random.default_rng(seed)
    one, two = rng.integers(len(latents), size=(2, PAIRS))
    one, two = one[one != two], two[one != two]
    apart = np.linalg.norm(samples[one] - samples[two], axis=1)
    latents_apart = np.linalg.norm(latents[one] - latents[two], axis=1)
    if np.ptp(apart) == 0 or np.ptp(latents_apart) == 0:
        return 0.0
    return float(stats.spearmanr(latents_apart, apart).statistic)


def _some(x: Array, size: int, rng: np.random.Generator) -> Array:
    """All rows of x, or `size` of them drawn without order."""
    return x if len(x) == size else x[np.sort(rng.permutation(len(x))[:size])]
