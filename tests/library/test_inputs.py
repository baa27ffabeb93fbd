"""A wrong input never yields a number: each mistake is named, with the array and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from genloop.data import digits
from genloop.review import (
    Classifier,
    Refused,
    check_inputs,
    class_balance,
    classifier_accuracy,
    copying,
    count_modes,
    latent_use,
    mean_distance,
    measure,
    mmd_test,
    nearest_distance,
    neighborhood,
    review,
    two_sample,
)  # fmt: skip

Array = NDArray[np.float64]


def real(n: int, *shape: int, top: float = 16.0, seed: int = 0) -> Array:
    return np.random.default_rng(seed).uniform(0, top, size=(n, *shape))


TRAIN, HELD_OUT, GOOD = real(80, 8, 8), real(60, 8, 8, seed=1), real(50, 8, 8, seed=2)
COLOR = real(80, 3, 8, 8), real(60, 3, 8, 8, seed=1)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        pytest.param(GOOD / 16, r"samples: values lie in .*divided by 16; give samples \* 16", id="0-1 against 0-16"),
        pytest.param(GOOD / 8 - 1, r"tanh gives -1 to 1; give \(samples \+ 1\) / 2 \* 16", id="tanh"),
        pytest.param(GOOD * 16, r"half a range beyond what is real", id="far outside"),
        pytest.param(np.where(GOOD > 15.9, np.nan, GOOD), r"samples: .* NaN or infinite, the first at \(", id="nan"),
        pytest.param(np.where(GOOD > 15.9, np.inf, GOOD), r"NaN or infinite", id="inf"),
        pytest.param(GOOD[:3], r"samples: holds 3 samples; at least 20 are needed", id="too few"),
        pytest.param(
            GOOD[:, :7], r"one sample has shape \(7, 8\), that is 56 numbers, .*64 numbers", id="another size"
        ),
        pytest.param(GOOD[0, 0], r"samples: has shape \(8,\); give \(N, D\)", id="one sample without its axis"),
        pytest.param(GOOD[:0], r"samples: has shape \(0, 8, 8\)", id="empty"),
        pytest.param(GOOD.astype(str), r"samples: holds <U\d+, not numbers", id="text"),
        pytest.param(GOOD > 8, r"samples: holds bool, not numbers", id="bool"),
        pytest.param([[1.0], [1.0, 2.0]], r"samples: its rows have different lengths", id="ragged"),
        pytest.param(GOOD * 1j, r"samples: holds complex128, not numbers", id="complex"),
    ],
)
def test_what_is_wrong_with_samples(samples: object, said: str) -> None:
    with pytest.raises(Refused, match=said):
        check_inputs(samples, TRAIN, HELD_OUT)


def test_channels_last_is_told_with_the_line_that_mends_it() -> None:
    train, held_out = COLOR
    wrong = real(50, 8, 8, 3)
    with pytest.raises(Refused, match=r"samples: .*\(8, 8, 3\).*\(3, 8, 8\).*another order") as refused:
        check_inputs(wrong, train, held_out)
    [problem] = refused.value.problems
    fix = re.search(r"give samples(\.transpose\(.*\))", problem)
    assert fix
    mended = wrong.transpose(*map(int, re.findall(r"\d", fix[1])))
    assert mended.shape[1:] == train.shape[1:]
    check_inputs(mended, train, held_out)


@pytest.mark.parametrize("top", [16.0, 255.0])
def test_scales_are_told_both_ways(top: float) -> None:
    train, held_out, samples = (real(n, 64, top=top, seed=n) for n in (80, 60, 50))
    with pytest.raises(Refused, match=rf"give samples \* {top:g}"):
        check_inputs(samples / top, train, held_out)
    with pytest.raises(Refused, match=rf"give samples / {top:g}"):
        check_inputs(samples, train / top, held_out / top)
    with pytest.raises(Refused, match=rf"held_out: .*give held_out \* {top:g}"):
        check_inputs(samples, train, held_out / top)
    with pytest.raises(Refused, match=r"sigmoid gives 0 to 1; give 2 \* samples - 1"):
        check_inputs(samples / top, train / top * 2 - 1, held_out / top * 2 - 1)


def test_bytes_beside_counts_are_told_with_the_line_that_mends_them() -> None:
    train, held_out, samples = real(80, 64, top=16.0), real(60, 64, top=16.0, seed=1), real(50, 64, top=255.0, seed=2)
    with pytest.raises(Refused, match=r"0 to 255 beside 0 to 16; give samples / 255 \* 16"):
        check_inputs(samples, train, held_out)
    check_inputs(samples / 255 * 16, train, held_out)


def test_every_mistake_is_listed_at_once() -> None:
    with pytest.raises(Refused) as refused:
        check_inputs(GOOD[:3], np.full((80, 8, 8), np.nan), HELD_OUT.astype(str), latents=np.zeros((2, 4)))
    names = [problem.split(":")[0] for problem in refused.value.problems]
    assert sorted(names) == ["held_out", "latents", "samples", "train"]


def test_held_out_that_was_trained_on_is_refused() -> None:
    mixed = np.concatenate([HELD_OUT[:50], TRAIN[:7]])
    with pytest.raises(Refused, match="held_out: 7 of its 57 samples stand in train too"):
        check_inputs(GOOD, TRAIN, mixed)


def test_the_same_in_another_form_is_accepted() -> None:
    """Flat or not, float32, counts, a torch tensor that wants a gradient, a channel that is alone."""
    flat = GOOD.reshape(50, 64)
    expected = check_inputs(GOOD, TRAIN, HELD_OUT)
    for form in (flat, flat.astype(np.float32), GOOD[:, None], GOOD[..., None], torch.tensor(flat, requires_grad=True)):
        found = check_inputs(form, TRAIN, HELD_OUT)
        assert found.samples == pytest.approx(expected.samples, rel=1e-6)
    assert check_inputs(flat.round().astype(np.uint8), TRAIN, HELD_OUT).samples.dtype == np.float64
    assert check_inputs(flat, TRAIN, HELD_OUT).output_shape == (50, 64)


def test_points_of_a_plane_may_lie_anywhere() -> None:
    """A generator that has run away is not an input mistake."""
    rng = np.random.default_rng(0)
    train, held_out = rng.normal(size=(80, 2)), rng.normal(size=(60, 2))
    check_inputs(rng.normal(50, 1, size=(50, 2)), train, held_out)


def test_a_review_of_wrong_input_yields_no_number() -> None:
    with pytest.raises(Refused):
        review(GOOD / 16, TRAIN, HELD_OUT)


def test_samples_that_are_held_out_data_are_refused() -> None:
    """A model trained on both would copy both: then chance seems to give as many near copies."""
    train, held_out = real(80, 64, top=16.0), real(60, 64, top=16.0, seed=1)
    with pytest.raises(Refused, match="samples: 60 of its 60 samples stand in held_out"):
        check_inputs(held_out, train, held_out)
    with pytest.raises(Refused, match="samples: 30 of its 60 samples stand in held_out"):
        check_inputs(np.concatenate([train[:30], held_out[:30]]), train, held_out)


def test_held_out_that_was_trained_on_is_seen_in_another_precision() -> None:
    train, held_out = real(80, 64) / 255, real(60, 64, seed=1) / 255
    mixed = np.concatenate([held_out, train[:9]]).astype(np.float32)
    with pytest.raises(Refused, match="held_out: 9 of its 69 samples stand in train too"):
        check_inputs(real(50, 64, seed=2) / 255, train, mixed)


def test_scales_beside_bytes_and_standardized_data() -> None:
    train, held_out, samples = (real(n, 64, top=255.0, seed=n) for n in (80, 60, 50))
    with pytest.raises(Refused, match=r"give samples / 16 \* 255"):
        check_inputs(samples / 255 * 16, train, held_out)
    with pytest.raises(Refused, match="beyond what is real"):
        check_inputs(samples - 127.5, train, held_out)
    mean, std = train.mean(), train.std()
    with pytest.raises(
        Refused, match=r"centered data; prepare samples as train was prepared, for example \(samples - mean\) / std"
    ):
        check_inputs(samples / 255, (train - mean) / std, (held_out - mean) / std)


def test_a_collapsed_generator_is_no_mistake_of_scale() -> None:
    check_inputs(np.zeros((50, 64)), real(80, 64, top=16.0), real(60, 64, top=16.0, seed=1))


def test_real_data_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(Refused, match="held_out: all its samples are the same"):
        check_inputs(real(50, 64), real(80, 64, seed=1), np.ones((60, 64)))


FLAT = np.random.default_rng(3).normal(size=(30, 4))
JUDGE = Classifier.fit(FLAT, np.arange(30) % 2)
ALONE: dict[str, Callable[..., object]] = {
    "neighborhood": neighborhood,
    "nearest_distance": nearest_distance,
    "copying": lambda x, y: copying(x, y, FLAT),
    "two_sample": two_sample,
    "classifier_accuracy": classifier_accuracy,
    "mmd_test": mmd_test,
    "measure": measure,
    "class_balance": partial(class_balance, JUDGE),
    "count_modes": lambda x, y: count_modes(x, y, 1.0),
    "latent_use": latent_use,
}


@pytest.mark.parametrize("metric", ALONE.values(), ids=ALONE)
def test_a_metric_that_is_called_alone_refuses_what_it_cannot_use(metric: Callable[..., object]) -> None:
    metric(FLAT, FLAT + 0.1)
    for wrong in (np.where(FLAT > 1, np.nan, FLAT), FLAT[:0], FLAT[0], FLAT.astype(str), [*FLAT.tolist(), [0.0]]):
        for sets in ((FLAT, wrong), (wrong, FLAT)):
            with pytest.raises(ValueError, match=r"NaN or infinite|shape|not numbers|different lengths"):
                metric(*sets)


@pytest.mark.parametrize("name", sorted(ALONE.keys() - {"latent_use"}))
def test_a_metric_that_is_called_alone_refuses_points_of_two_spaces(name: str) -> None:
    with pytest.raises(ValueError, match=r"one sample has shape \(3,\), .* \(4,\)"):
        ALONE[name](FLAT, FLAT[:, :3])


def test_sets_that_are_too_small_are_all_named() -> None:
    with pytest.raises(Refused) as refused:
        two_sample(FLAT[:2], FLAT[:1])
    assert refused.value.problems == (
        "real: holds 2 points; at least 3 are needed",
        "generated: holds 1 point; at least 3 are needed",
    )
    with pytest.raises(Refused, match="x: holds 1 point; at least 2 are needed"):
        mean_distance(FLAT[:1])


def test_latents_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="latents: 29 rows for 30 samples"):
        latent_use(FLAT[:29], FLAT)


DATA = digits()
TRAINED_ON, SOME = DATA.train_x[500:], DATA.train_x[:500]
MEAN, STD = float(TRAINED_ON.mean()), float(TRAINED_ON.std())


@pytest.mark.parametrize(
    ("samples", "top"),
    [
        ((SOME - MEAN) / STD, 16),
        ((SOME - MEAN) / STD, 255),
        (SOME / 16 * 1.4 - 0.2, 16),
        (SOME / 16, 4095),
        (SOME / 16, 100),
        (SOME / 16 - 0.5, 16),
        (SOME / 16 * 9.2 - 4.6, 16),
    ],
    ids=["standardized", "standardized bytes", "linear output", "12 bits", "percent", "centered", "logits"],
)
def test_values_of_another_scale_are_refused(samples: Array, top: float) -> None:
    with pytest.raises(Refused, match=r"samples: values lie in .*one scale"):
        check_inputs(samples, TRAINED_ON / 16 * top, DATA.held_out_x / 16 * top)


def test_blur_and_untrained_models_are_no_mistake_of_scale() -> None:
    means = np.repeat(TRAINED_ON.mean(axis=0)[None], 50, axis=0)
    untrained = np.random.default_rng(0).uniform(6.4, 9.6, size=(50, 64))
    for samples in (means, untrained, np.zeros((50, 64))):
        check_inputs(samples, TRAINED_ON, DATA.held_out_x)


@pytest.mark.parametrize("split", range(5))
def test_real_data_may_have_longer_tails_in_one_half(split: int) -> None:
    rng = np.random.default_rng(split)
    check_inputs(
        rng.standard_t(3, size=(100, 20)), rng.standard_t(3, size=(200, 20)), rng.standard_t(3, size=(100, 20))
    )


@pytest.mark.parametrize("leaked", [15, 300])
def test_training_data_is_found_in_held_out_whatever_rounded_it(leaked: int) -> None:
    """Prepared by NumPy in double precision on the one side, by torch in single on the other."""
    train = (TRAINED_ON - MEAN) / STD
    held_out = np.concatenate([TRAINED_ON[:leaked], DATA.held_out_x[: 300 - leaked]])
    single = ((torch.tensor(held_out, dtype=torch.float32) - MEAN) / STD).numpy()
    with pytest.raises(Refused, match=rf"held_out: {leaked} of its 300 samples stand in train too \(rows 0, 1, 2"):
        check_inputs(train[300:600], train, single)
    with pytest.raises(Refused, match="stand in train too"):
        copying(train[300:600], train, single)


def test_coarse_data_may_meet_by_chance() -> None:
    """Binarized digits of eight by eight pixels: some of them are equal, in training data as well."""
    made, train, held_out = ((x > 7).astype(float) for x in (SOME, TRAINED_ON, DATA.held_out_x))
    check_inputs(SOME / 16, train, held_out)
    found = copying(made, train, held_out)
    assert abs(found.copied - found.copied_by_chance) < 0.03
    assert copying(train[:300], train, held_out).copied == 1


@pytest.mark.parametrize(("rows", "fine"), [(5, True), (15, False)])
def test_samples_may_equal_a_few_held_out_ones(rows: int, fine: bool) -> None:
    samples = np.concatenate([DATA.held_out_x[:rows], SOME[rows:]])
    if fine:
        check_inputs(samples, TRAINED_ON, DATA.held_out_x)
    else:
        with pytest.raises(Refused, match=rf"samples: {rows} of its 500 samples stand in held_out"):
            check_inputs(samples, TRAINED_ON, DATA.held_out_x)


@pytest.mark.parametrize("how", ["smaller", "blurred", "sorted", "swapped"])
def test_held_out_data_of_another_kind_are_refused(how: str) -> None:
    """Otherwise the control would be as bad as the samples, and bad samples would look good."""
    samples, train, held_out = SOME, TRAINED_ON, DATA.held_out_x
    if how == "smaller":
        held_out = held_out * 0.7
    elif how == "blurred":
        held_out = 0.5 * held_out + 0.5 * np.roll(held_out, 1, axis=1)
    elif how == "sorted":
        real = np.concatenate([train, held_out])[np.argsort(np.concatenate([DATA.train_y[500:], DATA.held_out_y]))]
        train, held_out = real[:700], real[700:]
    else:
        samples, held_out = held_out, np.random.default_rng(0).normal(MEAN, STD, size=(600, 64)).clip(0, 16)
    with pytest.raises(Refused, match="train and held_out are not of one kind: a classifier tells them apart"):
        review(samples, train, held_out)


def test_masked_values_are_refused() -> None:
    with pytest.raises(Refused, match="samples: some of its values are masked"):
        check_inputs(np.ma.masked_greater(SOME, 15), TRAINED_ON, DATA.held_out_x)


def test_something_else_than_a_classifier_is_refused() -> None:
    with pytest.raises(TypeError, match=r"as Classifier\.load"):
        review(SOME, TRAINED_ON, DATA.held_out_x, classifier="net.safetensors")  # type: ignore[arg-type]  # on purpose


def test_real_points_that_are_all_the_same_have_no_measure() -> None:
    with pytest.raises(ValueError, match="real: all its points are the same"):
        measure(np.ones((30, 4)), FLAT)


def test_a_longer_tail_in_held_out_data_does_not_stop_a_review_with_a_classifier() -> None:
    rng = np.random.default_rng(4)
    samples, train, held_out = (rng.normal(size=(n, 20)) for n in (100, 200, 100))
    held_out[0, 0], samples[0, 0] = 12.0, -4.0
    judge = Classifier.fit(train, (train[:, 1] > 0).astype(int))
    assert review(samples, train, held_out, classifier=judge).classes is not None
