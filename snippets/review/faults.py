# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier"]
#
# [tool.genloop.figures]
# "faults.svg" = "Four line charts, one per fault, share of the fault across. Noise: precision falls in a straight line, coverage stays high until most samples are noise. Dropped classes: recall, coverage fall and the class histogram moves, precision stays. Copies: only the share of near copies rises, in a straight line. Blur: precision rises to one, recall falls to zero, coverage falls late."
# ///
"""Real digits made worse on purpose: which metric sees which fault, and how much of it."""

import matplotlib.pyplot as plt
import numpy as np

from genloop.data import digits
from genloop.review import Classifier, class_balance, copying, neighborhood

# %% data
SEEDS = (0, 1, 2, 3, 4)  # each draws other digits and another place for the fault
SHARES = {
    "noise": (0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1),  # of the samples, replaced by uniform noise
    "dropped": (0, 0.1, 0.2, 0.3, 0.4),  # of the ten classes, never drawn
    "copies": (0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1),  # of the samples, replaced by training samples
    "blur": (0, 0.2, 0.4, 0.6, 0.8, 1),  # of the way from each digit to the mean of its class
}
data = digits()
classifier = Classifier.load("classifier.safetensors")
size = len(data.held_out_x)
class_means = np.stack([data.train_x[data.train_y == label].mean(axis=0) for label in range(10)])


# %% inject
def inject(fault: str, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """600 real digits with a fault, and the digits that count as their training set."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(data.train_x))
    if fault == "dropped":
        gone = rng.permutation(10)[: round(10 * share)]
        rows = np.concatenate([rows[~np.isin(data.train_y[rows], gone)], rows[np.isin(data.train_y[rows], gone)]])
    x, y = data.train_x[rows[:size]].copy(), data.train_y[rows[:size]]  # fresh: not in the training set
    train = data.train_x[rows[size:]]
    hit = slice(round(share * size))
    match fault:
        case "noise":
            x[hit] = rng.integers(0, 17, size=x[hit].shape)
        case "copies":
            x[hit] = train[np.resize(rng.permutation(len(train)), len(x[hit]))]  # each at most once, as far as they go
        case "blur":
            x = ((1 - share) * x + share * class_means[y]).round()
    return x, train


# %% measure
LABELS = ("precision", "recall", "coverage", "class_tv", "copied")


def scores(x: np.ndarray, train: np.ndarray) -> tuple[float, ...]:
    near = neighborhood(classifier.features(data.held_out_x), classifier.features(x))
    tv = class_balance(classifier, data.held_out_x, x).tv
    return near.precision, near.recall, near.coverage, tv, copying(x, train, data.held_out_x).copied


results = {}
for fault, shares in SHARES.items():
    for share in shares:
        table = np.array([scores(*inject(fault, share, seed)) for seed in SEEDS])  # (5, 5)
        results[fault, share] = table
        mean = " ".join(f"{label}={value:.2f}" for label, value in zip(LABELS, table.mean(axis=0), strict=True))
        least, most = table[:, 2].min(), table[:, 2].max()
        print(f"fault {fault} share={share:g} {mean} coverage_least={least:.2f} coverage_most={most:.2f}")

# %% figure
titles = {
    "noise": "noise (of the samples)",
    "dropped": "dropped (of the classes)",
    "copies": "copies (of the samples)",
    "blur": "blur (of the way to the class mean)",
}
fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.8), sharey=True)
for ax, (fault, shares) in zip(axes.flat, SHARES.items(), strict=True):
    for at, label in enumerate(LABELS):
        runs = np.array([results[fault, share][:, at] for share in shares])  # (shares, 5)
        ax.plot(shares, runs.mean(axis=1), color=f"C{at}", label=label.replace("class_tv", "class TV"))
        ax.fill_between(shares, runs.min(axis=1), runs.max(axis=1), color=f"C{at}", alpha=0.2, linewidth=0)
    ax.set_title(titles[fault], fontweight="normal", fontsize=10)
    ax.set(ylim=(-0.03, 1.03), xlim=(0, max(shares)))
for ax in axes[1]:
    ax.set_xlabel("share of the fault")
for ax in axes[:, 0]:
    ax.set_ylabel("value")
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
fig.savefig("faults.svg")
