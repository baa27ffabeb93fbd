# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "scipy", "numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/digits@fifty*", "gan/digits@twenty", "gan/digits@short0"]
#
# [tool.genloop.figures]
# "lost_class.svg" = "Two line charts over 700 steps, three seeds each. Above, the share of 4s among the samples: without R1 it falls from more than a tenth to 0.03 and below, with R1 to between 0.04 and 0.06. Below, coverage: it rises to about 0.5 without R1 and 0.6 with it by step 400, and then stays level."
# "classes.svg" = "Bar chart of ten classes, means over three seeds: without R1 the bar of class 4 is nearly gone and class 3 is almost twice the dashed line of equal shares; with R1 the bars are less uneven, class 4 at half the line."
# "copies.png" = "Four rows of twelve images. First, samples of a generator that was trained on twenty digits; below each, the nearest of the twenty, nearly the same image. Third, samples of a generator that was trained on 1,197 digits; below each, the nearest of these, alike but not the same."
# ///
"""The GAN on digits with few digits to learn from: a class that is lost late, and samples that are copies."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

# %% constants
SEEDS = (0, 1, 2)
SAMPLES = 600  # digits and samples that are compared
LOST = 4  # the class that the figure follows: the rarest one at the end of the broken runs
SHOWN = 12

digits, labels = load_digits(return_X_y=True)


def split(held_out: int) -> list[np.ndarray]:
    """Digits to train on and digits held out, then their labels, as the training program splits them."""
    return train_test_split(digits, labels, test_size=held_out, stratify=labels, random_state=0)


def nearest(x: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Distance of each image to the nearest other one: counts per pixel, root mean square."""
    return cdist(x, among).min(axis=1) / 8


def tell(label: str, values: list[float], digits: int) -> None:
    """One line: a label, and a number for each seed."""
    print(f"{label}:", *(f"{value:.{digits}f}" for value in values))


# %% judges
# The training had 50 digits. The others are split in two: to measure with, and to train a classifier on.
_, rest_x, _, rest_y = split(1747)
real_x, other_x, real_y, other_y = train_test_split(rest_x, rest_y, train_size=SAMPLES, stratify=rest_y, random_state=0)
classifier = MLPClassifier((64,), solver="lbfgs", alpha=1.0, tol=1e-3, random_state=0).fit(other_x / 16, other_y)
print("classifier_accuracy:", f"{classifier.score(real_x / 16, real_y):.2f}")


def reach(real: np.ndarray, k: int) -> np.ndarray:
    """Distance of each real digit to its k-th neighbor; a digit is its own first one."""
    return np.sort(cdist(real, real), axis=1)[:, k]


