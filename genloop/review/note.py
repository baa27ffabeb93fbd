"""The review note: five fields, filled from a review by rules that are written down here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from scipy.stats import binom

from genloop.review.classes import MISSING
from genloop.review.inputs import CHANCE
from genloop.review.measure import Measured, Review, Space
from genloop.review.modes import Modes, valid_ceiling
from genloop.review.neighbors import Copying

# The rules. Precision and coverage are judged by their share of what real data reaches in the same test, the lower of
# pixels and features.
PRECISION = ((0.92, "single samples look like the data"), (0.80, "most samples look like the data, some do not"))
COVERAGE = (
    (0.97, "as varied as the data"),
    (0.89, "nearly as varied as the data"),
    (0.60, "less varied than the data"),
)
UNLIKE = "many samples do not look like the data"
NARROW = "much of the data is not reached"
NOISE_ROOM = 0.40
"""Share of the real precision or coverage that noise may reach; above it the sets are too small for a verdict."""
NOT_JUDGED = "not judged, since noise comes close to real data here: too few samples, or too few dimensions"
TYPICAL = 1.03
"""Precision above this multiple of the real value, with little recall: more typical than the data, as averages are."""
LITTLE = 0.50
"""Recall below this share of the real value, in pixels and in features."""
TV_ROOM = 0.08
"""By how much more than real data the class histogram may differ from the held-out one."""
COPY_SHARE = 0.03
"""Share of near copies, beyond what chance gives, above which training data was copied."""
LEAN_P = 0.001
"""p-value of the paired test below which a model leans towards its training data."""

FIELDS: Mapping[str, str] = {
    "latent_shape": "How many samples, and how many numbers each of them was made from.",
    "output_shape": "What came out, and in which range.",
    "quality_check": "Does a single sample look like the data? Which measurement says so, and what does real data get?",
    "diversity_check": "Do many samples differ as much as the data does? Is any kind missing?",
    "trust_rule": "What may this output be used for, and who must look first?",
}
UNSEEN = (
    "No number here sees whether a sample is meaningful, fair or useful, nor a fault that neither pixels nor this "
    "classifier show: look at the samples before anyone uses them."
)
UNSEEN_BY_MODES = "Counting modes says nothing of the shape inside a mode, nor of points that lie just beyond its edge."


@dataclass(frozen=True)
class Note:
    """Five answers, each one line. `print(note)` gives them as `field: answer`."""

    latent_shape: str
    output_shape: str
    quality_check: str
    diversity_check: str
    trust_rule: str

    def __str__(self) -> str:
        return "\n".join(f"{field}: {answer}" for field, answer in asdict(self).items())

    def as_markdown(self, title: str = "Review note") -> str:
        rows = "\n".join(
            f"| `{field}` | {' '.join(answer.split()).replace('|', '/')} |" for field, answer in asdict(self).items()
        )
        return f"# {title}\n\n| Field | Answer |\n|---|---|\n{rows}\n"

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Note:
        """Raises ValueError if the five fields are not there, or others are."""
        read = json.loads(text)
        if not isinstance(read, dict) or read.keys() != FIELDS.keys():
            raise ValueError(f"a review note has the fields {', '.join(FIELDS)}")
        if wrong := [field for field, answer in read.items() if not isinstance(answer, str)]:
            raise ValueError(f"a review note holds text alone; {', '.join(wrong)} is something else")
        return cls(**read)

    @classmethod
    def empty(cls) -> Note:
        """The form to fill in by hand: each field asks its question."""
        return cls(**FIELDS)


def note(review: Review) -> Note:
    """The note of a review of images or other vectors."""
    given = review.inputs
    return Note(
        latent_shape=str(given.latents.shape) if given.latents is not None else "not given",
        output_shape=f"{given.output_shape}, values {given.samples.min():.2f} to {given.samples.max():.2f} "
        f"(training data {given.train.min():.2f} to {given.train.max():.2f})",
        quality_check=_quality(review),
        diversity_check=_diversity(review),
        trust_rule=_trust(review),
    )


def _beside(review: Review, metric: str, space: Space) -> str:
    """ "0.83 (real 0.93, noise 0.00)" """
    values = [getattr(control[space].neighborhood, metric) for control in (review.samples, review.real, review.noise)]
    return f"{values[0]:.2f} (real {values[1]:.2f}, noise {values[2]:.2f})"


def _share(review: Review, metric: str) -> float:
    """The worst of pixels and features, as a share of what real data reaches."""
    shares = [
        getattr(made.neighborhood, metric) / max(getattr(review.real[space].neighborhood, metric), 1e-9)
        for space, made in review.samples.items()
    ]
    return float(min(shares))


def _can_judge(review: Review) -> bool:
    """With few points everything has neighbors, noise too, and then a high precision or coverage says nothing."""
    return all(
        getattr(noise.neighborhood, metric) <= NOISE_ROOM * getattr(review.real[space].neighborhood, metric)
        for space, noise in review.noise.items()
        for metric in ("precision", "coverage")
    )


def note_rules() -> dict[str, str]:
    """Every rule of a note in words, by a name; the numbers are those that `note` uses."""

    def tiers(steps: Sequence[tuple[float, str]], below: str) -> str:
        return "; ".join([*(f"from {least:.2f} on {words}" for least, words in steps), f"below that {below}"])

    return {
        "judged": "the share of what real data reaches in the same test, the lower of pixels and features",
        "not judged": f"noise reaches more than {NOISE_ROOM:.2f} of the real precision or coverage, in either space, "
        "and the news is not bad",
        "quality from precision": tiers(PRECISION, UNLIKE),
        "more typical than the data": f"precision above {TYPICAL:.2f} of the real one, with little recall",
        "diversity from coverage": tiers(COVERAGE, NARROW),
        "little variety": f"recall below {LITTLE:.2f} of the real one, in pixels and in features",
        "other proportions": f"class histogram off by {TV_ROOM:.2f} more than that of real data",
        "class missing": f"less than {MISSING:.2f} of its real share, and by chance less often than {CHANCE:g}",
        "copied": f"near copies above chance by more than {COPY_SHARE:.2f}, and by chance less often than {CHANCE:g}",
        "leans towards training data": f"paired test with p below {LEAN_P:g}",
        "for looking at only": f"quality below {PRECISION[-1][0]:.2f}",
        "single samples, after a look": f"diversity below {COVERAGE[1][0]:.2f}, or a class missing",
        "stand-in for the data": f"not copied, quality from {PRECISION[-1][0]:.2f} on, diversity from "
        f"{COVERAGE[1][0]:.2f} on, no class missing",
        "modes, closer to the centers": f"a valid fraction above the ceiling, by chance less often than {CHANCE:g}",
        "modes, every one has its share": f"mode TV at most {TV_ROOM:.2f} above that of real points",
        "modes, stand-in for the data": "every mode has its share and is covered, not closer to the centers, quality "
        f"from {PRECISION[-1][0]:.2f} on",
    }


def verdict(share: float, tiers: Sequence[tuple[float, str]], below: str) -> str:
    """The words of the first tier that a share of the real value reaches."""
    return next((words for least, words in tiers if share >= least), below)


def is_copied(test: Copying) -> bool:
    """More near copies than chance gives, by so much that it matters and so many that it is no accident."""
    return test.copied - test.copied_by_chance > COPY_SHARE and test.copied_p < CHANCE


def _quality(review: Review) -> str:
    parts = [
        f"precision {_beside(review, 'precision', space)} and density {_beside(review, 'density', space)} in {space}"
        for space in review.samples
    ]
    accuracy = ", ".join(f"{_accuracy(made)} in {space}" for space, made in review.samples.items())
    real = ", ".join(_accuracy(made) for made in review.real.values())
    mmd = ", ".join(f"{made.two_sample.mmd_p:.2f} in {space}" for space, made in review.samples.items())
    said = verdict(_share(review, "precision"), PRECISION, UNLIKE)
    judged = _can_judge(review) or said == UNLIKE  # bad news is news, even so
    if not judged:
        said = NOT_JUDGED
    made, real_one = review.samples["pixels"].neighborhood, review.real["pixels"].neighborhood
    if judged and made.precision > TYPICAL * real_one.precision and _has_little_recall(review):
        said += ", but they are more typical than the data itself: averages, or one safe kind"
    return (
        f"{said}; {'; '.join(parts)}; a classifier tells them from real data with accuracy {accuracy} (real {real}), "
        f"an MMD test has p {mmd}"
    )


def _has_little_recall(review: Review) -> bool:
    return all(
        made.neighborhood.recall < LITTLE * review.real[space].neighborhood.recall
        for space, made in review.samples.items()
    )


def _accuracy(made: Measured) -> str:
    return f"{made.two_sample.accuracy:.2f}"


def _diversity(review: Review) -> str:
    said = verdict(_share(review, "coverage"), COVERAGE, NARROW)
    judged = _can_judge(review) or said == NARROW  # bad news is news, even so
    if not judged:
        said = NOT_JUDGED
    parts = [
        f"coverage {_beside(review, 'coverage', space)} and recall {_beside(review, 'recall', space)} in {space}"
        for space in review.samples
    ]
    if judged and _has_little_recall(review):
        said += ", with little variety around each sample"
    if review.classes is not None and review.real_classes is not None:
        made, real = review.classes, review.real_classes
        if judged and made.tv - real.tv > TV_ROOM:
            said += ", in other proportions"
        if made.missing:
            said = f"whole classes are missing or nearly so: {', '.join(map(str, made.missing))}"
        hit = f"{len(made.classes) - len(made.missing)} of {len(made.classes)} classes"
        parts.append(f"{hit}, class histogram off by {made.tv:.2f} (real {real.tv:.2f})")
    parts.append(f"pairwise distance {review.samples['pixels'].spread:.2f} of the real one")
    if review.latent_use is not None:
        parts.append(f"latent and output distance correlate with {review.latent_use:.2f}")
    return f"{said}; {'; '.join(parts)}"


def _trust(review: Review) -> str:
    test = review.copying
    leans = ", so the model leans towards what it was trained on" if test.prefers_train_p < LEAN_P else ""
    copies = (
        f"near copies of training samples {test.copied:.2f} (by chance {test.copied_by_chance:.2f}), "
        f"rank test {test.closer:.2f} (0.50 expected; blur raises it too), "
        f"nearest real sample is a training one for {test.prefers_train:.2f} of them (0.50 expected{leans})"
    )
    if is_copied(test):
        said = "training data was copied: these samples are not new, and not to be published if the data is private"
    elif _share(review, "precision") < PRECISION[-1][0]:
        said = "for looking at only: too many samples are unlike the data"
    elif not _can_judge(review):
        said = "no rule: noise comes close to real data here, so look at every sample that is used, or make more"
    elif _share(review, "coverage") < COVERAGE[1][0] or (review.classes is not None and review.classes.missing):
        said = "single samples may be used after a look, but not as a stand-in for the data, which they do not cover"
    else:
        said = "may stand in for the data in teaching and tests, after a look; conclusions about the data need the data"
    return f"{said}; {copies}. {UNSEEN}"


def note_of_modes(latent_shape: tuple[int, ...], output_shape: tuple[int, ...], modes: Modes, real: Modes) -> Note:
    """The note for toy data with modes that can be counted.

    latent_shape: (N, Z). output_shape: (N, D), of the points. modes: their count. real: the same count for as many real
    points. Raises ValueError if the two counted other modes, or a shape has other than two sides.
    """
    if len(latent_shape) != 2 or len(output_shape) != 2:
        raise ValueError(f"give the shapes (N, Z) and (N, D), not {latent_shape} and {output_shape}")
    if modes.count != real.count:
        raise ValueError(
            f"samples have {modes.count} modes, real points {real.count}; count both with the same centers"
        )
    ceiling = valid_ceiling(output_shape[-1])
    valid = round(modes.valid_fraction * modes.points)
    too_close = bool(binom.sf(valid - 1, modes.points, ceiling) < CHANCE)
    share = modes.valid_fraction / real.valid_fraction if real.valid_fraction else 0.0
    if too_close:
        said = "the points are closer to the centers than the data is"
    else:
        said = verdict(share, PRECISION, UNLIKE)
    if modes.modes_covered < modes.count:
        varied = f"{modes.count - modes.modes_covered} of {modes.count} modes are missing or nearly so"
    elif modes.mode_tv - real.mode_tv <= TV_ROOM:
        varied = "every mode has its share"
    else:
        varied = "every mode is there, in other proportions or with points between them"
    good = modes.modes_covered == modes.count and modes.mode_tv - real.mode_tv <= TV_ROOM
    good = good and not too_close and share >= PRECISION[-1][0]
    use = "points may stand in for the data in a test" if good else "not a stand-in for the data"
    counts = f"{modes.modes_covered} of {modes.count} modes covered, {modes.modes_hit} hit"
    return Note(
        latent_shape=str(latent_shape),
        output_shape=str(output_shape),
        quality_check=f"{said}; valid fraction {modes.valid_fraction:.2f} (real {real.valid_fraction:.2f}, "
        f"at most {ceiling:.4f})",
        diversity_check=f"{varied}; {counts}, mode TV {modes.mode_tv:.2f} (real {real.mode_tv:.2f})",
        trust_rule=f"{use}; copying was not tested, since fresh real points cost nothing here. {UNSEEN_BY_MODES}",
    )
