# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["bridge/flow"]
# ///
"""Answers to the exercises on flow matching: other starting points, and points between starting points."""

import math

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)  # the starting points

# %% model
MODES, RADIUS, STD, WIDTH = 8, 2.0, 0.1, 96  # as in flow.py
net = nn.Sequential(
    nn.Linear(3, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, 2),
)  # fmt: skip
net.load_state_dict(load_file("velocity.safetensors"))
angles = 2 * math.pi * torch.arange(MODES) / MODES
centers = RADIUS * torch.stack((angles.cos(), angles.sin()), dim=1)


@torch.no_grad()
def sample(x: Tensor, steps: int = 64) -> Tensor:
    for step in range(steps):
        t = torch.full((len(x), 1), step / steps)
        x = x + net(torch.cat((x, t), dim=1)) / steps
    return x


def count(points: Tensor) -> tuple[float, float]:
    """valid_fraction and mode_tv."""
    distance, nearest = torch.cdist(points, centers).min(dim=1)
    share = torch.stack([((distance <= 3 * STD) & (nearest == mode)).double().mean() for mode in range(MODES)])
    return share.sum().item(), (((share - 1 / MODES).abs().sum() + 1 - share.sum()) / 2).item()


# %% start elsewhere
x0 = torch.randn(10_000, 2)
for scale in (0.5, 1.0, 1.5):
    valid_fraction, mode_tv = count(sample(scale * x0))
    print(f"start_scaled_by={scale} valid_fraction={valid_fraction:.3f} mode_tv={mode_tv:.3f}")

# %% in between
a, b = x0[:5000], x0[5000:]
halfway = (a + b) / 2
same_length = halfway * math.sqrt(2)  # the mean of two independent normal points has half their variance
for name, start in (("mean of two starts", halfway), ("scaled to unit variance", same_length)):
    valid_fraction, mode_tv = count(sample(start))
    print(f"{name}: valid_fraction={valid_fraction:.3f} mode_tv={mode_tv:.3f}")
mean_of_samples = (sample(a) + sample(b)) / 2
print("mean of two samples:", "valid_fraction={:.3f} mode_tv={:.3f}".format(*count(mean_of_samples)))

# %% which start leads where
made = sample(x0)
start_angle, end_angle = (torch.atan2(points[:, 1], points[:, 0]) for points in (x0, made))
turn = torch.remainder(end_angle - start_angle + math.pi, 2 * math.pi) - math.pi
print("median_turn_degrees:", f"{turn.abs().rad2deg().median():.1f}")
print("share_ending_in_the_nearest_mode:", f"{(turn.abs() < math.pi / 8).double().mean():.2f}")
