# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "scikit-learn", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier"]
# files = ["baseline.npz"]
#
# [tool.genloop.figures]
# "controls.svg" = "Dot chart, seven free controls in rows, one chart per metric: precision, recall, coverage, all in features, and near copies. Real digits and the copy of the training set are near one in the first three, PCA with a kernel density close behind; PCA Gaussian has middling precision and coverage and more recall; the per-pixel Gaussian is low in recall and coverage; class means have a precision of one and a recall of zero; noise is near zero. Only the copy has near copies, all of its samples."
# "controls.png" = "Seven rows of twelve digits, one row per control: real digits; the copy of training digits; digits from PCA and a kernel density, readable; from a PCA Gaussian, blurred; from per-pixel Gaussians, speckled clouds in the shape of a digit; class means; noise."
# ///
"""Every metric on sets whose quality is known: what a number is worth before any model is measured."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from genloop.data import digits
from genloop.figures import grid
from genloop.review import Classifier, class_balance, copying, expected_coverage, measure

# %% data
SEEDS = (0, 1, 2, 3, 4)  # each draws other samples; the held-out digits stay
COMPONENTS = 15  # of the PCA
data = digits()
classifier = Classifier.load("classifier.safetensors")
size = len(data.held_out_x)
print("held_out_shape:", data.held_out_x.shape)
print("expected_coverage:", f"{expected_coverage():.3f}")

# %% fits
pca = PCA(COMPONENTS).fit(data.train_x)
codes = pca.transform(data.train_x)
search = GridSearchCV(KernelDensity(), {"bandwidth": np.logspace(-1, 1, 20)}).fit(codes)
density = search.best_estimator_
print("best_bandwidth:", f"{density.bandwidth:.4f}")
print("variance_kept:", f"{pca.explained_variance_ratio_.sum():.2f}")
class_means = np.stack([data.train_x[data.train_y == label].mean(axis=0) for label in range(10)])


# %% controls
def as_counts(x: np.ndarray) -> np.ndarray:
    """Rounded to counts from 0 to 16, the format of the data."""
    return x.clip(0, 16).round()


def draw(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """600 samples of a control, and the training set that its copying test asks about."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(data.train_x))
    fresh, rest = data.train_x[rows[:size]], data.train_x[rows[size:]]
    match name:
        case "real":  # fresh real digits: what a perfect model would give
            return fresh, rest
        case "copy":  # training digits handed back; all but three are others than the fresh ones
            return data.train_x[rows[-size:]], data.train_x
        case "pca_kde":
            return as_counts(pca.inverse_transform(density.sample(size, random_state=seed))), data.train_x
        case "pca_gaussian":
            noise = rng.normal(size=(size, COMPONENTS)) @ np.linalg.cholesky(np.cov(codes.T)).T
            return as_counts(pca.inverse_transform(noise + codes.mean(axis=0))), data.train_x
        case "pixel_gaussian":  # every pixel by itself
            return as_counts(rng.normal(data.train_x.mean(axis=0), data.train_x.std(axis=0), (size, 64))), data.train_x
        case "class_means":
            return as_counts(class_means[np.arange(size) % 10]), data.train_x
        case "noise":
            return rng.integers(0, 17, size=(size, 64)).astype(float), data.train_x
    raise ValueError(name)


# %% measure
CONTROLS = ("real", "copy", "pca_kde", "pca_gaussian", "pixel_gaussian", "class_means", "noise")
METRICS = (
    "precision", "recall", "density", "coverage",  # in pixels
    "precision_f", "recall_f", "density_f", "coverage_f",  # in features
    "class_tv", "accuracy", "accuracy_f", "mmd", "mmd_p", "spread", "copied", "by_chance", "closer", "prefers_train",
)  # fmt: skip


def scores(x: np.ndarray, train: np.ndarray, seed: int) -> list[float]:
    pixels = measure(data.held_out_x, x, seed)
    features = measure(classifier.features(data.held_out_x), classifier.features(x), seed)
    # Another seed than draw() has: "nearest is training" offers as many training digits as are held out, at random.
    copies = copying(x, train, data.held_out_x, seed + len(SEEDS))
    return [
        *vars(pixels.neighborhood).values(), *vars(features.neighborhood).values(),
        class_balance(classifier, data.held_out_x, x).tv, pixels.two_sample.accuracy, features.two_sample.accuracy,
        pixels.two_sample.mmd, pixels.two_sample.mmd_p, pixels.spread,
        copies.copied, copies.copied_by_chance, copies.closer, copies.prefers_train,
    ]  # fmt: skip


table = np.array([[scores(*draw(name, seed), seed) for seed in SEEDS] for name in CONTROLS])  # (7, 5, 18)
for name, row in zip(CONTROLS, table, strict=True):
    for at, metric in enumerate(METRICS):
        print(f"{name} {metric}: {row[:, at].mean():.2f} {row[:, at].min():.2f} {row[:, at].max():.2f}")

# %% figure
shown = ("precision_f", "recall_f", "coverage_f", "copied")
fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.6), sharex=True, sharey=True)
for ax, metric, title in zip(axes.flat, shown, ("precision", "recall", "coverage", "near copies"), strict=True):
    for row, _ in enumerate(CONTROLS):
        ax.plot(
            table[row, :, METRICS.index(metric)], [len(CONTROLS) - 1 - row] * len(SEEDS), "o", color="C0", alpha=0.7
        )
    ax.set(title=title, xlim=(-0.06, 1.06), xticks=(0, 0.5, 1))
names = [name.replace("_", " ") for name in CONTROLS]
axes[0, 0].set_yticks(range(len(CONTROLS)), labels=names[::-1])
fig.supxlabel("share")
fig.savefig("controls.svg")

# %% samples
np.savez_compressed("baseline.npz", pca_kde=np.stack([draw("pca_kde", seed)[0] for seed in SEEDS]).astype(np.uint8))
rows = np.concatenate([draw(name, 0)[0][:12] for name in CONTROLS]).reshape(-1, 8, 8) / 16
plt.imsave("controls.png", grid(rows, columns=12), cmap="gray", vmin=0, vmax=1)
