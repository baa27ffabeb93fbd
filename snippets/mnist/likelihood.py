# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# needs = ["mnist/vae", "mnist/vae@plane"]
# ///
"""-log p(x) of 28x28 digits: by importance weights with twenty latents, on a grid with two."""

import math

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # every draw below
DRAWS = (10, 100, 500)
STEPS, REACH = 401, 6.0  # of the grid, along each of the two latents
CHUNK = 4000  # latents at a time

torch.set_num_threads(1)
torch.manual_seed(SEED)
saved = np.load("ink.npz")
held_out_ink = torch.from_numpy(saved["held_out_ink"]).float()  # (N, 784) of 0 and 1


# %% nets
def load(file: str) -> nn.Module:
    """A net of vae.py, with the sizes of its weights: linear layers with ReLU between them."""
    weights = {name: weight.float() for name, weight in load_file(file).items()}
    net = nn.Sequential()
    for name, weight in weights.items():
        if name.endswith("weight"):
            net.extend([nn.ReLU()] if len(net) else [])
            net.append(nn.Linear(weight.shape[1], weight.shape[0]))
    net.load_state_dict(weights)
    return net.requires_grad_(False)


def normal(*shape: int) -> Tensor:
    """Standard normal, drawn in float64: the same numbers on every processor."""
    return torch.randn(shape, dtype=torch.float64).float()


def log_likelihood(x: Tensor, logits: Tensor) -> Tensor:
    """log p(x|z) in nats, one value per picture: x and logits (N, 784)."""
    return (x * logits - F.softplus(logits)).sum(1)


# %% a baseline
p = torch.from_numpy(saved["train_ink"]).float().mean(0).clamp(1e-3, 1 - 1e-3)  # (784,), the mean picture
print(f"mean_picture neg_log_p={-log_likelihood(held_out_ink, p.logit().expand_as(held_out_ink)).mean():.1f}")

# %% twenty latents
encoder, decoder = load("encoder.safetensors"), load("decoder.safetensors")
mu, logvar = encoder(held_out_ink).chunk(2, dim=1)  # each (N, 20)
log_weights = []  # log p(x, z) / q(z|x): exp averages to p(x)
for _ in range(max(DRAWS)):
    eps = normal(*mu.shape)
    z = mu + (0.5 * logvar).exp() * eps
    log_ratio = 0.5 * (eps.square() - z.square() + logvar).sum(1)  # log p(z) - log q(z|x)
    log_weights.append(log_likelihood(held_out_ink, decoder(z)) + log_ratio)
log_w = torch.stack(log_weights, dim=1).double()  # (N, draws)
print(f"latents=20 neg_elbo={-log_w.mean():.1f}")
for K in DRAWS:
    log_p = log_w.unflatten(1, (-1, K)).logsumexp(2).mean() - math.log(K)  # all draws count, in groups of K
    print(f"latents=20 draws={K} neg_log_p={-log_p:.1f}")

# %% two latents
encoder, decoder = load("plane/encoder.safetensors"), load("plane/decoder.safetensors")
mu, logvar = encoder(held_out_ink).chunk(2, dim=1)
z = mu + (0.5 * logvar).exp() * normal(50, *mu.shape)  # (50, N, 2)
bound = torch.stack([log_likelihood(held_out_ink, decoder(draw)) for draw in z]).mean()
bound -= 0.5 * (mu.square() + logvar.expm1() - logvar).sum(1).mean()
print(f"latents=2 neg_elbo={-bound:.1f}")


def on_a_grid(steps: int) -> Tensor:
    """log p(x) as a sum over steps * steps latents, one value per picture."""
    axis = torch.linspace(-REACH, REACH, steps)
    grid = torch.cartesian_prod(axis, axis)  # (steps * steps, 2)
    cell = 2 * math.log(2 * REACH / (steps - 1)) - math.log(2 * math.pi)  # log area, and the normal's constant
    log_p = torch.full((len(held_out_ink),), -math.inf)
    for z in grid.split(CHUNK):
        logits = decoder(z)  # (CHUNK, 784)
        of_z = cell - 0.5 * z.square().sum(1) - F.softplus(logits).sum(1)  # the same for every picture
        log_p = torch.logaddexp(log_p, (held_out_ink @ logits.T + of_z).logsumexp(1))
    return log_p


log_p = on_a_grid(STEPS)
print(f"latents=2 neg_log_p={-log_p.mean():.1f}")
coarser = on_a_grid(STEPS // 2 + 1)
print(f"half_the_steps moves_the_mean_by={abs((coarser - log_p).mean()):.2f}")
