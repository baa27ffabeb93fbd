# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors", "scikit-learn", "matplotlib"]
#
# [tool.genloop]
# needs = ["vae/digits@beta*_*"]
# files = ["samples.npz"]
#
# [tool.genloop.figures]
# "plane.svg" = "Rate-distortion plane: KL across, reconstruction upwards, both in nats. Six groups of five marks form a falling curve from small beta at the bottom right to large beta at the top left; a dashed line of slope minus one touches it at beta 1."
# "quality.svg" = "Two line charts over beta, five marks each: precision rises with beta from about 0.6 to 0.99; coverage rises from less than 0.5 to above 0.9 at beta 3 and 10, and falls below 0.7 at beta 30."
# "units.svg" = "Bars for each of sixteen latents, sorted, for four values of beta: with beta 0.1 fifteen latents carry two and a half to four nats and the last one less than one, with beta 1 eleven carry something, with beta 10 four, about one nat each, with beta 30 three, half a nat each."
# "samples.png" = "Six rows of fourteen samples, one row per beta from 0.1 at the top to 30 at the bottom: broken strokes at the top, clear varied digits in the middle, few smooth shapes at the bottom."
# ///
"""One VAE, six values of beta, five seeds each: what beta trades, and where samples are best."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from torch import nn

# %% runs
BETAS, SEEDS = (0.1, 0.3, 1, 3, 10, 30), (0, 1, 2, 3, 4)
LATENT_DIM, MAX_COUNT = 16, 16
HELD_OUT = 600  # never trained on; as many samples are drawn
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)  # the latents of the samples

digits, labels = load_digits(return_X_y=True)
train_x, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)
z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents for all models


# %% samples
@torch.no_grad()
def sample(folder: str) -> np.ndarray:
    """600 samples of a model as mean counts from 0 to 16, (600, 64)."""
    decoder = nn.Sequential(
        nn.Linear(LATENT_DIM, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid()
    )
    decoder.load_state_dict(load_file(f"{folder}/decoder.safetensors"))
    return (MAX_COUNT * decoder(z)).numpy()


def radius(x: np.ndarray, k: int) -> np.ndarray:
    """Distance of each point to its k-th neighbor; a point is its own first one, so one more is asked for."""
    return NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, -1]


def precision(real: np.ndarray, fake: np.ndarray, k: int = 3) -> float:
    """Share of samples within the k-th neighbor's distance of some real digit. Kynkaanniemi et al. 2019."""
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radius(real, k)).any(axis=1).mean())


def coverage(real: np.ndarray, fake: np.ndarray, k: int = 5) -> float:
    """Share of real digits with a sample within the distance of their k-th real neighbor. Naeem et al. 2020."""
    return float((NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(real)[0][:, 0] <= radius(real, k)).mean())


# %% measure
half, _ = train_test_split(train_x, train_size=HELD_OUT, random_state=0)
print("real_against_real precision, coverage:", f"{precision(held_out_x, half):.2f} {coverage(held_out_x, half):.2f}")
rows, units, grids = [], {}, {}
for beta in BETAS:
    for seed in SEEDS:
        folder = f"beta{beta:g}_{seed}"
        recon_nll, kl = np.load(f"{folder}/vae_history.npz")["history"][-1, 2:]  # held out
        latents = np.load(f"{folder}/latents.npz")
        mu, logvar = latents["held_out_mu"], latents["held_out_logvar"]
        units[beta, seed] = np.sort(0.5 * (mu**2 + np.expm1(logvar) - logvar).mean(axis=0))[::-1]
        active = int((mu.var(axis=0) > 0.01).sum())  # the count of Burda et al. 2016
        in_use = int((units[beta, seed] > 0.1).sum())  # latents that carry at least a tenth of a nat
        grids[beta, seed] = sample(folder)
        rows.append([
            beta, kl, recon_nll, kl + recon_nll, active, in_use,
            precision(held_out_x, grids[beta, seed]), coverage(held_out_x, grids[beta, seed]),
        ])  # fmt: skip
table = np.array(rows).reshape(len(BETAS), len(SEEDS), 8)

# %% table
for beta, group in zip(BETAS, table, strict=True):
    mean = group.mean(axis=0)
    print(
        f"beta={beta:g} rate={mean[1]:.1f} distortion={mean[2]:.1f} neg_elbo={mean[3]:.1f} active={mean[4]:.1f}"
        f" in_use={mean[5]:.1f} precision={mean[6]:.2f} coverage={mean[7]:.2f}"
        f" least={group[:, 7].min():.2f} most={group[:, 7].max():.2f}"
    )
means = table.mean(axis=1)
print("lowest_neg_elbo at_beta:", f"{BETAS[means[:, 3].argmin()]:g}")
print("highest_coverage at_beta:", f"{BETAS[means[:, 7].argmax()]:g}")
print("highest_precision at_beta:", f"{BETAS[means[:, 6].argmax()]:g}")

# %% plane
fig, ax = plt.subplots(figsize=(6.4, 4.4))
for column, (beta, group) in enumerate(zip(BETAS, table, strict=True)):
    ax.plot(group[:, 1], group[:, 2], "o", color=f"C{column}", label=f"beta {beta:g}")
ax.plot(means[:, 1], means[:, 2], color="C0", linewidth=0.8, zorder=0)
ends = np.array([0, means[2, 3]])
ax.plot(ends, means[2, 3] - ends, "--", color="C1", linewidth=1, label="equal −ELBO")
ax.set(xlabel="rate: kl (nats per digit)", ylabel="distortion: recon_nll (nats per digit)")
ax.set(xlim=(0, means[0, 1] * 1.08), ylim=(40, means[-1, 2] * 1.08))
ax.legend(ncols=2)
fig.savefig("plane.svg")

# %% quality
fig, axes = plt.subplots(2, 1, figsize=(6.4, 4.8), sharex=True)
for ax, column, name in ((axes[0], 6, "precision"), (axes[1], 7, "coverage")):
    ax.plot(BETAS, means[:, column], color="C0", linewidth=0.8)
    for seed in SEEDS:
        ax.plot(BETAS, table[:, seed, column], "o", color=f"C{seed}", markersize=5, label=f"seed {seed}")
    ax.set(ylabel=name, ylim=(0, 1.02))
axes[1].set(xscale="log", xlabel="beta")
axes[1].set_xticks(BETAS, labels=[f"{beta:g}" for beta in BETAS])
axes[1].minorticks_off()
axes[0].legend(loc="lower right", ncols=2)
fig.savefig("quality.svg")

# %% units
fig, axes = plt.subplots(2, 2, figsize=(6.4, 4.4), sharex=True, sharey=True)
for ax, beta in zip(axes.flat, (0.1, 1, 10, 30), strict=True):
    ax.bar(range(1, LATENT_DIM + 1), units[beta, 0], color="C0")
    ax.set_title(f"beta {beta:g}", fontweight="normal", fontsize=10)
    ax.set_xticks((1, 8, 16))
fig.supxlabel("latent, sorted")
fig.supylabel("kl (nats)")
fig.savefig("units.svg")

# %% grid
strip = np.stack([grids[beta, 0][:14] for beta in BETAS]).reshape(len(BETAS), 14, 8, 8)
framed = np.pad(strip, ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=MAX_COUNT // 4)
image = framed.swapaxes(1, 2).reshape(len(BETAS) * 10, 140)[:-2, :-2]
plt.imsave("samples.png", image, cmap="gray", vmin=0, vmax=MAX_COUNT)
np.savez_compressed("samples.npz", **{f"beta{beta:g}_{seed}": grid for (beta, seed), grid in grids.items()})
