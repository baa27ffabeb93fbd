# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits"]
# ///
"""One trained VAE, its loss on the same held-out digits, written in every unit that programs print."""

import math

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # of eps
MAX_COUNT, PIXELS, LATENT_DIM, BATCH = 16, 64, 2, 64  # as in vae/digits
DRAWS = 20  # draws of eps per digit

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)

# %% load
decoder = nn.Sequential(nn.Linear(2, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64))
decoder.load_state_dict(load_file("decoder.safetensors"))
saved = np.load("latents.npz")
x, mu, logvar = (torch.from_numpy(saved[key]) for key in ("held_out_x", "held_out_mu", "held_out_logvar"))

# %% the honest number
ways = math.lgamma(MAX_COUNT + 1) - torch.lgamma(x + 1) - torch.lgamma(MAX_COUNT - x + 1)  # (N, 64)
with torch.no_grad():
    eps = torch.randn(DRAWS, *mu.shape)
    logits = decoder(mu + (0.5 * logvar).exp() * eps)  # (DRAWS, N, 64)
nll = (MAX_COUNT * F.softplus(logits) - x * logits - ways).mean(dim=0)  # (N, 64) nats
kl = 0.5 * (mu.square() + torch.expm1(logvar) - logvar)  # (N, 2) nats


def per_digit(values: Tensor) -> float:
    """Summed over pixels or latents, mean over digits."""
    return values.sum(dim=1).mean().item()


recon_nll, kl_sum = per_digit(nll), per_digit(kl)
neg_elbo = recon_nll + kl_sum
print("recon_nll:", f"{recon_nll:.2f}")
print("kl:", f"{kl_sum:.2f}")
print("neg_elbo:", f"{neg_elbo:.2f}")

# %% the same number in other units
print("nats_per_pixel:", f"{neg_elbo / PIXELS:.3f}")
print("bits_per_image:", f"{neg_elbo / math.log(2):.2f}")
print("bits_per_dimension:", f"{neg_elbo / math.log(2) / PIXELS:.3f}")
print("nats_per_batch_of_64:", f"{neg_elbo * BATCH:.1f}")

# %% other losses of the same model
# Without the binomial coefficients, the reconstruction is 16 times a cross-entropy; many programs print it alone.
cross_entropy = (MAX_COUNT * F.softplus(logits) - x * logits).mean(dim=0) / MAX_COUNT
squared_error = (logits.sigmoid() - x / MAX_COUNT).square().mean(dim=0)
print("constant_dropped:", f"{per_digit(ways):.2f}")
print("cross_entropy_sum:", f"{per_digit(cross_entropy):.2f}")
print("cross_entropy_mean:", f"{cross_entropy.mean():.4f}")
print("squared_error_sum:", f"{per_digit(squared_error):.3f}")
print("squared_error_mean:", f"{squared_error.mean():.5f}")
print("kl_mean_over_latents:", f"{kl.mean():.3f}")

# %% effective beta
# Objective = a * recon_nll + b * kl, both in nats per digit. Only b / a decides where training goes.
conventions = {  # name: (a, b)
    "sum_sum": (1.0, 1.0),
    "sum_over_batch_too": (BATCH, BATCH),
    "both_over_pixels": (1 / PIXELS, 1 / PIXELS),
    "mean_pixels_sum_latents": (1 / PIXELS, 1.0),
    "mean_pixels_mean_latents": (1 / PIXELS, 1 / LATENT_DIM),
    "sum_pixels_mean_latents": (1.0, 1 / LATENT_DIM),
    "bce_sum": (1 / MAX_COUNT, 1.0),
    "bce_mean": (1 / MAX_COUNT / PIXELS, 1.0),
}
for name, (a, b) in conventions.items():
    # First what such a program would print for this very model, without the constant; then its effective beta.
    print(f"{name}: {a * (recon_nll + per_digit(ways)) + b * kl_sum:.2f} {b / a:g}")
