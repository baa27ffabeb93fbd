"""Review of generated samples: fidelity, diversity, copying, and a note that a person can act on.

    from genloop.data import digits
    from genloop.review import Classifier, note, review

    data = digits()
    classifier = Classifier.fit(data.train_x, data.train_y)
    print(note(review(samples, data.train_x, data.held_out_x, classifier=classifier)))

`python -m genloop.review samples.npy --real digits` does the same from the shell, and writes a report.
"""

from genloop.review.classes import ClassBalance, Classifier, class_balance
from genloop.review.inputs import Refused, check_inputs
from genloop.review.measure import Measured, Review, latent_use, measure, review
from genloop.review.modes import Modes, count_modes, valid_ceiling
from genloop.review.neighbors import (
    Copying,
    Neighborhood,
    copying,
    expected_coverage,
    mean_distance,
    nearest_distance,
    neighborhood,
)
from genloop.review.note import FIELDS, Note, note, note_of_modes, note_rules
from genloop.review.two_sample import TwoSample, classifier_accuracy, mmd_test, two_sample

__all__ = [
    "FIELDS",
    "ClassBalance",
    "Classifier",
    "Copying",
    "Measured",
    "Modes",
    "Neighborhood",
    "Note",
    "Refused",
    "Review",
    "TwoSample",
    "check_inputs",
    "class_balance",
    "classifier_accuracy",
    "copying",
    "count_modes",
    "expected_coverage",
    "latent_use",
    "mean_distance",
    "measure",
    "mmd_test",
    "nearest_distance",
    "neighborhood",
    "note",
    "note_of_modes",
    "note_rules",
    "review",
    "two_sample",
    "valid_ceiling",
]
