# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/bound"]
#
# # No label needs a band: in float64 this page's nine runs (five trainings, four measurements) printed the same bytes
# # under ATEN_CPU_CAPABILITY default, avx2 and avx512.
#
# [tool.genloop.figures]
# "bound.svg" = "Two line charts along the line through both cluster centers. Above: the model's log p(x) and the ELBO just below it have two humps and a shallow saddle between; the data's own log p(x) falls far deeper there. Below: the gap in nats, close to zero at the centers, a low hill between them, and higher beyond the data on the right."
# "posteriors.svg" = "Three maps of a part of the latent plane, each with two contours of the true posterior and the encoder's two dashed ellipses. Left, the median held-out point: nearly the same size and place, but the true posterior is egg-shaped. Middle, the worst held-out point, and right, a point halfway between the clusters: the true posterior is flatter and slightly bent, and the ellipses are too thick."
# ///
"""The bound against the truth: log p(x) by integration over the two latents, and where the gap comes from."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
REACH = 6.0  # the prior has 4e-9 of its mass outside of [-6, 6] x [-6, 6]
CELLS = 160  # cells of the grid along each latent; a finer grid must give the same answer
NODES = 24  # Gauss-Hermite nodes along each latent, for means over the encoder's normal

# %% load
encoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 4))
decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
encoder.load_state_dict(load_file("encoder.safetensors"))
decoder.load_state_dict(load_file("decoder.safetensors"))
saved = np.load("points.npz")
held_out_x, centers = torch.from_numpy(saved["held_out_x"]), torch.from_numpy(saved["centers"])
noise, spread = float(saved["noise"]), float(saved["spread"])
torch.set_grad_enabled(False)


# %% exact
def log_normal(squared_distance: Tensor, std: float) -> Tensor:
    """log density of an isotropic normal in the plane, from squared distances to its mean."""
    return -squared_distance / (2 * std**2) - math.log(2 * math.pi * std**2)


def grid(cells: int) -> Tensor:
    """Midpoints of cells x cells squares that fill the latent plane. (cells^2, 2)."""
    middle = (torch.arange(cells) + 0.5) * (2 * REACH / cells) - REACH
    return torch.cartesian_prod(middle, middle)


def log_joint(x: Tensor, z: Tensor) -> Tensor:
    """log p(x|z) + log p(z) + log of the cell's area: for each x (B, 2) and each cell z (M, 2). (B, M)."""
    area = (2 * REACH) ** 2 / len(z)
    log_prior = log_normal(z.square().sum(dim=1), 1.0)
    return log_normal(torch.cdist(x, decoder(z)).square(), noise) + log_prior + math.log(area)


def exact_log_p(x: Tensor, cells: int = CELLS) -> Tensor:
    """log p(x) in nats: the log of the sum over all cells of the latent plane. (B,)."""
    z = grid(cells)
    return torch.cat([log_joint(rows, z).logsumexp(dim=1) for rows in x.split(50)])


# %% bound
def encode(x: Tensor) -> tuple[Tensor, Tensor]:
    """mu and logvar of q(z|x), each (B, 2)."""
    mu, logvar = encoder(x).chunk(2, dim=1)
    return mu, logvar


def elbo(x: Tensor) -> Tensor:
    """The ELBO in nats, one value per point. No eps is drawn: the mean over q is a sum over fixed nodes."""
    mu, logvar = encode(x)
    nodes, node_weights = np.polynomial.hermite_e.hermegauss(NODES)
    nodes, node_weights = torch.from_numpy(nodes), torch.from_numpy(node_weights / node_weights.sum())
    z = mu[:, None] + (0.5 * logvar).exp()[:, None] * torch.cartesian_prod(nodes, nodes)  # (B, NODES^2, 2)
    log_likelihood = log_normal((x[:, None] - decoder(z)).square().sum(dim=2), noise)
    mean = log_likelihood @ torch.cartesian_prod(node_weights, node_weights).prod(dim=1)
    return mean - 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(dim=1)


def kl_to_true_posterior(x: Tensor) -> Tensor:
    """KL(q(z|x) || p(z|x)) in nats, by summing over the cells: a second road to the gap. (B,)."""
    z = grid(CELLS)
    values = []
    for rows in x.split(50):
        mu, logvar = encode(rows)
        scaled = (z - mu[:, None]) / (0.5 * logvar).exp()[:, None]
        log_q = (-0.5 * (scaled.square() + logvar[:, None]) - 0.5 * math.log(2 * math.pi)).sum(dim=2)
        log_q = log_q + 2 * math.log(2 * REACH / CELLS)  # log of the mass in each cell, as in log_joint
        log_posterior = log_joint(rows, z).log_softmax(dim=1)
        values.append((log_q.exp() * (log_q - log_posterior)).sum(dim=1))
    return torch.cat(values)


def data_log_p(x: Tensor) -> Tensor:
    """log density of the data's own distribution, known because we made it: two equal normals. (B,)."""
    return log_normal(torch.cdist(x, centers).square(), spread).logsumexp(dim=1) - math.log(2)


