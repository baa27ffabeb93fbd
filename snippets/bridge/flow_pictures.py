# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "scipy", "matplotlib"]
#
# [tool.genloop]
# needs = ["bridge/flow", "bridge/flow@seed*"]
#
# [tool.genloop.figures]
# "paths.svg" = "Two panels. Left: 60 straight lines from noise points to points of the ring, crossing each other everywhere. Right: 60 paths of the learned velocity from the same kind of noise to the ring; they bend away from each other."
# "samples.svg" = "Five scatter plots of samples with 1, 2, 4, 16 and 64 Euler steps: one small heap in the middle; a broad ring with a thin middle; a thin octagon with the modes at its corners; and twice eight separate modes with a few points between."
# "quality.svg" = "Two line charts over the number of network evaluations, 1 to 64. The valid fraction rises from 0 to above 0.9 for the learned velocity and to 0.99 for the exact one, where a dashed line marks the ceiling. Mode TV falls likewise."
# "loss.svg" = "Above: held-out loss beyond that of the exact velocity, falling over training for five seeds. Below: the same loss against mode TV for all checkpoints of five seeds; the points rise together from the bottom left to the top right."
# ///
"""Pictures of flow matching: paths, samples by number of steps, quality by cost, and the loss beside the quality."""

import math

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

# %% runs
FOLDERS = ("", "seed1/", "seed2/", "seed3/", "seed4/")
runs = [np.load(folder + "flow.npz") for folder in FOLDERS]
first = runs[0]

# %% loss and quality
# Columns of a trace: step, held-out loss, valid_fraction, mode_tv.
above = np.stack([run["trace"][:, 1] - run["floor"] for run in runs])  # (5, 7)
mode_tv = np.stack([run["trace"][:, 3] for run in runs])
steps = first["trace"][:, 0]
print("rank_correlation_of_loss_and_mode_tv:", f"{spearmanr(above.ravel(), mode_tv.ravel()).statistic:.2f}")
for label, column, digits in (("valid_fraction", 2, 3), ("mode_tv", 3, 3)):
    last = np.array([run["trace"][-1, column] for run in runs])
    print(f"{label} mean, least, greatest: {last.mean():.{digits}f} {last.min():.{digits}f} {last.max():.{digits}f}")
print(f"above_exact mean, least, greatest: {above[:, -1].mean():.3f} {above[:, -1].min():.3f} {above[:, -1].max():.3f}")

# %% bends
path = first["path"]  # (51, 200, 2)
length = np.linalg.norm(np.diff(path, axis=0), axis=2).sum(axis=0)
straight = np.linalg.norm(path[-1] - path[0], axis=1)
print("path_over_straight_line median:", f"{np.median(length / straight):.2f}")
print("path_over_straight_line share_above_1.1:", f"{(length / straight > 1.1).mean():.2f}")
print("one_step mean_distance_from_center:", f"{np.linalg.norm(first['few'][0], axis=1).mean():.2f}")

# %% paths
rng = np.random.default_rng(0)  # which pairs the left panel shows
fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.4), sharex=True, sharey=True)
ends = rng.permutation(first["samples"])[:60]
for begin, end in zip(path[0, :60], ends, strict=True):
    left.plot(*zip(begin, end, strict=True), color="C0", linewidth=0.7, alpha=0.6)
right.plot(path[:, :60, 0], path[:, :60, 1], color="C0", linewidth=0.7, alpha=0.6)
for ax, begins, stops, title in (
    (left, path[0, :60], ends, "what it is trained on"),
    (right, path[0, :60], path[-1, :60], "what it follows"),
):
    ax.plot(*begins.T, ".", color="C1", markersize=4, label="t = 0")
    ax.plot(*stops.T, ".", color="C2", markersize=4, label="t = 1")
    ax.set(title=title, xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
left.legend(loc="upper left", fontsize=9)
fig.savefig("paths.svg")

# %% samples
fig, axes = plt.subplots(1, 5, figsize=(6.4, 1.7), sharex=True, sharey=True)
for ax, points, count in zip(axes, first["few"], (1, 2, 4, 16, 64), strict=True):
    ax.plot(points[:, 0], points[:, 1], ".", markersize=1.2, color="C0", alpha=0.6)
    ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
    ax.set_title(f"{count} step" + "s" * (count > 1), fontweight="normal", fontsize=10)
    ax.grid(visible=False)
fig.savefig("samples.svg")

# %% quality
quality = first["quality"]  # evaluations, then valid_fraction and mode_tv of three ways
fig, (above_ax, below_ax) = plt.subplots(2, 1, figsize=(6.4, 5.4), sharex=True)
for column, (name, mark) in enumerate((("learned, Euler", "o"), ("learned, midpoint", "s"), ("exact, Euler", "^"))):
    line = {"marker": mark, "color": f"C{column}", "label": name}
    above_ax.plot(quality[:, 0], quality[:, 1 + 2 * column], **line)
    below_ax.plot(quality[:, 0], quality[:, 2 + 2 * column], **line)
above_ax.axhline(1 - math.exp(-4.5), color="C3", linestyle="--", linewidth=1)
above_ax.annotate("ceiling", (1, 1 - math.exp(-4.5)), (0, -12), textcoords="offset points", color="C3")
above_ax.set(ylabel="valid fraction", ylim=(0, 1.05))
below_ax.set(xscale="log", xlabel="network evaluations per sample", ylabel="mode TV (0 is perfect)", ylim=(0, 1.05))
below_ax.set_xticks(quality[:, 0], labels=[f"{count:.0f}" for count in quality[:, 0]])
below_ax.minorticks_off()
below_ax.legend(loc="upper right")
fig.savefig("quality.svg")

# %% loss figure
fig, (above_ax, below_ax) = plt.subplots(2, 1, figsize=(6.4, 6.4))
for seed in range(len(runs)):
    above_ax.plot(steps, above[seed], ".-", color=f"C{seed}", label=f"seed {seed}")
    below_ax.plot(above[seed], mode_tv[seed], ".", color=f"C{seed}", markersize=8)
above_ax.set(xscale="log", yscale="log", xlabel="step", ylabel="loss above the exact velocity's")
below_ax.set(xscale="log", xlabel="loss above the exact velocity's", ylabel="mode TV (0 is perfect)", ylim=(0, 1))
above_ax.legend(fontsize=9)
fig.savefig("loss.svg")
