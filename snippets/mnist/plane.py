# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "pillow", "safetensors"]
#
# [tool.genloop]
# needs = ["mnist/vae@plane"]
#
# [tool.genloop.figures]
# "plane.png" = "A grid of 16 by 16 digits decoded from a plane of two latents: patches of one digit class that change into each other, with a few blurred digits between them."
# ///
"""The plane of the two latents of mnist/vae@plane, decoded point by point."""

from statistics import NormalDist

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

SIDE = 16  # decoded points along each latent

# Steps of equal prior mass, not of equal length: fine in the middle, wide at the border.
quantiles = [NormalDist().inv_cdf((step + 0.5) / SIDE) for step in range(SIDE)]
x = np.array([(right, up) for up in reversed(quantiles) for right in quantiles])  # (SIDE * SIDE, 2), latents
weights = load_file("plane/decoder.safetensors")
for name in [name for name in weights if name.endswith("weight")]:
    x = np.maximum(x, 0) if name != "0.weight" else x  # ReLU between the layers
    x = x @ weights[name].T + weights[name.replace("weight", "bias")]
p = 1 / (1 + np.exp(-x))  # (SIDE * SIDE, 784), chances of ink
print("plane_reaches:", f"{quantiles[0]:.2f} {quantiles[-1]:.2f}")
print("decoded_shape:", p.shape)

sheet = p.reshape(SIDE, SIDE, 28, 28).swapaxes(1, 2).reshape(28 * SIDE, 28 * SIDE)
Image.fromarray((255 * sheet).round().astype(np.uint8)).save("plane.png", optimize=True)
