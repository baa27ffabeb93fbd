# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "torch>=2.4", "numpy", "safetensors"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["vae/bound"]
# ///
"""The review note of the VAE in two dimensions: two clusters that can be counted."""

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from genloop.review import count_modes, note_of_modes

# %% points
torch.set_default_dtype(torch.float64)  # the type in which the weights were trained
torch.manual_seed(0)
saved = np.load("points.npz")
centers, spread, noise = saved["centers"], float(saved["spread"]), float(saved["noise"])
decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
decoder.load_state_dict(load_file("decoder.safetensors"))
with torch.no_grad():
    z = torch.randn(10_000, 2)
    points = (decoder(z) + noise * torch.randn(10_000, 2)).numpy()  # what the model calls a point has its noise
real = centers[torch.randint(2, (10_000,)).numpy()] + spread * torch.randn(10_000, 2).numpy()

# %% note
found = count_modes(points, centers, spread)
print(note_of_modes(tuple(z.shape), points.shape, found, count_modes(real, centers, spread)))
