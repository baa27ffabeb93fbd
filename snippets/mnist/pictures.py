# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "torch>=2.4", "mlxtend", "numpy", "pillow", "safetensors"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["mnist/vae", "mnist/vae@plane", "mnist/gan"]
# files = ["vae_samples.npz"]
#
# [tool.genloop.figures]
# "real.png" = "Forty-eight held-out digits in three rows, each of 28 by 28 pixels: clear strokes with soft edges."
# "vae.png" = "Forty-eight samples of the VAE with twenty latents in three rows: about half can be read; the others are soft strokes between digits."
# "ink.png" = "The same forty-eight samples with every pixel drawn: black and white only, with ragged edges and loose dots."
# "gan.png" = "Forty-eight samples of the GAN in three rows: bright, crisp strokes; most can be read as a digit, some are strokes that make none."
# "between.png" = "Six rows of eleven digits. The first and the last of a row are reconstructions of two held-out digits; between them strokes bend and join until one has become the other."
# "training.png" = "Eight rows of eight pictures, one row per latent, one column per moment of the training: gray fog at first, then blots, then strokes that settle into digits."
# ///
"""What the models of 28x28 digits make: samples, ways between digits, and a training."""

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from genloop.data import mnist_5k
from genloop.figures import grid

# %% load
SEED = 0  # of the samples of the VAE
TILES, COLUMNS = 48, 16
PAIRS, STOPS = 6, 11

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # the type in which the VAEs were trained
torch.manual_seed(SEED)
held_out = mnist_5k().held_out_x / 255  # (1000, 784)


def load(file: str) -> nn.Module:
    """A net of vae.py, with the sizes of its weights: linear layers with ReLU between them."""
    weights = load_file(file)
    net = nn.Sequential()
    for name, weight in weights.items():
        if name.endswith("weight"):
            net.extend([nn.ReLU()] if len(net) else [])
            net.append(nn.Linear(weight.shape[1], weight.shape[0]))
    net.load_state_dict(weights)
    return net.requires_grad_(False)


def save(file: str, images: np.ndarray | torch.Tensor, columns: int) -> None:
    """Pictures (N, 784) with values in [0, 1] as one file, a pixel for each value."""
    sheet = grid(np.asarray(images).reshape(-1, 28, 28), columns)
    Image.fromarray((255 * sheet).round().astype(np.uint8)).save(file, optimize=True)


# %% samples
encoder, decoder = load("encoder.safetensors"), load("decoder.safetensors")
made = np.load("samples.npz")
means = decoder(torch.randn(len(held_out), 20)).sigmoid()  # chances of ink, (1000, 784)
ink = means.bernoulli()
save("real.png", held_out[:TILES], COLUMNS)
save("vae.png", means[:TILES], COLUMNS)
save("ink.png", ink[:TILES], COLUMNS)
save("gan.png", made["samples"][-1][:TILES] / 255, COLUMNS)

# %% between
ends = encoder(torch.from_numpy(held_out[: 2 * PAIRS]))[:, :20].unflatten(0, (PAIRS, 2))  # mu, (PAIRS, 2, 20)
way = torch.linspace(0, 1, STOPS)[:, None]
rows = [torch.lerp(first, last, way) for first, last in ends]  # each (STOPS, 20)
save("between.png", decoder(torch.cat(rows)).sigmoid(), STOPS)

# %% training
by_latent = made["samples"][:, :8].swapaxes(0, 1)  # (8 latents, moments, 784)
save("training.png", by_latent.reshape(-1, 784) / 255, len(made["steps"]))
print("training_steps:", *made["steps"])

# %% save
drawn = {
    "plane": load("plane/decoder.safetensors")(torch.randn(len(held_out), 2)).sigmoid(),
    "vae": means,
    "ink": ink,
}
np.savez_compressed("vae_samples.npz", **{name: (255 * x).round().byte().numpy() for name, x in drawn.items()})
