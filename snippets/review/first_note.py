# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# files = ["samples.npy"]
# ///
"""A generative model in two lines, and its review note."""

import numpy as np

from genloop.data import digits
from genloop.review import Classifier, note, review

# %% model
SEED = 0  # of the latents
SAMPLES = 600  # as many as there are held-out digits
SCALE = 1.0  # of the latents; 1 is what was fitted
data = digits()
rng = np.random.default_rng(SEED)
latents = SCALE * rng.normal(size=(SAMPLES, 64))
# One normal distribution for all 64 pixels; a little is added because some pixels never vary.
covariance = np.cov(data.train_x.T) + 1e-6 * np.eye(64)
samples = data.train_x.mean(axis=0) + latents @ np.linalg.cholesky(covariance).T

# %% note
classifier = Classifier.fit(data.train_x, data.train_y)
print(note(review(samples.clip(0, 16).round(), data.train_x, data.held_out_x, latents, classifier)))
np.save("samples.npy", samples.clip(0, 16).round())
