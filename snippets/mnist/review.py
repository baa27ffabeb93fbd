# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "mlxtend", "numpy"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 600
# needs = ["mnist/vae", "mnist/pictures", "mnist/gan"]
#
# # For the rows of the GAN, as its training is of single precision: over ATEN_CPU_CAPABILITY default and avx2 with
# # ONEDNN_MAX_CPU_ISA SSE41 and AVX2, and over SEED 0 to 2, no number moved by more than 0.05.
# [tool.genloop.expect]
# "precision" = { abs = 0.08 }
# "recall" = { abs = 0.08 }
# "density" = { abs = 0.08 }
# "coverage" = { abs = 0.08 }
# "precision_f" = { abs = 0.08 }
# "recall_f" = { abs = 0.08 }
# "density_f" = { abs = 0.08 }
# "coverage_f" = { abs = 0.08 }
# ///
"""The review's metrics for the models of 28x28 digits, beside controls: in gray, and with pixels drawn."""

import numpy as np

from genloop.data import mnist_5k
from genloop.review import Classifier, neighborhood

# %% samples
SEED = 0  # of the controls, and of pixels that are drawn
data = mnist_5k()  # 1,000 digits are held out: the split of all programs of this folder
rng = np.random.default_rng(SEED)
train = rng.permutation(data.train_x)


def drawn(x: np.ndarray) -> np.ndarray:
    """Pictures (N, 784) with every pixel drawn: 255 with the chance that its gray says, else 0."""
    return 255 * (rng.random(x.shape) < x / 255)


made = np.load("vae_samples.npz")
gan = np.load("samples.npz")["samples"][-1]
gray = {
    "real": train[:1000],  # control: training digits are real
    "mean": train[1000:3000].reshape(2, 1000, -1).mean(axis=0),  # control: each the mean of two digits
    "plane": made["plane"],
    "vae": made["vae"],
    "gan": gan,
}
ink = {"real_ink": drawn(gray["real"]), "vae_ink": made["ink"], "gan_ink": drawn(gan)}

# %% review
classifier = Classifier.fit(data.train_x, data.train_y, hidden=64, seed=0)
right = classifier.predict(data.held_out_x) == data.held_out_y
print("classifier_accuracy:", f"{right.mean():.2f}")
spaces = {"": lambda x: x, "_f": classifier.features}  # pixels, and what the classifier makes of them


def report(name: str, x: np.ndarray, held_out: np.ndarray) -> None:
    """Two lines: the metrics of samples x in pixels, and in features."""
    for space, view in spaces.items():
        near = neighborhood(view(held_out), view(x))
        print(
            f"set={name} precision{space}={near.precision:.2f} recall{space}={near.recall:.2f}"
            f" density{space}={near.density:.2f} coverage{space}={near.coverage:.2f}"
        )


for name, x in gray.items():
    report(name, x, data.held_out_x)
held_out_ink = 255 * np.load("ink.npz")["held_out_ink"].astype(int)  # like with like
for name, x in ink.items():
    report(name, x, held_out_ink)
