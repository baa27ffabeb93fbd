# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# files = ["classifier.safetensors"]
# ///
"""Trains the small frozen classifier whose hidden layer is the second yardstick of every review."""

import numpy as np

from genloop.data import digits
from genloop.review import Classifier, measure

data = digits()  # the split of the chapter: 600 digits are held out
classifier = Classifier.fit(data.train_x, data.train_y, hidden=64, seed=0)
print("train_shape:", data.train_x.shape)
print("features_shape:", classifier.features(data.held_out_x).shape)
print("accuracy_train:", f"{(classifier.predict(data.train_x) == data.train_y).mean():.3f}")
print("accuracy_held_out:", f"{(classifier.predict(data.held_out_x) == data.held_out_y).mean():.3f}")
classifier.save("classifier.safetensors")

# %% what it has seen
# Training digits are the real control of every note, and this classifier was fitted on them.
# So once more, in features of a classifier that was fitted on the other half only.
frozen, unseen = [], []
for seed in range(5):
    rows = np.random.default_rng(seed).permutation(len(data.train_x))
    control, rest = rows[:600], rows[600:]
    other = Classifier.fit(data.train_x[rest], data.train_y[rest], hidden=64, seed=0)
    for judge, found in ((classifier, frozen), (other, unseen)):
        real, held_out = judge.features(data.train_x[control]), judge.features(data.held_out_x)
        found.append(measure(held_out, real, seed).neighborhood.precision)
print(f"real precision_f frozen: {np.mean(frozen):.3f}")
print(f"real precision_f fitted_without_them: {np.mean(unseen):.3f}")