def coverage(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of real digits with a sample within the distance of their fifth real neighbor."""
    return float((cdist(fake, real) <= reach(real, 5)).any(axis=0).mean())


def precision(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of samples within the third neighbor's distance of some real digit."""
    return float((cdist(fake, real) <= reach(real, 3)).any(axis=1).mean())


# %% lost class
shares, covered = {}, {}
for name, folder in (("no_r1", "fifty_no_r1_"), ("r1", "fifty")):
    for seed in SEEDS:
        run = np.load(f"{folder}{seed}/samples.npz")
        steps = run["steps"]
        samples = run["samples"].astype(float)  # (8, 1747, 64)
        shares[name, seed] = np.array([np.bincount(classifier.predict(x / 16), minlength=10) / len(x) for x in samples])
        covered[name, seed] = np.array([coverage(real_x, x[:SAMPLES]) for x in samples])
    of_seeds = np.array([shares[name, seed] for seed in SEEDS])  # (3, 8, 10)
    print(f"{name} rarest_class:", *of_seeds[:, -1].argmin(axis=1))
    for step in (300, steps[-1]):
        at = list(steps).index(step)
        tell(f"{name} share_of_{LOST}s at {step}", of_seeds[:, at, LOST], 3)
        tell(f"{name} coverage at {step}", [covered[name, seed][at] for seed in SEEDS], 2)

# %% lost class figures
fig, axes = plt.subplots(2, 1, figsize=(6.4, 4.8), sharex=True)
for name, color, label in (("r1", "C0", "with R1"), ("no_r1", "C3", "without R1")):
    for seed in SEEDS:
        axes[0].plot(steps[1:], shares[name, seed][1:, LOST], color=color, label=None if seed else label)
        axes[1].plot(steps[1:], covered[name, seed][1:], color=color)
axes[0].axhline(0.1, color="C1", linestyle="--", linewidth=1, label="share in the data")
axes[0].set(ylabel=f"share of {LOST}s", ylim=(0, 0.17))
axes[1].set(ylabel="coverage", ylim=(0, 1), xlabel="step")
axes[0].legend(loc="upper right", ncols=3, fontsize=9)
fig.savefig("lost_class.svg")

fig, ax = plt.subplots(figsize=(6.4, 2.8))
for offset, (name, color, label) in ((-0.2, ("no_r1", "C3", "without R1")), (0.2, ("r1", "C0", "with R1"))):
    mean = np.mean([shares[name, seed][-1] for seed in SEEDS], axis=0)
    ax.bar(np.arange(10) + offset, mean, width=0.38, color=color, label=label)
ax.axhline(0.1, color="C1", linestyle="--", linewidth=1)
ax.set(xlabel="class", ylabel="share of samples", xticks=range(10), ylim=(0, 0.22))
ax.grid(visible=False, axis="x")
ax.legend(loc="upper left", ncols=2)
fig.savefig("classes.svg")


# %% copies
def nearer_to_training(x: np.ndarray, train_x: np.ndarray, held_out_x: np.ndarray, held_out_y: np.ndarray) -> float:
    """Share of images that are nearer to training digits than to as many held-out ones: one half if nothing is copied.

    Which held-out digits are taken is chance, so this is a mean over ten choices.
    """
    picks = [
        train_test_split(held_out_x, train_size=len(train_x), stratify=held_out_y, random_state=choice)[0]
        for choice in range(10)
    ]
    return float(np.mean([(nearest(x, train_x) < nearest(x, pick)).mean() for pick in picks]))


shown = []  # rows of the figure: samples, then the training digit nearest to each
for name, folder, held_out in (("twenty", "twenty", 1777), ("fifty", "fifty0", 1747), ("all", "short0", 600)):
    train_x, held_out_x, train_y, held_out_y = split(held_out)
    fake = np.load(f"{folder}/samples.npz")["samples"][-1][:SAMPLES].astype(float)
    real = held_out_x  # never those that this run was trained on
    if held_out > SAMPLES:
        real, _ = train_test_split(held_out_x, train_size=SAMPLES, stratify=held_out_y, random_state=0)
    compared = train_x
    if held_out == SAMPLES:  # fewer are held out than trained on: compare with as many as there are
        compared, _ = train_test_split(train_x, train_size=500, stratify=train_y, random_state=0)
    print(
        f"{name} digits={len(train_x)} nearest_training_digit={np.median(nearest(fake, train_x)):.2f}"
        f" of_a_held_out_digit={np.median(nearest(held_out_x, train_x)):.2f}"
        f" nearer_to_training={nearer_to_training(fake, compared, held_out_x, held_out_y):.2f}"
        f" precision={precision(real, fake):.2f} coverage={coverage(real, fake):.2f}"
    )
    if held_out != 1747:
        shown += [fake[:SHOWN], train_x[cdist(fake[:SHOWN], train_x).argmin(axis=1)]]
# The control: digits that nobody trained on, in place of samples.
train_x, held_out_x, _, held_out_y = split(1777)
images, others, _, others_y = train_test_split(
    held_out_x, held_out_y, train_size=SAMPLES, stratify=held_out_y, random_state=0
)
print("control nearer_to_training_digits:", f"{nearer_to_training(images, train_x, others, others_y):.2f}")

# %% copies figure
framed = np.pad(np.stack(shown).reshape(4, SHOWN, 8, 8), ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=4)
plt.imsave("copies.png", framed.swapaxes(1, 2).reshape(40, 10 * SHOWN)[:-2, :-2], cmap="gray", vmin=0, vmax=16)
