# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy>=1", "tqdm"]
#
# [tool.genloop]
# timeout = 20
# files = ["path.json"]
#
# [tool.genloop.expect]
# "position" = { abs = 0.5 }
# ///
"""A seeded random walk: what this course has instead of training."""

import json
import random
from pathlib import Path

# %% constants
SEED = 0  # one walk, the same every time
STEPS = 4  # enough to see it wander

# %% walk
rng = random.Random(SEED)
path = [0.0]
for step in range(1, STEPS + 1):
    path.append(path[-1] + rng.uniform(-1, 1))
    print(f"step={step} position={path[-1]:.3f}")

# %% result
print("points:", len(path))
print(f"farthest: {max(path, key=abs):.2f}")
Path("path.json").write_text(json.dumps(path))
