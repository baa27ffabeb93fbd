"""The review as a whole, and the note that its rules write."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from genloop.data import digits
from genloop.review import (
    FIELDS,
    Classifier,
    Note,
    copying,
    count_modes,
    latent_use,
    note,
    note_of_modes,
    note_rules,
    review,
)
from genloop.review.note import COVERAGE, NARROW, is_copied, verdict

Array = NDArray[np.float64]
DATA = digits()
CLASSIFIER = Classifier.fit(DATA.train_x, DATA.train_y)
# What a perfect generator would give: real digits that neither set holds. The rest is the training set of these tests.
FRESH, TRAIN = DATA.train_x[:500], DATA.train_x[500:]


def told(samples: Array, **more: object) -> Note:
    return note(review(samples, TRAIN, DATA.held_out_x, classifier=CLASSIFIER, **more))  # type: ignore[arg-type]  # latents


def test_fresh_real_digits_pass_every_check() -> None:
    found = told(FRESH)
    assert found.quality_check.startswith("single samples look like the data;")
    assert found.diversity_check.startswith("as varied as the data;")
    assert found.trust_rule.startswith("may stand in for the data")


@pytest.mark.parametrize("few", [20, 30, 60])
def test_few_samples_are_not_judged(few: int) -> None:
    """With few points noise has neighbors, too: then no value of precision or coverage is good news."""
    found = told(FRESH[:few])
    assert found.quality_check.startswith("not judged, since noise")
    assert found.diversity_check.startswith("not judged, since noise")
    assert found.trust_rule.startswith("no rule: noise comes close")


@pytest.mark.parametrize("split", range(12))
def test_few_real_digits_are_not_called_copies(split: int) -> None:
    """With fifty held-out digits the least of their distances is hardly known."""
    mixed = np.random.default_rng(split).permutation(np.concatenate([FRESH, DATA.held_out_x]))
    assert not is_copied(copying(mixed[:100], TRAIN, mixed[100:150]))


def test_a_few_copies_among_many_samples_are_found() -> None:
    mixed = np.concatenate([FRESH[:460], TRAIN[:40]])
    assert is_copied(copying(mixed, TRAIN, DATA.held_out_x))


def test_classes_that_are_missing_are_named_even_if_nothing_else_is_judged() -> None:
    few = FRESH[DATA.train_y[:500] > 3][:100]
    assert told(few).quality_check.startswith("not judged")
    assert told(few).diversity_check.startswith("whole classes are missing or nearly so: 0, 1, 2")


def test_rows_in_the_order_of_their_classes_are_drawn_from_all_of_them() -> None:
    order = np.argsort(DATA.train_y[:500], kind="stable")
    found = review(FRESH[order], TRAIN, DATA.held_out_x[:200], classifier=CLASSIFIER)
    assert found.compared == 200
    assert found.classes is not None and found.classes.generated.min() > 5


def test_latent_use_is_about_ranks() -> None:
    z = np.random.default_rng(2).normal(size=(500, 1))
    assert latent_use(z, np.exp(5 * z)) > 0.45


def test_copies_pass_every_check_but_one() -> None:
    found = told(TRAIN[:500])
    assert found.quality_check.startswith("single samples look like the data;")
    assert found.diversity_check.startswith("as varied as the data;")
    assert found.trust_rule.startswith("training data was copied")


def test_noise_fails() -> None:
    found = told(np.random.default_rng(0).uniform(0, 16, size=(500, 64)))
    assert found.quality_check.startswith("many samples do not look like the data;")
    assert found.trust_rule.startswith("for looking at only")


def test_a_missing_class_is_named() -> None:
    labels = DATA.train_y[:500]
    found = told(FRESH[labels != 3])
    assert found.diversity_check.startswith("whole classes are missing or nearly so: 3;")
    assert "9 of 10 classes" in found.diversity_check
    assert "not as a stand-in for the data" in found.trust_rule


def test_one_safe_kind_is_called_so() -> None:
    means = np.stack([TRAIN[DATA.train_y[500:] == label].mean(axis=0) for label in range(10)])
    found = told(np.repeat(means, 50, axis=0) + np.random.default_rng(0).normal(0, 0.1, size=(500, 64)))
    assert "more typical than the data itself" in found.quality_check
    assert "with little variety around each sample" in found.diversity_check


def test_blur_is_not_taken_for_copying() -> None:
    """Fresh digits drawn towards the mean of their class: close to everything, training digits and others alike."""
    labels = DATA.train_y[:500]
    means = np.stack([FRESH[labels == label].mean(axis=0) for label in range(10)])
    blurred = 0.5 * FRESH + 0.5 * means[labels]
    found = review(blurred, TRAIN, DATA.held_out_x)
    assert found.copying.closer > 0.6
    assert found.copying.closer_p < 0.001
    assert not is_copied(found.copying)


def test_numbers_stand_beside_their_controls() -> None:
    found = told(FRESH)
    pattern = r"coverage 0\.9\d \(real 0\.9\d, noise 0\.0\d\)"
    assert len(re.findall(pattern, found.diversity_check)) >= 1
    assert "(0.50 expected)" in found.trust_rule


def test_latents_that_are_ignored_are_seen() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(500, 4))
    assert latent_use(z, z @ rng.normal(size=(4, 64))) > 0.8
    assert latent_use(z, FRESH) == pytest.approx(0, abs=0.06)
    assert latent_use(z, np.ones((500, 64))) == 0
    assert "correlate with" in told(FRESH, latents=z).diversity_check
    assert told(FRESH, latents=z).latent_shape == "(500, 4)"
    assert told(FRESH).latent_shape == "not given"


def test_sets_of_different_size_are_compared_at_one_size() -> None:
    found = review(FRESH[:200], TRAIN, DATA.held_out_x)
    assert found.compared == 200
    assert found.real["pixels"].neighborhood.coverage == pytest.approx(0.97, abs=0.04)
    assert set(found.samples) == {"pixels"}
    assert found.classes is None


def test_a_review_depends_on_its_input_alone() -> None:
    assert told(FRESH, seed=3) == told(FRESH, seed=3)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "as varied as the data"),
        (0.97, "as varied as the data"),
        (0.969, "nearly as varied"),
        (0.89, "nearly as varied"),
        (0.889, "less varied than the data"),
        (0.59, "much of the data is not reached"),
    ],
)
def test_a_verdict_is_the_first_tier_that_is_reached(share: float, said: str) -> None:
    assert verdict(share, COVERAGE, NARROW).startswith(said)


def test_the_rules_that_are_told_are_those_that_decide() -> None:
    """Each tier's words and bound stand in the text, and the text has no number of its own."""
    told = note_rules()
    for least, words in COVERAGE:
        assert f"from {least:.2f} on {words}" in told["diversity from coverage"]
        assert verdict(least, COVERAGE, NARROW) == words
    assert told["diversity from coverage"].endswith(NARROW)
    assert told["quality from precision"].startswith("from 0.92 on single samples look like the data;")
    assert all("=" not in rule for rule in told.values())


