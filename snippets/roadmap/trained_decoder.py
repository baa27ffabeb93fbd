# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits@latent4"]
#
# [tool.genloop.figures]
# "untrained.png" = "Two 8x8 images side by side, decoded by random weights: an even grey without any form."
# "trained.png" = "Two 8x8 images side by side, decoded from the same two latents by trained weights: two different handwritten digits."
# ///
"""The two latents of the first program through a decoder, before and after training."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

# %% same latents
torch.manual_seed(0)
latent = torch.randn(2, 4)  # the very numbers of the first program
print("latent_shape:", tuple(latent.shape))

# %% two decoders
decoder = nn.Sequential(
    nn.Linear(4, 128),
    nn.SiLU(),
    nn.Linear(128, 256),
    nn.SiLU(),
    nn.Linear(256, 64),
    nn.Sigmoid(),  # 64 pixels, each between 0 and 1
)


@torch.no_grad()
def generate(name: str) -> None:
    """Decode the two latents, print what came out and write it as a picture 8 pixels high."""
    generated = decoder(latent)
    print(f"{name}_shape:", tuple(generated.shape))
    print(f"{name}_value_range:", f"{generated.min():.2f} {generated.max():.2f}")
    left, right = generated.reshape(2, 8, 8).numpy()
    gap = np.full((8, 1), 0.25)
    plt.imsave(f"{name}.png", np.hstack([left, gap, right]), cmap="gray", vmin=0, vmax=1)


generate("untrained")
decoder.load_state_dict(load_file("latent4/decoder.safetensors"))  # trained in lesson 6.6.3
generate("trained")
