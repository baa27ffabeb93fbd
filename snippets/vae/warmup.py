# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["vae/digits@beta1_*", "vae/digits@warmup*"]
#
# [tool.genloop.figures]
# "kl.svg" = "Held-out KL over 50 epochs on a logarithmic axis. Without warm-up it dips below 1 nat at epoch 2, then rises to about 18 and levels off. With warm-up it is higher from the start, dips less, has passed 20 nats by epoch 5, and comes down to nearly the same height."
# ///
"""KL warm-up: the weight of the KL grows from 0 to 1 over twenty epochs. What it changes, and what it does not."""

import matplotlib.pyplot as plt
import numpy as np

# %% runs
SEEDS = (0, 1, 2)
history = {
    name: np.stack([np.load(f"{prefix}{seed}/vae_history.npz")["history"] for seed in SEEDS])  # (3, 51, 4)
    for name, prefix in (("full weight at once", "beta1_"), ("warm-up", "warmup"))
}

# %% compare
for name, prefix in (("full weight at once", "beta1_"), ("warm-up", "warmup")):
    neg_elbo = history[name][:, -1, 2:].sum(axis=1)
    units = []
    for seed in SEEDS:
        latents = np.load(f"{prefix}{seed}/latents.npz")
        mu, logvar = latents["held_out_mu"], latents["held_out_logvar"]
        units.append((0.5 * (mu**2 + np.expm1(logvar) - logvar).mean(axis=0) > 0.1).sum())
    print(f"{name} neg_elbo mean, least, greatest: {neg_elbo.mean():.1f} {neg_elbo.min():.1f} {neg_elbo.max():.1f}")
    print(f"{name} latents_in_use: {units[0]} {units[1]} {units[2]}")

# %% the kl by epoch
for name, runs in history.items():
    kl = runs[0, :, 3]
    print(f"{name} kl at epochs 0, 1, 2, 5, 20, 50: " + " ".join(f"{kl[epoch]:.1f}" for epoch in (0, 1, 2, 5, 20, 50)))

# %% figure
fig, ax = plt.subplots(figsize=(6.4, 3.4))
for color, (name, runs) in zip(("C0", "C1"), history.items(), strict=True):
    for seed in SEEDS:
        ax.plot(range(1, 51), runs[seed, 1:, 3], color=color, label=name if seed == 0 else None)
ax.set(xscale="log", yscale="log", xlabel="epoch", ylabel="held-out kl (nats)")
ax.set_xticks([1, 2, 5, 10, 20, 50], labels=["1", "2", "5", "10", "20", "50"])
ax.set_yticks([0.5, 1, 2, 5, 10, 20, 50], labels=["0.5", "1", "2", "5", "10", "20", "50"])
ax.minorticks_off()
ax.legend()
fig.savefig("kl.svg")
