# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "numpy"]
#
# [tool.genloop]
# needs = ["gan/digits", "gan/digits@seed1", "gan/digits@seed2", "gan/digits@seed3", "gan/digits@seed4"]
# ///
"""The same review for five trainings that differ only in their seed: one line each, and the worst of them."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

# %% constants
SPLIT_SEED = 0  # the same split as in the training
HELD_OUT = 600
NEAREST_K = 5
RUNS = ("samples.npz", "seed1/samples.npz", "seed2/samples.npz", "seed3/samples.npz", "seed4/samples.npz")

# %% yardstick
digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, train_y, held_out_y = train_test_split(
    digits, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED
)
classifier = MLPClassifier((64,), solver="lbfgs", alpha=1.0, tol=1e-3, random_state=0)
classifier.fit(train_x / 16, train_y)
real_counts = np.bincount(held_out_y, minlength=10)


def features(x: np.ndarray) -> np.ndarray:
    """The classifier's hidden layer, (N, 64)."""
    return np.maximum(x / 16 @ classifier.coefs_[0] + classifier.intercepts_[0], 0)


def coverage(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of real points with a fake point closer than their own NEAREST_K-th real neighbor."""
    radius = NearestNeighbors(n_neighbors=NEAREST_K + 1).fit(real).kneighbors(real)[0][:, -1]
    nearest_fake = NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(real)[0][:, 0]
    return float((nearest_fake <= radius).mean())


# %% five runs
rows = []
for seed, file in enumerate(RUNS):
    saved = np.load(file)
    samples, raw_samples = saved["samples"][-1].astype(float), saved["raw_samples"].astype(float)
    counts = np.bincount(classifier.predict(samples / 16), minlength=10)
    row = (
        np.count_nonzero(counts), counts.min(), abs(counts - real_counts).sum() / 2 / HELD_OUT,
        coverage(held_out_x, samples), coverage(features(held_out_x), features(samples)),
        coverage(held_out_x, raw_samples),
    )  # fmt: skip
    words = (
        "seed=%d classes_hit=%d rarest_class=%d class_tv=%.3f coverage=%.3f coverage_features=%.3f raw_coverage=%.3f"
    )
    print(words % (seed, *row))
    rows.append(row)

# %% worst and middle
least = np.min(rows, axis=0)
print("least_classes_hit:", int(least[0]))
print("rarest_class_of_all:", int(least[1]))
print("greatest_class_tv:", f"{np.max(rows, axis=0)[2]:.3f}")
print("least_coverage:", f"{least[3]:.3f}")
print("median_coverage:", f"{np.median(rows, axis=0)[3]:.3f}")
print("greatest_coverage:", f"{np.max(rows, axis=0)[3]:.3f}")
print("least_coverage_features:", f"{least[4]:.3f}")
print("averaged_beats_raw:", sum(row[3] > row[5] for row in rows), "of", len(rows))
