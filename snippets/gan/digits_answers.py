# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["gan/digits", "gan/digits@seed5"]
# ///
"""Answers to the exercises on the GAN on digits: sets made without a model, a sixth seed, fewer and shorter latents."""

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from torch import nn

# %% constants
SEED = 0  # of the noise and of the latents
SPLIT_SEED, HELD_OUT, LATENT_DIM = 0, 600, 32  # as in the training
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
rng = np.random.default_rng(SEED)

# %% data
digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, train_y, _ = train_test_split(
    digits, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED
)
real, _, real_y, _ = train_test_split(train_x, train_y, train_size=HELD_OUT, stratify=train_y, random_state=SPLIT_SEED)
samples = np.load("samples.npz")["samples"][-1].astype(float)


# %% yardsticks
def radius(k: int) -> np.ndarray:
    """Distance of each held-out digit to its k-th neighbor; it is its own first one, so one more is asked for."""
    return NearestNeighbors(n_neighbors=k + 1).fit(held_out_x).kneighbors(held_out_x)[0][:, -1]


radius_3, radius_5 = radius(3), radius(5)  # the published k of precision and of coverage
real_points = torch.from_numpy(held_out_x)


def coverage(fake: np.ndarray) -> float:
    """Share of held-out digits with a fake one within their radius."""
    return float((NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(held_out_x)[0][:, 0] <= radius_5).mean())


def precision(fake: np.ndarray) -> float:
    """Share of fakes within the radius of some held-out digit."""
    # The plain way to compute distances: the fast one of torch is off by enough to turn ties around.
    apart = torch.cdist(torch.from_numpy(fake), real_points, compute_mode="donot_use_mm_for_euclid_dist").numpy()
    return float((apart <= radius_3).any(axis=1).mean())


def measure(name: str, fake: np.ndarray) -> None:
    print(f"{name} coverage={coverage(fake):.3f} precision={precision(fake):.3f}")


# %% without a model
# Each training digit's nearest training digit, which nearly always has the same class.
nearest = NearestNeighbors(n_neighbors=2).fit(train_x).kneighbors(real)[1][:, 1]
class_spread = np.stack([train_x[train_y == label].std(axis=0) for label in range(10)])
class_means = np.stack([train_x[train_y == label].mean(axis=0).round() for label in range(10)])
measure("set=training_digits", real)
measure("set=mean_of_two_neighbors", (real + train_x[nearest]) / 2)
measure("set=one_pixel_to_the_right", np.roll(real.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64))
gaussian = class_means[real_y] + class_spread[real_y] * rng.standard_normal(real.shape)
measure("set=gaussian_for_each_class_and_pixel", gaussian.clip(0, 16))
measure("set=class_means", class_means[real_y])

# %% a sixth seed
measure("seed=5", np.load("seed5/samples.npz")["samples"][-1].astype(float))

# %% half as many
print("expected_with_half_as_many:", f"{1 - (2 / 3) ** 5:.3f}")
half, _ = train_test_split(real, train_size=HELD_OUT // 2, stratify=real_y, random_state=SPLIT_SEED)
measure("count=300 training_digits", half)
measure("count=300 generated", samples[::2])

# %% shorter latents
generator = nn.Sequential(
    nn.Linear(LATENT_DIM, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2),
    nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.LeakyReLU(0.2),
    nn.Linear(256, 64), nn.Sigmoid(),
)  # fmt: skip
generator.load_state_dict(load_file("generator.safetensors"))
generator.eval()
z = torch.randn(HELD_OUT, LATENT_DIM)
with torch.no_grad():
    for scale in (1.0, 0.7, 0.4, 0.0):
        measure(f"z_times={scale}", (16 * generator(scale * z)).round().numpy())

# %% mistakes
# BatchNorm in train() mode: the same latents, once with all 600 in a batch and once with the first 64 alone.
generator.train()
with torch.no_grad():
    apart = (generator(z)[:64] - generator(z[:64])).abs().mean()
print("train_mode_pixels_differ_by:", f"{apart:.3f}")
# A sigmoid before a loss that has one: a perfect discriminator's "logits" are then 1 and 0.
perfect = nn.functional.softplus(torch.tensor([-1.0, 0.0])).sum()
print("lowest_d_loss_with_two_sigmoids:", f"{perfect:.3f}")
