"""What a review is given, checked before anything is measured: a wrong input never yields a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import KDTree

from genloop.review.distances import centered
from genloop.review.scale import check_scale

Array = NDArray[np.float64]
COINCIDENCE = 0.02
"""Share of samples that may equal a held-out one: blank images and other coarse data meet by chance."""
CHANCE = 0.001
"""What chance does less often than this is not put down to it."""
SAME = 1e-6
"""Part of a usual distance from the middle of the data within which two points are one."""
DIRECTIONS = 8
"""In which points are compared for being one."""
FEWEST = 20
"""Samples below which no metric here says anything."""


class Refused(ValueError):
    """The input cannot be reviewed. `problems` holds every reason, each with what to do about it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Inputs:
    """Flat, finite, of one scale. Shapes (N, D), D the numbers of one sample."""

    samples: Array
    train: Array
    held_out: Array
    latents: Array | None
    output_shape: tuple[int, ...]
    """Of the samples as they were given."""
    sample_shape: tuple[int, ...]
    """Of one real sample as it was given: (8, 8), or (64,) if it was flat."""


def check_inputs(
    samples: object, train: object, held_out: object, latents: object = None, nearest_k: int = 5
) -> Inputs:
    """Reads the arrays of a review and refuses what cannot be compared, all reasons at once.

    samples: generated. train: real, what the model was trained on. held_out: real, what it was not. latents: (N, Z),
    one row per sample. Anything that NumPy can read, torch tensors included. nearest_k: the largest neighbor asked for.
    """
    problems: list[str] = []
    given = {"samples": samples, "train": train, "held_out": held_out}
    arrays = {name: _array(name, value, problems) for name, value in given.items()}
    codes = None if latents is None else _array("latents", latents, problems)
    for name, array in arrays.items():
        if array is not None:
            problems += _too_few(name, array, nearest_k)
    real = arrays["train"] if arrays["train"] is not None else arrays["held_out"]
    if real is not None:
        for name, array in arrays.items():
            if array is not None and array is not real:
                problems += _shape(name, array, real, "train" if real is arrays["train"] else "held_out")
    if codes is not None and arrays["samples"] is not None:
        problems += check_latents(codes, arrays["samples"])
    if problems:
        raise Refused(problems)
    flat = {name: _flat(array) for name, array in arrays.items() if array is not None}
    problems += check_scale("held_out", flat["held_out"], flat["train"], factors_only=True)
    problems += check_scale("samples", flat["samples"], flat["train"])
    problems += [f"{name}: all its samples are the same" for name in ("train", "held_out") if _is_constant(flat[name])]
    problems += _shared(flat["train"], flat["held_out"]) + _given_away(flat["samples"], flat["held_out"])
    if problems:
        raise Refused(problems)
    shown, one = arrays["samples"], arrays["train"]
    assert shown is not None and one is not None  # otherwise refused above
    return Inputs(
        **flat, latents=None if codes is None else _flat(codes), output_shape=shown.shape, sample_shape=one.shape[1:]
    )


def point_sets(at_least: int = 1, **sets: object) -> list[Array]:
    """Each named set as floats of shape (N, D), for a metric that is called alone.

    Raises Refused, with all reasons at once: not numbers, not finite, fewer than `at_least` points, or another D than
    the first set has.
    """
    problems: list[str] = []
    arrays = {name: array for name, value in sets.items() if (array := _array(name, value, problems)) is not None}
    for name, array in arrays.items():
        first = next(iter(arrays))
        if len(array) < at_least:
            problems.append(
                f"{name}: holds {len(array)} point{'s' * (len(array) != 1)}; at least {at_least} are needed"
            )
        problems += _shape(name, array, arrays[first], first)
    if problems:
        raise Refused(problems)
    return [_flat(array) for array in arrays.values()]


def _flat(array: Array) -> Array:
    return np.ascontiguousarray(array.reshape(len(array), -1))


def _array(name: str, value: object, problems: list[str]) -> Array | None:
    """The value as floats of shape (N, ...), or None with the reason noted."""
    try:
        if hasattr(value, "detach"):  # a torch tensor; torch itself is not needed here
            value = value.detach().cpu().numpy()
        array = np.asarray(value)
    except ValueError:
        problems.append(f"{name}: its rows have different lengths; give one array of shape (N, ...)")
        return None
    except (TypeError, RuntimeError) as error:  # sparse, bfloat16, or a list of tensors with gradients
        problems.append(f"{name}: NumPy cannot read it ({error}); give one array of floats (of a tensor: x.float())")
        return None
    if np.ma.is_masked(value):
        problems.append(f"{name}: some of its values are masked; give only rows whose values are all there")
        return None
    if array.dtype.kind not in "fiu":
        problems.append(f"{name}: holds {array.dtype}, not numbers; give floats or integers")
        return None
    if array.ndim < 2 or 0 in array.shape:
        problems.append(f"{name}: has shape {array.shape}; give (N, D) or (N, height, width), one sample per row")
        return None
    floats = array.astype(np.float64)
    if bad := int((~np.isfinite(floats)).sum()):
        first = tuple(int(at) for at in np.argwhere(~np.isfinite(floats))[0])
        are = "is" if bad == 1 else "are"
        problems.append(
            f"{name}: {bad:,} of its values {are} NaN or infinite, the first at {first}; mend the model first"
        )
        return None
    return floats


