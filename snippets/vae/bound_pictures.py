# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/bound"]
#
# [tool.genloop.figures]
# "ellipses.svg" = "The latent plane with dashed circles of the prior at one and two standard deviations, and sixty posterior ellipses in two colors, one for each cluster. Each cluster fills one half of the plane with overlapping ellipses; a narrow lane between the halves stays empty."
# "lines.svg" = "The data plane: a square net of latent lines after decoding, drawn over the held-out points. The net is one unbroken sheet. Its meshes are small on the two clusters and stretched several times in the space between, where there are no points."
# "off_data.svg" = "Two panels with the same 400 generated points. Left, where their latents were drawn: dots of two clusters fill the two halves, and the crosses of points off the data form a thin line along the border, with a few at the rim. Right, in the data plane: the dots lie in two dashed circles, and most crosses lie between the circles."
# ///
"""Pictures of a 2-D latent: posterior ellipses, decoded grid lines, and generated points that lie off the data."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
SEED = 0  # of the generated points
SHOWN = 400  # generated points in the figure
COUNTED = 20_000  # generated points behind the printed shares

decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
decoder.load_state_dict(load_file("decoder.safetensors"))
saved = np.load("points.npz")
centers, spread, noise = torch.from_numpy(saved["centers"]), float(saved["spread"]), float(saved["noise"])
held_out_x, cluster = saved["held_out_x"], saved["held_out_cluster"]
mu, std = saved["mu"], np.exp(0.5 * saved["logvar"])
torch.set_grad_enabled(False)
turn = np.linspace(0, 2 * math.pi, 41)
circle = np.stack([np.cos(turn), np.sin(turn)])  # (2, 41)
MARKS = (("o", "C0"), ("^", "C1"))  # of the two clusters

# %% ellipses
fig, ax = plt.subplots(figsize=(5.4, 5.0))
for i in range(60):
    ax.plot(*(mu[i, :, None] + std[i, :, None] * circle), color=MARKS[cluster[i]][1], linewidth=1.0)
for k in (1, 2):
    ax.plot(*(k * circle), color="C5", linestyle="--", linewidth=1.4)
ax.set(xlabel="latent 1", ylabel="latent 2", aspect="equal")
fig.savefig("ellipses.svg")

# %% lines
ticks = torch.arange(-2.5, 2.51, 0.5)
fine = torch.linspace(-2.5, 2.5, 81)
fig, ax = plt.subplots(figsize=(6.4, 4.6))
for k, (marker, _) in enumerate(MARKS):
    ax.scatter(*held_out_x[cluster == k].T, marker=marker, s=9, color="C5", alpha=0.6, linewidths=0)
for tick in ticks:
    ax.plot(*decoder(torch.stack([fine, tick.expand(81)], dim=1)).T, color="C0", linewidth=1.0)
    ax.plot(*decoder(torch.stack([tick.expand(81), fine], dim=1)).T, color="C1", linewidth=1.0)
ax.plot([], [], color="C0", label="latent 1 varies")
ax.plot([], [], color="C1", label="latent 2 varies")
ax.set(xlabel="x1", ylabel="x2", aspect="equal")
ax.legend(loc="upper left")
fig.savefig("lines.svg")


# %% off the data
def off_data(x: Tensor) -> Tensor:
    """True where a point is more than three standard deviations away from both cluster centers. (B,) bool."""
    return torch.cdist(x, centers).min(dim=1).values > 3 * spread


generator = torch.Generator().manual_seed(SEED)
z = torch.randn(COUNTED, 2, generator=generator)
decoded = decoder(z)
x = decoded + noise * torch.randn(COUNTED, 2, generator=generator)  # a full sample: x is drawn, too
off = off_data(x)
nearest = torch.cdist(x, centers).argmin(dim=1)
print("off_share:", f"{off.double().mean():.3f}")
print("off_share_of_decoded_means:", f"{off_data(decoded).double().mean():.3f}")
print("off_share_if_perfect:", f"{math.exp(-4.5):.3f}")
print("held_out_off_share:", f"{off_data(torch.from_numpy(held_out_x)).double().mean():.3f}")
# Between: the projection on the line of centers lies between the two circles.
axis = (centers[1] - centers[0]) / (centers[1] - centers[0]).norm()
position = (x - centers.mean(dim=0)) @ axis
between = off & (position.abs() < (centers[1] - centers[0]).norm() / 2 - 3 * spread)
print("off_and_between_share:", f"{between.double().mean():.3f}")
print("cluster_shares:", *(f"{(nearest == k).double().mean():.2f}" for k in (0, 1)))

# %% off figure
fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.5))
for ax, where in zip(axes, (z, x), strict=True):
    for k, (marker, color) in enumerate(MARKS):
        ax.scatter(
            *where[:SHOWN][~off[:SHOWN] & (nearest[:SHOWN] == k)].T, marker=marker, s=11, color=color, linewidths=0
        )
    ax.scatter(*where[:SHOWN][off[:SHOWN]].T, marker="x", s=34, color="C3", linewidths=1.6)
for k in (1, 2):
    axes[0].plot(*(k * circle), color="C5", linestyle="--", linewidth=1.2)
for center in centers.numpy():
    axes[1].plot(*(center[:, None] + 3 * spread * circle), color="C5", linestyle="--", linewidth=1.2)
axes[0].set(title="where z was drawn", xlabel="latent 1", ylabel="latent 2", aspect="equal")
axes[1].set(title="what came out", xlabel="x1", ylabel="x2", aspect="equal", ylim=(-2.4, 2.4))
fig.savefig("off_data.svg")
print("marked_in_figure:", int(off[:SHOWN].sum()), "of", SHOWN)
