# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# files = ["generator.safetensors", "game.npz"]
#
# # No bands are needed: ATEN_CPU_CAPABILITY default, avx2 and native printed the same lines (this run, seed6, equal,
# # equal_long, swapped, momentum).
# ///
"""The smallest GAN: a generator learns one normal distribution, and everything about it can be checked."""

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, real numbers and every z
REAL_MEAN = 2.0  # what the generator has to find,
REAL_STD = 0.2  # and is never told
LATENT_DIM = 2
HIDDEN = 16
STEPS = 1000
BATCH = 128
G_RATE = 0.001  # the generator moves slowly,
D_RATE = 0.02  # the discriminator twenty times faster: it has to be right about where the generator is now
BETAS = (0.5, 0.999)  # Adam; its default, 0.9, does worse here (exercise 3)
MEASURED = 10_000  # latents, always the same, for every number that describes the generator
SNAPSHOTS = (0, 50, 100, 150, 200, 300, 600, 1000)

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # so that every CPU prints the same digits
torch.manual_seed(SEED)


# %% data
def draw_real(count: int) -> Tensor:
    """Real numbers, (count, 1)."""
    return REAL_MEAN + REAL_STD * torch.randn(count, 1)


# %% two networks
generator = nn.Sequential(nn.Linear(LATENT_DIM, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1))  # z -> x
discriminator = nn.Sequential(nn.Linear(1, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1))  # x -> logit of "real"
g_optimizer = torch.optim.Adam(generator.parameters(), lr=G_RATE, betas=tuple(BETAS), fused=True)
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=D_RATE, betas=tuple(BETAS), fused=True)
print("weights:", *(sum(w.numel() for w in net.parameters()) for net in (generator, discriminator)))

# %% yardstick
fixed_z = torch.randn(MEASURED, LATENT_DIM)
shares = (torch.arange(MEASURED) + 0.5) / MEASURED
real_quantiles = REAL_MEAN + REAL_STD * torch.special.ndtri(shares)  # the real distribution, as sorted numbers


def distance(x: Tensor) -> float:
    """Wasserstein-1 distance of generated numbers x (MEASURED, 1) from the real distribution, in the unit of x.

    In one dimension it is exact: sort both, and take the mean distance of partners.
    """
    return (x.flatten().sort().values - real_quantiles).abs().mean().item()


print("distance_of_real_numbers:", f"{distance(draw_real(MEASURED)):.3f}")  # what a perfect generator would get

# %% the game
grid = torch.linspace(-1.0, 4.0, 501).unsqueeze(1)  # where the discriminator's answers are recorded
history = []  # one row per step: d_loss, g_loss
trace = []  # one row per 25 steps: step, mean, std, distance
snapshots = {}  # step: generated numbers, and the discriminator's answers on the grid

for step in range(STEPS + 1):  # step 0 only measures
    if step > 0:
        real = draw_real(BATCH)
        fake = generator(torch.randn(BATCH, LATENT_DIM))

        # First update: the discriminator. Real numbers should get a high logit, generated ones a low one.
        real_logits = discriminator(real)
        fake_logits = discriminator(fake.detach())  # cut here: the generator is not asked to help
        d_loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()  # -log D(real) - log(1 - D(fake))
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        # Second update: the generator. The same numbers, not cut, before the discriminator that has just moved.
        g_loss = F.softplus(-discriminator(fake)).mean()  # -log D(fake), the non-saturating loss
        g_optimizer.zero_grad()
        g_loss.backward()  # leaves gradients in the discriminator, too: its zero_grad() above clears them
        g_optimizer.step()
        history.append([d_loss.item(), g_loss.item()])

    if step % 25 == 0:
        with torch.no_grad():
            x = generator(fixed_z)
            trace.append([step, x.mean().item(), x.std().item(), distance(x)])
            if step in SNAPSHOTS:
                snapshots[step] = x.flatten().numpy(), discriminator(grid).sigmoid().flatten().numpy()
        if step in (50, 100, 200, 300, 600, STEPS):
            d_mean, g_mean = np.mean(history[-50:], axis=0)  # single batches jump
            _, mean, std, w1 = trace[-1]
            print(
                f"step={step} d_loss={d_mean:.2f} g_loss={g_mean:.2f} mean={mean:.2f} std={std:.2f} distance={w1:.3f}"
            )

# %% report
d_mean, g_mean = np.mean(history[-50:], axis=0)
_, mean, std, w1 = trace[-1]
print("final_d_loss:", f"{d_mean:.3f}")
print("final_g_loss:", f"{g_mean:.3f}")
print("final_mean:", f"{mean:.3f}")
print("final_std:", f"{std:.3f}")
print("final_distance:", f"{w1:.3f}")

# %% save
save_file(generator.state_dict(), "generator.safetensors")
np.savez_compressed(
    "game.npz",
    history=np.array(history), trace=np.array(trace), grid=grid.flatten().numpy(), steps=np.array(list(snapshots)),
    samples=np.stack([samples for samples, _ in snapshots.values()]).astype(np.float32),
    answers=np.stack([answers for _, answers in snapshots.values()]).astype(np.float32),
)  # fmt: skip
