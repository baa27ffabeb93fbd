# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/digits", "gan/review"]
#
# [tool.genloop.figures]
# "curves.svg" = "Two charts over the training steps. Above: d_loss stays a little below the line at ln 4 and g_loss a little above the line at ln 2. Below: coverage climbs from 0 towards the dashed line of a perfect generator."
# ///
"""The losses of the game beside what they do not tell: how much of the real data the samples cover."""

import math

import matplotlib.pyplot as plt
import numpy as np

# %% constants
WINDOW = 100  # steps in a running mean; single batches jump too much to read
NEAREST_K = 5

# %% load
d_loss, g_loss, r1 = np.load("history.npz")["history"].T.astype(float)  # (STEPS,) each
review = np.load("review.npz")


def running_mean(loss: np.ndarray) -> np.ndarray:
    """Mean of WINDOW neighbors, (STEPS - WINDOW + 1,)."""
    return np.convolve(loss, np.full(WINDOW, 1 / WINDOW), mode="valid")


# %% what the curves say
late = slice(200, None)  # after the first moves
print("ln_4:", f"{math.log(4):.3f}")
print("ln_2:", f"{math.log(2):.3f}")
print("d_loss_lowest_mean:", f"{running_mean(d_loss)[late].min():.2f}")
print("d_loss_highest_mean:", f"{running_mean(d_loss)[late].max():.2f}")
print("g_loss_lowest_mean:", f"{running_mean(g_loss)[late].min():.2f}")
print("g_loss_highest_mean:", f"{running_mean(g_loss)[late].max():.2f}")

# %% figure
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.8), sharex=True)
middle = np.arange(len(d_loss) - WINDOW + 1) + (WINDOW + 1) / 2  # the step in the middle of each window
for name, loss, even, color in [("d_loss", d_loss, 4, "C0"), ("g_loss", g_loss, 2, "C1")]:
    above.plot(np.arange(1, len(loss) + 1, 5), loss[::5], color=color, alpha=0.25, linewidth=0.5)
    above.plot(middle[::5], running_mean(loss)[::5], color=color, label=name)
    above.axhline(math.log(even), color=color, linestyle="--", linewidth=1)
    above.annotate(f"ln {even}", (1, math.log(even)), (4, 0), xycoords=("axes fraction", "data"),
                  textcoords="offset points", color=color, va="center")  # fmt: skip
above.set(title="losses", ylabel="nats", ylim=(0, 2))
above.legend(loc="lower right", ncols=2)

below.plot(review["steps"], review["coverage"], "o-", color="C2")
below.axhline(1 - 0.5**NEAREST_K, color="C2", linestyle="--", linewidth=1)
below.annotate("a perfect generator", (1, 1 - 0.5**NEAREST_K), (0, 4), xycoords=("axes fraction", "data"),
               textcoords="offset points", color="C2", ha="right")  # fmt: skip
below.set(title="coverage of held-out digits", xlabel="step", ylabel="share of 600 digits", ylim=(0, 1.1))
fig.savefig("curves.svg")
