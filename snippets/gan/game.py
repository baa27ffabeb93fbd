# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# files = ["generator.safetensors", "game.npz"]
#
# # No bands are needed: ATEN_CPU_CAPABILITY default, avx2 and native printed the same lines (this run, seed6, equal,
# # equal_long, swapped, momentum).
#
# [tool.genloop.variants.seed1]
# SEED = 1
# [tool.genloop.variants.seed2]
# SEED = 2
# [tool.genloop.variants.seed3]
# SEED = 3
# [tool.genloop.variants.seed4]
# SEED = 4
# [tool.genloop.variants.seed5]
# SEED = 5
# [tool.genloop.variants.seed6]
# SEED = 6
# [tool.genloop.variants.seed7]
# SEED = 7
# [tool.genloop.variants.seed8]
# SEED = 8
# [tool.genloop.variants.seed9]
# SEED = 9
#
# # The exhibit: both networks learn at the same rate. Five seeds, so that it is not one lucky run.
# [tool.genloop.variants.equal]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 300
# [tool.genloop.variants.equal_seed1]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 300
# SEED = 1
# [tool.genloop.variants.equal_seed2]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 300
# SEED = 2
# [tool.genloop.variants.equal_seed3]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 300
# SEED = 3
# [tool.genloop.variants.equal_seed4]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 300
# SEED = 4
#
# # Exercises, at 600 steps: the line of the main run at step 600 is what they are compared with.
# [tool.genloop.variants.equal_long]
# G_RATE = 0.01
# D_RATE = 0.01
# STEPS = 600
# [tool.genloop.variants.swapped]
# G_RATE = 0.02
# D_RATE = 0.001
# STEPS = 600
# [tool.genloop.variants.momentum]
# BETAS = [0.9, 0.999]
# STEPS = 600
# [tool.genloop.variants.latent1]
# LATENT_DIM = 1
# STEPS = 600
# [tool.genloop.variants.narrow]
# REAL_STD = 0.02
# STEPS = 600
#
# # The failure gallery: the discriminator's optimizer owns both networks, and detach() is gone.
# [tool.genloop.sweeps.no_detach]
# SEED = [0, 1, 2]
# STEPS = 300
# [tool.genloop.sweeps.no_detach.patch]
# "torch.optim.Adam(discriminator.parameters()," = "torch.optim.Adam([*discriminator.parameters(), *generator.parameters()],"
# "discriminator(fake.detach())  # cut here: the generator is not asked to help" = "discriminator(fake)"
# "softplus(-discriminator(fake))" = "softplus(-discriminator(generator(torch.randn(BATCH, LATENT_DIM))))"
# # The same with detach() put back: an exercise.
# [tool.genloop.variants.joint]
# STEPS = 300
# [tool.genloop.variants.joint.patch]
# "torch.optim.Adam(discriminator.parameters()," = "torch.optim.Adam([*discriminator.parameters(), *generator.parameters()],"
# "softplus(-discriminator(fake))" = "softplus(-discriminator(generator(torch.randn(BATCH, LATENT_DIM))))"
# # The failure gallery: detach() in the wrong place.
# [tool.genloop.variants.detached]
# STEPS = 300
# [tool.genloop.variants.detached.patch]
# "generator(torch.randn(BATCH, LATENT_DIM))" = "generator(torch.randn(BATCH, LATENT_DIM)).detach()"
# # The failure gallery: the saturating loss, with real numbers twice as far away; `far` is the repaired twin.
# [tool.genloop.sweeps.far]
# SEED = [0, 1, 2]
# REAL_MEAN = 4.0
# STEPS = 600
# [tool.genloop.sweeps.far_saturating]
# SEED = [0, 1, 2]
# REAL_MEAN = 4.0
# STEPS = 600
# [tool.genloop.sweeps.far_saturating.patch]
# "F.softplus(-discriminator(fake)).mean()  # -log D(fake), the non-saturating loss" = "-F.softplus(discriminator(fake)).mean()  # log(1 - D(fake)), the saturating loss"
# # An exercise: the same loss where the lesson has its numbers.
# [tool.genloop.variants.saturating]
# STEPS = 600
# [tool.genloop.variants.saturating.patch]
# "F.softplus(-discriminator(fake)).mean()  # -log D(fake), the non-saturating loss" = "-F.softplus(discriminator(fake)).mean()  # log(1 - D(fake)), the saturating loss"
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
D_RATE = 0.02  # its judge twenty times faster: it has to be right about where the generator is now
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

        # Second update: the generator. The same numbers, not cut, before the judge that has just moved.
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