class TestRules:
    """One number of a good review changed at a time: each rule decides by the number that it names."""

    base = review(FRESH, TRAIN, DATA.held_out_x, classifier=CLASSIFIER)

    def told(self, spaces: str = "pixels features", **times_real: float) -> Note:
        """The note if, in these spaces, metrics were so many times what real data reaches."""
        samples = dict(self.base.samples)
        for space, made in self.base.samples.items():
            if space in spaces:
                real = self.base.real[space].neighborhood
                values = {metric: times * getattr(real, metric) for metric, times in times_real.items()}
                samples[space] = replace(made, neighborhood=replace(made.neighborhood, **values))
        return note(replace(self.base, samples=samples))

    @pytest.mark.parametrize("space", ["pixels", "features"])
    def test_the_lower_of_both_spaces_is_judged(self, space: str) -> None:
        assert self.told(space, precision=0.5).quality_check.startswith("many samples do not look like the data")
        assert self.told(space, coverage=0.5).diversity_check.startswith("much of the data is not reached")

    def test_more_typical_needs_precision_above_the_real_one_and_little_recall(self) -> None:
        words = "more typical than the data itself"
        assert words in self.told(precision=1.05, recall=0.4).quality_check
        assert words not in self.told(precision=1.02, recall=0.4).quality_check
        assert words not in self.told(precision=1.05, recall=0.6).quality_check

    @pytest.mark.parametrize("space", ["pixels", "features"])
    def test_recall_must_be_little_in_both_spaces(self, space: str) -> None:
        assert "little variety" not in self.told(space, recall=0.4).diversity_check
        assert "little variety" in self.told(recall=0.4).diversity_check

    @pytest.mark.parametrize(("beyond", "p", "copied"), [(0.02, 0, False), (0.04, 0, True), (0.04, 0.01, False)])
    def test_copies_are_counted_beyond_chance(self, beyond: float, p: float, copied: bool) -> None:
        test = replace(self.base.copying, copied=0.2 + beyond, copied_by_chance=0.2, copied_p=p)
        said = note(replace(self.base, copying=test)).trust_rule
        assert said.startswith("training data was copied") is copied

    @pytest.mark.parametrize(("coverage", "use"), [(0.87, "single samples may be used"), (0.91, "may stand in for")])
    def test_a_stand_in_needs_coverage(self, coverage: float, use: str) -> None:
        assert self.told(coverage=coverage).trust_rule.startswith(use)

    def test_proportions_are_judged_beside_those_of_real_data(self) -> None:
        classes = self.base.classes
        assert classes is not None
        moved = classes.generated + np.array([60, 60, *[-15] * 8])
        other = replace(classes, generated=moved)
        assert "in other proportions" in note(replace(self.base, classes=other)).diversity_check
        alike = note(replace(self.base, classes=other, real_classes=other)).diversity_check
        assert "in other proportions" not in alike


