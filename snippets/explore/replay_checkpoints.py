# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["review/classifier", "review/checkpoints", "gan/digits", "gan/digits@seed[1-4]*"]
# files = ["replay.json"]
# ///
"""What the replay of the checkpoints shows: samples of five seeds at each saved step, and the measures of the page."""

import base64
import json
from pathlib import Path

import numpy as np

from genloop.data import digits
from genloop.review import Classifier, class_balance

# %% constants
SHOWN = 32  # of 600 samples: the first ones, not the best ones
EVERY = 20  # steps whose mean is one point of a loss curve
FOLDERS = ("", "seed1/", "seed2/", "seed3/", "seed4/")

# %% runs
data = digits()
classifier = Classifier.load("classifier.safetensors")
measured = np.load("checkpoints.npz")
steps, table = measured["steps"].tolist(), measured["table"]  # (8,), (5, 8, 6)
names = ("precision", "recall", "coverage", "class_tv", "copied", "d_loss")
runs = []
for seed, folder in enumerate(FOLDERS):
    samples = np.load(f"{folder}samples.npz")["samples"]  # (8, 600, 64) uint8, counts from 0 to 16
    history = np.load(f"{folder}history.npz")["history"][:, :2].astype(float)  # (steps, 2): d_loss, g_loss
    values = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in table[seed]]
    print(f"seed={seed}", *(f"{name}={value}" for name, value in zip(names, values[-1], strict=True)))
    classes = [class_balance(classifier, data.held_out_x, x) for x in samples.astype(float)]
    curves = history.reshape(-1, EVERY, 2).mean(axis=1).round(3)
    runs.append({
        "key": f"seed{seed}", "name": f"seed {seed}", "values": values,
        "pictures": {
            "title": f"First {SHOWN} of {len(samples[0])} samples, same latents",
            "columns": 8, "count": SHOWN, "side": 8, "top": 16,
            "labels": ["".join(map(str, classifier.predict(x.astype(float)))) for x in samples[:, :SHOWN]],
            "data": base64.b64encode(samples[:, :SHOWN].tobytes()).decode(),
        },
        "bars": {"title": "Samples by class", "name": "samples", "of": "class, from 0 on", "top": 120,
                 "counts": [one.generated.tolist() for one in classes], "real": classes[0].real.tolist()},
        "losses": {
            "title": "Losses by step", "to": 2, "at": list(range(EVERY, len(history) + 1, EVERY)),
            "curves": {"d_loss": curves[:, 0].tolist(), "g_loss": curves[:, 1].tolist()},
            "levels": [[np.log(4), "ln 4"], [np.log(2), "ln 2"]],
        },
        "measures": {"title": "Review by step", "curves": ["coverage", "precision", "recall"]},
    })  # fmt: skip

# %% save
replay = {"id": "compare-checkpoints", "kind": "digits", "unit": "step", "steps": steps, "names": names, "runs": runs}
Path("replay.json").write_text(json.dumps(replay), encoding="utf-8")
