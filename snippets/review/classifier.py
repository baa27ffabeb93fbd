# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# files = ["classifier.safetensors"]
# ///
"""Trains the small frozen classifier whose hidden layer is the second yardstick of every review."""

from genloop.data import digits
from genloop.review import Classifier

data = digits()  # the split of the chapter: 600 digits are held out
classifier = Classifier.fit(data.train_x, data.train_y, hidden=64, seed=0)
print("train_shape:", data.train_x.shape)
print("features_shape:", classifier.features(data.held_out_x).shape)
print("accuracy_train:", f"{(classifier.predict(data.train_x) == data.train_y).mean():.3f}")
print("accuracy_held_out:", f"{(classifier.predict(data.held_out_x) == data.held_out_y).mean():.3f}")
classifier.save("classifier.safetensors")
