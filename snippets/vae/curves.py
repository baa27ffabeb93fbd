# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["vae/digits"]
#
# [tool.genloop.figures]
# "curves.svg" = "Three line charts over 80 epochs, train and held out: minus ELBO and recon_nll fall, the held-out lines stay above the train lines; the KL rises quickly in the first ten epochs and levels off near 7 nats."
# ///
"""The three numbers of a VAE over its training: minus ELBO, recon_nll and kl, train and held out."""

import matplotlib.pyplot as plt
import numpy as np

# %% load
history = np.load("vae_history.npz")["history"]  # (epochs + 1, 4)
train_recon_nll, train_kl, recon_nll, kl = history.T
train_neg_elbo = train_recon_nll + train_kl
neg_elbo = recon_nll + kl
epochs = np.arange(len(history))

# %% what the curves say
# One draw of eps per digit makes each point noisy, so the ends are means over ten epochs.
print("gap_first_ten:", f"{(neg_elbo - train_neg_elbo)[1:11].mean():.1f}")
print("gap_last_ten:", f"{(neg_elbo - train_neg_elbo)[-10:].mean():.1f}")
print("neg_elbo_last_but_ten:", f"{neg_elbo[-20:-10].mean():.1f}")
print("neg_elbo_last_ten:", f"{neg_elbo[-10:].mean():.1f}")
print("kl_before_epoch_10:", *(f"{value:.1f}" for value in kl[:10]))

# %% figure
fig, axes = plt.subplots(3, 1, figsize=(6.4, 7.2), sharex=True)
lines = [("−ELBO", train_neg_elbo, neg_elbo), ("recon_nll", train_recon_nll, recon_nll), ("kl", train_kl, kl)]
for ax, (title, train, held_out) in zip(axes, lines, strict=True):
    ax.plot(epochs, held_out, color="C1", label="held out")
    ax.plot(epochs, train, color="C0", linestyle="--", label="train")
    ax.set(title=title, ylabel="nats per digit")
for ax in axes[:2]:
    ax.set_ylim(100, 260)  # the untrained nets start far above
axes[2].set_xlabel("epoch")
axes[0].legend()
fig.savefig("curves.svg")