def _too_few(name: str, array: Array, nearest_k: int) -> list[str]:
    needed = max(FEWEST, nearest_k + 1)
    if len(array) >= needed:
        return []
    why = f"; neighbor {nearest_k} needs {nearest_k + 1}" if nearest_k + 1 > FEWEST else ""
    return [f"{name}: holds {len(array)} sample{'s' * (len(array) != 1)}; at least {needed} are needed{why}"]


def _shape(name: str, array: Array, real: Array, real_name: str) -> list[str]:
    one, other = array.shape[1:], real.shape[1:]
    size, wanted = int(np.prod(one)), int(np.prod(other))
    if one == other:
        return []
    if size == wanted:
        # (N, 8, 8) beside (N, 64) is only another way to write it, and so is a channel that is alone.
        if len(one) == 1 or len(other) == 1 or _bare(one) == _bare(other):
            return []
        for order in permutations(range(len(one))):
            if len(one) == len(other) and tuple(one[axis] for axis in order) == other:
                axes = ", ".join(str(axis + 1) for axis in order)
                why = f"{name}: one sample has shape {one}, one of {real_name} {other}: the axes are in another order"
                return [f"{why}; give {name}.transpose(0, {axes})"]
    why = (
        f"{name}: one sample has shape {one}, that is {size} numbers, and one of {real_name} {other}, {wanted} numbers"
    )
    return [f"{why}; they must be the same"]


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)


def check_latents(latents: Array, samples: Array) -> list[str]:
    """What is wrong with latents (N, Z) as those of samples (M, ...)."""
    if len(latents) == len(samples):
        return []
    return [f"latents: {len(latents)} rows for {len(samples)} samples; give the latents that these samples came from"]


def refuse_shared(train: Array, held_out: Array) -> None:
    """Raises Refused if more held-out samples stand in train than chance explains."""
    if problems := _shared(train, held_out):
        raise Refused(problems)


def _shared(train: Array, held_out: Array) -> list[str]:
    """Held-out samples that stand in train: then the copying test would compare training data with itself.

    A few may: coarse data meet by chance, as often as training samples meet each other.
    """
    shared = _standing_in(held_out, train)
    usual = max(1, len(_standing_in(train, train, itself=True))) / len(train)
    if stats.binom.sf(len(shared) - 1, len(held_out), min(1.0, usual)) >= CHANCE:
        return []
    rows = ", ".join(map(str, shared[:5])) + (", ..." if len(shared) > 5 else "")
    why = f"held_out: {len(shared):,} of its {len(held_out):,} samples stand in train too (rows {rows})"
    return [f"{why}; give real samples that the model was not trained on"]


def _given_away(samples: Array, held_out: Array) -> list[str]:
    """Samples that are held-out data: then the share of near copies that chance gives hides those of a real copy."""
    shared = len(_standing_in(samples, held_out))
    if shared <= max(1, COINCIDENCE * len(samples)):
        return []
    why = f"samples: {shared:,} of its {len(samples):,} samples stand in held_out"
    return [f"{why}: the wrong file, or the model was trained on them; give held-out data that it never saw"]


def _standing_in(some: Array, others: Array, itself: bool = False) -> NDArray[np.int64]:
    """Rows of `some` that stand in `others`, up to what single precision makes of them: files and programs that
    prepare data round in several ways. itself: a row's own place does not count."""
    some, others = centered(some, others)
    # Points that are equal are so in a few directions, too; those that are not, are not, unless they differ in nothing
    # else. A tree of few dimensions is fast.
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(some.shape[1], min(some.shape[1], DIRECTIONS))))[0]
    reach = SAME * float(np.median(np.linalg.norm(others, axis=1)))
    tree = KDTree(others @ directions)
    distance, _ = tree.query(some @ directions, k=[2] if itself else [1], distance_upper_bound=max(reach, 1e-300))
    return np.flatnonzero(np.isfinite(distance[:, 0]))


def _is_constant(rows: Array) -> bool:
    return bool((rows == rows[0]).all())
