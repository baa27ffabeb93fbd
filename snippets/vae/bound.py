# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 120
# files = ["decoder.safetensors", "encoder.safetensors", "points.npz"]
#
# # No label needs a band: in float64 this page's nine runs (five trainings, four measurements) printed the same bytes
# # under ATEN_CPU_CAPABILITY default, avx2 and avx512.
# ///
"""A variational autoencoder for two clusters in the plane: small enough to check every claim about the bound."""

import math

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

# %% constants
SEED = 0  # weights, order of the batches and every eps
DATA_SEED = 0  # the same points, whatever SEED is
CENTERS = ((-1.0, -0.5), (1.0, 0.5))  # of the two clusters
SPREAD = 0.3  # standard deviation of each cluster, in both directions
TRAIN, HELD_OUT = 1000, 300  # points; every number called held_out comes from points never trained on
NOISE = 0.15  # standard deviation of x around the decoded point; half of SPREAD, so z has something left to say
BETA = 1.0  # weight of the KL; at 1 the objective is the bound itself
STEPS = 800
BATCH = 100
LEARNING_RATE = 2e-2  # kept for half of the steps, then falls to zero in a straight line

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # so that every CPU prints the same digits

# %% data
torch.manual_seed(DATA_SEED)
cluster = torch.randint(2, (TRAIN + HELD_OUT,))
points = torch.tensor(CENTERS)[cluster] + SPREAD * torch.randn(TRAIN + HELD_OUT, 2)
train_x, held_out_x = points.split([TRAIN, HELD_OUT])
print("train_shape:", tuple(train_x.shape))
print("held_out_shape:", tuple(held_out_x.shape))

# %% encoder and decoder
torch.manual_seed(SEED)
encoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 4))
decoder = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))


def encode(x: Tensor) -> tuple[Tensor, Tensor]:
    """mu and logvar of q(z|x) for points x (B, 2); each (B, 2)."""
    mu, logvar = encoder(x).chunk(2, dim=1)
    return mu, logvar


# %% reparameterize
def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """One z ~ N(mu, exp(logvar)) per row, as a function that gradients can pass through."""
    std = (0.5 * logvar).exp()
    eps = torch.randn_like(std)  # all the chance is here, and no weight touches it
    return mu + std * eps


# %% loss
def gaussian_nll(decoded: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) in nats, one value per point: x ~ N(decoded, NOISE^2) in both coordinates."""
    squared_distance = (x - decoded).square().sum(dim=1)
    return squared_distance / (2 * NOISE**2) + math.log(2 * math.pi * NOISE**2)


def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, I)) in nats, one value per point: summed over the two latents."""
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(dim=1)


def bound_parts(x: Tensor) -> tuple[Tensor, Tensor]:
    """recon_nll and kl, one value per point; their sum is -elbo in nats."""
    mu, logvar = encode(x)
    z = reparameterize(mu, logvar)
    return gaussian_nll(decoder(z), x), kl_to_standard_normal(mu, logvar)


# %% one batch
with torch.no_grad():
    mu, logvar = encode(train_x[:BATCH])
    z = reparameterize(mu, logvar)
    recon_nll, kl = bound_parts(train_x[:BATCH])
print("mu_shape:", tuple(mu.shape))
print("z_shape:", tuple(z.shape))
print("decoded_shape:", tuple(decoder(z).shape))
print("recon_nll_shape:", tuple(recon_nll.shape))

# %% train
weights = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.Adam(weights, lr=LEARNING_RATE, fused=True)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / STEPS))
for step in range(STEPS + 1):
    if step in (0, 20, 50, 100, 200, 400, STEPS):
        with torch.no_grad():
            recon_nll, kl = bound_parts(held_out_x)
        print(f"step={step} neg_elbo={(recon_nll + kl).mean():.2f} recon_nll={recon_nll.mean():.2f} kl={kl.mean():.2f}")
    if step == STEPS:
        break
    batch = train_x[torch.randint(TRAIN, (BATCH,))]
    recon_nll, kl = bound_parts(batch)
    loss = (recon_nll + BETA * kl).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()


# %% report
@torch.no_grad()
def report(name: str, x: Tensor, draws: int) -> None:
    """Print -elbo of a set of points and its two parts, with several draws of eps per point."""
    recon_nll, kl = bound_parts(x.repeat(draws, 1))
    print(f"{name}_neg_elbo: {(recon_nll + kl).mean():.3f}")
    print(f"{name}_recon_nll: {recon_nll.mean():.3f}")
    print(f"{name}_kl: {kl.mean():.3f}")


report("train", train_x, draws=100)
report("held_out", held_out_x, draws=300)
with torch.no_grad():
    mu, logvar = encode(held_out_x)
    std = (0.5 * logvar).exp()
    batches = [torch.cat(bound_parts(train_x[:BATCH])).sum() / BATCH for _ in range(200)]
print("mu_std:", *(f"{value:.2f}" for value in mu.std(dim=0)))
print("mean_posterior_std:", *(f"{value:.2f}" for value in std.mean(dim=0)))
print("recon_nll_floor:", f"{math.log(2 * math.pi * NOISE**2):.2f}")  # what it costs when decoded == x
print("loss_std_same_batch:", f"{torch.stack(batches).std():.2f}")  # same points, same weights, other eps

# %% save
save_file(decoder.state_dict(), "decoder.safetensors")
save_file(encoder.state_dict(), "encoder.safetensors")
np.savez(
    "points.npz",
    held_out_x=held_out_x.numpy(), held_out_cluster=cluster[TRAIN:].numpy(), train_x=train_x.numpy(),
    mu=mu.numpy(), logvar=logvar.numpy(), centers=np.array(CENTERS), spread=SPREAD, noise=NOISE,
)  # fmt: skip
