# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits@latent4"]
#
# [tool.genloop.figures]
# "loop.svg" = "The loop in four pictures from runs, joined by arrows in a circle. Sample: two rows of four random numbers. Decode: the two digits that a trained decoder makes of them. Review: a bar for each class, how many of 600 samples look like it; some classes come too often, some too seldom. Compare: the same two latents before training, gray squares, and after it, digits, with the coverage of both. An arrow leads back to sample: change one thing."
# ///
"""The loop sample, decode, review, compare, drawn from runs: the latents of the first program, all the way round."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch import Tensor, nn

HELD_OUT, NEAREST_K = 600, 5  # as many samples as held-out digits; the k for which coverage was published
torch.set_num_threads(1)
torch.set_grad_enabled(False)

# %% sample
torch.manual_seed(0)
latent = torch.randn(2, 4)  # the very numbers of the first program
more = torch.randn(HELD_OUT, 4)  # two samples can be looked at; a review needs many

# %% decode
decoder = nn.Sequential(nn.Linear(4, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid())
before = decoder(latent), decoder(more)
decoder.load_state_dict(load_file("latent4/decoder.safetensors"))  # trained in lesson 6.6.3
after = decoder(latent), decoder(more)

# %% review
digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, train_y, _ = train_test_split(
    digits / 16, labels, test_size=HELD_OUT, stratify=labels, random_state=0
)
classifier = KNeighborsClassifier(n_neighbors=5).fit(train_x, train_y)
counts = np.bincount(classifier.predict(after[1].numpy()), minlength=10)
print("samples_per_class:", *counts)


# %% compare
def coverage(fake: np.ndarray) -> float:
    """Share of held-out digits with a fake one within the distance of their k-th held-out neighbor."""
    own = NearestNeighbors(n_neighbors=NEAREST_K + 1).fit(held_out_x).kneighbors(held_out_x)[0][:, -1]
    return float((NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(held_out_x)[0][:, 0] <= own).mean())


coverages = [coverage(version[1].numpy()) for version in (before, after)]
print("coverage before, after:", *(f"{value:.2f}" for value in coverages))
real, _ = train_test_split(train_x, train_size=HELD_OUT, stratify=train_y, random_state=0)
print("coverage of as many training digits:", f"{coverage(real):.2f}")

# %% draw
# Four corners of one picture, clockwise. All places are shares of the figure; text is large enough for a phone.
CORNERS = {"sample": (0.01, 0.62), "decode": (0.57, 0.62), "review": (0.57, 0.06), "compare": (0.01, 0.06)}
WIDTH, HEIGHT = 0.42, 0.27
fig = plt.figure(figsize=(4.8, 4.7), layout="none")


def corner(step: str, what: str, color: str) -> Axes:
    """The place of one step: its name, what is seen, and empty axes below."""
    left, bottom = CORNERS[step]
    fig.text(left, bottom + HEIGHT + 0.065, step, color=color, weight="bold", size=14)
    fig.text(left, bottom + HEIGHT + 0.02, what, size=11)
    ax = fig.add_axes((left, bottom, WIDTH, HEIGHT))
    ax.axis("off")
    return ax


def show(ax: Axes, pictures: Tensor, top: float) -> None:
    """Two digits side by side, each a square of side 1, `top` below the upper end."""
    for column, picture in enumerate(pictures.reshape(-1, 8, 8).numpy()):
        place = (1.1 * column, 1.1 * column + 1, top + 1, top)
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=place, interpolation="none")


ax = corner("sample", "random numbers", "C4")
for row, numbers in enumerate(latent.tolist()):
    for column, number in enumerate(numbers):
        color, strength = ("C1" if number > 0 else "C0"), 0.6 * abs(number) / latent.abs().max().item()
        ax.add_patch(Rectangle((column, row), 0.96, 0.94, color=color, alpha=strength))
        ax.text(column + 0.48, row + 0.47, f"{number:.2f}", ha="center", va="center", size=11)
ax.set(xlim=(0, 4), ylim=(2.3, 0))

ax = corner("decode", "one digit for each row", "C0")
show(ax, after[0], top=0)
ax.set(xlim=(0, 2.1), ylim=(1.32, 0), anchor="NW")

ax = corner("review", f"{HELD_OUT} samples by class", "C1")
ax.bar(range(10), counts, color="C1", width=0.8)
ax.plot((-0.5, 9.5), 2 * (HELD_OUT / 10,), color="C2", linestyle="--", linewidth=1.6)  # as many of each
for digit in range(10):
    ax.text(digit, -1, f"{digit}", ha="center", va="top", size=11)
ax.set(xlim=(-0.5, 9.5), ylim=(-8, counts.max()))

ax = corner("compare", "coverage by version", "C2")
for top, pictures, name, value in ((0, before[0], "before", coverages[0]), (1.1, after[0], "after", coverages[1])):
    show(ax, pictures, top)
    ax.text(2.25, top + 0.5, f"{name}\n{value:.2f}", va="center", size=11)
ax.set(xlim=(0, 3.3), ylim=(2.1, 0), anchor="NW")

for start, end in (
    ((0.45, 0.78), (0.54, 0.78)), ((0.77, 0.57), (0.77, 0.48)), ((0.54, 0.2), (0.45, 0.2)), ((0.2, 0.48), (0.2, 0.57)),
):  # fmt: skip
    arrow = FancyArrowPatch(start, end, transform=fig.transFigure, arrowstyle="-|>", mutation_scale=16, linewidth=2)
    arrow.set_color("#80868f")  # between the two papers: readable on the light and on the dark page
    fig.add_artist(arrow)
fig.text(0.235, 0.525, "change one thing", size=11, va="center")
fig.savefig("loop.svg")
