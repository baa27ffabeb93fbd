# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 600
# files = ["generator.safetensors", "history.npz", "samples.npz"]
#
# # No bands are needed: 16 runs (ATEN_CPU_CAPABILITY default, avx2, avx512; 1 and 2 threads; MKL_CBWR=COMPATIBLE;
# # all seeds and no_r1 twice, native and avx2) printed the same bytes and drew the same samples.
# ///
"""A GAN on 8x8 digits: a generator and a discriminator that learn by playing against each other."""

import copy

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, order of the real digits, and every z of the training
SPLIT_SEED = 0  # the same digits are held out, whatever SEED is
HELD_OUT = 600  # never trained on: the review compares this many real digits with this many generated ones
LATENT_DIM = 32
STEPS = 2500
BATCH = 64
LEARNING_RATE = 3e-3  # high for a GAN, kept for half of the steps, then falls to zero in a straight line
GAMMA = 0.1  # weight of the R1 penalty, which keeps the discriminator from becoming steep
EMA = 0.998  # the averaged generator looks back over about 1 / (1 - EMA) = 500 steps
GRID = 2.0**-20  # weights are rounded to multiples of this after each step
SNAPSHOTS = (0, 50, 100, 200, 400, 800, 1600, 2500)

torch.set_num_threads(1)  # nets this small lose time when two threads share them
torch.set_default_dtype(torch.float64)  # with GRID: every CPU prints the same digits
torch.manual_seed(SEED)

# %% data
digits, labels = load_digits(return_X_y=True)  # counts from 0 to 16
train_digits, held_out_digits = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED)
train_x = torch.from_numpy(train_digits) / 16  # (N, 64) in [0, 1]
print("train_shape:", tuple(train_x.shape))
print("held_out_shape:", tuple(held_out_digits.shape))
print("real_range:", f"{train_x.min():.2f} {train_x.max():.2f}")

# %% generator
# The two layers before a BatchNorm have no bias: BatchNorm would subtract it again.
generator = nn.Sequential(
    nn.Linear(LATENT_DIM, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2),
    nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.LeakyReLU(0.2),
    nn.Linear(256, 64), nn.Sigmoid(),  # pixels in [0, 1], like the real ones
)  # fmt: skip

# %% discriminator
discriminator = nn.Sequential(
    nn.Linear(64, 256), nn.LeakyReLU(0.2),
    nn.Linear(256, 128), nn.LeakyReLU(0.2),
    nn.Linear(128, 1),  # one logit: positive for "real", negative for "generated"
)  # fmt: skip

# %% one batch
with torch.no_grad():
    z = torch.randn(BATCH, LATENT_DIM)
    fake = generator(z)
    fake_logits = discriminator(fake)
print("z_shape:", tuple(z.shape))
print("fake_shape:", tuple(fake.shape))
print("fake_logits_shape:", tuple(fake_logits.shape))
print("fake_range_untrained:", f"{fake.min():.2f} {fake.max():.2f}")


# %% losses
def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), means over the batch: ln 4 if D always answers 1/2."""
    # softplus(-a) = -log sigmoid(a) and softplus(a) = -log(1 - sigmoid(a)), without overflow.
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """-log D(fake), mean over the batch, the non-saturating loss: ln 2 if D always answers 1/2."""
    return F.softplus(-fake_logits).mean()


def r1_penalty(real: Tensor, real_logits: Tensor) -> Tensor:
    """Squared length of the gradient of D's logit at each real digit, mean over the batch."""
    (slope,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)  # (B, 64)
    return slope.square().sum(dim=1).mean()


# %% average
averaged = copy.deepcopy(generator).eval()  # never trained, only follows; eval(): BatchNorm uses its running statistics
pairs = [
    (slow, fast)
    for slow, fast in zip(averaged.state_dict().values(), generator.state_dict().values(), strict=True)
    if slow.is_floating_point()
]


def follow(step: int) -> None:
    """Move the averaged generator a little towards the trained one; by more at first, to forget the untrained one."""
    decay = min(EMA, step / (step + 4))
    for slow, fast in pairs:
        slow.lerp_(fast, 1 - decay)


@torch.no_grad()
def snap(net: nn.Module) -> None:
    """Round weights to the grid: CPUs that differ in the 16th digit agree again, before the game amplifies it."""
    for weight in net.parameters():
        weight.div_(GRID).round_().mul_(GRID)


@torch.no_grad()
def draw(net: nn.Module, z: Tensor) -> np.ndarray:
    """Generated digits as counts from 0 to 16, the format of the data. (B, 64) uint8."""
    return (16 * net(z)).round().to(torch.uint8).numpy()


# %% train
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=LEARNING_RATE, betas=(0.0, 0.999), fused=True)
g_optimizer = torch.optim.Adam(generator.parameters(), lr=LEARNING_RATE, betas=(0.0, 0.999), fused=True)
d_schedule, g_schedule = (
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / STEPS))
    for optimizer in (d_optimizer, g_optimizer)
)
fixed_z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents at every snapshot
history = []  # one row per step: d_loss, g_loss, r1
snapshots = [draw(averaged, fixed_z)]

for step in range(1, STEPS + 1):
    real = train_x[torch.randint(len(train_x), (BATCH,))].requires_grad_()
    fake = generator(torch.randn(BATCH, LATENT_DIM))

    # The discriminator's move. detach() cuts the graph: nothing flows back into the generator.
    real_logits = discriminator(real)
    fake_logits = discriminator(fake.detach())
    d_loss = discriminator_loss(real_logits, fake_logits)
    r1 = r1_penalty(real, real_logits)
    d_optimizer.zero_grad()
    (d_loss + GAMMA / 2 * r1).backward()
    d_optimizer.step()
    snap(discriminator)

    # The generator's move, before the discriminator that has just moved. No detach here: the gradient
    # goes through the discriminator, whose own weights stand still.
    discriminator.requires_grad_(False)
    g_loss = generator_loss(discriminator(fake))
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
    discriminator.requires_grad_(True)
    snap(generator)

    follow(step)
    d_schedule.step()
    g_schedule.step()

    history.append([d_loss.item(), g_loss.item(), r1.item()])
    if step in SNAPSHOTS:
        snapshots.append(draw(averaged, fixed_z))
    if step in (1, 100, 400, 800, 1600, STEPS):
        d_mean, g_mean, r1_mean = np.mean(history[-100:], axis=0)  # single batches jump too much to read
        print(f"step={step} d_loss={d_mean:.2f} g_loss={g_mean:.2f} r1={r1_mean:.2f}")

# %% report
with torch.no_grad():
    fake = averaged(fixed_z)
    answers = [discriminator(x).sigmoid().mean() for x in (train_x, torch.from_numpy(held_out_digits) / 16, fake)]
print("fake_range:", f"{fake.min():.2f} {fake.max():.2f}")
print("mean_pixel_real:", f"{train_x.mean():.3f}")
print("mean_pixel_fake:", f"{fake.mean():.3f}")
# The discriminator's mean probability of "real": for digits it trained on, held-out ones, generated ones.
print(f"answers train={answers[0]:.2f} held_out={answers[1]:.2f} fake={answers[2]:.2f}")

# %% save
save_file({name: tensor.float() for name, tensor in averaged.state_dict().items()}, "generator.safetensors")
np.savez("history.npz", history=np.array(history, dtype=np.float32))
np.savez_compressed(
    "samples.npz",
    steps=np.array(SNAPSHOTS), samples=np.stack(snapshots), raw_samples=draw(generator.eval(), fixed_z),
    latents=fixed_z.numpy(),
)  # fmt: skip
