# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "scipy", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits@brief*", "vae/digits@two_sigmoids", "vae/digits@kl_mean", "vae/digits@pixel_mean", "vae/digits@log_std*"]
#
# [tool.genloop.figures]
# "two_sigmoids.png" = "Two rows of twelve samples from the same latents. Above, with two sigmoids: gray images without black, in which digits can just be made out. Below, with one: digits on a black ground."
# "means.png" = "Three rows of twelve samples from the same latents. Above, the KL as a mean over latents: dim, mixed shapes. Middle, the reconstruction as a mean over pixels: the same gray blot in every image. Below, sums: soft, mostly readable digits."
# "log_std.svg" = "Dot chart of three seeds. In each, the bound that the broken program prints is five to eleven nats lower than that of the repaired program; measured with the right noise, the same broken model lies three to eight nats higher than the repaired one."
# ///
"""The VAE on digits with one line changed: two sigmoids, means in place of sums, logvar taken for another logarithm."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # of the latents of samples, and of the noise when a bound is measured
SEEDS = (0, 1, 2)  # of the runs
LATENT_DIM, MAX_COUNT, HELD_OUT = 16, 16, 600
DRAWS = 20  # draws of eps per digit when a bound is measured
SHOWN = 12

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents for every model
digits, labels = load_digits(return_X_y=True)
_, held_out_np = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)
held_out_x = torch.from_numpy(held_out_np)


# %% models
def load(run: str, *after: nn.Module) -> nn.Sequential:
    """The decoder of a run. after: what its program has behind the last layer."""
    decoder = nn.Sequential(
        nn.Linear(LATENT_DIM, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), *after
    )
    decoder.load_state_dict(load_file(f"{run}/decoder.safetensors"))
    return decoder


@torch.no_grad()
def decode(run: str, z: Tensor, *after: nn.Module) -> np.ndarray:
    """Mean counts from 0 to 16 for latents z (B, 16). (B, 64)"""
    return (MAX_COUNT * load(run, *after)(z).sigmoid()).numpy()


def latents(run: str) -> tuple[Tensor, Tensor]:
    """mu and logvar of the held-out digits, as the run saved them."""
    saved = np.load(f"{run}/latents.npz")
    return torch.from_numpy(saved["held_out_mu"]), torch.from_numpy(saved["held_out_logvar"])


@torch.no_grad()
def bound(run: str, log_std_per_logvar: float = 0.5) -> tuple[float, float]:
    """recon_nll and kl of the held-out digits in nats, as the lesson defines them, whatever a run was trained with."""
    torch.manual_seed(SEED)
    mu, logvar = latents(run)
    decoder = load(run)
    recon_nll = 0.0
    for _ in range(DRAWS):
        logits = decoder(mu + (log_std_per_logvar * logvar).exp() * torch.randn_like(mu))
        ways = math.lgamma(MAX_COUNT + 1) - torch.lgamma(held_out_x + 1) - torch.lgamma(MAX_COUNT - held_out_x + 1)
        nll = MAX_COUNT * F.softplus(logits) - held_out_x * logits - ways
        recon_nll += nll.sum(dim=1).mean().item() / DRAWS
    return recon_nll, kl_per_latent(run).sum()


def kl_per_latent(run: str) -> np.ndarray:
    mu, logvar = latents(run)
    return (0.5 * (mu.square() + torch.expm1(logvar) - logvar)).mean(dim=0).numpy()


# %% metrics
# Distance of each held-out digit to its third and fifth neighbor; a digit is its own first one.
between = np.sort(cdist(held_out_np, held_out_np), axis=1)
reach_3, reach_5 = between[:, 3], between[:, 5]


def precision(fake: np.ndarray) -> float:
    """Share of samples within the third neighbor's distance of some held-out digit."""
    return float((cdist(fake, held_out_np) <= reach_3).any(axis=1).mean())


def coverage(fake: np.ndarray) -> float:
    """Share of held-out digits with a sample within the distance of their fifth neighbor."""
    return float((cdist(fake, held_out_np) <= reach_5).any(axis=0).mean())


def tell(label: str, values: list[float], digits: int = 2) -> None:
    """One line: a label, and a number for each seed."""
    print(f"{label}:", *(f"{value:.{digits}f}" for value in values))


def rows(file: str, *images: np.ndarray) -> None:
    """Rows of images, counts from 0 to 16, with gray lines of two pixels between them."""
    sheet = np.stack(images).reshape(len(images), -1, 8, 8)
    framed = np.pad(sheet, ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=4)
    image = framed.swapaxes(1, 2).reshape(10 * len(images), -1)[:-2, :-2]
    plt.imsave(file, image, cmap="gray", vmin=0, vmax=MAX_COUNT)


# %% repaired twin
repaired = [sum(bound(f"brief{seed}")) for seed in SEEDS]
tell("repaired neg_elbo", repaired, 1)
tell("repaired precision", [precision(decode(f"brief{seed}", z)) for seed in SEEDS])
tell("repaired coverage", [coverage(decode(f"brief{seed}", z)) for seed in SEEDS])

# %% two sigmoids
broken = decode("two_sigmoids", z, nn.Sigmoid())
print(f"two_sigmoids lowest and highest pixel: {broken.min():.1f} {broken.max():.1f}")
print(f"two_sigmoids coverage: {coverage(broken):.2f}")
rows("two_sigmoids.png", broken[:SHOWN], decode("brief0", z)[:SHOWN])

# %% means
for run in ("kl_mean", "pixel_mean", "brief0"):
    recon_nll, kl = bound(run)
    fake = decode(run, z)
    print(f"{run} recon_nll and kl: {recon_nll:.1f} {kl:.1f}")
    print(f"{run} neg_elbo: {recon_nll + kl:.1f}")
    print(f"{run} latents_in_use: {(kl_per_latent(run) > 0.1).sum()}")  # a tenth of a nat or more
    print(f"{run} pixels_vary_by: {fake.std(axis=0).mean():.1f}")  # counts, from sample to sample
    print(f"{run} precision and coverage: {precision(fake):.2f} {coverage(fake):.2f}")
rows("means.png", *(decode(run, z)[:SHOWN] for run in ("kl_mean", "pixel_mean", "brief0")))

# %% log std
runs = [f"log_std{seed}" for seed in SEEDS]
with_its_noise = [sum(bound(run, 1.0)) for run in runs]  # z = mu + exp(logvar) * eps, as the broken program draws it
with_right_noise = [sum(bound(run)) for run in runs]
tell("log_std neg_elbo with its own noise", with_its_noise, 1)
tell("log_std neg_elbo with the right noise", with_right_noise, 1)
tell("log_std std_paid_for", [(0.5 * latents(run)[1]).exp().mean() for run in runs])
tell("log_std std_of_noise", [latents(run)[1].exp().mean() for run in runs])
tell("log_std coverage", [coverage(decode(run, z)) for run in runs])

fig, ax = plt.subplots(figsize=(6.4, 2.6))
for label, color, values in (
    ("broken, as it prints", "C3", with_its_noise),
    ("broken, right noise", "C4", with_right_noise),
    ("repaired", "C0", repaired),
):
    ax.plot(values, SEEDS, "o", color=color, label=label)
ax.set(xlabel="held-out −ELBO (nats)", yticks=SEEDS, yticklabels=[f"seed {seed}" for seed in SEEDS], ylim=(-0.5, 2.5))
fig.legend(loc="outside upper center", ncols=3)
fig.savefig("log_std.svg")
