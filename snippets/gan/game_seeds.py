# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = [
#   "gan/game", "gan/game@seed1", "gan/game@seed2", "gan/game@seed3", "gan/game@seed4", "gan/game@seed5",
#   "gan/game@seed6", "gan/game@seed7", "gan/game@seed8", "gan/game@seed9", "gan/game@equal",
#   "gan/game@equal_seed1", "gan/game@equal_seed2", "gan/game@equal_seed3", "gan/game@equal_seed4",
# ]
#
# [tool.genloop.figures]
# "spread.svg" = "Two charts with one mark per run. Above: final mean and standard deviation; ten runs with a fast discriminator lie around the star of the real distribution, five runs with equal rates have the right mean and much too small a standard deviation. Below: d_loss and distance; all runs share the same d_loss, near ln 4, at very different distances."
# ///
"""The same game with ten seeds, and five with equal rates: where each of them ends, and with what loss."""

import math

import matplotlib.pyplot as plt
import numpy as np

# %% runs
MAIN = ["", *(f"seed{seed}/" for seed in range(1, 10))]  # folders of the runs' files
EQUAL = ["equal/", *(f"equal_seed{seed}/" for seed in range(1, 5))]


def end(folder: str) -> tuple[float, float, float, float, float]:
    """mean, std, distance at the end of a run, and d_loss and g_loss over its last 50 steps."""
    saved = np.load(folder + "game.npz")
    _, mean, std, distance = saved["trace"][-1]
    return mean, std, distance, *saved["history"][-50:].mean(axis=0)


groups = {"main": np.array([end(folder) for folder in MAIN]), "equal": np.array([end(folder) for folder in EQUAL])}

# %% spread
for name, rows in groups.items():
    for seed, (mean, std, distance, d_loss, g_loss) in enumerate(rows):
        where = f"mean={mean:.2f} std={std:.2f} distance={distance:.3f}"
        print(f"{name} seed={seed} {where} d_loss={d_loss:.2f} g_loss={g_loss:.2f}")
for name, rows in groups.items():
    for column, label in enumerate(("mean", "std", "distance")):
        low, middle, high = np.quantile(rows[:, column], (0, 0.5, 1))
        print(f"{name} range of {label}: {low:.3f} {middle:.3f} {high:.3f}")  # least, median, greatest
    print(f"{name} worst_d_loss_gap: {abs(rows[:, 3] - math.log(4)).max():.3f}")
    print(f"{name} worst_g_loss_gap: {abs(rows[:, 4] - math.log(2)).max():.3f}")

# %% step 300
# Equal rates stop at step 300. Where were the long runs then?
for column, label in ((2, "std"), (3, "distance")):
    at300 = [next(row[column] for row in np.load(f + "game.npz")["trace"] if row[0] == 300) for f in MAIN]
    low, middle, high = np.quantile(at300, (0, 0.5, 1))
    print(f"main at step 300, range of {label}: {low:.3f} {middle:.3f} {high:.3f}")

# %% figure
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 6.8))
for (name, rows), color, mark in zip(groups.items(), ("C0", "C1"), "os", strict=True):
    label = "fast discriminator" if name == "main" else "equal rates"
    above.plot(rows[:, 0], rows[:, 1], mark, color=color, label=label, alpha=0.8)
    below.plot(rows[:, 3], rows[:, 2], mark, color=color, label=label, alpha=0.8)
above.plot(2.0, 0.2, "*", color="C3", markersize=14, label="real")
above.set(xlabel="final mean", ylabel="final standard deviation", xlim=(1.9, 2.1), ylim=(0, 0.3))
above.legend(loc="upper right")
below.axvline(math.log(4), color="C2", linestyle="--", linewidth=1)
below.annotate("ln 4", (math.log(4), 0), (5, 5), textcoords="offset points", color="C2")
below.set(xlabel="d_loss, mean of the last 50 steps (nats)", ylabel="distance from the real")
below.set(xlim=(1.30, 1.42), ylim=(0, None))
below.legend(loc="upper left")
fig.savefig("spread.svg")
