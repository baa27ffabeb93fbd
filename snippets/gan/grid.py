# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/digits"]
#
# [tool.genloop.figures]
# "by_step.png" = "Grid of small digits: each row is one fixed latent, each column a later step of the training. Gray fog on the left becomes a digit on the right."
# "beside.png" = "Two blocks of 60 small digits side by side: real held-out digits on the left, generated digits on the right. Both are readable, in many handwritings."
# ///
"""What fixed latents become while the generator learns, and real digits beside generated ones."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

# %% constants
ROWS = 8  # fixed latents in the grid by step: the first ones, not the best ones
SIDE = 8  # pixels
SPLIT_SEED = 0  # the same digits are held out as in the training

# %% load
digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=600, stratify=labels, random_state=SPLIT_SEED)
saved = np.load("samples.npz")
steps, samples = saved["steps"], saved["samples"]  # (S,), (S, 600, 64): counts from 0 to 16
print("columns_are_steps:", *steps)


def tile(images: np.ndarray) -> np.ndarray:
    """Images (R, C, 64) as one array with a line of one pixel between them, 0.35 gray."""
    rows, columns, _ = images.shape
    sheet = np.full((rows * (SIDE + 1) - 1, columns * (SIDE + 1) - 1), 0.35)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (SIDE + 1), column * (SIDE + 1)
            sheet[top : top + SIDE, left : left + SIDE] = images[row, column].reshape(SIDE, SIDE) / 16
    return sheet


# %% by step
by_step = tile(samples[:, :ROWS].swapaxes(0, 1))  # rows: latents, columns: steps
plt.imsave("by_step.png", by_step, cmap="gray", vmin=0, vmax=1)
print("by_step_shape:", by_step.shape)

# %% beside
real = tile(held_out_x[:60].reshape(6, 10, -1))
fake = tile(samples[-1, :60].reshape(6, 10, -1))
gap = np.full((len(real), 5), 0.35)
beside = np.concatenate([real, gap, fake], axis=1)
plt.imsave("beside.png", beside, cmap="gray", vmin=0, vmax=1)
print("beside_shape:", beside.shape)
