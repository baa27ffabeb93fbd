# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "numpy", "safetensors", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/game", "gan/game@equal"]
#
# [tool.genloop.figures]
# "fresh.svg" = "Two charts of the run with equal rates. Above: the generated density is a spike in the middle of the real one. Below: the discriminator of the game answers about one half everywhere, while a fresh discriminator falls to about one half under the spike and rises to almost 1 on both sides of it."
# ///
"""A test that the game's own losses are not: a fresh discriminator against the finished generator."""

import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

# %% constants
SEED = 100  # a judge that has nothing in common with the game's discriminator
UPDATES = 400
BATCH = 256
RUNS = {"main": "", "equal": "equal/"}  # name: folder of the run's files

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

# %% fresh judge
judges = {}
for name, folder in RUNS.items():
    torch.manual_seed(SEED)
    generator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    generator.load_state_dict(load_file(folder + "generator.safetensors"))
    generator.requires_grad_(False)  # it stands still: this is a classifier, not a game
    judge = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(judge.parameters(), lr=0.02, fused=True)
    for _ in range(UPDATES):
        real, fake = 2.0 + 0.2 * torch.randn(BATCH, 1), generator(torch.randn(BATCH, 2))
        d_loss = F.softplus(-judge(real)).mean() + F.softplus(judge(fake)).mean()
        optimizer.zero_grad()
        d_loss.backward()
        optimizer.step()
    with torch.no_grad():  # numbers that the judge never saw
        real_logits = judge(2.0 + 0.2 * torch.randn(10_000, 1))
        fake_logits = judge(generator(torch.randn(10_000, 2)))
    d_loss = (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()).item()
    right = ((real_logits > 0).double().mean() + (fake_logits < 0).double().mean()).item() / 2
    in_game = np.load(folder + "game.npz")["history"][-50:, 0].mean()
    print(f"{name} d_loss_in_game={in_game:.2f} d_loss_fresh={d_loss:.2f} fresh_is_right={right:.2f}")
    # d_loss of the best judge is ln 4 - 2 JSD, so every judge proves a distance of at least this.
    print(f"{name} jsd_at_least: {(math.log(4) - d_loss) / 2:.2f}")
    judges[name] = judge

# %% figure
saved = np.load("equal/game.npz")
grid = saved["grid"]
with torch.no_grad():
    fresh = judges["equal"](torch.from_numpy(grid).unsqueeze(1)).sigmoid().flatten().numpy()
inside = (grid > 1.3) & (grid < 2.7)
print("in_game_answers_between:", f"{saved['answers'][-1][inside].min():.2f} {saved['answers'][-1][inside].max():.2f}")
print("fresh_answers_between:", f"{fresh[inside].min():.2f} {fresh[inside].max():.2f}")

fig, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.2), sharex=True)
bins = np.linspace(1.2, 2.8, 81)
above.hist(saved["samples"][-1], bins=bins, density=True, color="C0", alpha=0.5, label="generated q")
above.plot(grid, np.exp(-0.5 * ((grid - 2) / 0.2) ** 2) / (0.2 * np.sqrt(2 * np.pi)), color="C1", label="real p")
above.set(title="the run with equal rates, step 300", ylabel="density")
above.legend(loc="upper right")
below.plot(grid, saved["answers"][-1], color="C2", label="D of the game")
below.plot(grid, fresh, color="C3", linestyle="--", label="fresh D")
below.set(title="answers", xlabel="x", ylabel="probability", xlim=(1.2, 2.8), ylim=(0, 1.02))
below.legend(loc="lower right")
fig.savefig("fresh.svg")
