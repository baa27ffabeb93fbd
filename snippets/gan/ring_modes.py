# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/ring", "gan/ring@saturating", "gan/ring@r1", "gan/ring@paired", "gan/ring@spectral", "gan/ring@packed", "gan/ring@even", "gan/ring@collapse"]
#
# [tool.genloop.figures]
# "strip.svg" = "Two rows of six scatter plots from step 0 to the last, with the eight modes as rings. Above, the program's own game 1: the points spread, then gather on an arc that shortens until it passes through four of the eight modes. Below, game 1 of the run with five D steps: the points spread, then gather on an arc at the bottom right that draws together towards two modes."
# "traces.svg" = "Three line charts over 2,000 steps, five games each: modes covered rises and stays between four and seven, the valid fraction rises slowly and in one game falls back at the end, mode TV falls to about 0.6 and stops."
# "repairs.svg" = "One mark per game for eight recipes: modes covered above, mode TV below. The program covers four to seven modes; spectral norm, R1, relativistic pairing and even rates cover all eight in every game; even rates and pairing have the lowest mode TV."
# ///
"""Modes found, lost and repaired: the games on the ring by step, and what each repair does to five of them."""

import matplotlib.pyplot as plt
import numpy as np

# %% runs
RECIPES = {
    "": "as it is",
    "collapse/": "5 D steps, 3e-4",
    "saturating/": "saturating loss",
    "spectral/": "spectral norm",
    "packed/": "packing by two",
    "r1/": "R1",
    "paired/": "relativistic, R1 + R2",
    "even/": "even rates",
}
LABELS = ("modes_hit", "modes_covered", "valid_fraction", "mode_tv")
runs = {name: np.load(folder + "ring.npz") for folder, name in RECIPES.items()}

# %% repairs
for name, run in runs.items():
    final = run["trace"][-1]  # (5, 4)
    mean = " ".join(f"{label}={value:.2f}" for label, value in zip(LABELS, final.mean(axis=0), strict=True))
    print(f"recipe {name}: {mean} least_covered={final[:, 1].min():.0f} greatest_covered={final[:, 1].max():.0f}")

# %% by step
trace = runs["as it is"]["trace"]  # (21, 5, 4)
for name, row in (("halfway", trace[10].mean(axis=0)), ("at the end", trace[-1].mean(axis=0))):
    for label, column, digits in (("covered", 1, 1), ("valid", 2, 2), ("tv", 3, 2)):
        print(f"{name} {label}: {row[column]:.{digits}f}")
share = runs["as it is"]["shares"]  # (5, 8)
print("largest_share_of_one_mode:", f"{share.max():.2f}")
print("missing_modes_per_game:", *(share < 0.01).sum(axis=1))

# %% strip
angles = np.linspace(0, 2 * np.pi, 9)[:8]
fig, axes = plt.subplots(2, 6, figsize=(6.4, 2.6), sharex=True, sharey=True)
for row, name in enumerate(("as it is", "5 D steps, 3e-4")):
    run = runs[name]
    for ax, at in zip(axes[row], (0, 2, 5, 10, 15, 20), strict=True):
        ax.plot(2 * np.cos(angles), 2 * np.sin(angles), "o", markersize=7, fillstyle="none", color="C1")
        points = run["snapshots"][at, 1]
        ax.plot(points[:, 0], points[:, 1], ".", markersize=1.5, color="C0")
        ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
        ax.grid(visible=False)
        if row == 0:
            ax.set_title(f"step {run['steps'][at]}", fontweight="normal", fontsize=10)
    axes[row, 0].set_ylabel(name)
fig.savefig("strip.svg")

# %% traces
fig, axes = plt.subplots(3, 1, figsize=(6.4, 6.0), sharex=True)
for ax, column, title, top in zip(axes, (1, 2, 3), LABELS[1:], (8.4, 1, 1), strict=True):
    for game in range(trace.shape[1]):
        ax.plot(runs["as it is"]["steps"], trace[:, game, column], color=f"C{game}", label=f"game {game}")
    ax.set(ylabel=title, ylim=(0, top))
axes[2].set_xlabel("step")
axes[1].legend(ncols=3, loc="upper left", fontsize=9)
fig.savefig("traces.svg")

# %% repairs figure
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 6.8), sharey=True)
for at, (_name, run) in enumerate(reversed(runs.items())):
    final = run["trace"][-1]
    jitter = np.linspace(-0.22, 0.22, len(final))  # games with equal counts stay apart
    for ax, column in ((above, 1), (below, 3)):
        ax.plot(final[:, column], at + jitter, "o", color="C0", markersize=5)
        ax.plot(final[:, column].mean(), at, "|", color="C1", markersize=16, markeredgewidth=2)
above.set(xlabel="modes covered (of 8)", xlim=(0, 8.5), yticks=range(len(runs)), yticklabels=list(runs)[::-1])
below.set(xlabel="mode TV (0 is perfect)", xlim=(0, 1))
fig.savefig("repairs.svg")
