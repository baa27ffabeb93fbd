# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["gan/ring", "gan/ring@even", "bridge/flow"]
# ///
"""The review note of a model on the ring of eight Gaussians, where the answer can be counted."""

import numpy as np

from genloop.review import count_modes, note_of_modes

# %% constants
MODEL = "ring.npz"  # the five games of the page about modes; the note is about the first
LATENT_DIM = 16
STD = 0.1

# %% points
angles = 2 * np.pi * np.arange(8) / 8
centers = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
saved = np.load(MODEL)["samples"]
points = saved[0] if saved.ndim == 3 else saved[:2500]  # (2500, 2)
rng = np.random.default_rng(0)
real = centers[rng.integers(8, size=len(points))] + STD * rng.normal(size=points.shape)

# %% note
found = count_modes(points, centers, STD)
print(note_of_modes((len(points), LATENT_DIM), points.shape, found, count_modes(real, centers, STD)))
