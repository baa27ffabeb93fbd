# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy"]
#
# [tool.genloop]
# needs = ["gan/ring", "gan/ring@even", "gan/ring@collapse"]
# files = ["replay.json"]
# ///
"""What the replay of the ring shows: points of the same latents at each saved step, for three ways to play game 1."""

import base64
import json
from pathlib import Path

import numpy as np

# %% constants
GAME = 1  # of five: the one in the figure of the page
RUNS = {"": "as it is", "even/": "even rates", "collapse/": "five D steps, rates 3e-4"}
SHOWN = 400  # points
EVERY = 20  # steps whose mean is one point of a loss curve
LAST = 100  # steps whose mean is called the loss at a step
MODES, RADIUS, STD = 8, 2.0, 0.1  # as in the training
SCALE = 1000  # a coordinate is written as a whole number of thousandths

angles = 2 * np.pi * np.arange(MODES) / MODES
centers = RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


# %% measure
def counts(points: np.ndarray) -> list[int]:
    """How many of the points (N, 2) lie within three standard deviations of each mode; the others are invalid."""
    distance = np.linalg.norm(points[:, None] - centers, axis=2)
    nearest, valid = distance.argmin(axis=1), distance.min(axis=1) <= 3 * STD
    return np.bincount(nearest[valid], minlength=MODES).tolist()


# %% runs
names = ("modes_covered", "valid_fraction", "mode_tv", "d_loss", "g_loss")
runs = []
for folder, told in RUNS.items():
    saved = np.load(f"{folder}ring.npz")
    steps, snapshots = saved["steps"].tolist(), saved["snapshots"][:, GAME]  # (21,), (21, 500, 2)
    trace, history = saved["trace"][:, GAME], saved["history"][:, GAME].astype(float)  # (21, 4), (steps, 2)
    values = []
    for step, (_, covered, valid, tv) in zip(steps, trace, strict=True):
        row = [f"{covered:.0f}", f"{valid:.3f}", f"{tv:.3f}"]
        row += [f"{loss:.2f}" for loss in history[max(0, step - LAST) : step].mean(axis=0)] if step else ["", ""]
        if step % 400 == 0:
            said = " ".join(f"{name}={value}" for name, value in zip(names, row, strict=True) if value)
            print(f"{told}: step={step} {said}")
        values.append(row)
    of_modes = [counts(points[:SHOWN]) for points in snapshots]
    print(f"{told}: points near each mode at the end:", *of_modes[-1])
    print(f"{told}: greatest_coordinate={np.abs(snapshots).max():.1f}")
    curves = history.reshape(-1, EVERY, 2).mean(axis=1).round(3)
    packed = (SCALE * snapshots[:, :SHOWN]).round().clip(-32768, 32767).astype("<i2")
    runs.append({
        "key": folder.strip("/") or "as-it-is", "name": told, "values": values,
        "points": {
            "title": "Points", "modes": centers.round(3).tolist(), "radius": 3 * STD, "reach": 3,
            "count": SHOWN, "scale": SCALE, "data": base64.b64encode(packed.tobytes()).decode(),
        },
        "bars": {"title": f"Near each mode, of these {SHOWN}", "name": "points",
                 "of": "mode, counter-clockwise from the right",
                 "counts": of_modes, "even": SHOWN / MODES, "top": 200},
        "losses": {
            "title": "Losses by step", "to": 3, "at": list(range(EVERY, len(history) + 1, EVERY)),
            "curves": {"d_loss": curves[:, 0].tolist(), "g_loss": curves[:, 1].tolist()},
            "levels": [[np.log(4), "ln 4"], [np.log(2), "ln 2"]],
        },
        "measures": {"title": "Counts by step", "curves": ["valid_fraction", "mode_tv"]},
    })  # fmt: skip

# %% save
replay = {"id": "gan-modes", "kind": "points", "unit": "step", "steps": steps, "names": names, "runs": runs}
Path("replay.json").write_text(json.dumps(replay), encoding="utf-8")
