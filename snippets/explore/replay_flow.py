# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["bridge/flow@replay"]
# files = ["replay.json"]
#
# [tool.genloop.figures]
# "training.svg" = "Six scatter plots of 200 points that the velocity field makes of the same starts, at steps 1, 50, 200, 800, 1500 and 3000, with the eight modes as rings. At steps 1 and 50 a cloud; at 200 and 800 a closed ring that runs through all eight modes; at 1500 eight heaps joined by strays; at the end eight modes with few points between."
# ///
"""What the replay of flow matching shows: where the same starts are led at each saved step, and on which way."""

import base64
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

# %% constants
SHOWN = 300  # of the 2,000 starting points
DRAWN = 200  # in the figure
EVERY = 20  # steps whose mean is one point of the loss curve
MODES, RADIUS, STD = 8, 2.0, 0.1  # as in the training
SCALE = 1000  # a coordinate is written as a whole number of thousandths

angles = 2 * np.pi * np.arange(MODES) / MODES
centers = RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


# %% measure
def counts(points: np.ndarray) -> np.ndarray:
    """(8,): how many of the points (N, 2) lie within three standard deviations of each mode; the others are invalid."""
    distance = np.linalg.norm(points[:, None] - centers, axis=2)
    nearest, valid = distance.argmin(axis=1), distance.min(axis=1) <= 3 * STD
    return np.bincount(nearest[valid], minlength=MODES)


# %% run
saved = np.load("replay/flow.npz")
steps, moved, floor = saved["steps"].tolist(), saved["moved"], float(saved["floor"])  # moved: (S, 6, 2000, 2)
moments = np.linspace(0, 1, moved.shape[1]).round(1).tolist()
names = ("held_out_loss", "above_exact", "modes_covered", "valid_fraction", "mode_tv")
values, of_modes = [], []
for step, (loss, covered, valid, tv), points in zip(steps, saved["numbers"], moved[:, -1], strict=True):
    row = [f"{loss:.3f}", f"{loss - floor:.3f}", f"{covered:.0f}", f"{valid:.3f}", f"{tv:.3f}"]
    print(f"step={step}", *(f"{name}={value}" for name, value in zip(names, row, strict=True)))
    values.append(row)
    of_modes.append(counts(points).tolist())
print("points near each mode at the end:", *of_modes[-1])

# %% save
packed = (SCALE * moved[:, :, :SHOWN]).round().clip(-32768, 32767).astype("<i2")
curve = saved["losses"].reshape(-1, EVERY).mean(axis=1).round(3)
replay = {
    "id": "bridge-flow", "kind": "points", "unit": "step", "steps": steps, "names": names,
    "runs": [{
        "key": "seed0", "name": "seed 0", "values": values,
        "points": {
            "title": "Points", "modes": centers.round(3).tolist(), "radius": 3 * STD, "reach": 3,
            "moments": moments, "count": SHOWN, "scale": SCALE, "data": base64.b64encode(packed.tobytes()).decode(),
        },
        "bars": {"title": f"Near each mode at t = 1, of {len(moved[0, 0]):,}", "name": "points",
                 "of": "mode, counter-clockwise from the right",
                 "counts": of_modes, "even": len(moved[0, 0]) / MODES, "top": 400},
        "losses": {
            "title": "Loss by step; dotted: the exact velocity's", "from": 3, "to": 6,
            "at": list(range(EVERY, len(saved["losses"]) + 1, EVERY)),
            "curves": {"loss": curve.tolist()}, "levels": [[floor, ""]],
        },
        "measures": {"title": "Counts by step", "curves": ["valid_fraction", "mode_tv"]},
    }],
}  # fmt: skip
Path("replay.json").write_text(json.dumps(replay), encoding="utf-8")

# %% figure
fig, axes = plt.subplots(1, 6, figsize=(6.4, 1.5), sharex=True, sharey=True)
for ax, step in zip(axes, (1, 50, 200, 800, 1500, 3000), strict=True):
    points = moved[steps.index(step), -1]
    ax.plot(*centers.T, "o", markersize=7, fillstyle="none", color="C1")
    ax.plot(points[:DRAWN, 0], points[:DRAWN, 1], ".", markersize=1.5, color="C0")
    ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
    ax.set_title(f"step {step}", fontweight="normal", fontsize=10)
    ax.grid(visible=False)
fig.savefig("training.svg")
