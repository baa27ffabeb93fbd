# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "torch>=2.4", "numpy", "safetensors", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier", "review/controls", "gan/digits", "gan/digits@seed[1-4]*", "gan/digits@no_r1", "gan/digits@no_r1_seed*", "vae/digits", "vae/digits@seed*", "vae/digits@eight*", "vae/digits@beta1_*", "vae/digits@beta3_*", "vae/digits@beta10_*", "vae/digits@plain*", "bridge/flow_digits", "bridge/flow_digits@seed*"]
#
# [tool.genloop.figures]
# "plane.svg" = "Precision across, coverage upwards, both in features, eleven numbered sets with error bars over five seeds. Real digits at the top right. Just below, close together: two GANs, flow matching, PCA with a kernel density, and the VAE with beta 10. The VAE with two latents has more precision and less coverage; VAEs with sixteen latents fall to the lower left as beta falls; the autoencoder with a fitted normal is at the bottom left. An inset enlarges the five that lie close together."
# "metrics.svg" = "Dot chart, twelve sets in rows, five metrics in columns with ranges over seeds. Precision, recall and coverage are high for GANs, flow matching and PCA with a kernel density; the autoencoder from a standard normal is low in the first three; recall is low for the VAE with two latents and for beta 10; class total variation is lowest for real digits, the GAN with R1, flow matching and PCA; the judge tells real digits apart in half of the cases, the GANs in two thirds, all others in more."
# "models.svg" = "Twelve rows of fourteen samples, each row with its name: real digits; GAN with R1; GAN without R1; flow matching; VAE with two latents; with eight; with sixteen and beta 1, 3 and 10; autoencoder from a standard normal; from a fitted normal; PCA with a kernel density. The GANs and the flow have sharp strokes, VAEs softer ones, the autoencoder many that are no digit."
# "paired.svg" = "Five named rows of fourteen samples from the same sixteen latents in each column: VAEs with beta 1, 3 and 10 agree in class in many columns, two other seeds of beta 3 hardly ever."
# ///
"""All models of the chapter on one yardstick: five seeds each, 600 samples against the same 600 held-out digits."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from genloop.data import digits
from genloop.figures import grid
from genloop.review import Classifier, class_balance, classifier_accuracy, copying, neighborhood

# %% data
SEEDS = (0, 1, 2, 3, 4)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # the type in which the weights were trained
data = digits()
classifier = Classifier.load("classifier.safetensors")
size = len(data.held_out_x)
held_out = classifier.features(data.held_out_x)


# %% samples
def latents(seed: int, width: int) -> Tensor:
    return torch.randn(size, width, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def decode(folder: str, z: Tensor) -> np.ndarray:
    """Pixel means of a VAE or autoencoder as counts, rounded. (600, 64)"""
    decoder = nn.Sequential(
        nn.Linear(z.shape[1], 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid()
    )
    decoder.load_state_dict(load_file(Path(folder, "decoder.safetensors")))
    return (16 * decoder(z)).round().numpy()


def fitted_normal(folder: str, seed: int) -> Tensor:
    """Latents from a normal with the mean and covariance of the training digits' own."""
    mu = torch.from_numpy(np.load(Path(folder, "latents.npz"))["train_mu"])
    return mu.mean(dim=0) + latents(seed, mu.shape[1]) @ torch.linalg.cholesky(mu.T.cov()).T


def saved(file: str) -> np.ndarray:
    """Counts that a training program saved; of several checkpoints the last. (600, 64)"""
    return np.load(file)["samples"].reshape(-1, size, 64)[-1].astype(float)


def first(seed: int) -> str:
    """Folder of a seed: the lessons' own runs lie beside this program."""
    return f"seed{seed}/" if seed else ""


MODELS = {
    "real digits": [data.train_x[np.random.default_rng(seed).permutation(len(data.train_x))[:size]] for seed in SEEDS],
    "GAN, R1": [saved(f"{first(seed)}samples.npz") for seed in SEEDS],
    "GAN, no R1": [saved(f"no_r1{f'_seed{seed}' if seed else ''}/samples.npz") for seed in SEEDS],
    "flow matching": [saved(f"{first(seed)}flow_samples.npz") for seed in SEEDS],
    "VAE, 2 latents": [decode(first(seed), latents(seed, 2)) for seed in SEEDS],
    "VAE, 8 latents": [decode(f"eight{seed}", latents(seed, 8)) for seed in SEEDS],
    "VAE, 16, beta 1": [decode(f"beta1_{seed}", latents(seed, 16)) for seed in SEEDS],
    "VAE, 16, beta 3": [decode(f"beta3_{seed}", latents(seed, 16)) for seed in SEEDS],
    "VAE, 16, beta 10": [decode(f"beta10_{seed}", latents(seed, 16)) for seed in SEEDS],
    "autoencoder, N(0, I)": [decode(f"plain{seed}", latents(seed, 16)) for seed in SEEDS],
    "autoencoder, fitted": [decode(f"plain{seed}", fitted_normal(f"plain{seed}", seed)) for seed in SEEDS],
    "PCA + KDE": list(np.load("baseline.npz")["pca_kde"].astype(float)),
}


