# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "scipy", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["gan/digits@short*", "gan/digits@two_sigmoids*", "gan/digits@tanh", "gan/digits@scaled", "gan/digits@train_mode"]
#
# [tool.genloop.figures]
# "two_sigmoids.svg" = "Two line charts over 400 steps, three seeds each. Above, with two sigmoids: both losses move for less than 100 steps and then lie exactly on the dashed lines at ln 4 and ln 2. Below, with one: d_loss stays a little below ln 4 and g_loss a little above ln 2, and both keep jumping."
# "two_sigmoids.png" = "Two rows of twelve generated digits from the same latents. Above, with two sigmoids: blots, fragments and nearly empty images. Below, with one: mostly readable digits."
# "tanh.png" = "Three rows of twelve images. The first, with tanh, shows soft digits. The second shows what lies below zero in the same images: faint gray spots in most of them. The third, with sigmoid, shows digits from the same latents."
# "pixels.svg" = "Histogram of pixel values in counts on a logarithmic axis. Held-out digits and the generator with sigmoid lie between 0 and 16. The generator with tanh also puts values from zero down to about minus 13."
# "train_mode.png" = "Three rows of twelve generated digits from the same latents. Above: in train mode, in pairs with one partner. Middle: in train mode, in pairs with another partner, mostly other shapes. Below: in eval mode, mostly readable digits."
# ///
"""The GAN on digits with one line changed: two sigmoids, the wrong output range, BatchNorm in the wrong mode."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

# %% constants
SEED = 0  # of the latents; none of the runs has seen them
SEEDS = (0, 1, 2)  # of the runs
LATENT_DIM, HELD_OUT = 32, 600
SHOWN = 12  # samples in a row of a figure: the first ones, not the best ones

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents for every model
digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)


# %% models
def load(run: str, last: nn.Module) -> nn.Sequential:
    """The averaged generator of a run, in eval mode. last: what its program ends with."""
    generator = nn.Sequential(
        nn.Linear(LATENT_DIM, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2),
        nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.LeakyReLU(0.2),
        nn.Linear(256, 64), last,
    )  # fmt: skip
    generator.load_state_dict(load_file(f"{run}/generator.safetensors"))
    return generator.double().eval()


@torch.no_grad()
def sample(generator: nn.Module, z: Tensor) -> np.ndarray:
    """Images in the unit of the data, counts of 16, not rounded and not clipped. (B, 64)"""
    return (16 * generator(z)).numpy()


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
    """Rows of SHOWN images with gray lines of two pixels between them; values outside 0 to 16 are clipped."""
    sheet = np.stack([row[:SHOWN].clip(0, 16) for row in images]).reshape(len(images), SHOWN, 8, 8)
    framed = np.pad(sheet, ((0, 0), (0, 0), (0, 2), (0, 2)), constant_values=4)
    image = framed.swapaxes(1, 2).reshape(10 * len(images), 10 * SHOWN)[:-2, :-2]
    plt.imsave(file, image, cmap="gray", vmin=0, vmax=16)


# %% repaired twin
repaired = [sample(load(f"short{seed}", nn.Sigmoid()), z) for seed in SEEDS]
tell("repaired precision", [precision(fake) for fake in repaired])
tell("repaired coverage", [coverage(fake) for fake in repaired])

# %% two sigmoids
history = {
    name: [np.load(f"{name}{seed}/history.npz")["history"].astype(float) for seed in SEEDS]
    for name in ("two_sigmoids", "short")
}
for name, runs in history.items():
    for column, label in enumerate(("d_loss", "g_loss", "r1")):
        tell(f"{name} {label}", [run[-100:, column].mean() for run in runs], 3)
    tell(f"{name} d_loss_varies_by", [run[-100:, 0].std() for run in runs], 3)  # from batch to batch
print(f"ln_4 and ln_2: {math.log(4):.3f} {math.log(2):.3f}")
broken = [sample(load(f"two_sigmoids{seed}", nn.Sigmoid()), z) for seed in SEEDS]
tell("two_sigmoids precision", [precision(fake) for fake in broken])
tell("two_sigmoids coverage", [coverage(fake) for fake in broken])
rows("two_sigmoids.png", broken[0], repaired[0])

fig, axes = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True)
for ax, (name, title) in zip(axes, (("two_sigmoids", "two sigmoids"), ("short", "one sigmoid")), strict=True):
    for seed, run in enumerate(history[name]):
        for column, color, label in ((0, "C0", "d_loss"), (1, "C1", "g_loss")):
            ax.plot(run[:, column], color=color, linewidth=0.8, label=None if seed else label)
    for even in (4, 2):
        ax.axhline(math.log(even), color="C4", linestyle="--", linewidth=1)
        ax.annotate(f"ln {even}", (1, math.log(even)), (4, 0), xycoords=("axes fraction", "data"),
                    textcoords="offset points", color="C4", va="center")  # fmt: skip
    ax.set(title=title, ylabel="nats", ylim=(0.4, 1.8))
axes[1].set_xlabel("step")
axes[0].legend(loc="upper right", ncols=2)
fig.savefig("two_sigmoids.svg")

# %% output range
tanh = sample(load("tanh", nn.Tanh()), z)
negative = tanh < -0.5  # what would round to less than no ink
print(f"tanh lowest_pixel: {tanh.min():.1f}")
print(f"tanh negative_pixels: {negative.mean():.2f}")
print(f"tanh images_with_some: {negative.any(axis=1).mean():.2f}")
tell("tanh coverage as it is, clipped", [coverage(tanh), coverage(tanh.clip(0, 16))])
scaled = np.load("scaled/history.npz")["history"][-100:].astype(float).mean(axis=0)
print(f"scaled losses: {scaled[0]:.2f} {scaled[1]:.1f}")
rows("tanh.png", tanh, -tanh, repaired[0])

fig, ax = plt.subplots(figsize=(6.4, 3.0))
edges = np.arange(-14, 18) - 0.5
for values, color, label in ((held_out_x, "C1", "held out"), (repaired[0], "C0", "sigmoid"), (tanh, "C3", "tanh")):
    ax.stairs(np.histogram(values, edges)[0] / values.size, edges, color=color, label=label, linewidth=1.6)
ax.set(xlabel="pixel (counts)", ylabel="share of pixels", yscale="log", ylim=(1e-5, 2))
ax.legend(loc="upper left")
fig.savefig("pixels.svg")


# %% batchnorm
def in_batches(run: str, batch: int, order: Tensor | None = None) -> np.ndarray:
    """The generator of a run in train mode, as its program leaves it; the latents come `batch` at a time."""
    generator = load(run, nn.Sigmoid()).train()
    order = torch.arange(HELD_OUT) if order is None else order
    images = np.empty((HELD_OUT, 64))
    for part in order.split(batch):
        images[part] = sample(generator, z[part])
    return images


partners = torch.arange(HELD_OUT).reshape(-1, 2)
others = torch.stack([partners[:, 0], partners[:, 1].roll(1)], dim=1).flatten()  # each latent in another pair
once, again = in_batches("train_mode", 2), in_batches("train_mode", 2, others)
in_eval = np.empty((HELD_OUT, 64))
generator = load("short0", nn.Sigmoid())
for pair in others.split(2):
    in_eval[pair] = sample(generator, z[pair])
print(f"train_mode pixels_differ_by: {np.sqrt(((once - again) ** 2).mean()):.1f}")  # counts, root mean square
print(f"eval_mode pixels_differ_by: {np.sqrt(((in_eval - repaired[0]) ** 2).mean()):.1f}")
for batch in (2, 4, 8, 16, 64, HELD_OUT):
    fake = in_batches("train_mode", batch)
    print(f"train_mode batch={batch} precision={precision(fake):.2f} coverage={coverage(fake):.2f}")
tell("three trainings, in pairs, coverage", [coverage(in_batches(f"short{seed}", 2)) for seed in SEEDS])
rows("train_mode.png", once, again, repaired[0])
