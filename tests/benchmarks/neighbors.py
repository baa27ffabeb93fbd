"""5,000 real and 5,000 generated points of 64 numbers: `python -m tests.benchmarks.neighbors ours|plain` in a process
of its own prints seconds and MB."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from scipy.spatial.distance import cdist

from genloop.review import neighborhood


def plain(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """The definitions, from whole matrices of distances: what one writes first."""
    real_real, fake_fake, between = cdist(real, real), cdist(fake, fake), cdist(fake, real)
    real_reach, fake_reach = np.sort(real_real, axis=1), np.sort(fake_fake, axis=1)  # a point is its own first neighbor
    return [
        float((between <= real_reach[:, 3]).any(axis=1).mean()),
        float((between <= fake_reach[:, 3, None]).any(axis=0).mean()),
        float((between <= real_reach[:, 5]).sum() / (5 * len(fake))),
        float((between.min(axis=0) <= real_reach[:, 5]).mean()),
    ]


def main() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(5000, 64)), rng.normal(size=(5000, 64))
    start = time.perf_counter()
    found = list(vars(neighborhood(real, fake)).values()) if sys.argv[1] == "ours" else plain(real, fake)
    seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, *(f"{value:.4f}" for value in found))


if __name__ == "__main__":
    main()
