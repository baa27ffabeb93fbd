# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/digits"]
# files = ["review.npz"]
#
# [tool.genloop.figures]
# "classes.svg" = "Bar chart: how many of 600 held-out digits and of 600 generated digits belong to each class from 0 to 9."
# ///
"""Reviews the generated digits: which classes they hit and how much of the held-out data they cover."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

# %% constants
SEED = 0  # of the noise and of the classifier's first weights
SPLIT_SEED = 0  # the same split as in the training
HELD_OUT = 600
NEAREST_K = 5  # the k for which coverage was published

# %% data
digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, train_y, held_out_y = train_test_split(
    digits, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED
)
saved = np.load("samples.npz")
steps, samples = saved["steps"], saved["samples"].astype(float)  # (S,), (S, 600, 64): counts from 0 to 16
print("held_out_shape:", held_out_x.shape)
print("samples_shape:", samples[-1].shape)

# %% classifier
# It has seen real training digits only: no generated ones, no held-out ones.
classifier = MLPClassifier((64,), solver="lbfgs", alpha=1.0, tol=1e-3, random_state=SEED)
classifier.fit(train_x / 16, train_y)
print("classifier_accuracy_held_out:", f"{classifier.score(held_out_x / 16, held_out_y):.3f}")


def features(x: np.ndarray) -> np.ndarray:
    """The classifier's hidden layer (N, 64): a space where distance is about the class more than about pixels."""
    return np.maximum(x / 16 @ classifier.coefs_[0] + classifier.intercepts_[0], 0)


# %% coverage
def coverage(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of real points with a fake point closer than their own NEAREST_K-th real neighbor. Naeem et al. 2020."""
    # Each point is its own first neighbor, so one neighbor more is asked for.
    radius = NearestNeighbors(n_neighbors=NEAREST_K + 1).fit(real).kneighbors(real)[0][:, -1]
    nearest_fake = NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(real)[0][:, 0]
    return float((nearest_fake <= radius).mean())


def review(name: str, x: np.ndarray) -> tuple[int, float]:
    """Print the classes a set of 600 hits, and its coverage in pixels and in features."""
    classes_hit = len(np.unique(classifier.predict(x / 16)))
    pixels = coverage(held_out_x, x)
    in_features = coverage(features(held_out_x), features(x))
    print(f"{name}: {classes_hit} {pixels:.3f} {in_features:.3f}")
    return classes_hit, pixels


# %% controls
# Every control has 600 digits too: coverage depends on the sizes of both sets.
rng = np.random.default_rng(SEED)
real, _ = train_test_split(train_x, train_size=HELD_OUT, stratify=train_y, random_state=SPLIT_SEED)
noise = rng.integers(0, 17, size=(HELD_OUT, 64)).astype(float)
class_means = np.stack([train_x[train_y == label].mean(axis=0).round() for label in range(10)])
half_noise = samples[-1].copy()
half_noise[::2] = noise[::2]
print("expected_if_perfect:", f"{1 - 0.5**NEAREST_K:.3f}")
print("columns: classes_hit, coverage in pixels, coverage in features")
review("real_train", real)
review("ten_class_means", np.repeat(class_means, HELD_OUT // 10, axis=0))
review("noise", noise)

# %% samples
review("generated", samples[-1])
review("without_averaging", saved["raw_samples"].astype(float))
review("half_of_it_noise", half_noise)

# %% by step
results = [review(f"step {step}", x) for step, x in zip(steps, samples, strict=True)]

# %% classes
real_counts = np.bincount(held_out_y, minlength=10)
fake_counts = np.bincount(classifier.predict(samples[-1] / 16), minlength=10)
print("held_out_per_class:", *real_counts)
print("generated_per_class:", *fake_counts)
print("class_tv:", f"{abs(real_counts - fake_counts).sum() / 2 / HELD_OUT:.3f}")

# %% save
np.savez("review.npz", steps=steps, coverage=np.array([pixels for _, pixels in results]))

# %% figure
fig, ax = plt.subplots(figsize=(6.4, 2.8))
at = np.arange(10)
ax.bar(at - 0.2, real_counts, width=0.38, color="C0", label="held out")
ax.bar(at + 0.2, fake_counts, width=0.38, color="C1", label="generated")
ax.set(xlabel="class", ylabel="digits (of 600)", xticks=at, ylim=(0, 100))
ax.grid(visible=False, axis="x")
ax.legend(ncols=2, loc="upper right")
fig.savefig("classes.svg")
