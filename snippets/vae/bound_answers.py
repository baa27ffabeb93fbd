# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/bound", "vae/bound@seed1", "vae/bound@noise05", "vae/bound@noise60", "vae/bound@beta4"]
# ///
"""The exercises of the page, measured: each changed run with its exact log p(x), its gap, its points off the data."""

import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
RUNS = {"as_is": ".", "seed1": "seed1", "noise05": "noise05", "noise60": "noise60", "beta4": "beta4"}
REACH, CELLS = 6.0, 160  # the grid of bound_exact.py
NODES = 16  # Gauss-Hermite nodes along each latent
SEED, COUNTED = 0, 20_000  # of the generated points, the same z and noise for every run

middle = (torch.arange(CELLS) + 0.5) * (2 * REACH / CELLS) - REACH
cells = torch.cartesian_prod(middle, middle)
log_mass = -0.5 * cells.square().sum(dim=1) - math.log(2 * math.pi) + 2 * math.log(2 * REACH / CELLS)
nodes, node_weights = (torch.from_numpy(a) for a in np.polynomial.hermite_e.hermegauss(NODES))
node_pairs = torch.cartesian_prod(nodes, nodes)
pair_weights = torch.cartesian_prod(node_weights, node_weights).prod(dim=1) / node_weights.sum() ** 2


# %% measure
def measure(folder: Path) -> str:
    """One line of numbers for the run whose files lie in a folder."""
    decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
    decoder.load_state_dict(load_file(folder / "decoder.safetensors"))
    saved = np.load(folder / "points.npz")
    x, mu, logvar, centers = (torch.from_numpy(saved[key]) for key in ("held_out_x", "mu", "logvar", "centers"))
    noise, spread = float(saved["noise"]), float(saved["spread"])

    def log_likelihood(squared_distance: Tensor) -> Tensor:
        return -squared_distance / (2 * noise**2) - math.log(2 * math.pi * noise**2)

    decoded = decoder(cells)
    log_p = [(log_likelihood(torch.cdist(rows, decoded).square()) + log_mass).logsumexp(dim=1) for rows in x.split(50)]
    neg_log_p = -torch.cat(log_p).mean()
    z = mu[:, None] + (0.5 * logvar).exp()[:, None] * node_pairs
    recon_nll = -(log_likelihood((x[:, None] - decoder(z)).square().sum(dim=2)) @ pair_weights).mean()
    kl = 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(dim=1).mean()
    gap = recon_nll + kl - neg_log_p
    active = int((mu.var(dim=0) > 0.01).sum())

    generator = torch.Generator().manual_seed(SEED)
    generated = decoder(torch.randn(COUNTED, 2, generator=generator))
    generated += noise * torch.randn(COUNTED, 2, generator=generator)
    off = (torch.cdist(generated, centers).min(dim=1).values > 3 * spread).double().mean()
    return (
        f"neg_elbo={recon_nll + kl:.3f} neg_log_p={neg_log_p:.3f} gap={gap:.3f}"
        f" recon_nll={recon_nll:.2f} kl={kl:.2f} active={active} off={off:.3f}"
    )


for name, folder in RUNS.items():
    print(f"run={name}", measure(Path(folder)))
