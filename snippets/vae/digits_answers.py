# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "safetensors"]
#
# [tool.genloop]
# needs = ["vae/digits"]
# ///
"""Answers to the exercises on the VAE: the KL against an independent one, and the classes of many samples."""

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

SEED = 0  # of the test values and of the samples
SAMPLES = 10_000  # a share of one tenth is then known to about 0.003, good enough for two digits
torch.set_num_threads(1)
torch.manual_seed(SEED)


# %% check the kl
def kl_to_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """As in digits.py."""
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


mu, logvar = torch.randn(2, 1000, 2, dtype=torch.float64)
for dtype, limit in ((torch.float64, 1e-12), (torch.float32, 1e-12), (torch.float32, 1e-5)):
    m, v = mu.to(dtype), logvar.to(dtype)
    reference = kl_divergence(Normal(m, (0.5 * v).exp()), Normal(torch.zeros_like(m), torch.ones_like(v)))
    largest = (kl_to_standard_normal(m, v) - reference).abs().max().item()
    # Within or not: the digits of a rounding error mean nothing.
    print(f"{str(dtype).removeprefix('torch.')} agrees_within {limit:.0e}:", largest < limit)

# %% near the prior
small = torch.tensor(1e-4)  # mu = 0 and logvar = 1e-4: the KL is logvar^2 / 4 = 2.5e-9, to four digits
reference = kl_divergence(Normal(0.0, (0.5 * small).exp()), Normal(0.0, 1.0))
print("near_the_prior with_expm1:", f"{kl_to_standard_normal(torch.tensor(0.0), small):.1e}")
print("near_the_prior with_exp_minus_1:", f"{0.5 * (small.exp() - 1 - small):.1e}")
print("near_the_prior torch_distributions:", f"{reference:.1e}")

# %% which classes are sampled
torch.set_default_dtype(torch.float64)
decoder = nn.Sequential(nn.Linear(2, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64))
decoder.load_state_dict(load_file("decoder.safetensors"))
digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, train_y, held_out_y = train_test_split(
    digits, labels, test_size=600, stratify=labels, random_state=0
)
classifier = KNeighborsClassifier(n_neighbors=5).fit(train_x, train_y)  # on pixels; has seen training digits only
print("classifier_accuracy_held_out:", f"{classifier.score(held_out_x, held_out_y):.3f}")
with torch.no_grad():
    samples = 16 * decoder(torch.randn(SAMPLES, 2)).sigmoid()
shares = np.bincount(classifier.predict(samples.numpy()), minlength=10) / SAMPLES
print("share_by_class:", *(f"{share:.2f}" for share in shares))
print("three_rarest:", *sorted(np.argsort(shares)[:3]))  # by name: their own order is a matter of few samples
