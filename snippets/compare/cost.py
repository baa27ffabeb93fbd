# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["gan/digits", "vae/digits@beta3_0", "bridge/flow_digits"]
#
# [tool.genloop.expect]
# "seconds_per_1000" = { any = "a time: it differs from machine to machine, and from run to run" }
# ///
"""What a sample costs: multiplications, which are the same everywhere, and seconds on this machine."""

from time import perf_counter

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

# %% models
SAMPLES = 1000
REPEATS = 5  # the fastest counts: the others shared the machine with something else
SAMPLE_STEPS = 32  # of the flow, two evaluations each
torch.set_num_threads(1)

generator = nn.Sequential(
    nn.Linear(32, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2),
    nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.LeakyReLU(0.2),
    nn.Linear(256, 64), nn.Sigmoid(),
)  # fmt: skip
generator.load_state_dict(load_file("generator.safetensors"))
decoder = nn.Sequential(nn.Linear(16, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid())
decoder.load_state_dict(load_file("beta3_0/decoder.safetensors"))
network = nn.Sequential(
    nn.Linear(80, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 64)
)
weights = load_file("velocity.safetensors")
network.load_state_dict({name: tensor for name, tensor in weights.items() if name not in ("center", "spread")})
models = {"GAN": generator.eval().float(), "VAE": decoder.float(), "flow": network.float()}


# %% sample
def from_gan() -> Tensor:
    return generator(torch.randn(SAMPLES, 32))


def from_vae() -> Tensor:
    return decoder(torch.randn(SAMPLES, 16))


def from_flow() -> Tensor:
    x = torch.randn(SAMPLES, 64)
    frequencies = torch.pi * torch.arange(1, 9)
    for step in range(2 * SAMPLE_STEPS):  # as many evaluations as the midpoint rule makes
        t = torch.full((SAMPLES, 1), step / (2 * SAMPLE_STEPS))
        x = x + network(torch.cat([x, (t * frequencies).sin(), (t * frequencies).cos()], dim=1)) / (2 * SAMPLE_STEPS)
    return x


# %% cost
passes = {"GAN": 1, "VAE": 1, "flow": 2 * SAMPLE_STEPS}
for name, draw in (("GAN", from_gan), ("VAE", from_vae), ("flow", from_flow)):
    multiplications = passes[name] * sum(layer.weight.numel() for layer in models[name] if isinstance(layer, nn.Linear))
    print(f"{name} numbers_in: {models[name][0].in_features if name != 'flow' else 64}")
    print(f"{name} passes: {passes[name]}")
    print(f"{name} multiplications_per_sample: {multiplications}")
    with torch.no_grad():
        seconds = []
        for _ in range(REPEATS):
            start = perf_counter()
            draw()
            seconds.append(perf_counter() - start)
    print(f"{name} seconds_per_1000={min(seconds):.4f}")