# %% held out
log_p, bound, kl = exact_log_p(held_out_x), elbo(held_out_x), kl_to_true_posterior(held_out_x)
gap = log_p - bound
print("held_out_neg_elbo:", f"{-bound.mean():.3f}")
print("held_out_neg_log_p:", f"{-log_p.mean():.3f}")
print("gap:", f"{gap.mean():.3f}")
print("kl_to_true_posterior:", f"{kl.mean():.3f}")
print("largest_disagreement:", f"{(gap - kl).abs().max():.4f}")
print("gap_quantiles:", *(f"{value:.3f}" for value in gap.quantile(torch.tensor([0.0, 0.5, 0.9, 1.0]))))
finer = exact_log_p(held_out_x[:50], CELLS * 3 // 2)
print("log_p_change_on_finer_grid:", f"{(finer - log_p[:50]).abs().max():.4f}")

# %% floors
data_nll = -data_log_p(held_out_x).mean()
print("entropy_of_data:", f"{math.log(2) + math.log(2 * math.pi * math.e * spread**2):.3f}")  # no overlap to speak of
print("held_out_data_neg_log_p:", f"{data_nll:.3f}")
print("model_misses_by:", f"{-log_p.mean() - data_nll:.3f}")
print("recon_nll_at_distance_0:", f"{math.log(2 * math.pi * noise**2):.3f}")
print("recon_nll_if_noise_is_right:", f"{math.log(2 * math.pi * noise**2) + 1:.3f}")

# %% profile
direction = centers[1] - centers[0]
middle = centers.mean(dim=0)
along = torch.linspace(-1.0, 1.0, 81)  # 0 is halfway, -0.5 and 0.5 are the centers
line = middle + along[:, None] * direction
distance = along * direction.norm()
curves = exact_log_p(line), elbo(line), data_log_p(line)
line_gap = curves[0] - curves[1]
halfway = len(along) // 2
print("halfway_log_p:", f"{curves[0][halfway]:.2f}")
print("halfway_elbo:", f"{curves[1][halfway]:.2f}")
print("halfway_gap:", f"{line_gap[halfway]:.2f}")
print("halfway_data_log_p:", f"{curves[2][halfway]:.2f}")

fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.4), sharex=True, height_ratios=(2, 1))
above.plot(distance, curves[2], color="C5", linestyle=":", label="log p(x), data")
above.plot(distance, curves[0], color="C0", label="log p(x), model")
above.plot(distance, curves[1], color="C1", linestyle="--", label="ELBO")
above.set(ylabel="nats", ylim=(-10, 1.2))
above.legend(loc="lower center", ncols=1)
below.fill_between(distance, 0, line_gap, color="C1", alpha=0.35, linewidth=0)
below.plot(distance, line_gap, color="C1")
below.set(ylabel="gap (nats)", xlabel="x along the line through both centers (0: halfway)")
below.set_ylim(bottom=0)
for ax in (above, below):
    for center in (-0.5, 0.5):
        ax.axvline(center * direction.norm(), color="C2", linewidth=0.9, alpha=0.7)
fig.savefig("bound.svg")

# %% posteriors
order = gap.argsort()
chosen = torch.stack([held_out_x[order[len(order) // 2]], held_out_x[order[-1]], middle])
titles = ("median", "worst", "halfway")  # the first two are held-out points, by their gap
z = grid(CELLS)
posterior = log_joint(chosen, z).softmax(dim=1).reshape(3, CELLS, CELLS)
ticks = z[:, 1][:CELLS]
turn = torch.linspace(0, 2 * math.pi, 61)
mu, logvar = encode(chosen)
chosen_gap = exact_log_p(chosen) - elbo(chosen)
fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.7))
for i, ax in enumerate(axes):
    # Contours that hold 39 % and 86 % of the mass: for a normal, one and two standard deviations.
    mass = posterior[i].flatten().sort().values
    levels = [mass[torch.searchsorted(mass.cumsum(0), math.exp(-0.5 * k**2))].item() for k in (2, 1)]
    ax.contour(ticks, ticks, posterior[i].T, levels=levels, colors="C0", linewidths=1.6)
    for k in (1, 2):
        ellipse = mu[i] + k * (0.5 * logvar[i]).exp() * torch.stack([turn.cos(), turn.sin()], dim=1)
        ax.plot(*ellipse.T, color="C1", linestyle="--", linewidth=1.6)
    ax.set(title=f"{titles[i]}: {chosen_gap[i]:.2f} nats", xlabel="latent 1", aspect="equal")
    x_center, y_center = mu[i].tolist()
    ax.set(xlim=(x_center - 1.3, x_center + 1.3), ylim=(y_center - 0.9, y_center + 0.9))
axes[0].set_ylabel("latent 2")
axes[0].plot([], [], color="C0", label="true posterior")
axes[0].plot([], [], color="C1", linestyle="--", label="encoder")
fig.legend(loc="outside lower center", ncols=2)
fig.savefig("posteriors.svg")
