# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["review/classifier", "gan/digits", "gan/digits@seed[1-4]*"]
# files = ["review_note.md", "review_note.json"]
#
# [tool.genloop.figures]
# "neighbors.png" = "Twelve pairs of digits: above, the generated ones that lie closest to a training digit; below, that training digit. The pairs look alike in shape and differ in many pixels."
# ///
"""The review note of the GAN on digits, with the spread of its numbers over five seeds."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from genloop.data import digits
from genloop.figures import grid
from genloop.review import Classifier, class_balance, copying, measure, nearest_distance, note, review

# %% note
data = digits()
classifier = Classifier.load("classifier.safetensors")
saved = np.load("samples.npz")
samples = saved["samples"][-1]  # (600, 64), counts; the averaged generator at the last step
found = review(samples, data.train_x, data.held_out_x, saved["latents"], classifier)
answer = note(found)
print(answer)

# %% seeds
runs = [samples, *(np.load(f"seed{seed}/samples.npz")["samples"][-1] for seed in (1, 2, 3, 4))]
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

# %% nearest training neighbors
distance, nearest = nearest_distance(samples, data.train_x)
closest = np.argsort(distance, kind="stable")[:12]
pairs = np.concatenate([samples[closest], data.train_x[nearest[closest]]]).reshape(-1, 8, 8) / 16
plt.imsave("neighbors.png", grid(pairs, columns=12), cmap="gray", vmin=0, vmax=1)
print("closest_distances:", *(f"{value:.1f}" for value in distance[closest[[0, -1]]]))
print("median_distance:", f"{found.copying.median:.1f}")
print("median_distance_held_out:", f"{found.copying.median_held_out:.1f}")

# %% save
Path("review_note.md").write_text(answer.as_markdown("Review note: GAN on digits"), encoding="utf-8")
Path("review_note.json").write_text(answer.as_json(), encoding="utf-8")
