# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/game"]
#
# [tool.genloop.figures]
# "density.svg" = "Eight densities, one below the other, from step 0 to step 1000, each with the dashed outline of the real one around 2. The generated density starts as a hill left of 0, moves right, arrives as a spike that is too narrow, and ends about as wide as the real one, but lopsided, with a steep right edge."
# "judge.svg" = "Three charts, at three steps. In each the discriminator's answer is drawn over the numbers from 0.5 to 3.5, with the best possible answer dashed. At step 150 the two curves rise together. At step 300 the answer slopes gently through one half while the best answer dips where the generated numbers are. At step 1000 both are near one half in the middle of the data, and part at its edges, most at the right one."
# ///
"""Densities of the generator over training, and the discriminator beside the best answer that there is."""

import matplotlib.pyplot as plt
import numpy as np

# %% constants
REAL_MEAN, REAL_STD = 2.0, 0.2
BLUR = 0.03  # standard deviation of the kernel: a seventh of the real one
DENSITY_STEPS = (0, 50, 100, 150, 200, 300, 600, 1000)
JUDGE_STEPS = (150, 300, 1000)


# %% densities
saved = np.load("game.npz")
grid, steps = saved["grid"], list(saved["steps"])  # grid: (501,), 0.01 apart
width = grid[1] - grid[0]


def density(samples: np.ndarray) -> np.ndarray:
    """Density of the samples on the grid: one small normal of width BLUR for each of them, (501,)."""
    edges = np.append(grid, grid[-1] + width) - width / 2
    counts, _ = np.histogram(samples, bins=edges)
    reach = np.arange(-20, 21) * width
    kernel = np.exp(-0.5 * (reach / BLUR) ** 2)
    return np.convolve(counts / len(samples) / width, kernel / kernel.sum(), mode="same")


# The same blur for the real density. A normal blurred by a normal is a normal, so no sample is needed.
real_width = np.hypot(REAL_STD, BLUR)
p = np.exp(-0.5 * ((grid - REAL_MEAN) / real_width) ** 2) / (real_width * np.sqrt(2 * np.pi))
q = {step: density(samples) for step, samples in zip(steps, saved["samples"], strict=True)}
answers = dict(zip(steps, saved["answers"], strict=True))


# %% best answer
def best_answer(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """p / (p + q); nan where neither has numbers, because there no answer is better than another."""
    both = p + q
    return np.where(both > 0.02, p / np.maximum(both, 1e-300), np.nan)


def d_loss(answer: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """-log D(real) - log(1 - D(fake)), expected under p and q, by a sum over the grid."""
    answer = np.clip(answer, 1e-12, 1 - 1e-12)
    return float(-(p * np.log(answer) + q * np.log(1 - answer)).sum() * width)


for step in JUDGE_STEPS:
    best = best_answer(p, q[step])
    gap = np.nanmean(np.abs(answers[step] - best))
    least = d_loss(np.nan_to_num(best, nan=0.5), p, q[step])
    print(f"step={step} d_loss_now={d_loss(answers[step], p, q[step]):.2f} d_loss_best={least:.2f} mean_gap={gap:.2f}")

# %% figure densities
fig, ax = plt.subplots(figsize=(6.4, 8.4))
room = 1.03 * max(density.max() for density in q.values())  # between two rows: no spike reaches the next one
for row, step in enumerate(DENSITY_STEPS):
    floor = -room * row
    ax.fill_between(grid, floor, floor + q[step], color="C0", alpha=0.35, linewidth=0)
    ax.plot(grid, floor + q[step], color="C0", linewidth=1.2)
    ax.plot(grid, floor + p, color="C1", linestyle="--", linewidth=1.2)
ax.set_yticks([-room * row for row in range(len(DENSITY_STEPS))], [str(step) for step in DENSITY_STEPS])
ax.set(xlim=(-1, 3.5), xlabel="x", ylabel="step")
ax.annotate("real", (2.35, 0.9), color="C1")
ax.annotate("generated", (0.75, 0.9), color="C0")
fig.savefig("density.svg")

# %% figure judge
fig, axes = plt.subplots(3, 1, figsize=(6.4, 7.2), sharex=True)
for ax, step in zip(axes, JUDGE_STEPS, strict=True):
    ax.fill_between(grid, 0, q[step] / 8, color="C0", alpha=0.25, linewidth=0, label="generated q, scaled")
    ax.fill_between(grid, 0, p / 8, color="C1", alpha=0.25, linewidth=0, label="real p, scaled")
    ax.plot(grid, best_answer(p, q[step]), color="C3", linestyle="--", label="best answer p/(p+q)")
    ax.plot(grid, answers[step], color="C2", label="answer D")
    ax.set(title=f"step {step}", ylabel="probability", ylim=(0, 1.02), xlim=(0.5, 3.5))
axes[-1].set_xlabel("x")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
fig.savefig("judge.svg")
