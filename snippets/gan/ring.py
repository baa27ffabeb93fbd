# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy"]
#
# [tool.genloop]
# timeout = 600
# files = ["ring.npz"]
# ///
"""A GAN on eight Gaussians in a ring, five games side by side: which of the eight modes does each of them find?"""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, real points and every z
GAMES = 5  # trained at once; they differ by chance alone
MODES, RADIUS, STD = 8, 2.0, 0.1  # eight Gaussians on a circle
LATENT_DIM = 16
WIDTH = 64
STEPS = 2000
BATCH = 128
D_STEPS = 1  # updates of the discriminator for one of the generator
G_RATE = 1e-3
RATE_RATIO = 4.0  # the discriminator's learning rate, as a multiple of the generator's: it learns faster
SAMPLES = 10_000  # per game, whenever modes are counted
GRID = 2.0**-20  # weights are rounded to multiples of this after each update

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # with GRID: every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
angles = 2 * math.pi * torch.arange(MODES) / MODES
centers = RADIUS * torch.stack((angles.cos(), angles.sin()), dim=1)  # (8, 2)


def real_points(n: int) -> Tensor:
    """(GAMES, n, 2): every game draws points of its own."""
    return centers[torch.randint(MODES, (GAMES, n))] + STD * torch.randn(GAMES, n, 2)


# %% networks
class Linear(nn.Module):
    """One linear layer for each game: weights (GAMES, in, out). Nothing is shared between games."""

    def __init__(self, size_in: int, size_out: int) -> None:
        super().__init__()
        bound = size_in**-0.5  # what nn.Linear starts with
        self.weight = nn.Parameter(torch.empty(GAMES, size_in, size_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(GAMES, 1, size_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)  # (GAMES, B, out)


def network(size_in: int, size_out: int) -> nn.Sequential:
    sizes = (size_in, WIDTH, WIDTH, size_out)
    layers = [Linear(*pair) for pair in pairwise(sizes)]
    return nn.Sequential(layers[0], nn.LeakyReLU(0.2), layers[1], nn.LeakyReLU(0.2), layers[2])


generator = network(LATENT_DIM, 2)
discriminator = network(2, 1)


def generate(n: int) -> Tensor:
    """(GAMES, n, 2)"""
    return generator(torch.randn(GAMES, n, LATENT_DIM))


def logits(points: Tensor) -> Tensor:
    """What the discriminator says of points (GAMES, B, 2): (GAMES, B), positive for "real"."""
    return discriminator(points)[:, :, 0]


# %% losses
# Means over the batch, one value per game. Their sum over games is what is trained: each game gets its own gradient.
def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return (F.softplus(-real_logits) + F.softplus(fake_logits)).mean(dim=1)


def generator_loss(fake_logits: Tensor) -> Tensor:
    return F.softplus(-fake_logits).mean(dim=1)  # -ln D, the non-saturating loss


# %% modes
def shares(points: Tensor) -> Tensor:
    """(GAMES, 8): the share of all points that lies within 3 standard deviations of each mode."""
    distance, nearest = torch.cdist(points, centers.expand(GAMES, -1, -1)).min(dim=2)
    valid = distance <= 3 * STD
    return torch.stack([(valid & (nearest == mode)).double().mean(dim=1) for mode in range(MODES)], dim=1)


def count_modes(points: Tensor) -> Tensor:
    """(GAMES, 4): modes_hit, modes_covered, valid_fraction, mode_tv."""
    share = shares(points)
    valid_fraction = share.sum(dim=1)
    # Total variation between (eight modes, invalid) and what it should be: one eighth each, nothing invalid.
    mode_tv = ((share - 1 / MODES).abs().sum(dim=1) + (1 - valid_fraction)) / 2
    return torch.stack([(share > 0).sum(dim=1), (share >= 0.01).sum(dim=1), valid_fraction, mode_tv], dim=1)


LABELS = ("modes_hit", "modes_covered", "valid_fraction", "mode_tv")


def told(row: Tensor, digits: tuple[int, ...]) -> str:
    return " ".join(f"{label}={value:.{n}f}" for label, value, n in zip(LABELS, row.tolist(), digits, strict=True))


print("ceiling_of_valid_fraction:", f"{1 - math.exp(-4.5):.4f}")  # 3 standard deviations in two dimensions
print("real_points", told(count_modes(real_points(SAMPLES)).mean(dim=0), (1, 1, 3, 3)))

# %% train
g_optimizer = torch.optim.Adam(generator.parameters(), lr=G_RATE, betas=(0.5, 0.999), fused=True)
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=RATE_RATIO * G_RATE, betas=(0.5, 0.999), fused=True)
fixed_z = torch.randn(GAMES, 500, LATENT_DIM)  # the same latents in every snapshot
history, trace, snapshots = [], [], []


@torch.no_grad()
def snap(net: nn.Module) -> None:
    """Round weights to the grid: CPUs that differ in the 16th digit agree again, before the game amplifies it."""
    for weight in net.parameters():
        weight.div_(GRID).round_().mul_(GRID)


for step in range(STEPS + 1):  # step 0 only looks
    for _ in range(D_STEPS if step else 0):
        real, fake = real_points(BATCH), generate(BATCH).detach()
        real_logits, fake_logits = logits(real), logits(fake)
        d_loss = discriminator_loss(real_logits, fake_logits)
        d_optimizer.zero_grad()
        d_loss.sum().backward()
        d_optimizer.step()
        snap(discriminator)

    if step:
        discriminator.requires_grad_(False)
        g_loss = generator_loss(logits(generate(BATCH)))
        g_optimizer.zero_grad()
        g_loss.sum().backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)
        snap(generator)
        history.append(torch.stack([d_loss.detach(), g_loss.detach()], dim=1))  # (GAMES, 2)

    if step % (STEPS // 20) == 0:
        with torch.no_grad():
            points = generate(SAMPLES)
            trace.append(count_modes(points))
            snapshots.append(generator(fixed_z))
        if step % (STEPS // 5) == 0:
            print(f"step={step} {told(trace[-1].mean(dim=0), (1, 1, 2, 2))}")  # means over the games

# %% report
final = trace[-1]
for game, row in enumerate(final):
    print(f"game={game} {told(row, (0, 0, 3, 3))}")
for label, column, digits in zip(LABELS, final.T, (1, 1, 3, 3), strict=True):
    print(
        f"{label} mean, least, greatest: {column.mean():.{digits}f} {column.min():.{digits}f} {column.max():.{digits}f}"
    )
last = torch.stack(history[-100:]).mean(dim=(0, 1))
print(f"last_losses d_loss={last[0]:.2f} g_loss={last[1]:.2f}")

# %% save
np.savez_compressed(
    "ring.npz",
    trace=torch.stack(trace).numpy(),  # (21, GAMES, 4)
    steps=np.arange(21) * (STEPS // 20),
    history=torch.stack(history).float().numpy(),  # (STEPS, GAMES, 2)
    snapshots=torch.stack(snapshots).float().numpy(),  # (21, GAMES, 500, 2)
    samples=points[:, :2500].float().numpy(),
    shares=shares(points).numpy(),
)
