# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "scikit-learn", "safetensors"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["bridge/flow_digits", "review/classifier"]
# files = ["models.json", "flow.json"]
# ///
"""The trained flow of the digits, small enough for a page, forwards and backwards, and what that changes."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from genloop.shrink import Layer, shrink, vector

# %% constants
SEED = 0  # of the latents that calibrate, and of those that measure
MAX_COUNT, HELD_OUT = 16, 600  # as in the training
SAMPLE_STEPS = 32  # midpoint steps, as in the training: 64 evaluations of the network
ROUGH_STEPS = 8  # while a point is dragged, and for the regions of the plane
BITS = [11, 10, 10, 11]  # of the weights, layer by layer
SHOWN = 300  # held-out digits that the page can show
MEASURED = 2000  # latents from the prior, and as many from the plane
Array = np.ndarray

digits, labels = load_digits(return_X_y=True)
_, held_out_x = train_test_split(digits, test_size=HELD_OUT, stratify=labels, random_state=0)
rng = np.random.default_rng(SEED)

# %% the flow
saved = load_file("velocity.safetensors")
center, spread = saved["center"], float(saved["spread"])
exact = [(saved[f"{i}.weight"], saved[f"{i}.bias"]) for i in (0, 2, 4, 6)]
waves = (exact[0][0].shape[1] - 64) // 2


def silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def seen(x: Array, t: float) -> Array:
    """What the network sees of points x (N, 64) at a time: (N, 64 + 2 waves)."""
    angles = t * np.pi * np.arange(1, waves + 1)
    return np.hstack([x, np.tile(np.concatenate([np.sin(angles), np.cos(angles)]), (len(x), 1))])


def velocity(layers: list[Layer], x: Array, t: float) -> Array:
    """(N, 64)"""
    x = seen(x, t)
    for number, (weight, bias) in enumerate(layers):
        x = (silu(x) if number else x) @ weight.T + bias
    return x


def integrate(layers: list[Layer], x: Array, steps: int = SAMPLE_STEPS, back: bool = False) -> Array:
    """From noise at t = 0 to standardized digits at t = 1, or back, by the midpoint rule: (N, 64)."""
    dt = (-1 if back else 1) / steps
    for step in range(steps):
        t = (1 if back else 0) + step * dt
        half = x + dt / 2 * velocity(layers, x, t)
        x = x + dt * velocity(layers, half, t + dt / 2)
    return x


def counts(layers: list[Layer], z: Array, steps: int = SAMPLE_STEPS) -> Array:
    """Mean counts from 0 to 16 for latents z (N, 64), as the training draws its samples: (N, 64)."""
    return (integrate(layers, z, steps) * spread + center).clip(0, MAX_COUNT)


def codes(layers: list[Layer], x: Array) -> Array:
    """The latents that the flow leads to digits with counts x (N, 64), by going backwards."""
    return integrate(layers, (x - center) / spread, back=True)


# %% plane
# Two orthonormal directions along which pictures change most, on average over draws of the prior.
draws, step = rng.standard_normal((40, 64)), 1e-3
ahead, behind = (np.stack([counts(exact, draws + way * row) for row in np.eye(64)]) for way in (step, -step))
slopes = (ahead - behind) / (2 * step)
_, vectors = np.linalg.eigh(np.einsum("inp,jnp->ij", slopes, slopes))
axes = vectors[:, :-3:-1].T
axes = np.round(axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None], 6)

x = held_out_x[:SHOWN]
own = codes(exact, x)
points = own @ axes.T
reach = float(max(3.5, np.ceil(2 * np.abs(points).max()) / 2))
print("code_length_mean:", f"{np.linalg.norm(own, axis=1).mean():.1f}")
print("prior_length_mean:", f"{np.linalg.norm(rng.standard_normal((100_000, 64)), axis=1).mean():.1f}")

# %% shrink
# The network is calibrated on what it sees on the way: from the prior, from the plane, and back from digits.
ways = [rng.standard_normal((600, 64)), rng.uniform(-reach, reach, (600, 2)) @ axes]
met = []
for at in (*ways, codes(exact, digits[::3])):
    for number in range(SAMPLE_STEPS):
        t = number / SAMPLE_STEPS
        if number % 2 == 0:
            met.append(seen(at, t))
        at = at + velocity(exact, at, t) / SAMPLE_STEPS
packed, small = shrink(exact, np.concatenate(met), BITS, silu)
points_text, _ = vector(points)
page = {
    "base": [0.0] * 64, "axes": axes.tolist(), "reach": reach, "between": "silu", "latents": 64,
    "points": points_text, "layers": packed,
    "flow": {
        "center": center.round(6).tolist(), "spread": round(spread, 6), "steps": SAMPLE_STEPS, "rough": ROUGH_STEPS,
    },
}  # fmt: skip
text = json.dumps(page, separators=(",", ":"))
Path("flow.json").write_text(text, encoding="utf-8")
kb = len(text.encode()) / 1000
print("decoder_kb:", f"{kb:.0f}")
print("weights:", sum(weight.size + bias.size for weight, bias in exact))

# %% measure
judge = load_file("classifier.safetensors")


def classes(found: Array) -> tuple[Array, Array]:
    """The class of each picture, by the chapter's classifier, and how far it is ahead of the second one."""
    hidden = np.maximum(found / MAX_COUNT @ judge["hidden_weight"] + judge["hidden_bias"], 0)
    logits = hidden @ judge["weight"] + judge["bias"]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds.argmax(axis=1), np.ptp(np.sort(odds, axis=1)[:, -2:], axis=1)


z = np.concatenate([rng.standard_normal((MEASURED, 64)), rng.uniform(-reach, reach, (MEASURED, 2)) @ axes])
right, lead = classes(counts(exact, z))
for name, found in (("packed", counts(small, z)), ("rough", counts(small, z, ROUGH_STEPS))):
    off = np.abs(np.round(counts(exact, z)) - np.round(found))
    other = classes(found)[0] != right
    print(f"flow={name} one_off={(off == 1).mean():.4f} more_off={(off > 1).sum()}", end="")
    print(f" other_class={other.sum()} of={len(z)} lead_of_these={lead[other].max(initial=0):.3f}")
for name, layers in (("exact", exact), ("packed", small)):
    back = np.abs(np.round(counts(layers, codes(layers, x))) - x)
    print(f"return={name} one_off={(back == 1).mean():.4f} more_off={(back > 1).sum()}")

# %% save
entry = {"name": "flow", "title": "Flow matching, sixty-four latents", "run": "bridge/flow_digits", "kind": "flow"}
Path("models.json").write_text(json.dumps({"models": [entry | {"latents": 64, "kb": round(kb)}], "kb": 0}))
