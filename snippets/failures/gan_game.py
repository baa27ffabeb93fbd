# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/game", "gan/game@seed1", "gan/game@seed2", "gan/game@no_detach*", "gan/game@detached", "gan/game@joint", "gan/game@far*", "gan/game@saturating"]
#
# [tool.genloop.figures]
# "detach.svg" = "Line chart of the mean of the generated numbers over 300 steps. With detach in its place, three lines rise to the dashed line at 2. With detach in the generator's move, one line stays level below zero. Without detach and with one optimizer for both, three lines fall to minus two and below within 50 steps and end between minus one and minus three."
# "saturating.svg" = "Two charts over 600 steps, three seeds each. Above, the mean of the generated numbers: with the non-saturating loss it reaches the dashed line at 4 by step 400; with the saturating loss it stays near zero for 450 steps, then two of the three lines begin to rise and end below 2. Below, on a logarithmic axis, the slope of the generator's loss: between one half and 1 for the non-saturating loss; for the saturating loss it falls to about 0.001 by step 300, and two of the three come back by step 600."
# ///
"""The game in one dimension, broken in three ways: detach missing, detach misplaced, a loss that saturates."""

import matplotlib.pyplot as plt
import numpy as np

# %% runs
SEEDS = (0, 1, 2)


def load(names: list[str]) -> list:
    """The recorded games of some runs; "" is the folder of the lesson's own program."""
    return [np.load(f"{name}/game.npz" if name else "game.npz") for name in names]


right = load(["", "seed1", "seed2"])
no_detach = load([f"no_detach{seed}" for seed in SEEDS])
detached = load(["detached"])
far = load([f"far{seed}" for seed in SEEDS])
saturating = load([f"far_saturating{seed}" for seed in SEEDS])


def tell(label: str, values: list[float], digits: int) -> None:
    """One line: a label, and a number for each seed."""
    print(f"{label}:", *(f"{value:.{digits}f}" for value in values))


# %% detach
END = 300  # the lesson's own program plays on; it is looked at where the broken ones stop
for name, runs in (("right", right), ("no_detach", no_detach), ("detached", detached)):
    tell(f"{name} mean", [run["trace"][run["trace"][:, 0] == END][0, 1] for run in runs], 2)
    tell(f"{name} d_loss", [run["history"][END - 50 : END, 0].mean() for run in runs], 2)
    tell(f"{name} g_loss", [run["history"][END - 50 : END, 1].mean() for run in runs], 2)
tell("joint, with detach, mean", [load(["joint"])[0]["trace"][-1, 1]], 2)
tell("detached mean_moved_by", [abs(run["trace"][-1, 1] - run["trace"][0, 1]) for run in detached], 2)

# %% detach figure
fig, ax = plt.subplots(figsize=(6.4, 3.4))
for runs, color, label in (
    (right, "C0", "detach() in D's move"),
    (detached, "C2", "detach() in G's move"),
    (no_detach, "C3", "no detach(), one optimizer"),
):
    for seed, run in enumerate(runs):
        ax.plot(run["trace"][:, 0], run["trace"][:, 1], color=color, label=None if seed else label)
ax.axhline(2, color="C1", linestyle="--", linewidth=1, label="real numbers")
ax.set(xlim=(0, END), ylim=(-4.2, 2.6), xlabel="step", ylabel="mean of generated numbers")
fig.legend(loc="outside upper center", ncols=2)
fig.savefig("detach.svg")


# %% saturating
def slope(run: dict, saturating: bool) -> tuple[np.ndarray, np.ndarray]:
    """Steps, and the mean size of the loss's slope in D's logit: D if it saturates, 1 - D if not.

    D of the generated numbers is read from the answers that the run recorded on a grid.
    """
    answers = np.array([
        np.interp(x, run["grid"], answer).mean() for x, answer in zip(run["samples"], run["answers"], strict=True)
    ])  # fmt: skip
    return run["steps"], answers if saturating else 1 - answers


AT = 100  # the step at which the slopes are compared: early, and recorded
for name, runs in (("non_saturating", far), ("saturating", saturating)):
    tell(f"{name} mean", [run["trace"][-1, 1] for run in runs], 2)
    tell(f"{name} distance", [run["trace"][-1, 3] for run in runs], 2)
    slopes = [slope(run, name == "saturating") for run in runs]
    tell(f"{name} slope_at_{AT}", [size[list(steps).index(AT)] for steps, size in slopes], 3)
    losses = np.array([run["history"][AT - 50 : AT].mean(axis=0) for run in runs])
    tell(f"{name} d_loss_then", losses[:, 0], 2)
    tell(f"{name} g_loss_then", losses[:, 1], 2)

near = load(["", "saturating"])  # where the lesson has its numbers
for step in (300, 600):
    means = [run["trace"][run["trace"][:, 0] == step][0, 1] for run in near]
    tell(f"real numbers at 2, mean at {step}, non_saturating and saturating", means, 2)

# %% saturating figure
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True)
for runs, color, label in ((far, "C0", "non-saturating"), (saturating, "C3", "saturating")):
    for seed, run in enumerate(runs):
        above.plot(run["trace"][:, 0], run["trace"][:, 1], color=color, label=None if seed else label)
        below.plot(*slope(run, label == "saturating"), "o-", color=color, markersize=4)
above.axhline(4, color="C1", linestyle="--", linewidth=1, label="real numbers")
above.set(ylabel="mean of generated numbers", ylim=(-1, 4.6))
below.set(xlabel="step", ylabel="slope of G's loss", yscale="log", ylim=(1e-4, 2))
fig.legend(*above.get_legend_handles_labels(), loc="outside upper center", ncols=3)
fig.savefig("saturating.svg")
