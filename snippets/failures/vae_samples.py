# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "scipy", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits@beta30_*", "vae/digits@beta1_*", "vae/digits@plain*", "vae/digits", "vae/latent", "vae/latent@rebuilt"]
#
# [tool.genloop.figures]
# "beta.png" = "Two rows of twelve samples from the same latents. Above, beta 30: soft, blurred shapes that differ little. Below, beta 1: digits of many kinds, sharper."
# "beta.svg" = "Bars of the KL of each of sixteen latents, sorted. With beta 30 three latents carry about half a nat each and thirteen nothing. With beta 1 nine latents carry about one and a half to two and a half nats each, a tenth about two thirds of a nat, and an eleventh a little."
# "plain.png" = "Two rows of twelve samples from the same latents. Above, the plain autoencoder: broken strokes and blots. Below, the VAE: mostly readable digits."
# "rebuilt.png" = "Three rows of twelve images. The first, held-out digits. The second, what the broken program calls samples: the same digits, rebuilt. The third, real samples: other digits, some of them mixtures."
# ///
"""Samples that are not what they seem: latents that say nothing, an autoencoder without a prior, reconstructions."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

# %% constants
SEED = 0  # of the latents of samples
SEEDS = (0, 1, 2)  # of the runs
LATENT_DIM, MAX_COUNT, HELD_OUT = 16, 16, 600
SHOWN = 12

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents for every model
digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)


# %% models
def load(run: str) -> nn.Sequential:
    """The decoder of a run."""
    decoder = nn.Sequential(nn.Linear(LATENT_DIM, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64))
    decoder.load_state_dict(load_file(f"{run}/decoder.safetensors"))
    return decoder


@torch.no_grad()
def decode(run: str, z: Tensor) -> np.ndarray:
    """Mean counts from 0 to 16 for latents z (B, 16). (B, 64)"""
    return (MAX_COUNT * load(run)(z).sigmoid()).numpy()


def latents(run: str) -> tuple[Tensor, Tensor]:
    """mu and logvar of the held-out digits, as the run saved them."""
    saved = np.load(f"{run}/latents.npz")
    return torch.from_numpy(saved["held_out_mu"]), torch.from_numpy(saved["held_out_logvar"])


def kl_per_latent(run: str) -> np.ndarray:
    mu, logvar = latents(run)
    return (0.5 * (mu.square() + torch.expm1(logvar) - logvar)).mean(dim=0).numpy()


# %% metrics
# Distance of each held-out digit to its third and fifth neighbor; a digit is its own first one.
between = np.sort(cdist(held_out_x, held_out_x), axis=1)
reach_3, reach_5 = between[:, 3], between[:, 5]


def precision(fake: np.ndarray) -> float:
    """Share of samples within the third neighbor's distance of some held-out digit."""
    return float((cdist(fake, held_out_x) <= reach_3).any(axis=1).mean())


def coverage(fake: np.ndarray) -> float:
    """Share of held-out digits with a sample within the distance of their fifth neighbor."""
    return float((cdist(fake, held_out_x) <= reach_5).any(axis=0).mean())


def tell(label: str, values: list[float], digits: int = 2) -> None:
    """One line: a label, and a number for each seed."""
    print(f"{label}:", *(f"{value:.{digits}f}" for value in values))


def rows(file: str, *images: np.ndarray) -> None:
    """Rows of images, counts from 0 to 16, with gray lines of two pixels between them."""
    sheet = np.stack(images).reshape(len(images), -1, 8, 8)
    framed = np.pad(sheet, ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=4)
    image = framed.swapaxes(1, 2).reshape(10 * len(images), -1)[:-2, :-2]
    plt.imsave(file, image, cmap="gray", vmin=0, vmax=MAX_COUNT)


# %% beta
for name, prefix in (("beta 30", "beta30_"), ("beta 1", "beta1_")):
    runs = [f"{prefix}{seed}" for seed in SEEDS]
    tell(f"{name} latents_in_use", [(kl_per_latent(run) > 0.1).sum() for run in runs], 0)  # a tenth of a nat or more
    tell(f"{name} pixels_vary_by", [decode(run, z).std(axis=0).mean() for run in runs], 1)  # counts
    tell(f"{name} precision", [precision(decode(run, z)) for run in runs])
    tell(f"{name} coverage", [coverage(decode(run, z)) for run in runs])
print(f"held_out pixels_vary_by: {held_out_x.std(axis=0).mean():.1f}")
rows("beta.png", decode("beta30_0", z)[:SHOWN], decode("beta1_0", z)[:SHOWN])

fig, axes = plt.subplots(1, 2, figsize=(6.4, 2.6), sharey=True)
for ax, run, color, title in ((axes[0], "beta30_0", "C3", "beta 30"), (axes[1], "beta1_0", "C0", "beta 1")):
    ax.bar(range(1, LATENT_DIM + 1), np.sort(kl_per_latent(run))[::-1], color=color)
    ax.set(title=title, xlabel="latent, sorted", xticks=(1, 4, 8, 12, 16))
    ax.grid(visible=False, axis="x")
axes[0].set_ylabel("kl (nats)")
fig.savefig("beta.svg")

# %% plain autoencoder
for name, prefix in (("plain", "plain"), ("vae", "beta1_")):
    runs = [f"{prefix}{seed}" for seed in SEEDS]
    rebuilt = [decode(run, latents(run)[0]) for run in runs]
    tell(f"{name} rebuilding_error", [np.sqrt(((x - held_out_x) ** 2).mean()) for x in rebuilt])  # counts
    tell(f"{name} std_of_mu", [latents(run)[0].std(dim=0).mean() for run in runs], 1)
    tell(f"{name} precision", [precision(decode(run, z)) for run in runs])
    tell(f"{name} coverage", [coverage(decode(run, z)) for run in runs])
rows("plain.png", decode("plain0", z)[:SHOWN], decode("beta1_0", z)[:SHOWN])


# %% reconstructions
def own(images: np.ndarray) -> float:
    """Share of images whose nearest held-out digit is the one in the same place of the list."""
    return float((cdist(images, held_out_x).argmin(axis=1) == np.arange(HELD_OUT)).mean())


runs = [f"beta1_{seed}" for seed in SEEDS]
for name, sets in (
    ("rebuilt", [decode(run, latents(run)[0]) for run in runs]),
    ("sampled", [decode(run, z) for run in runs]),
):
    tell(f"{name} precision", [precision(images) for images in sets])
    tell(f"{name} coverage", [coverage(images) for images in sets])
    tell(f"{name} nearest_is_its_own", [own(images) for images in sets])


def first_row(file: str) -> np.ndarray:
    """The twelve images in the upper row of a picture of vae/latent, as counts (12, 64)."""
    picture = plt.imread(file)[:8, :, 0] * MAX_COUNT
    return np.stack([picture[:, 10 * column : 10 * column + 8].ravel() for column in range(12)])


originals = np.load("latents.npz")["held_out_x"][:12]
rows("rebuilt.png", originals, first_row("rebuilt/samples.png"), first_row("samples.png"))
