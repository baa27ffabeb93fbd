# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 300
# needs = ["vae/digits", "vae/digits@latent*", "vae/digits@seed*", "vae/digits@beta*_0", "vae/digits@beta64", "vae/digits@both_mean", "vae/digits@mean_mean", "vae/digits@sum_mean4", "vae/digits@warmup0", "vae/digits@brief0", "vae/digits@kl_mean", "vae/digits@pixel_mean", "vae/digits@log_std0"]
# ///
"""-log p(x) by importance weights: draws from the encoder, or fitted to each digit."""

import math
from itertools import chain, pairwise

import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # every draw below
RUNS = [".", "latent4", "latent8", "latent16"]  # folders with trained nets
ENCODER_RUNS = [".", "latent4"]  # those that also draw from what their encoder names
ENCODER_DRAWS = [100, 1000, 10_000]
FITTED_DRAWS = [10, 100, 1000]
STARTS = 4000  # latents of the prior that a fit may start from
FIT_STEPS, FIT_DRAWS, FIT_RATE = 100, 4, 0.05
WIDER = 1.2  # draws reach a little further than q: a weight is seldom far too large
CHUNK = 2000  # latents at a time: they fit into the processor's cache
Normal = tuple[Tensor, Tensor]  # mu and logvar of one normal per digit, each (B, Z)

torch.set_num_threads(1)
torch.manual_seed(SEED)
digits, labels = load_digits(return_X_y=True)
split = train_test_split(digits, test_size=600, stratify=labels, random_state=0)
# float32 is enough: a digit's nats move by less than a hundredth.
held_out_x = torch.from_numpy(split[1]).float()
LOG_WAYS = torch.tensor([math.log(math.comb(16, k)) for k in range(17)])


# %% nets
def load(file: str, *sizes: int) -> nn.Module:
    """A net of digits.py: linear layers from size to size, with SiLU between them."""
    pairs = [(nn.Linear(*pair), nn.SiLU()) for pair in pairwise(sizes)]
    net = nn.Sequential(*chain(*pairs))[:-1].requires_grad_(False)
    net.load_state_dict(load_file(file))
    return net


def normal(*shape: int) -> Tensor:
    """Standard normal, drawn in float64: the same numbers on every processor."""
    return torch.randn(shape, dtype=torch.float64).float()


def log_joint(x: Tensor, z: Tensor, decoder: nn.Module) -> Tensor:
    """log p(x|z) - |z|^2 / 2 for digits x (B, 64) and latents z (N, Z): (B, N)."""
    logits = decoder(z)  # (N, 64)
    of_z = 16 * F.softplus(logits).sum(1) + 0.5 * z.square().sum(1)
    return x @ logits.T - of_z + LOG_WAYS[x.long()].sum(1, keepdim=True)


def neg_elbo(x: Tensor, q: Normal, decoder: nn.Module, draws: int) -> Tensor:
    """-ELBO in nats per digit."""
    mu, logvar = q
    z = mu + (0.5 * logvar).exp() * normal(draws, *mu.shape)  # (draws, B, Z)
    logits = decoder(z)
    pixels = (16 * F.softplus(logits) - x * logits).sum(2).mean(0)
    kl = 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(1)
    return pixels - LOG_WAYS[x.long()].sum(1) + kl


# %% fit
def fit(x: Tensor, encoder: nn.Module, decoder: nn.Module) -> Normal:
    """mu and logvar fitted to each digit by itself: what its encoder should name."""
    mu, logvar = encoder(x / 16).chunk(2, dim=1)
    # Start at the latent that makes x most probable, the encoder's own among them.
    starts = torch.cat([mu, normal(STARTS, mu.shape[1])])
    mu = starts[log_joint(x, starts, decoder).argmax(1)].requires_grad_()
    logvar = logvar.clone().requires_grad_()
    optimizer = torch.optim.Adam([mu, logvar], lr=FIT_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, FIT_STEPS)
    for _ in range(FIT_STEPS):
        optimizer.zero_grad()
        neg_elbo(x, (mu, logvar), decoder, FIT_DRAWS).sum().backward()
        optimizer.step()
        schedule.step()
    return mu.detach(), logvar.detach()


# %% importance weights
def log_weights(x: Tensor, q: Normal, decoder: nn.Module, draws: int) -> Tensor:
    """log p(x, z) / q(z) for z from q, widened: (B, draws). exp averages to p(x)."""
    rows = []
    for digit, mu, std in zip(x, q[0], WIDER * (0.5 * q[1]).exp(), strict=True):
        for eps in normal(draws, len(mu)).split(CHUNK):
            log_q = -0.5 * eps.square().sum(1) - std.log().sum()
            rows.append(log_joint(digit[None], mu + std * eps, decoder)[0] - log_q)
    return torch.cat(rows).reshape(len(x), draws)


def report(run: str, by: str, q: Normal, decoder: nn.Module, counts: list[int]) -> None:
    """Print -log p(x), estimated from each of these numbers of draws per digit."""
    log_w = log_weights(held_out_x, q, decoder, max(counts)).double()
    for K in counts:
        # All draws count: groups of K, the log of each group's mean, their mean.
        log_p = log_w.unflatten(1, (-1, K)).logsumexp(2).mean() - math.log(K)
        print(f"run={run} from={by} draws={K} neg_log_p={-log_p:.2f}")


# %% measure
for folder in RUNS:
    Z = load_file(f"{folder}/decoder.safetensors")["0.weight"].shape[1]
    encoder = load(f"{folder}/encoder.safetensors", 64, 256, 128, 2 * Z)
    decoder = load(f"{folder}/decoder.safetensors", Z, 128, 256, 64)
    run = f"latent{Z}" if folder == "." else folder
    q = fit(held_out_x, encoder, decoder)
    bound = neg_elbo(held_out_x, q, decoder, 20).mean()
    print(f"run={run} fitted_neg_elbo={bound:.1f}")
    report(run, "fitted", q, decoder, FITTED_DRAWS)
    if folder in ENCODER_RUNS:
        named = encoder(held_out_x / 16).chunk(2, dim=1)
        report(run, "encoder", named, decoder, ENCODER_DRAWS)
