# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/bound"]
#
# [tool.genloop.figures]
# "error.svg" = "Two charts with logarithmic axes. Left, the error of the gradient against the number of draws, 1 to 1,024: three parallel falling lines, the two of the score function close together and well above reparameterization. Right, the variance relative to reparameterization against the number of latents, 2 to 64: both lines of the score function rise, the one with a baseline more slowly."
# ///
"""Two unbiased gradients of the same bound: how far each is from the exact one at the same number of draws."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
SEED = 0  # of every eps
POINTS = 32  # held-out points; each has its own q, and its own gradient with respect to mu and std
REPEATS = 1024  # independent draws per point; an estimate from n draws is the mean of n of them
NODES = 24  # Gauss-Hermite nodes along each latent, for the exact gradient

decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
decoder.load_state_dict(load_file("decoder.safetensors"))
decoder.requires_grad_(False)
saved = np.load("points.npz")
noise = float(saved["noise"])
x = torch.from_numpy(saved["held_out_x"][:POINTS])
mu, std = torch.from_numpy(saved["mu"][:POINTS]), torch.from_numpy(np.exp(0.5 * saved["logvar"][:POINTS]))


# %% one draw
def log_likelihood(z: Tensor) -> Tensor:
    """log p(x|z) in nats for latents z (POINTS, N, 2). (POINTS, N)."""
    squared_distance = (x[:, None] - decoder(z)).square().sum(dim=2)
    return -squared_distance / (2 * noise**2) - math.log(2 * math.pi * noise**2)


def both_gradients(eps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each eps (POINTS, N, 2): two gradients of E_q[log p(x|z)], and the score itself.

    The gradient is with respect to mu and std of each point. (POINTS, N, 4).
    """
    z = (mu[:, None] + std[:, None] * eps).requires_grad_()
    value = log_likelihood(z)  # (POINTS, N)
    (slope,) = torch.autograd.grad(value.sum(), z)  # d log p(x|z) / dz: asks the decoder which way is better
    pathwise = torch.cat([slope, slope * eps], dim=2)  # because dz/dmu = 1 and dz/dstd = eps
    # d log q(z) / dmu = eps / std, and d log q(z) / dstd = (eps^2 - 1) / std: knows nothing of the decoder.
    score = torch.cat([eps, eps.square() - 1], dim=2) / std.repeat(1, 2)[:, None]
    return pathwise, value.detach()[:, :, None] * score, score


# %% exact
nodes, node_weights = np.polynomial.hermite_e.hermegauss(NODES)
nodes, node_weights = torch.from_numpy(nodes), torch.from_numpy(node_weights / node_weights.sum())
eps_nodes = torch.cartesian_prod(nodes, nodes).expand(POINTS, -1, -1)
product_weights = torch.cartesian_prod(node_weights, node_weights).prod(dim=1)
exact, exact_by_score, _ = ((g * product_weights[:, None]).sum(dim=1) for g in both_gradients(eps_nodes))
print("exact_gradients_differ_by:", f"{(exact - exact_by_score).abs().max():.4f}")

# %% measure
torch.manual_seed(SEED)
eps = torch.randn(POINTS, REPEATS, 2)
pathwise, score_function, score = both_gradients(eps)
# The baseline of a draw is the mean value of the other draws of its point, so it does not know its own eps.
value = log_likelihood(mu[:, None] + std[:, None] * eps)
others = (value.sum(dim=1, keepdim=True) - value) / (REPEATS - 1)
with_baseline = (value - others)[:, :, None] * score
estimators = {"reparameterized": pathwise, "score": score_function, "score_baseline": with_baseline}

draws = [4**k for k in range(6)]  # 1 to 1024
errors = {}  # root mean square distance from the exact gradient, by number of draws
for name, one_draw in estimators.items():
    means = [one_draw.reshape(POINTS, REPEATS // n, n, 4).mean(dim=2) for n in draws]
    errors[name] = [(mean - exact[:, None]).square().sum(dim=2).mean().sqrt().item() for mean in means]
    print(f"{name}_error_at_1_4_16_64_256_1024:", *(f"{error:.3g}" for error in errors[name]))
print("exact_gradient_length:", f"{exact.norm(dim=1).square().mean().sqrt():.2f}")


def variance(one_draw: Tensor) -> float:
    """Variance of the gradient from one draw: summed over the four numbers, mean over points."""
    return one_draw.var(dim=1).sum(dim=1).mean().item()


print("draws_for_the_same_error:", f"{variance(score_function) / variance(pathwise):.1f}")

# %% more latents
# g points side by side are one point of a larger VAE with 2 g latents: its log p(x|z) is the sum over the g.
# Reparameterized, a point's gradient is what it was; the score of a point is now multiplied by that sum.
sizes = [1, 2, 4, 8, 16, 32]
ratios = {"score": [], "score_baseline": []}
for g in sizes:
    total = value.reshape(POINTS // g, g, REPEATS).sum(dim=1).repeat_interleave(g, dim=0)
    baseline = (total.sum(dim=1, keepdim=True) - total) / (REPEATS - 1)
    ratios["score"].append(variance(total[:, :, None] * score) / variance(pathwise))
    ratios["score_baseline"].append(variance((total - baseline)[:, :, None] * score) / variance(pathwise))
    print(f"latents={2 * g} score_ratio={ratios['score'][-1]:.3g} baseline_ratio={ratios['score_baseline'][-1]:.3g}")

# %% figure
fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.6))
styles = {"score": ("C3", "o", "score function"), "score_baseline": ("C1", "^", "score function, baseline"),
          "reparameterized": ("C0", "s", "reparameterized")}  # fmt: skip
latents = [2 * g for g in sizes]
for name, (color, marker, label) in styles.items():
    left.loglog(draws, errors[name], color=color, marker=marker, markersize=5, label=label)
    ratio = ratios.get(name, [1.0] * len(sizes))
    right.loglog(latents, ratio, color=color, marker=marker, markersize=5)
left.set(xlabel="draws of z per point", ylabel="error of the gradient (nats per unit)", title="2 latents")
right.set(xlabel="latents", ylabel="variance / reparameterized", title="one draw")
left.set_xticks(draws, [str(n) for n in draws])
right.set_xticks(latents, [str(n) for n in latents])
for ax in (left, right):
    ax.minorticks_off()
fig.legend(loc="outside upper center", ncols=3)
fig.savefig("error.svg")
