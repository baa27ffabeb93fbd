# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.genloop]
# needs = ["walk/steps", "walk/steps@seed1"]
#
# [tool.genloop.figures]
# "walk.svg" = "Line chart: two walks of four steps that start at zero and part at once."
# "ends.png" = "Two gray pixels: how far each of the two walks has come."
# ///
"""The two walks as a line chart, and where they end as two pixels."""

import json
import struct
import zlib
from pathlib import Path

# %% read
walks = [json.loads(Path(folder, "path.json").read_text()) for folder in (".", "seed1")]

# %% chart
lines = "".join(
    f'<polyline fill="none" stroke="{color}" points="{" ".join(f"{x},{-y:.3f}" for x, y in enumerate(walk))}"/>'
    for color, walk in zip(("#010203", "#2f81d6"), walks, strict=True)
)
Path("walk.svg").write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 -2 4 4">{lines}</svg>\n'
)

# %% pixels
row = bytes([0, *(min(255, int(100 * abs(walk[-1]))) for walk in walks)])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


Path("ends.png").write_bytes(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", len(walks), 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(row))
    + chunk(b"IEND", b"")
)
print("walks:", len(walks))
