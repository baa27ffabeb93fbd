# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "torch>=2.4", "numpy", "safetensors"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier", "vae/digits", "vae/digits@seed*", "vae/digits@beta3_*"]
# files = ["review_note.md", "review_note.json"]
# ///
"""The review note of the VAE on digits, with the spread of its numbers over five seeds."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from genloop.data import digits
from genloop.review import Classifier, class_balance, copying, measure, note, review

# %% constants
RUNS = ""  # folders begin with this; the lesson's VAE with two latents lies beside this program
LATENT_DIM = 2
SEEDS = (0, 1, 2, 3, 4)

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # the type in which the weights were trained
torch.manual_seed(0)  # of the latents
data = digits()
classifier = Classifier.load("classifier.safetensors")
z = torch.randn(len(data.held_out_x), LATENT_DIM)  # the same for all seeds


# %% sample
@torch.no_grad()
def sample(folder: str) -> np.ndarray:
    """One digit per latent as counts from 0 to 16, (600, 64): pixel means, rounded."""
    decoder = nn.Sequential(
        nn.Linear(LATENT_DIM, 128), nn.SiLU(), nn.Linear(128, 256), nn.SiLU(), nn.Linear(256, 64), nn.Sigmoid()
    )
    decoder.load_state_dict(load_file(Path(folder, "decoder.safetensors")))
    return (16 * decoder(z)).round().numpy()


# %% note
runs = [sample(f"{RUNS}{seed}" if RUNS else f"seed{seed}" if seed else "") for seed in SEEDS]
answer = note(review(runs[0], data.train_x, data.held_out_x, latents=z, classifier=classifier))
print(answer)

# %% seeds
spread = {"precision": [], "recall": [], "coverage": [], "class_tv": [], "copied": []}
for x in runs:
    near = measure(data.held_out_x, x).neighborhood  # in pixels
    spread["precision"].append(near.precision)
    spread["recall"].append(near.recall)
    spread["coverage"].append(near.coverage)
    spread["class_tv"].append(class_balance(classifier, data.held_out_x, x).tv)
    spread["copied"].append(copying(x, data.train_x, data.held_out_x).copied)
for name, values in spread.items():
    print(f"five_seeds {name}: {np.mean(values):.2f} {min(values):.2f} {max(values):.2f}")

# %% save
Path("review_note.md").write_text(answer.as_markdown(f"Review note: VAE, {LATENT_DIM} latents"), encoding="utf-8")
Path("review_note.json").write_text(answer.as_json(), encoding="utf-8")
