# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "scikit-learn", "matplotlib"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["review/classifier", "vae/digits@replay"]
# files = ["replay.json"]
#
# [tool.genloop.figures]
# "unfolding.svg" = "Six scatter plots of 120 held-out digits in the latent plane, each drawn as its own label, at epochs 0, 1, 2, 5, 20 and 80. First all lie in one small heap; then they spread, classes mixed at first; at the end most classes have a patch of their own."
# ///
"""What the replay of the VAE shows: the latent plane, reconstructions and samples at each saved epoch."""

import base64
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from genloop.data import digits
from genloop.review import Classifier, class_balance, neighborhood

# %% constants
SHOWN = 300  # held-out digits in the plane, the first ones: more would hide each other
REACH = 4  # the plane is shown from -4 to 4; the decoded one has a picture in each of its 64 unit squares
DRAWN = 120  # in the figure, which has six planes
CIRCLE = 2.448  # 95 % of a standard normal in the plane lie within sqrt(-2 ln 0.05)
SCALE = 1000  # a coordinate is written as a whole number of thousandths

# %% run
data = digits()
classifier = Classifier.load("classifier.safetensors")
saved = np.load("replay/vae_history.npz")
epochs, history = saved["epochs"].tolist(), saved["history"]  # history: (81, 4) nats
mu, labels = saved["held_out_mu"], data.held_out_y  # (E, 600, 2), (600,)

# %% measure
names = ("neg_elbo", "recon_nll", "kl", "knn_accuracy", "coverage", "class_tv")
values, counts = [], []
for at, epoch in enumerate(epochs):
    _, _, recon_nll, kl = history[epoch]
    neighbors = KNeighborsClassifier(n_neighbors=10).fit(saved["train_mu"][at], data.train_y)
    samples = saved["samples"][at].astype(float)
    classes = class_balance(classifier, data.held_out_x, samples)
    coverage = neighborhood(data.held_out_x, samples).coverage  # in pixels
    row = [f"{value:.1f}" for value in (recon_nll + kl, recon_nll, kl)]
    row += [f"{neighbors.score(mu[at], labels):.2f}"]
    row += [f"{value:.2f}" for value in (coverage, classes.tv)]
    print(f"epoch={epoch}", *(f"{name}={value}" for name, value in zip(names, row, strict=True)))
    values.append(row)
    counts.append(classes.generated.tolist())
inside = (np.abs(mu[-1]) < REACH).all(axis=1).mean()
print("samples by class at the end:", *counts[-1])
print(f"share_of_digits_in_the_picture: {inside:.2f}")

# %% save
first_of_class = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
whole = np.concatenate([data.held_out_x[first_of_class].astype(np.uint8)] * len(epochs)).reshape(len(epochs), 10, 64)
rebuilt = np.concatenate([whole, saved["rebuilt"][:, first_of_class]], axis=1)  # (E, 20, 64)
packed = (SCALE * mu[:, :SHOWN]).round().astype("<i2")


def pictures(title: str, columns: int, counts: np.ndarray) -> dict[str, object]:
    """Pictures (E, N, 64), counts from 0 to 16, as bytes in base64."""
    return {
        "title": title, "columns": columns, "count": counts.shape[1], "side": 8, "top": 16,
        "labels": ["".join(map(str, classifier.predict(x.astype(float)))) for x in counts],
        "data": base64.b64encode(counts.tobytes()).decode(),
    }  # fmt: skip


replay = {
    "id": "vae-digits", "kind": "plane", "unit": "epoch", "steps": epochs, "names": names,
    "runs": [{
        "key": "seed0", "name": "seed 0", "values": values,
        "plane": {
            "title": f"The first {SHOWN} held-out digits at their mu", "labels": "".join(map(str, labels[:SHOWN])),
            "reach": REACH, "circle": CIRCLE, "count": SHOWN, "scale": SCALE,
            "data": base64.b64encode(packed.tobytes()).decode(),
        },
        "decoded": pictures("The same plane, decoded", 8, saved["plane"]),
        "pictures": pictures("Held-out digits, and below them their reconstructions", 10, rebuilt),
        "bars": {"title": "600 samples from the prior, by class", "name": "samples", "of": "class, from 0 on",
                 "counts": counts,
                 "real": np.bincount(classifier.predict(data.held_out_x), minlength=10).tolist(), "top": 200},
        "losses": {
            "title": "Negative ELBO by epoch, nats", "from": 100, "to": 260, "at": list(range(len(history))),
            "curves": {"held out": (history[:, 2] + history[:, 3]).round(1).tolist(),
                       "train": (history[:, 0] + history[:, 1]).round(1).tolist()},
        },
        "measures": {"title": "Plane and samples by epoch", "curves": ["knn_accuracy", "coverage"]},
    }],
}  # fmt: skip
Path("replay.json").write_text(json.dumps(replay), encoding="utf-8")

# %% figure
colors = ["C0", "C1", "C2", "C3", "C4", "C5", "#d64545", "#1f94a8", "#7f8790", "#a8703f"]
fig, axes = plt.subplots(2, 3, figsize=(6.4, 4.4), sharex=True, sharey=True)
for ax, epoch in zip(axes.flat, (0, 1, 2, 5, 20, 80), strict=True):
    plane, drawn = mu[epochs.index(epoch), :DRAWN], labels[:DRAWN]
    for digit in range(10):
        ax.scatter(*plane[drawn == digit].T, marker=f"${digit}$", s=14, color=colors[digit], linewidths=0)
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=(-4, -2, 0, 2, 4), aspect="equal")
    ax.set_title(f"epoch {epoch}", fontweight="normal", fontsize=10)
fig.savefig("unfolding.svg")