class TestForms:
    answer = Note("(2, 4)", "(2, 6)", "a | b", 'say "x"', "none")

    def test_text_is_one_line_per_field(self) -> None:
        lines = str(self.answer).splitlines()
        assert [line.partition(": ")[0] for line in lines] == list(FIELDS)
        assert [line.partition(": ")[2] for line in lines] == list(asdict(self.answer).values())

    def test_json_comes_back(self) -> None:
        assert Note.from_json(self.answer.as_json()) == self.answer

    def test_other_values_than_text_are_refused(self) -> None:
        text = self.answer.as_json().replace('"none"', "null")
        with pytest.raises(ValueError, match="holds text alone; trust_rule"):
            Note.from_json(text)

    @pytest.mark.parametrize("text", ['{"latent_shape": "x"}', "[]", '{"a": 1}'])
    def test_other_json_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="a review note has the fields latent_shape"):
            Note.from_json(text)

    def test_markdown_is_a_table_of_five_rows(self) -> None:
        rows = [line for line in self.answer.as_markdown().splitlines() if line.startswith("| `")]
        assert len(rows) == 5
        assert all(row.count("|") == 3 for row in rows)

    def test_the_empty_form_asks(self) -> None:
        assert json.loads(Note.empty().as_json()) == dict(FIELDS)


class TestModes:
    centers = np.array([[0.0, 0.0], [10.0, 0.0]])

    def points(self, left: int, right: int, seed: int = 0) -> Array:
        rng = np.random.default_rng(seed)
        return np.repeat(self.centers, [left, right], axis=0) + rng.normal(size=(left + right, 2))

    def told(self, points: Array) -> Note:
        real = count_modes(self.points(500, 500, seed=1), self.centers, 1.0)
        return note_of_modes((1000, 2), points.shape, count_modes(points, self.centers, 1.0), real)

    def test_all_modes(self) -> None:
        found = self.told(self.points(500, 500))
        assert found.diversity_check.startswith("every mode has its share; 2 of 2 modes covered")
        assert found.quality_check.startswith("single samples look like the data; valid fraction 0.99")

    def test_a_missing_mode(self) -> None:
        found = self.told(self.points(1000, 0))
        assert found.diversity_check.startswith("1 of 2 modes are missing")
        assert found.trust_rule.startswith("not a stand-in")

    def test_other_proportions(self) -> None:
        assert self.told(self.points(900, 100)).diversity_check.startswith("every mode is there, in other proportions")

    def test_counts_of_other_modes_are_refused(self) -> None:
        found, other = count_modes(self.points(9, 9), self.centers, 1.0), count_modes(self.centers, self.centers[:1], 1)
        with pytest.raises(ValueError, match="samples have 2 modes, real points 1"):
            note_of_modes((18, 2), (18, 2), found, other)

    @pytest.mark.parametrize("size", [25, 100, 1000])
    def test_few_perfect_points_are_not_called_too_good(self, size: int) -> None:
        said = [self.told(self.points(size, size, seed)).quality_check for seed in range(2, 22)]
        assert not any("closer to the centers" in one for one in said)

    def test_points_that_are_too_good_may_not_stand_in(self) -> None:
        assert self.told(self.centers[np.repeat([0, 1], 500)]).trust_rule.startswith("not a stand-in")

    def test_points_of_bad_quality_may_not_stand_in(self) -> None:
        points = np.concatenate([self.points(380, 380), np.full((240, 2), 5.0)])
        assert self.told(points).trust_rule.startswith("not a stand-in")

    def test_shapes_have_two_sides(self) -> None:
        found = count_modes(self.points(9, 9), self.centers, 1.0)
        with pytest.raises(ValueError, match="give the shapes"):
            note_of_modes((18,), (18, 2), found, found)

    def test_points_that_are_too_good(self) -> None:
        shrunk = self.centers[np.repeat([0, 1], 500)]
        assert self.told(shrunk).quality_check.startswith("the points are closer to the centers than the data is")
