# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 300
# needs = ["vae/digits"]
# ///
"""How far -ELBO is above -log p(x): with two latents, p(x) is a sum over the plane."""

import math
from itertools import chain, pairwise

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # of the draws for the bound, and of the samples
GRID = 7.0, 467  # half a side, points along it
SECOND_GRID = 9.0, 721  # wider and finer: it shows that the first one is enough
CHUNK = 2000  # latents at a time: they fit into the processor's cache

torch.set_num_threads(1)
torch.manual_seed(SEED)
digits, labels = load_digits(return_X_y=True)
split = train_test_split(digits, test_size=600, stratify=labels, random_state=0)
# float32 is enough: a digit's nats move by less than a hundredth.
train_x, held_out_x = (torch.from_numpy(x).float() for x in split[:2])
LOG_WAYS = torch.tensor([math.log(math.comb(16, k)) for k in range(17)])


# %% nets
def load(file: str, *sizes: int) -> nn.Module:
    """A net of digits.py: linear layers from size to size, with SiLU between them."""
    pairs = [(nn.Linear(*pair), nn.SiLU()) for pair in pairwise(sizes)]
    net = nn.Sequential(*chain(*pairs))[:-1].requires_grad_(False)
    net.load_state_dict(load_file(file))
    return net


def log_joint(x: Tensor, z: Tensor, decoder: nn.Module) -> Tensor:
    """log p(x|z) - |z|^2 / 2 for digits x (B, 64) and latents z (N, Z): (B, N)."""
    logits = decoder(z)  # (N, 64)
    of_z = 16 * F.softplus(logits).sum(1) + 0.5 * z.square().sum(1)
    return x @ logits.T - of_z + LOG_WAYS[x.long()].sum(1, keepdim=True)


# %% exact
def grid_log_p(x: Tensor, half: float, points: int) -> Tensor:
    """log p(x) per digit: p(x|z) p(z), summed over squares of the plane."""
    side = torch.linspace(-half, half, points)
    log_p = torch.full((len(x),), -torch.inf)
    for z in torch.cartesian_prod(side, side).split(CHUNK):
        log_p = torch.logaddexp(log_p, log_joint(x, z, decoder).logsumexp(1))
    square = (2 * half / (points - 1)) ** 2
    return log_p + math.log(square / (2 * math.pi))


def neg_elbo(x: Tensor, draws: int = 20) -> Tensor:
    """-ELBO per digit, with as many draws of eps per digit as digits.py."""
    mu, logvar = encoder(x / 16).chunk(2, dim=1)
    eps = torch.randn(draws, *mu.shape, dtype=torch.float64).float()
    logits = decoder(mu + (0.5 * logvar).exp() * eps)  # (draws, B, 64)
    pixels = (16 * F.softplus(logits) - x * logits).sum(2).mean(0)
    kl = 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(1)
    return pixels - LOG_WAYS[x.long()].sum(1) + kl


# %% report
encoder = load("encoder.safetensors", 64, 256, 128, 2 * 2)
decoder = load("decoder.safetensors", 2, 128, 256, 64)
for name, x in (("train", train_x), ("held_out", held_out_x)):
    log_p = grid_log_p(x, *GRID)
    gap = neg_elbo(x) + log_p
    print(f"{name} neg_log_p: {-log_p.double().mean():.1f}")
    print(f"{name} gap_median: {gap.median():.1f}")
    print(f"{name} share_with_gap_over_10: {(gap > 10).float().mean():.2f}")
second = grid_log_p(held_out_x, *SECOND_GRID)
print(f"second_grid held_out neg_log_p: {-second.double().mean():.1f}")
print("no digit changes by 0.01:", bool((log_p - second).abs().max() < 0.01))

# %% samples
rng = np.random.default_rng(SEED)
z = torch.from_numpy(rng.standard_normal((600, 2))).float()
# Every pixel is drawn, as the likelihood has it.
samples = rng.binomial(16, decoder(z).sigmoid().double())  # (600, 64)
# A held-out digit is covered if a sample is nearer than its fifth real neighbor.
real = held_out_x.numpy()
fifth = NearestNeighbors(n_neighbors=5).fit(real).kneighbors()[0][:, -1]
nearest = NearestNeighbors(n_neighbors=1).fit(samples).kneighbors(real)[0][:, 0]
print(f"samples coverage: {(nearest < fifth).mean():.2f}")