# %% measure
LABELS = (
    "precision",
    "recall",
    "coverage",
    "precision_px",
    "recall_px",
    "coverage_px",
    "class_tv",
    "copied",
    "accuracy",
)


def scores(x: np.ndarray, train: np.ndarray) -> tuple[float, ...]:
    """Fidelity and diversity in features and in pixels, class balance, near copies, and a judge's accuracy."""
    features, pixels = neighborhood(held_out, classifier.features(x)), neighborhood(data.held_out_x, x)
    return (
        features.precision, features.recall, features.coverage, pixels.precision, pixels.recall, pixels.coverage,
        class_balance(classifier, data.held_out_x, x).tv, copying(x, train, data.held_out_x).copied,
        classifier_accuracy(data.held_out_x, x),
    )  # fmt: skip


def unseen(x: np.ndarray) -> np.ndarray:
    """The training digits that are not in x: real digits are not copies of themselves."""
    mine = {row.tobytes() for row in x}
    return np.stack([row for row in data.train_x if row.tobytes() not in mine])


table = {}
for name, runs in MODELS.items():
    table[name] = np.array([scores(x, unseen(x) if name == "real digits" else data.train_x) for x in runs])  # (5, 9)
    for label, values in zip(LABELS, table[name].T, strict=True):
        print(f"{name} {label}: {values.mean():.2f} {values.min():.2f} {values.max():.2f}")

# %% plane
fig, ax = plt.subplots(figsize=(6.4, 6.2))
# Five sets lie close together, so their place is drawn again, larger.
crowd = ax.inset_axes((0.07, 0.6, 0.42, 0.38), xlim=(0.836, 0.946), ylim=(0.862, 0.952))
near = {name: runs for name, runs in table.items() if runs[:, 0].mean() > 0.5}
for number, (name, runs) in enumerate(near.items(), 1):  # the autoencoder from N(0, I) is far outside: see the caption
    x, y = runs[:, 0], runs[:, 2]
    error = [[[v.mean() - v.min()], [v.max() - v.mean()]] for v in (x, y)]
    color = f"C{(number - 1) % 6}"
    for part in (ax, crowd):
        part.errorbar(x.mean(), y.mean(), xerr=error[0], yerr=error[1], color=color, alpha=0.35)
        part.plot(x.mean(), y.mean(), linestyle="", marker=f"${number}$", markersize=9, color=color, label=name)
ax.set(xlabel="precision (features)", ylabel="coverage (features)", xlim=(0.55, 1), ylim=(0.45, 1))
crowd.tick_params(labelsize=8)
ax.indicate_inset_zoom(crowd)
ax.legend(loc="lower right", fontsize=9)
fig.savefig("plane.svg")

# %% metrics
shown = (
    ("precision", "precision"),
    ("recall", "recall"),
    ("coverage", "coverage"),
    ("class_tv", "class TV"),
    ("accuracy", "judge"),
)
fig, axes = plt.subplots(1, 5, figsize=(6.6, 4.6), sharey=True)
for ax, (label, title) in zip(axes, shown, strict=True):
    for row, runs in enumerate(reversed(table.values())):
        values = runs[:, LABELS.index(label)]
        ax.plot([values.min(), values.max()], [row, row], color="C0", linewidth=3, alpha=0.4)
        ax.plot(values.mean(), row, "o", color="C0", markersize=5)
    ax.set_title(title, fontweight="normal", fontsize=10)
    ax.set(xlim=(-0.08, 1.08), xticks=(0, 1))
axes[0].set_yticks(range(len(table)), labels=list(table)[::-1])
fig.supxlabel("mean and range of five seeds", fontsize=10)
fig.savefig("metrics.svg")


# %% grid
def named_rows(rows: dict[str, np.ndarray], file: str) -> None:
    """A picture with one row of samples for each name. rows: name -> counts, (14, 64)"""
    tiles = np.concatenate(list(rows.values())).reshape(-1, 8, 8) / 16
    fig, ax = plt.subplots(figsize=(6.6, 0.34 * len(rows)))
    ax.imshow(grid(tiles, columns=14), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_yticks(3.5 + 10 * np.arange(len(rows)), labels=list(rows))
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    fig.savefig(file, bbox_inches="tight")


named_rows({name: runs[0][:14] for name, runs in MODELS.items()}, "models.svg")

# %% paired
# Latents can be shared where the prior is the same: five VAEs with sixteen latents, the same column of numbers.
z = latents(9, 16)[:14]
folders = {"beta 1": "beta1_0", "beta 3": "beta3_0", "beta 10": "beta10_0"}
folders |= {f"beta 3, seed {seed}": f"beta3_{seed}" for seed in (1, 2)}
named_rows({name: decode(folder, z) for name, folder in folders.items()}, "paired.svg")
same = latents(10, 16)
said = [classifier.predict(decode(folder, same)) for folder in ("beta3_0", "beta1_0", "beta10_0", "beta3_1", "beta3_2")]
for folder, other in zip(("beta 1", "beta 10", "seed 1", "seed 2"), said[1:], strict=True):
    print(f"same class as beta 3 seed 0, {folder}: {(said[0] == other).mean():.2f}")
