# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/ring@map1_0.0625", "gan/ring@map1_1", "gan/ring@even", "gan/ring@collapse"]
#
# [tool.genloop.figures]
# "weak.svg" = "Two rows of three scatter plots at step 800, with the eight modes as rings. Above, with a discriminator that is too slow: the points of each game lie in one small heap on or beside a mode or two. Below, with even rates: the points of every game lie around the circle, at all eight modes, between them and inside."
# "collapse.svg" = "Two rows of five scatter plots at step 2,000, with the eight modes as rings. Above, with five discriminator steps: the points of each game lie on an arc through one to four modes, and the rest of the circle is empty. Below, with one step and even rates: every game has points at all eight modes."
# ///
"""The ring of eight Gaussians with a discriminator that is too weak, and with one that is too strong."""

import matplotlib.pyplot as plt
import numpy as np

# %% runs
FOLDERS = ("map1_0.0625", "map1_1", "collapse", "even")
weak, even, collapse, even_long = (np.load(f"{name}/ring.npz") for name in FOLDERS)
angles = 2 * np.pi * np.arange(8) / 8


def tell(name: str, run: dict, step: int) -> None:
    """What was measured at a step, one number per game, and the mean losses of the hundred steps before it."""
    measured = run["trace"][list(run["steps"]).index(step)]  # (games, 4)
    for column, label, digits in ((1, "modes_covered", 0), (2, "valid_fraction", 2), (3, "mode_tv", 2)):
        print(f"{name} {label}:", *(f"{value:.{digits}f}" for value in measured[:, column]))
    print(f"{name} mean_mode_tv: {measured[:, 3].mean():.2f}")
    d_loss, g_loss = run["history"][step - 100 : step].mean(axis=(0, 1))
    print(f"{name} losses: {d_loss:.2f} {g_loss:.2f}")


# %% measured
print(f"ln_4 and ln_2: {np.log(4):.2f} {np.log(2):.2f}")
tell("weak", weak, 800)
tell("even at 800", even, 800)
tell("collapse", collapse, 2000)
tell("even at 2000", even_long, 2000)


# %% figures
def compare(file: str, broken: tuple[str, dict], repaired: tuple[str, dict], step: int, reach: float) -> None:
    """All games of two runs, the broken one above; the pictures show coordinates up to `reach`."""
    games = broken[1]["snapshots"].shape[1]
    fig, axes = plt.subplots(2, games, figsize=(1.28 * games, 2.9), sharex=True, sharey=True)
    for row, (name, run) in zip(axes, (broken, repaired), strict=True):
        snapshot = run["snapshots"][list(run["steps"]).index(step)]  # (games, 500, 2)
        for ax, points in zip(row, snapshot, strict=True):
            ax.plot(2 * np.cos(angles), 2 * np.sin(angles), "o", markersize=7, fillstyle="none", color="C1")
            ax.plot(points[:, 0], points[:, 1], ".", markersize=1.5, color="C0")
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
            ax.grid(visible=False)
        row[0].set_ylabel(name, fontsize=10)
    for game, ax in enumerate(axes[0]):
        ax.set_title(f"game {game}", fontweight="normal", fontsize=10)
    fig.savefig(file)


compare("weak.svg", ("ratio 1/16", weak), ("ratio 1", even), 800, 3.6)
compare("collapse.svg", ("5 D steps", collapse), ("1 D step", even_long), 2000, 3.2)
