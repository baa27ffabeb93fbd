# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors", "scikit-learn", "matplotlib"]
#
# [tool.genloop]
# needs = ["vae/digits@plain*", "vae/digits@beta1_*", "vae/digits@beta3_*"]
# files = ["plain_samples.npz"]
#
# [tool.genloop.figures]
# "pairs.png" = "Six rows of fourteen digits: held-out digits; their reconstructions by the plain autoencoder, and by the VAE, both close; samples of the autoencoder from standard normal latents, dim gray shapes; its samples from a fitted normal, bright but often mixed; samples of the VAE, some of them readable."
# "spread.svg" = "Histograms of the latents of the held-out digits beside the curve of a standard normal. The autoencoder's are spread over minus eight to eight; the VAE's, drawn from its posteriors, fill the curve."
# ///
"""A plain autoencoder beside a VAE: both rebuild digits, and only one of them can be sampled."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn

# %% models
SEEDS = (0, 1, 2, 3, 4)
LATENT_DIM, MAX_COUNT, HELD_OUT = 16, 16, 600
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)  # the latents of the samples

digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)
noise = torch.randn(HELD_OUT, LATENT_DIM)  # the same for all models


@torch.no_grad()
def decode(folder: str, z: Tensor) -> np.ndarray:
    """Mean counts from 0 to 16, (B, 64)."""
    decoder = nn.Sequential(
        nn.Linear(LATENT_DIM, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid()
    )
    decoder.load_state_dict(load_file(f"{folder}/decoder.safetensors"))
    return (MAX_COUNT * decoder(z)).numpy()


def latents(folder: str, name: str) -> Tensor:
    return torch.from_numpy(np.load(f"{folder}/latents.npz")[name])


# %% measure
def radius(x: np.ndarray, k: int) -> np.ndarray:
    """Distance of each point to its k-th neighbor; a point is its own first one, so one more is asked for."""
    return NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, -1]


def precision(real: np.ndarray, fake: np.ndarray, k: int = 3) -> float:
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radius(real, k)).any(axis=1).mean())


def coverage(real: np.ndarray, fake: np.ndarray, k: int = 5) -> float:
    return float((NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(real)[0][:, 0] <= radius(real, k)).mean())


def fitted(folder: str) -> Tensor:
    """Latents drawn from a normal with the mean and covariance of the training digits' own."""
    mu = latents(folder, "train_mu")
    return mu.mean(dim=0) + noise @ torch.linalg.cholesky(mu.T.cov()).T


# %% sampling
WAYS = {
    "autoencoder, N(0, I)": [(f"plain{seed}", noise) for seed in SEEDS],
    "autoencoder, fitted normal": [(f"plain{seed}", fitted(f"plain{seed}")) for seed in SEEDS],
    "VAE beta 1, N(0, I)": [(f"beta1_{seed}", noise) for seed in SEEDS],
    "VAE beta 1, fitted normal": [(f"beta1_{seed}", fitted(f"beta1_{seed}")) for seed in SEEDS],
    "VAE beta 3, N(0, I)": [(f"beta3_{seed}", noise) for seed in SEEDS],
}
for name, runs in WAYS.items():
    scores = np.array([
        (precision(held_out_x, x), coverage(held_out_x, x)) for x in (decode(folder, z) for folder, z in runs)
    ])  # fmt: skip
    print(f"{name}: precision={scores[:, 0].mean():.2f} coverage={scores[:, 1].mean():.2f}")

# %% rebuilding
for name, prefix in (("autoencoder", "plain"), ("VAE beta 1", "beta1_")):
    rebuilt = [decode(f"{prefix}{seed}", latents(f"{prefix}{seed}", "held_out_mu")) for seed in SEEDS]
    error = np.mean([np.sqrt(((x - held_out_x) ** 2).mean()) for x in rebuilt])
    spread = np.mean([latents(f"{prefix}{seed}", "train_mu").std(dim=0).mean() for seed in SEEDS])
    print(f"{name} root_mean_square_error_of_a_pixel: {error:.2f}")
    print(f"{name} mean_std_of_a_latent: {spread:.2f}")

# %% pairs
rows = [
    held_out_x[:14],
    decode("plain0", latents("plain0", "held_out_mu")[:14]),
    decode("beta1_0", latents("beta1_0", "held_out_mu")[:14]),
    decode("plain0", noise[:14]),
    decode("plain0", fitted("plain0")[:14]),
    decode("beta1_0", noise[:14]),
]
framed = np.pad(np.stack(rows).reshape(6, 14, 8, 8), ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=4)
plt.imsave("pairs.png", framed.swapaxes(1, 2).reshape(60, 140)[:-2, :-2], cmap="gray", vmin=0, vmax=MAX_COUNT)

# %% spread
mu, logvar = latents("beta1_0", "held_out_mu"), latents("beta1_0", "held_out_logvar")
drawn = {
    "plain autoencoder": latents("plain0", "held_out_mu"),
    "VAE": mu + (0.5 * logvar).exp() * torch.randn(mu.shape),  # one draw from each posterior
}
fig, axes = plt.subplots(1, 2, figsize=(6.8, 2.9), sharey=True)
at = np.linspace(-8, 8, 200)
for ax, (title, values) in zip(axes, drawn.items(), strict=True):
    ax.hist(values.numpy().ravel(), bins=60, range=(-8, 8), density=True, color="C0")
    ax.plot(at, np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi), color="C1", label="the prior")
    ax.set(title=title, xlabel="value of a latent (all sixteen)")
axes[0].set(ylabel="density")
axes[0].legend(loc="upper left", fontsize=9)
fig.savefig("spread.svg")

# %% save
np.savez_compressed("plain_samples.npz", **{f"seed{seed}": decode(f"plain{seed}", noise) for seed in SEEDS})
