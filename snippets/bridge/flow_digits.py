# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# files = ["velocity.safetensors", "flow_samples.npz"]
# ///
"""Flow matching on the digits: the program of the ring, with 64 numbers in place of two."""

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

# %% constants
SEED = 0  # weights, batches and starting points
SPLIT_SEED = 0  # the same digits are held out, whatever SEED is
HELD_OUT = 600  # never trained on; as many samples are drawn
WIDTH = 256
WAVES = 8  # sines and cosines that tell the network the time
STEPS = 1500
BATCH = 128
LEARNING_RATE = 6e-3  # kept for half of the steps, then falls to zero in a straight line
SAMPLE_STEPS = 32  # midpoint steps from noise to digit: 64 evaluations of the network

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # so that every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
digits, labels = load_digits(return_X_y=True)  # counts from 0 to 16
train_np, held_out_np = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED)
counts = torch.from_numpy(train_np)
center, spread = counts.mean(dim=0), counts.std()  # noise has mean 0 and deviation 1: so has what it should become
train_x = (counts - center) / spread  # (N, 64)
held_out_x = (torch.from_numpy(held_out_np) - center) / spread

# %% velocity
network = nn.Sequential(
    nn.Linear(64 + 2 * WAVES, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, WIDTH), nn.SiLU(),
    nn.Linear(WIDTH, 64),
)  # fmt: skip
frequencies = torch.pi * torch.arange(1, WAVES + 1)


def velocity(x: Tensor, t: Tensor) -> Tensor:
    """Where a point x (B, 64) moves at time t (B, 1), in units of the standardized data per unit of time."""
    return network(torch.cat([x, (t * frequencies).sin(), (t * frequencies).cos()], dim=1))


# %% loss
def flow_loss(x1: Tensor) -> Tensor:
    """Mean squared error of the velocity on straight lines from noise to x1, one value per digit."""
    x0 = torch.randn_like(x1)
    t = torch.randn(len(x1), 1).sigmoid()  # the middle of the way is harder than its ends: look there more often
    return (velocity((1 - t) * x0 + t * x1, t) - (x1 - x0)).square().mean(dim=1)


# %% train
optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / STEPS))
for step in range(STEPS + 1):  # step 0 only measures
    if step > 0:
        loss = flow_loss(train_x[torch.randint(len(train_x), (BATCH,))]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    if step in (0, 50, 200, 500, 1000, STEPS):
        with torch.no_grad():
            train_loss, held_out_loss = (flow_loss(x.repeat(10, 1)).mean() for x in (train_x[:HELD_OUT], held_out_x))
        print(f"step={step} train={train_loss:.2f} held_out={held_out_loss:.2f}")

# %% sample
fixed_start = torch.randn(HELD_OUT, 64)
with torch.no_grad():
    x = fixed_start
    for step in range(SAMPLE_STEPS):
        t = torch.full((len(x), 1), step / SAMPLE_STEPS)
        half = x + velocity(x, t) / (2 * SAMPLE_STEPS)
        x = x + velocity(half, t + 1 / (2 * SAMPLE_STEPS)) / SAMPLE_STEPS
    samples = (x * spread + center).clamp(0, 16)
print("start_shape:", tuple(fixed_start.shape))
print("samples_shape:", tuple(samples.shape))
print("mean_count_real:", f"{counts.mean():.2f}")
print("mean_count_samples:", f"{samples.mean():.2f}")

# %% save
save_file({**network.state_dict(), "center": center, "spread": spread}, "velocity.safetensors")
np.savez_compressed("flow_samples.npz", starts=fixed_start.numpy(), samples=samples.round().to(torch.uint8).numpy())
