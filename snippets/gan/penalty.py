# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn", "numpy"]
#
# [tool.genloop]
# needs = ["gan/digits", "gan/digits@no_r1"]
# ///
"""The same training with and without the R1 penalty: losses at the end, and coverage step by step."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors

# %% constants
SPLIT_SEED = 0  # the same split as in the training
NEAREST_K = 5
RUNS = {"with_r1": "", "no_r1": "no_r1/"}  # name: folder of the run's files

# %% yardstick
digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=600, stratify=labels, random_state=SPLIT_SEED)


def coverage(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of real points with a fake point closer than their own NEAREST_K-th real neighbor."""
    radius = NearestNeighbors(n_neighbors=NEAREST_K + 1).fit(real).kneighbors(real)[0][:, -1]
    nearest_fake = NearestNeighbors(n_neighbors=1).fit(fake).kneighbors(real)[0][:, 0]
    return float((nearest_fake <= radius).mean())


# %% two runs
for name, folder in RUNS.items():
    d_loss, g_loss, r1 = np.load(folder + "history.npz")["history"][-100:].mean(axis=0)  # the last 100 steps
    print(f"{name}: d_loss={d_loss:.2f} g_loss={g_loss:.2f} r1={r1:.1f}")
    saved = np.load(folder + "samples.npz")
    for step, samples in zip(saved["steps"], saved["samples"], strict=True):
        print(f"{name} coverage at step {step}: {coverage(held_out_x, samples.astype(float)):.3f}")
