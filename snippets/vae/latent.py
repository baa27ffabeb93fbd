# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits"]
#
# [tool.genloop.figures]
# "scatter.svg" = "Scatter plot of 300 of the held-out digits in the latent plane, each drawn as its own label. Most classes form a patch of their own; a dashed circle marks where 95 % of the prior lies, and many digits lie outside it."
# "reconstructions.png" = "Ten held-out digits, one of each class, above their reconstructions: most keep their class and lose the hand that wrote them."
# "manifold.png" = "A grid of 20 by 20 decoded points of the latent plane: patches of one digit class that change into each other without a step."
# "samples.png" = "Twelve samples from the prior in two rows: smooth pixel means above, the same samples with every pixel drawn from its binomial below, slightly grainy."
# ///
"""What the two latents of vae/digits hold: scatter, reconstructions, manifold and samples."""

from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

# %% load
SEED = 0  # of the samples from the prior
MAX_COUNT = 16
GRID = 20  # decoded points along each latent
SHOWN = 300  # digits in the scatter plot: more would hide each other

torch.set_default_dtype(torch.float64)  # the type in which the weights were trained
decoder = nn.Sequential(nn.Linear(2, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64))
decoder.load_state_dict(load_file("decoder.safetensors"))
saved = np.load("latents.npz")
mu, labels = saved["held_out_mu"], saved["held_out_labels"]


@torch.no_grad()
def decode(z: np.ndarray) -> np.ndarray:
    """Pixel means p in (0, 1) for latents z (B, 2), as images (B, 8, 8)."""
    return decoder(torch.from_numpy(z)).sigmoid().reshape(-1, 8, 8).numpy()


def tile(images: np.ndarray, columns: int, gap: int) -> np.ndarray:
    """One picture of images (B, 8, 8), row by row, with dark grey lines of `gap` pixels between."""
    framed = np.pad(images, ((0, 0), (0, gap), (0, gap)), constant_values=0.25)
    side = 8 + gap
    rows = framed.reshape(-1, columns, side, side).swapaxes(1, 2).reshape(-1, columns * side)
    return rows[: len(rows) - gap, : columns * side - gap]


# %% scatter
# Ten hues of like lightness, readable on light and dark pages; the digit itself says the class.
colors = ["C0", "C1", "C2", "C3", "C4", "C5", "#d64545", "#1f94a8", "#7f8790", "#a8703f"]
radius = 2.448  # 95 % of a standard normal in the plane lie within sqrt(-2 ln 0.05)

fig, ax = plt.subplots(figsize=(6.4, 5.4))
for digit in range(10):
    ax.scatter(*mu[:SHOWN][labels[:SHOWN] == digit].T, marker=f"${digit}$", s=55, color=colors[digit], linewidths=0)
ax.add_patch(plt.Circle((0, 0), radius, fill=False, linestyle="--", linewidth=1.2))
ax.set(xlabel="latent 1 (mu)", ylabel="latent 2 (mu)", aspect="equal")
fig.savefig("scatter.svg")

neighbors = KNeighborsClassifier(n_neighbors=10).fit(saved["train_mu"], saved["train_labels"])
print("knn_accuracy:", f"{neighbors.score(mu, labels):.2f}")
inside = np.linalg.norm(mu, axis=1) < radius
print("share_inside_circle:", f"{inside.mean():.2f}")
print("inside_by_digit:", *(f"{inside[labels == digit].mean():.2f}" for digit in range(10)))

# %% reconstructions
first_of_class = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
originals = saved["held_out_x"][first_of_class].reshape(-1, 8, 8) / MAX_COUNT
pairs = tile(np.concatenate([originals, decode(mu[first_of_class])]), columns=10, gap=2)
plt.imsave("reconstructions.png", pairs, cmap="gray", vmin=0, vmax=1)
error = np.abs(MAX_COUNT * decode(mu).reshape(-1, 64) - saved["held_out_x"])
print("mean_error_in_counts:", f"{error.mean():.1f}")

# %% manifold
# Steps of equal prior mass, not of equal length: fine in the middle, wide at the border.
quantiles = [NormalDist().inv_cdf((step + 0.5) / GRID) for step in range(GRID)]
plane = np.array([(left_right, up_down) for up_down in reversed(quantiles) for left_right in quantiles])
plt.imsave("manifold.png", tile(decode(plane), columns=GRID, gap=1), cmap="gray", vmin=0, vmax=1)
print("manifold_reaches:", f"{quantiles[0]:.2f} {quantiles[-1]:.2f}")

# %% samples
rng = np.random.default_rng(SEED)
p = decode(rng.standard_normal((12, 2)))  # z from the prior, no picture involved
counts = rng.binomial(MAX_COUNT, p) / MAX_COUNT  # a full sample draws the pixels as well
rows = tile(np.concatenate([p, counts]), columns=12, gap=2)
plt.imsave("samples.png", rows, cmap="gray", vmin=0, vmax=1)
print("sample_shape:", p.shape)
print("sample_range:", f"{p.min():.2f} {p.max():.2f}")
