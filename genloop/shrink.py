"""Trained nets with weights of a few bits, as text that fits into a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Layer = tuple[Array, Array]
"""Weights (out, in) and bias (out,)."""
Packed = dict[str, object]
"""What a page gets: numbers and text, ready for JSON."""

DAMP = 1e-5  # of the curvature, as a share of its mean; Frantar et al. take 0.01, with far more directions in use
RIDGE = 1e-6  # how much a refitted layer is held to the trained one, likewise
ALPHABET = "".join(chr(code) for code in range(32, 127) if chr(code) not in '"\\')
"""Ninety-three characters that JSON leaves as they are: two of them hold 13 bits, in base64 they would hold 12."""


def pack(numbers: NDArray[np.generic], bits: int) -> str:
    """Whole numbers from -2^(bits-1) to 2^(bits-1) - 1 as text, the most significant bit of each first.

    Raises ValueError if one of them lies outside.
    """
    half = 1 << (bits - 1)
    if numbers.min(initial=0) < -half or numbers.max(initial=0) >= half:
        raise ValueError(f"numbers from {numbers.min():g} to {numbers.max():g} do not fit into {bits} bits each")
    positive = numbers.astype(np.int64).ravel() + half
    stream = (positive[:, None] >> np.arange(bits - 1, -1, -1) & 1).ravel()
    pairs = np.pad(stream, (0, -len(stream) % 13)).reshape(-1, 13) @ (1 << np.arange(12, -1, -1))
    return "".join(ALPHABET[pair // 93] + ALPHABET[pair % 93] for pair in pairs)


def vector(values: Array) -> tuple[Packed, Array]:
    """Numbers in 16 bits each, for the page, and as the page will have them.

    The largest has nine digits: the last ones depend on where arrays lie in memory, and with them the size of a file.
    """
    top = float(f"{np.abs(values).max():.9g}") or 1.0
    whole = np.round(values / top * 32767)
    return {"top": top, "text": pack(whole, 16)}, whole / 32767 * top


def quantize(layer: Layer, x: Array, exact: Array, bits: int) -> tuple[Packed, Layer]:
    """A layer with weights of a few bits, for the page, and as the page will have it.

    x (N, in): what comes in from the layers before, quantized as they are; exact (N, in): what should have come in.
    Column by column, what rounding one weight spoils is mended in those that are not rounded yet (GPTQ, Frantar et
    al. 2022, section 4). Inputs that depend on few latents leave much room for that. Raises ValueError below two bits.
    """
    if bits < 2:
        raise ValueError(f"a weight needs two bits or more, for its sign and its size, not {bits}")
    weight = np.column_stack(layer)  # the bias is one more column, mended last
    x, exact = (np.column_stack([one, np.ones(len(one))]) for one in (x, exact))
    inputs = x.shape[1] - 1
    curvature = x.T @ x / len(x)
    unit = np.eye(inputs + 1) * np.diag(curvature).mean()
    # First the least squares answer to the errors that came in, then the rounding.
    target = x.T @ ((exact - x) @ weight.T) / len(x)
    weight = weight + np.linalg.solve(curvature + RIDGE * unit, target).T
    order = np.append(np.argsort(-np.diag(curvature)[:-1], kind="stable"), inputs)
    upper = np.linalg.cholesky(np.linalg.inv((curvature + DAMP * unit)[order][:, order])).T

    top = 2 ** (bits - 1) - 1
    packed_steps, steps = vector(np.abs(weight[:, :-1]).max(axis=1) / top)
    left, whole = weight[:, order].copy(), np.zeros((len(weight), inputs))
    for column, place in enumerate(order[:-1]):
        whole[:, place] = np.clip(np.round(left[:, column] / steps), -top, top)
        spoiled = (left[:, column] - whole[:, place] * steps) / upper[column, column]
        left[:, column + 1 :] -= np.outer(spoiled, upper[column, column + 1 :])
    packed_bias, bias = vector(left[:, -1])
    packed: Packed = {
        "bits": bits,
        "inputs": inputs,
        "weights": pack(whole, bits),
        "steps": packed_steps,
        "bias": packed_bias,
    }
    return packed, (whole * steps[:, None], bias)


def shrink(
    layers: Sequence[Layer], x: Array, bits: Sequence[int], between: Callable[[Array], Array]
) -> tuple[list[Packed], list[Layer]]:
    """A net of linear layers with a function between them, for the page, and as the page will have it.

    x (N, in): inputs that calibrate, layer after layer; bits: of the weights of each layer.
    """
    packed, shrunk, exact = [], [], x
    for number, (layer, few) in enumerate(zip(layers, bits, strict=True)):
        if number:
            x, exact = between(x), between(exact)
        small, here = quantize(layer, x, exact, few)
        packed.append(small)
        shrunk.append(here)
        x, exact = x @ here[0].T + here[1], exact @ layer[0].T + layer[1]
    return packed, shrunk
