"""A review as files: the note as Markdown and JSON, all numbers as JSON, and one HTML page with pictures."""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import NDArray

from genloop.figures import grid
from genloop.review.measure import Review
from genloop.review.neighbors import nearest_distance
from genloop.review.note import Note

Array = NDArray[np.float64]
SHOWN = 60
"""Samples in a grid."""
CLOSEST = 12
"""Samples shown beside their nearest training sample."""
STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
img{image-rendering:pixelated;max-width:100%;min-width:min(100%,30rem)}
figure{margin:1.5rem 0}
th{text-align:left;vertical-align:top;padding-right:1rem}
td,th{padding-bottom:.5rem}
td{overflow-wrap:anywhere}
"""


def numbers(review: Review) -> dict[str, object]:
    """Every number of a review, by the names that the metrics have."""
    found: dict[str, object] = {
        "compared": review.compared,
        "copying": asdict(review.copying),
        "latent_use": review.latent_use,
    }
    for control in ("samples", "real", "noise"):
        found[control] = {space: asdict(measured) for space, measured in getattr(review, control).items()}
    if review.classes is not None and review.real_classes is not None:
        found["class_tv"] = {"samples": review.classes.tv, "real": review.real_classes.tv}
        found["class_counts"] = {
            "classes": review.classes.classes.tolist(),
            "held_out": review.classes.real.tolist(),
            "samples": review.classes.generated.tolist(),
        }
    return found


def write_report(review: Review, note: Note, folder: Path, title: str) -> list[Path]:
    """Writes review_note.md, review_note.json, review.json and report.html to the folder, which is made; returns them.

    The page holds its pictures and asks nobody for anything.
    """
    texts = {
        "review_note.md": note.as_markdown(f"Review note: {title}"),
        "review_note.json": note.as_json(),
        "review.json": json.dumps(numbers(review), indent=1) + "\n",
        "report.html": page(note, pictures(review), title),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in texts:
        if (folder / name).is_dir():
            raise IsADirectoryError(f"{folder / name} is a folder")
    with TemporaryDirectory(dir=folder) as beside:  # a full disk must not leave half of a report
        for name, text in texts.items():
            (Path(beside) / name).write_text(text, encoding="utf-8")
        return [(Path(beside) / name).replace(folder / name) for name in texts]


def pictures(review: Review) -> list[tuple[str, bytes]]:
    """(caption, PNG) for samples that can be drawn: images as grids, points of the plane as scatter plots."""
    given = review.inputs
    shape = image_shape(given.sample_shape)
    if shape is None:
        return [_scatter(review)] if given.samples.shape[1] == 2 else []
    low, high = float(given.train.min()), float(given.train.max())
    scaled = {
        name: _channels_last(np.clip((x - low) / (high - low or 1), 0, 1).reshape(-1, *shape))
        for name, x in (("samples", given.samples), ("train", given.train), ("held_out", given.held_out))
    }
    distance, nearest = nearest_distance(given.samples, given.train)
    closest = np.argsort(distance, kind="stable")[:CLOSEST]
    pairs = np.concatenate([scaled["samples"][closest], scaled["train"][nearest[closest]]])
    compare = "Above: the samples closest to a training sample. Below: that training sample. Equal pairs are copies."
    return [
        ("The first samples, not picked.", _png(scaled["samples"][:SHOWN], columns=12)),
        ("Held-out real data.", _png(scaled["held_out"][:SHOWN], columns=12)),
        (compare, _png(pairs, columns=len(closest))),
    ]


def image_shape(shape: Sequence[int]) -> tuple[int, ...] | None:
    """The sides of a sample that is a picture: (height, width), or three of them for one in color, with the three
    channels first or last. Flat samples are taken for square gray ones. None if it is no picture."""
    sides = tuple(side for side in shape if side != 1)
    if len(sides) == 1 and (side := math.isqrt(sides[0])) ** 2 == sides[0] and side >= 4:
        return side, side
    return sides if len(sides) == 2 or (len(sides) == 3 and 3 in (sides[0], sides[2])) else None


def _channels_last(images: Array) -> Array:
    return np.moveaxis(images, 1, 3) if images.ndim == 4 and images.shape[3] != 3 else images


def _png(images: Array, columns: int) -> bytes:
    """A grid of images (N, height, width), or (N, height, width, 3) in color, in [0, 1]."""
    if images.ndim == 4:
        picture = np.stack([grid(images[..., channel], columns) for channel in range(3)], axis=2)
    else:
        picture = grid(images, columns)
    data = io.BytesIO()
    plt.imsave(data, picture, cmap="gray", vmin=0, vmax=1, format="png")
    return data.getvalue()


def _scatter(review: Review) -> tuple[str, bytes]:
    figure = Figure(figsize=(6, 6))
    axes = figure.add_subplot()
    axes.plot(*review.inputs.held_out.T, ".", markersize=2, label="held out")
    axes.plot(*review.inputs.samples.T, ".", markersize=2, label="samples")
    axes.set_aspect("equal")
    axes.legend()
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120)
    return "Generated points over held-out ones.", data.getvalue()


def page(note: Note, drawn: Sequence[tuple[str, bytes]], title: str) -> str:
    """One HTML page. Every text is escaped: a title may come from a file name."""
    rows = "".join(
        f"<tr><th scope=row><code>{field}</code></th><td>{html.escape(answer)}</td></tr>"
        for field, answer in asdict(note).items()
    )
    figures = "".join(
        f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for caption, png in drawn
    )
    name = html.escape(title)
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>Review of {name}</title><style>{STYLE}</style>"
        f"<h1>Review of {name}</h1><table>{rows}</table>{figures}</html>\n"
    )
