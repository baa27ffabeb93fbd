# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["review/classifier", "gan/digits"]
# files = ["replay.json"]
# ///
"""What the replay of the GAN on digits shows: samples of the same latents at each saved step, losses and the review."""

import base64
import json
from pathlib import Path

import numpy as np

from genloop.data import digits
from genloop.review import Classifier, class_balance, neighborhood

# %% constants
SHOWN = 60  # of the 600 samples: the first ones, not the best ones
EVERY = 20  # steps whose mean is one point of a loss curve
LAST = 100  # steps whose mean is called the loss at a step, as in the lines of the training

# %% run
data = digits()
classifier = Classifier.load("classifier.safetensors")
saved = np.load("samples.npz")
steps, samples = saved["steps"].tolist(), saved["samples"]  # (S, 600, 64) uint8, counts from 0 to 16
history = np.load("history.npz")["history"][:, :2].astype(float)  # (steps, 2): d_loss, g_loss

# %% measure
real = classifier.features(data.held_out_x)
names = ("coverage", "coverage_f", "precision_f", "class_tv", "d_loss", "g_loss")  # _f: in features
values, counts, labels = [], [], []
for step, x in zip(steps, samples.astype(float), strict=True):
    near = neighborhood(real, classifier.features(x))
    classes = class_balance(classifier, data.held_out_x, x)
    losses = history[max(0, step - LAST) : step].mean(axis=0) if step else (np.nan, np.nan)
    pixels = neighborhood(data.held_out_x, x).coverage
    row = [f"{value:.3f}" for value in (pixels, near.coverage, near.precision, classes.tv)]
    row += ["" if np.isnan(loss) else f"{loss:.2f}" for loss in losses]
    print(f"step={step}", *(f"{name}={value}" for name, value in zip(names, row, strict=True) if value))
    values.append(row)
    counts.append(classes.generated.tolist())
    labels.append("".join(map(str, classifier.predict(x[:SHOWN]))))
print("classes at the end:", *counts[-1])
print("classes of held-out digits:", *classes.real)

# %% save
curves = history.reshape(-1, EVERY, 2).mean(axis=1).round(3)
replay = {
    "id": "gan-digits", "kind": "digits", "unit": "step", "steps": steps, "names": names,
    "runs": [{
        "key": "seed0", "name": "seed 0", "values": values,
        "pictures": {
            "title": f"First {SHOWN} of {len(samples[0])} samples, same latents",
            "columns": 10, "count": SHOWN, "side": 8, "top": 16, "labels": labels,
            "data": base64.b64encode(samples[:, :SHOWN].tobytes()).decode(),
        },
        "bars": {"title": "Samples by class", "name": "samples", "of": "class, from 0 on", "counts": counts,
                 "real": classes.real.tolist(), "top": 120},
        "losses": {
            "title": "Losses by step", "to": 2, "at": list(range(EVERY, len(history) + 1, EVERY)),
            "curves": {"d_loss": curves[:, 0].tolist(), "g_loss": curves[:, 1].tolist()},
            "levels": [[np.log(4), "ln 4"], [np.log(2), "ln 2"]],
        },
        "measures": {"title": "Review by step", "curves": ["coverage", "coverage_f", "precision_f"]},
    }],
}  # fmt: skip
Path("replay.json").write_text(json.dumps(replay), encoding="utf-8")
