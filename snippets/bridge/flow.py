# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# files = ["velocity.safetensors", "flow.npz"]
# ///
"""Flow matching on eight Gaussians in a ring: a velocity field learned by regression, and sampling as integration."""

import math
from collections.abc import Callable

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

# %% constants
SEED = 0  # weights, batches, and the points that samples start from
MODES, RADIUS = 8, 2.0  # eight Gaussians on a circle, as on the page about modes
STD = 0.1  # of each of them
WIDTH = 96
STEPS = 3000
BATCH = 256
LEARNING_RATE = 3e-3  # kept for half of the steps, then falls to zero in a straight line
SAMPLES = 5_000  # for every count of modes
CHECKPOINTS = (50, 100, 200, 400, 800, 1500, 3000)

torch.set_num_threads(1)  # a net this small loses time when two threads share it
torch.set_default_dtype(torch.float64)  # so that every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
angles = 2 * math.pi * torch.arange(MODES) / MODES
centers = RADIUS * torch.stack((angles.cos(), angles.sin()), dim=1)  # (8, 2)


def real_points(n: int) -> Tensor:
    """(n, 2)"""
    return centers[torch.randint(MODES, (n,))] + STD * torch.randn(n, 2)


# %% velocity
net = nn.Sequential(
    nn.Linear(3, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, 2),
)  # fmt: skip


def learned(x: Tensor, t: Tensor) -> Tensor:
    """Where to, and how fast, at place x (B, 2) and time t (B, 1)."""
    return net(torch.cat((x, t), dim=1))


# %% loss
def draw(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """A place, a time, and the velocity of the straight line that runs through it: x (n, 2), t (n, 1), (n, 2)."""
    x0, x1, t = torch.randn(n, 2), real_points(n), torch.rand(n, 1)
    return (1 - t) * x0 + t * x1, t, x1 - x0


def matching_loss(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, t: Tensor, target: Tensor) -> Tensor:
    """Squared error, summed over the two coordinates, mean over the batch."""
    return (velocity(x, t) - target).square().sum(dim=1).mean()


# %% exact
def exact(x: Tensor, t: Tensor) -> Tensor:
    """The best velocity there is, the mean of x1 - x0 given x: known for this data, where each mode is a Gaussian."""
    variance = (1 - t).square() + (t * STD).square()  # (B, 1), of x around t * center
    off = x[:, None, :] - t[:, None, :] * centers  # (B, 8, 2)
    weight = (-0.5 * off.square().sum(dim=2) / variance).softmax(dim=1)  # (B, 8): which mode x is on its way to
    mean_x1 = centers + (t * STD**2 / variance)[:, None, :] * off
    mean_x0 = ((1 - t) / variance)[:, None, :] * off
    return (weight[:, :, None] * (mean_x1 - mean_x0)).sum(dim=1)


# %% sample
@torch.no_grad()
def integrate(
    velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, steps: int, midpoint: bool = False, back: bool = False
) -> Tensor:
    """Follow the velocity from t = 0 to 1, or back. Euler: one evaluation per step; midpoint: two."""
    dt = (-1 if back else 1) / steps
    for step in range(steps):
        t = torch.full((len(x), 1), (1.0 if back else 0.0) + step * dt)
        v = velocity(x, t)
        if midpoint:
            v = velocity(x + dt / 2 * v, t + dt / 2)
        x = x + dt * v
    return x


# %% modes
def count_modes(points: Tensor) -> tuple[int, int, float, float]:
    """modes_hit, modes_covered, valid_fraction, mode_tv, as on the page about modes."""
    distance, nearest = torch.cdist(points, centers).min(dim=1)
    valid = distance <= 3 * STD
    share = torch.stack([(valid & (nearest == mode)).double().mean() for mode in range(MODES)])
    mode_tv = ((share - 1 / MODES).abs().sum() + 1 - share.sum()) / 2
    return int((share > 0).sum()), int((share >= 0.01).sum()), share.sum().item(), mode_tv.item()


def told(points: Tensor) -> str:
    hit, covered, valid_fraction, mode_tv = count_modes(points)
    return f"modes_hit={hit} modes_covered={covered} valid_fraction={valid_fraction:.3f} mode_tv={mode_tv:.3f}"


# %% train
held_out = draw(20_000)  # fixed: the loss on it is smooth
start = torch.randn(SAMPLES, 2)  # the same x0 for all samples below
with torch.no_grad():
    floor = matching_loss(exact, *held_out).item()
print("real_points", told(real_points(SAMPLES)))
print("loss_of_exact_velocity:", f"{floor:.3f}")

optimizer = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / STEPS))
trace = []  # step, held-out loss, valid_fraction, mode_tv
for step in range(1, STEPS + 1):
    loss = matching_loss(learned, *draw(BATCH))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if step in CHECKPOINTS:
        with torch.no_grad():
            held_out_loss = matching_loss(learned, *held_out).item()
        points = integrate(learned, start[:2000], steps=50)
        trace.append([step, held_out_loss, *count_modes(points)[2:]])
        print(f"step={step} held_out_loss={held_out_loss:.3f} above_exact={held_out_loss - floor:.3f} {told(points)}")

# %% steps
quality = []  # evaluations, then valid_fraction and mode_tv of: learned Euler, learned midpoint, exact Euler
for evaluations in (1, 2, 4, 8, 16, 32, 64):
    row = [float(evaluations)]
    for name, velocity, midpoint in (("learned", learned, False), ("learned", learned, True), ("exact", exact, False)):
        if midpoint and evaluations == 1:
            row += [math.nan, math.nan]  # one step of the midpoint rule takes two evaluations
            continue
        points = integrate(velocity, start, evaluations // (2 if midpoint else 1), midpoint)
        row += count_modes(points)[2:]
        rule = "midpoint" if midpoint else "Euler"
        print(f"{name} {rule} evaluations={evaluations} {told(points)}")
    quality.append(row)

# %% there and back
for rule in ("Euler", "midpoint"):
    made = integrate(learned, start[:2000], 50, rule == "midpoint")
    returned = integrate(learned, made, 50, rule == "midpoint", back=True)
    print(f"{rule} mean_distance_made: {(made - start[:2000]).norm(dim=1).mean():.2f}")
    print(f"{rule} mean_distance_after_return: {(returned - start[:2000]).norm(dim=1).mean():.4f}")

# %% save
save_file(net.state_dict(), "velocity.safetensors")
moments = torch.linspace(0, 1, 51)
path = [start[:200]]
for t in moments[:-1]:
    with torch.no_grad():
        path.append(path[-1] + learned(path[-1], t.expand(200, 1)) / 50)
few = [integrate(learned, start[:1500], steps) for steps in (1, 2, 4, 16, 64)]
np.savez_compressed(
    "flow.npz",
    trace=np.array(trace), quality=np.array(quality), floor=np.array(floor),
    path=torch.stack(path).numpy(), few=torch.stack(few).numpy(), samples=integrate(learned, start, 64).numpy(),
)  # fmt: skip
