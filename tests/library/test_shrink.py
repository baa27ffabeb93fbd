"""Weights of a few bits: what is packed comes back, and mending is better than plain rounding."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from genloop.shrink import ALPHABET, Layer, pack, quantize, shrink, vector

Array = NDArray[np.float64]


def unpacked(text: str, bits: int, count: int) -> list[int]:
    """Another way to read it: one long binary number."""
    pairs = [ALPHABET.index(one) * 93 + ALPHABET.index(other) for one, other in zip(text[::2], text[1::2], strict=True)]
    stream = "".join(f"{pair:013b}" for pair in pairs)
    return [int(stream[i * bits : (i + 1) * bits], 2) - 2 ** (bits - 1) for i in range(count)]


def written(packed: object) -> Array:
    """The five numbers of a packed vector."""
    assert isinstance(packed, dict)
    return np.array(unpacked(packed["text"], 16, 5)) / 32767 * float(packed["top"])


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def applied(layers: list[Layer], x: Array) -> Array:
    for number, (weight, bias) in enumerate(layers):
        x = (relu(x) if number else x) @ weight.T + bias
    return x


@pytest.mark.parametrize("bits", [1, 2, 5, 8, 13, 16])
def test_whole_numbers_come_back(bits: int) -> None:
    numbers = np.random.default_rng(bits).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), 40)
    numbers[:2] = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    text = pack(numbers, bits)
    assert unpacked(text, bits, len(numbers)) == numbers.tolist()
    assert len(text) == 2 * -(-bits * len(numbers) // 13)
    assert '"' not in text and "\\" not in text and text.isascii() and text.isprintable()


def test_what_does_not_fit_is_refused() -> None:
    for numbers in ([-9, 0], [0, 8]):
        with pytest.raises(ValueError, match="do not fit into 4 bits"):
            pack(np.array(numbers), 4)
    one = np.ones((1, 1))
    with pytest.raises(ValueError, match="two bits or more"):
        quantize((one, one[0]), one, one, 1)


def test_a_vector_is_off_by_half_a_step_at_most() -> None:
    values = np.random.default_rng(0).normal(size=50)
    packed, back = vector(values)
    assert packed["top"] == pytest.approx(np.abs(values).max(), rel=1e-8)
    assert np.abs(back - values).max() <= np.abs(values).max() / 32767 / 2 * (1 + 1e-6)
    assert (vector(np.zeros(3))[1] == 0).all()


def test_last_bits_do_not_make_a_file_longer() -> None:
    """They differ from process to process, and sizes are printed."""
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=50)
        sizes = {len(json.dumps(vector(values * (1 + bits * 2e-16))[0])) for bits in range(-3, 4)}
        assert len(sizes) == 1


def test_what_the_page_gets_is_what_is_said_of_it() -> None:
    rng = np.random.default_rng(1)
    layer: Layer = (rng.normal(size=(5, 7)), rng.normal(size=5))
    x = rng.normal(size=(200, 7))
    packed, (weight, bias) = quantize(layer, x, x, 6)
    whole = np.array(unpacked(str(packed["weights"]), 6, 35)).reshape(5, 7)
    assert np.abs(whole).max() <= 31
    steps, biases = (written(packed[name]) for name in ("steps", "bias"))
    assert np.allclose(weight, whole * steps[:, None], rtol=1e-12)
    assert np.allclose(bias, biases, rtol=1e-12)


def test_mending_is_better_than_plain_rounding_where_inputs_depend_on_few_numbers() -> None:
    """As those of a decoder do: thirty inputs that depend on three latents."""
    rng = np.random.default_rng(2)
    weight, bias = rng.normal(size=(20, 30)), rng.normal(size=20)
    x, other = (relu(z @ np.random.default_rng(3).normal(size=(3, 30))) for z in rng.normal(size=(2, 500, 3)))
    _, small = quantize((weight, bias), x, x, 4)
    steps = np.abs(weight).max(axis=1, keepdims=True) / 7
    plain = (np.round(weight / steps) * steps, bias)
    exact = applied([(weight, bias)], other)
    mended, rounded = (np.sqrt(((applied([one], other) - exact) ** 2).mean()) for one in (small, plain))
    assert mended < rounded / 2


def test_a_layer_makes_up_for_the_layers_before_it() -> None:
    rng = np.random.default_rng(4)
    first: Layer = (rng.normal(size=(40, 3)), rng.normal(size=40))
    second: Layer = (rng.normal(size=(6, 40)), rng.normal(size=6))
    z, other = rng.normal(size=(2, 800, 3))
    packed, small = shrink([first, second], z, [3, 16], relu)
    assert [one["bits"] for one in packed] == [3, 16]
    alone = applied([small[0], second], other)
    exact, both = applied([first, second], other), applied(small, other)
    assert ((both - exact) ** 2).mean() < ((alone - exact) ** 2).mean() / 4
    with pytest.raises(ValueError, match="zip"):
        shrink([first, second], z, [3], relu)
