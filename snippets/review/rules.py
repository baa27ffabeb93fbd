# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
# ///
"""The rules by which numbers become words in a review note, printed from the library that applies them."""

from genloop.review import note_rules

for name, rule in note_rules().items():
    print(f"{name}: {rule}")
