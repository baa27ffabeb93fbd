# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# files = ["decoder.safetensors", "encoder.safetensors", "vae_history.npz", "latents.npz"]
#
# # No label needs a band: with GRID, runs under ATEN_CPU_CAPABILITY default, avx2 and avx512 print the same lines (12
# # runs: SEED 0 and 3, sixteen latents with BETA 1 and 0.1). Without it held_out_neg_elbo moved by 0.2 on one of three.
# ///
"""A variational autoencoder on 8x8 digits: an encoder and a decoder trained through one bound."""

import math

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, order of the batches and every eps
SPLIT_SEED = 0  # the same digits are held out, whatever SEED is
HELD_OUT = 600  # never trained on: every number called held_out comes from these; the same as in gan/digits
MAX_COUNT = 16  # a pixel is a count from 0 to 16
LATENT_DIM = 2  # with 2, the whole latent space can be drawn on paper
BETA = 1.0  # weight of the KL; at 1 the objective is the bound itself
EPOCHS = 80
BATCH = 64
LEARNING_RATE = 8e-3  # kept for half of the epochs, then falls to zero in a straight line
GRID = 2.0**-20  # weights are rounded to multiples of this after each step
EVAL_DRAWS = 20  # draws of eps per digit for the final numbers

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # with GRID: every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
digits, labels = load_digits(return_X_y=True)
train_np, held_out_np, train_labels, held_out_labels = train_test_split(
    digits, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED
)
train_x = torch.from_numpy(train_np)  # (N, 64), counts
held_out_x = torch.from_numpy(held_out_np)
print("train_shape:", tuple(train_x.shape))
print("held_out_shape:", tuple(held_out_x.shape))
print("pixel_range:", int(train_x.min()), int(train_x.max()))

# %% encoder and decoder
encoder = nn.Sequential(
    nn.Linear(64, 256),
    nn.SiLU(),
    nn.Linear(256, 128),
    nn.SiLU(),
    nn.Linear(128, 2 * LATENT_DIM),  # mu and logvar side by side
)
decoder = nn.Sequential(
    nn.Linear(LATENT_DIM, 128),
    nn.SiLU(),
    nn.Linear(128, 256),
    nn.SiLU(),
    nn.Linear(256, 64),  # one logit per pixel
)


def encode(x: Tensor) -> tuple[Tensor, Tensor]:
    """mu and logvar of q(z|x) for counts x (B, 64); each (B, LATENT_DIM)."""
    mu, logvar = encoder(x / MAX_COUNT).chunk(2, dim=1)
    return mu, logvar


# %% reparameterize
def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """One z ~ N(mu, exp(logvar)) per row, as a function that gradients can pass through."""
    std = (0.5 * logvar).exp()
    eps = torch.randn_like(std)  # all the chance is here, and no weight touches it
    return mu + std * eps


# %% loss
# How many ways there are to have k of 16 steps on, as a logarithm: the binomial coefficients.
LOG_WAYS = torch.tensor([math.log(math.comb(MAX_COUNT, k)) for k in range(MAX_COUNT + 1)])


def binomial_nll(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) in nats, one value per digit: Binomial(16, sigmoid(logits)), summed over pixels."""
    ways = LOG_WAYS[x.long()]
    return (MAX_COUNT * F.softplus(logits) - x * logits - ways).sum(dim=1)


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, 1)) in nats, one value per digit and latent dimension."""
    # expm1 keeps the digits that exp(logvar) - 1 loses when the posterior is near the prior.
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


def bound_parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """recon_nll and kl, means over the batch; their sum is -elbo in nats per digit."""
    mu, logvar = encode(x)
    logits = decoder(reparameterize(mu, logvar))
    recon_nll = binomial_nll(logits, x).mean()
    kl = kl_to_standard_normal(mu, logvar).sum(dim=1).mean()
    return recon_nll, kl


# %% one batch
with torch.no_grad():
    batch = train_x[:BATCH]
    mu, logvar = encode(batch)
    z = reparameterize(mu, logvar)
    p = decoder(z).sigmoid()  # chance that one of the 16 steps of a pixel is on
print("mu_shape:", tuple(mu.shape))
print("logvar_shape:", tuple(logvar.shape))
print("z_shape:", tuple(z.shape))
print("decoded_shape:", tuple(p.shape))
print("decoded_range_untrained:", f"{p.min():.2f} {p.max():.2f}")

# %% train
weights = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(weights, lr=LEARNING_RATE, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: min(1.0, 2 - 2 * epoch / EPOCHS))
history = []  # one row per epoch: train recon_nll, train kl, held-out recon_nll, held-out kl


@torch.no_grad()
def snap() -> None:
    """Round weights to the grid: CPUs that differ in the 16th digit agree again before it grows."""
    for weight in weights:
        weight.div_(GRID).round_().mul_(GRID)


for epoch in range(EPOCHS + 1):  # epoch 0 only measures the untrained nets
    if epoch > 0:
        for rows in torch.randperm(len(train_x)).split(BATCH):
            recon_nll, kl = bound_parts(train_x[rows])
            loss = recon_nll + BETA * kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            snap()
        schedule.step()
    with torch.no_grad():
        history.append([part.item() for x in (train_x, held_out_x) for part in bound_parts(x)])
    if epoch in (0, 1, 2, 5, 10, 20, 40, 60, EPOCHS):
        train_recon_nll, train_kl, recon_nll, kl = history[-1]
        print(
            f"epoch={epoch} train={train_recon_nll + train_kl:.1f} held_out={recon_nll + kl:.1f}"
            f" recon_nll={recon_nll:.1f} kl={kl:.1f}"
        )


# %% report
@torch.no_grad()
def report(name: str, x: Tensor) -> None:
    """Print -elbo of a set of digits and its two parts, with EVAL_DRAWS draws of eps per digit."""
    recon_nll, kl = bound_parts(x.repeat(EVAL_DRAWS, 1))
    print(f"{name}_neg_elbo: {recon_nll + kl:.1f}")
    print(f"{name}_recon_nll: {recon_nll:.1f}")
    print(f"{name}_kl: {kl:.1f}")


report("train", train_x)
report("held_out", held_out_x)
with torch.no_grad():
    train_mu, train_logvar = encode(train_x)
    mu, logvar = encode(held_out_x)
    kl_per_latent = kl_to_standard_normal(mu, logvar).mean(dim=0)
    p = decoder(mu).sigmoid()
active = mu.var(dim=0) > 0.01  # a latent that ignores its input has the same mu everywhere
print("active_units:", int(active.sum()), "of", LATENT_DIM)
print("kl_per_latent:", *(f"{value:.1f}" for value in kl_per_latent))
print("mu_std:", *(f"{value:.2f}" for value in mu.std(dim=0)))
print("mean_posterior_std:", *(f"{value:.2f}" for value in (0.5 * logvar).exp().mean(dim=0)))
print("decoded_range:", f"{p.min():.2f} {p.max():.2f}")

# %% save
save_file(decoder.state_dict(), "decoder.safetensors")
save_file(encoder.state_dict(), "encoder.safetensors")
np.savez("vae_history.npz", history=np.array(history))
np.savez(
    "latents.npz",
    train_mu=train_mu.numpy(),
    train_labels=train_labels,
    held_out_mu=mu.numpy(),
    held_out_logvar=logvar.numpy(),
    held_out_x=held_out_np,
    held_out_labels=held_out_labels,
)
