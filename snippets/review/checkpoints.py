# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "scipy", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier", "gan/digits", "gan/digits@seed[1-4]*"]
# files = ["checkpoints.npz"]
#
# [tool.genloop.figures]
# "metrics.svg" = "Four line charts over the training steps of five GANs, three of them in features. Recall rises steeply until step 200 and levels off; precision jumps to one half by step 50, stays there until step 200 and then climbs; coverage rises until step 800 and slowly after it; near copies stay at zero until step 800 and come up to the line of chance at the end."
# "losses.svg" = "Coverage in features against the discriminator's loss, one mark per checkpoint of five runs. Step 50 has low coverage at a loss near 1.30, where step 1600 has high coverage; steps 100, 200 and 400 lie above each other near 1.35; then the loss falls and coverage rises, to the best coverage at the lowest loss, near 1.23."
# "strip.png" = "Eight rows of fourteen digits, one row per checkpoint from step 0 to the last, the same latents in each column: grey fog, then blobs, then strokes, then digits that hardly change from step 800 on."
# ///
"""Checkpoints of one training, five seeds: what improves with the steps, and whether the loss says when to stop."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

from genloop.data import digits
from genloop.figures import grid
from genloop.review import Classifier, class_balance, copying, neighborhood

# %% runs
data = digits()
classifier = Classifier.load("classifier.safetensors")
held_out = classifier.features(data.held_out_x)
folders = ("", "seed1/", "seed2/", "seed3/", "seed4/")
runs = [np.load(f"{folder}samples.npz") for folder in folders]
history = [np.load(f"{folder}history.npz")["history"] for folder in folders]  # (steps, 3): d_loss, g_loss, r1
steps = runs[0]["steps"]

# %% measure
LABELS = ("precision", "recall", "coverage", "class_tv", "copied", "d_loss")


def scores(x: np.ndarray, losses: np.ndarray) -> tuple[float, ...]:
    near = neighborhood(held_out, classifier.features(x))
    tv = class_balance(classifier, data.held_out_x, x).tv
    copied = copying(x, data.train_x, data.held_out_x).copied
    return near.precision, near.recall, near.coverage, tv, copied, losses.mean() if len(losses) else np.nan


table = np.array(
    [
        [scores(run["samples"][at].astype(float), losses[max(0, step - 50) : step, 0]) for at, step in enumerate(steps)]
        for run, losses in zip(runs, history, strict=True)
    ]
)  # (5, 8, 6); the loss is a mean over the last 50 steps
np.savez("checkpoints.npz", steps=steps, table=table)
for at, step in enumerate(steps):
    mean = table[:, at].mean(axis=0)
    told = " ".join(f"{label}={value:.2f}" for label, value in zip(LABELS[:5], mean, strict=False))
    least, most = table[:, at, 2].min(), table[:, at, 2].max()
    print(f"step={step} {told} coverage_least={least:.2f} coverage_most={most:.2f}")
    if step:
        d_loss = table[:, at, 5]
        print(f"step {step} d_loss mean, least, greatest: {mean[5]:.2f} {d_loss.min():.2f} {d_loss.max():.2f}")

# %% when to stop
coverage, d_loss = table[:, 1:, 2], table[:, 1:, 5]
print("rank_correlation_of_d_loss_and_coverage:", f"{spearmanr(d_loss.ravel(), coverage.ravel()).statistic:.2f}")
print("the same from step 400 on:", f"{spearmanr(d_loss[:, 3:].ravel(), coverage[:, 3:].ravel()).statistic:.2f}")
within = [coverage[:, at + 1].mean() - coverage[:, at].mean() for at in range(len(steps) - 2)]
spread = coverage.std(axis=0, ddof=1)
for at, gain in enumerate(within):
    print(f"from step {steps[at + 1]} to {steps[at + 2]} coverage gains: {gain:.3f}")
print("coverage_standard_deviation_over_seeds at_the_end:", f"{spread[-1]:.3f}")

# %% metrics
fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.4), sharex=True)
PANELS = {"precision (features)": 0, "recall (features)": 1, "coverage (features)": 2, "near copies (pixels)": 4}
for ax, (title, column) in zip(axes.flat, PANELS.items(), strict=True):
    for seed in range(len(runs)):
        ax.plot(
            range(len(steps)), table[seed, :, column], marker="o", markersize=4, color=f"C{seed}", label=f"seed {seed}"
        )
    ax.set_title(title, fontweight="normal", fontsize=10)
    ax.set(ylim=(-0.03, 1.03))
axes[1, 1].set_ylim(0, 0.08)
axes[1, 1].axhline(0.01, linestyle="--", linewidth=1, color="C5")
axes[1, 1].legend(ncols=2, loc="upper left")
for ax in axes[1]:
    ax.set_xticks(range(len(steps)), labels=[str(step) for step in steps], rotation=45)
    ax.set_xlabel("step")
for ax in axes[:, 0]:
    ax.set_ylabel("share")
fig.savefig("metrics.svg")

# %% losses
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for mark, color, at in zip("ooooosD", ("C0", "C1", "C2", "C3", "C4", "C0", "C5"), range(1, 8), strict=True):
    ax.plot(table[:, at, 5], table[:, at, 2], mark, color=color, label=f"step {steps[at]}")
ax.axvline(np.log(4), linestyle="--", linewidth=1, color="C5")
ax.text(np.log(4), 0.02, "ln 4 ", ha="right", va="bottom")
ax.set(xlabel="d_loss, mean over the last 50 steps", ylabel="coverage (features)", ylim=(0, 1))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
fig.savefig("losses.svg")

# %% strip
tiles = runs[0]["samples"][:, :14].reshape(-1, 8, 8) / 16
plt.imsave("strip.png", grid(tiles, columns=14), cmap="gray", vmin=0, vmax=1)
