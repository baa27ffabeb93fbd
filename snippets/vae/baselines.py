# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "numpy", "scipy", "matplotlib"]
#
# [tool.genloop.figures]
# "pixel_histogram.png" = "Two rows of eight samples from the model that draws every pixel alone: black and white noise in the middle, black at the sides, hardly a digit to be seen."
# ///
"""What a number of nats is worth: four models without a latent, on the same held-out digits."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import gammaln
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors

SPLIT_SEED, HELD_OUT, MAX_COUNT = 0, 600, 16  # the same digits as in vae/digits
SEED = 0  # the samples below

digits, labels = load_digits(return_X_y=True)
train_x, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED)


# %% models
def binomial_nll(p: np.ndarray, x: np.ndarray) -> float:
    """-log p(x) in nats per digit: every pixel Binomial(16, p), p (64,), x (B, 64)."""
    ways = gammaln(MAX_COUNT + 1) - gammaln(x + 1) - gammaln(MAX_COUNT - x + 1)
    return -(ways + x * np.log(p) + (MAX_COUNT - x) * np.log1p(-p)).sum(axis=1).mean()


# Every count was seen once more than it was, so that none has chance zero.
seen = np.stack([(train_x == count).sum(axis=0) + 1 for count in range(MAX_COUNT + 1)])  # (17, 64)
histogram = seen / seen.sum(axis=0)
mean = np.arange(MAX_COUNT + 1) @ histogram / MAX_COUNT  # (64,), each inside (0, 1)
histogram_nll = -np.log(histogram[held_out_x.astype(int), np.arange(64)]).sum(axis=1).mean()

print("half_on_nll:", f"{binomial_nll(np.full(64, 0.5), held_out_x):.1f}")
print("mean_digit_nll:", f"{binomial_nll(mean, held_out_x):.1f}")
print("any_count_nll:", f"{64 * np.log(MAX_COUNT + 1):.1f}")
print("pixel_histogram_nll:", f"{histogram_nll:.1f}")

# %% samples
rng = np.random.default_rng(SEED)
pixels = [rng.choice(MAX_COUNT + 1, size=HELD_OUT, p=histogram[:, pixel]) for pixel in range(64)]
samples = np.stack(pixels, axis=1)  # (600, 64)
# A held-out digit is covered if a sample is nearer than its fifth real neighbor.
fifth = NearestNeighbors(n_neighbors=5).fit(held_out_x).kneighbors()[0][:, -1]
nearest = NearestNeighbors(n_neighbors=1).fit(samples).kneighbors(held_out_x)[0][:, 0]
print("pixel_histogram_coverage:", f"{(nearest < fifth).mean():.2f}")

# %% figure
framed = np.pad(samples[:16].reshape(16, 8, 8), ((0, 0), (0, 2), (0, 2)), constant_values=MAX_COUNT // 4)
image = framed.reshape(2, 8, 10, 10).swapaxes(1, 2).reshape(20, 80)[:-2, :-2]
plt.imsave("pixel_histogram.png", image, cmap="gray", vmin=0, vmax=MAX_COUNT)
