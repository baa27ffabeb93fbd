# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/game", "gan/game@equal"]
#
# [tool.genloop.figures]
# "losses.svg" = "Line chart over 1,000 steps. d_loss falls almost to 0 and g_loss rises above 6 while the generator is on its way; after step 300 both lie on the dashed lines at ln 4 and ln 2."
# "equal.svg" = "Two charts over the first 300 steps of the run with equal rates. Above: both losses reach the dashed lines at ln 4 and ln 2 and stay. Below: the standard deviation of the generated numbers falls far below the dashed line of the real one."
# ///
"""Both losses with the lines of an even game, and a run whose losses are even while its numbers are wrong."""

import math

import matplotlib.pyplot as plt
import numpy as np

# %% load
WINDOW = 20  # steps in a running mean; single batches jump
runs = {"main": np.load("game.npz"), "equal": np.load("equal/game.npz")}


def smooth(loss: np.ndarray) -> np.ndarray:
    """Mean of WINDOW neighbors, (STEPS - WINDOW + 1,)."""
    return np.convolve(loss, np.full(WINDOW, 1 / WINDOW), mode="valid")


# %% even
print("ln_4:", f"{math.log(4):.3f}")
print("ln_2:", f"{math.log(2):.3f}")
for name, saved in runs.items():
    d_loss, g_loss = saved["history"].T
    off = np.maximum(abs(smooth(d_loss) - math.log(4)), abs(smooth(g_loss) - math.log(2)))
    even_from = int(np.flatnonzero(off > 0.1)[-1]) + WINDOW + 1  # after the last window that was off by more
    step, mean, std, distance = saved["trace"][np.searchsorted(saved["trace"][:, 0], even_from)]
    print(f"{name} even_from={even_from} std_then={std:.2f} distance_then={distance:.2f}")
    print(f"{name} least_distance: {saved['trace'][:, 3].min():.3f}")


# %% figure losses
def draw_losses(ax: plt.Axes, saved: np.lib.npyio.NpzFile) -> None:
    """Both losses of a run, and the value that each has if D answers 1/2 to everything."""
    middle = np.arange(len(saved["history"]) - WINDOW + 1) + (WINDOW + 1) / 2
    for name, loss, even, color in zip(("d_loss", "g_loss"), saved["history"].T, (4, 2), ("C0", "C1"), strict=True):
        ax.plot(middle, smooth(loss), color=color, label=name)
        ax.axhline(math.log(even), color=color, linestyle="--", linewidth=1)
        ax.annotate(f"ln {even}", (1, math.log(even)), (4, 0), xycoords=("axes fraction", "data"),
                    textcoords="offset points", color=color, va="center")  # fmt: skip
    ax.legend(loc="upper right")


fig, ax = plt.subplots()
draw_losses(ax, runs["main"])
ax.set(xlabel="step", ylabel="nats", ylim=(0, 7))
fig.savefig("losses.svg")

# %% figure equal
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True)
draw_losses(above, runs["equal"])
above.set(title="losses, equal rates", ylabel="nats", ylim=(0, 2.4))
step, _, std, _ = runs["equal"]["trace"].T
below.plot(step, std, color="C2")
below.axhline(0.2, color="C2", linestyle="--", linewidth=1)
below.annotate("real", (1, 0.2), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
               color="C2", va="center")  # fmt: skip
below.set(title="spread of the generated numbers", xlabel="step", ylabel="standard deviation", ylim=(0, None))
fig.savefig("equal.svg")
