# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "matplotlib"]
#
# [tool.genloop.figures]
# "gradient.svg" = "Two charts over the updates of the discriminator, on a logarithmic axis. Above: its mean answer to generated numbers falls from about one half to almost zero. Below: the length of the generator's gradient; three runs each; with the saturating loss it ends more than two powers of ten below its peak, with the non-saturating loss it grows and stays."
# ///
"""The generator's gradient while the discriminator gets stronger: saturating against non-saturating loss."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEEDS = (0, 1, 2)
D_UPDATES = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)  # the generator stands still all the while
BATCH = 512

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


# %% gradient
def gradient_norm(loss: Tensor, weights: list[Tensor]) -> float:
    """Length of the gradient of a loss, all weights taken as one vector."""
    parts = torch.autograd.grad(loss, weights, retain_graph=True)
    return sum(part.square().sum() for part in parts).sqrt().item()


def measure(generator: nn.Module, discriminator: nn.Module, z: Tensor) -> tuple[float, float, float]:
    """Mean D(fake), and the norms of G's gradient with the saturating and the non-saturating loss."""
    weights = list(generator.parameters())
    logits = discriminator(generator(z))
    saturating = -F.softplus(logits).mean()  # log(1 - D(fake)), to be made small
    non_saturating = F.softplus(-logits).mean()  # -log D(fake), to be made small
    return logits.sigmoid().mean().item(), gradient_norm(saturating, weights), gradient_norm(non_saturating, weights)


# %% a discriminator that gets stronger
rows = []  # (seed, D update): mean D(fake), saturating, non-saturating
for seed in SEEDS:
    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))  # untrained: its numbers lie around 0
    discriminator = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=0.02, betas=(0.5, 0.999), fused=True)
    z = torch.randn(BATCH, 2)
    fake = generator(z).detach()
    for update in range(D_UPDATES[-1] + 1):
        if update in D_UPDATES:
            rows.append(measure(generator, discriminator, z))
        real = 2.0 + 0.2 * torch.randn(128, 1)
        rows_of_fake = torch.randint(BATCH, (128,))
        d_loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake[rows_of_fake])).mean()
        optimizer.zero_grad()
        d_loss.backward()
        optimizer.step()

table = np.array(rows).reshape(len(SEEDS), len(D_UPDATES), 3)
for update, (answer, saturating, non_saturating) in zip(D_UPDATES, np.median(table, axis=0), strict=True):
    print(f"d_updates={update} D_of_fake={answer:.5f} saturating={saturating:.5f} non_saturating={non_saturating:.3f}")
print("largest_saturating_at_end:", f"{table[:, -1, 1].max():.5f}")
print("smallest_non_saturating_at_end:", f"{table[:, -1, 2].min():.3f}")

# %% figure
fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.6), sharex=True)
x = np.array(D_UPDATES)
for seed, one in zip(SEEDS, table, strict=True):
    above.plot(x, one[:, 0], "o-", color="C2", markersize=4)
    below.plot(x, one[:, 2], "o-", color="C0", markersize=4, label="" if seed else "non-saturating")
    below.plot(x, one[:, 1], "s--", color="C1", markersize=4, label="" if seed else "saturating")
above.set(title="mean answer to generated numbers", ylabel="D(fake)", yscale="log")
below.set(title="length of G's gradient", xlabel="updates of D while G stands still", ylabel="norm", yscale="log")
below.set_xscale("symlog", linthresh=1)
below.set_xlim(-0.1, 500)
below.set_xticks([0, 1, 10, 100, 400], ["0", "1", "10", "100", "400"])
below.legend(loc="lower center")
fig.savefig("gradient.svg")
