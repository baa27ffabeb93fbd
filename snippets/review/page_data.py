# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# needs = ["review/classifier", "review/first_note"]
# files = ["review_data.json"]
# ///
"""What a review in a page needs: the digits, the frozen classifier, and every threshold and word of the library."""

import base64
import json
from importlib import import_module
from pathlib import Path

import numpy as np

from genloop.data import digits
from genloop.review import Classifier, nearest_distance, note_rules, review
from genloop.review.report import numbers

# %% constants
SEED = 0  # of subsets, noise, folds and permutations: that of `python -m genloop.review`
MODULES = ("classes", "distances", "inputs", "measure", "neighbors", "note", "report", "scale", "two_sample")


def packed(array: np.ndarray, kind: str) -> str:
    """The numbers of an array, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


# %% digits
data = digits()
for name, x in {"train": data.train_x, "held_out": data.held_out_x}.items():
    print(f"{name}:", x.shape, "counts from", int(x.min()), "to", int(x.max()))

usual, _ = nearest_distance(data.held_out_x, data.train_x)  # which copies are measured against
print("usual_distance:", f"{np.median(usual):.2f}")
example = np.load("samples.npy")  # what the smallest model made, to try the page with
print("example:", example.shape)

# %% classifier
classifier = Classifier.load("classifier.safetensors")
weights = {name: getattr(classifier, name) for name in ("hidden_weight", "hidden_bias", "weight", "bias")}
print("weights:", *(value.shape for value in weights.values()))

# %% rules
# Whatever the modules of the library call by a name in capitals: thresholds, steps of a verdict, words.
named = [item for module in MODULES for item in vars(import_module(f"genloop.review.{module}")).items()]
thresholds = {name: value for name, value in named if name.isupper() and isinstance(value, int | float)}
words = {name: value for name, value in vars(import_module("genloop.review.note")).items() if name.isupper()}
words = {name: value for name, value in words.items() if isinstance(value, str)}
others = dict(named)
print("thresholds:", len(thresholds))

# %% controls
# With as many samples as there are held-out digits, real data and noise are the same in every review.
anything = np.random.default_rng(1).uniform(0, data.top, data.held_out_x.shape)
found = numbers(review(anything, data.train_x, data.held_out_x, classifier=classifier, seed=SEED))
controls = {name: found[name] for name in ("real", "noise")}
for name, spaces in controls.items():
    print(f"{name}:", *(f"{spaces[space]['neighborhood']['precision']:.2f}" for space in ("pixels", "features")))

# %% random numbers
# Those that the library draws begin here. The directions are drawn by NumPy alone, so the page gets them made.
begin = np.random.default_rng(SEED).bit_generator.state["state"]
drawn = np.random.default_rng(SEED).normal(size=(data.train_x.shape[1], thresholds["DIRECTIONS"]))
directions = np.linalg.qr(drawn)[0]  # in which `genloop.review.inputs` compares points for being one

# %% save
Path("review_data.json").write_text(
    json.dumps(
        {
            "shape": data.shape,
            "train": packed(data.train_x, "u1"),
            "held_out": packed(data.held_out_x, "u1"),
            "usual": packed(usual, "<f8"),
            "example": packed(example, "u1"),
            "classifier": {name: packed(value, "<f8") for name, value in weights.items()},
            "classes": classifier.classes.tolist(),
            "top": classifier.top,
            "thresholds": thresholds,
            "words": words,
            "fields": dict(others["FIELDS"]),
            "tiers": {name: others[name] for name in ("PRECISION", "COVERAGE")},
            "scale": {name: [(one.told, one.mend) for one in others[name]] for name in ("FACTORS", "RANGES")},
            "rules": note_rules(),
            "controls": controls,
            "random": {"state": f"{begin['state']:032x}", "increment": f"{begin['inc']:032x}"},
            "directions": packed(directions, "<f8"),
        }
    ),
    encoding="utf-8",
)
