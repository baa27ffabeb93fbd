"""The frozen classifier against scikit-learn's own, and the histogram of classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.neural_network import MLPClassifier

from genloop.data import digits
from genloop.review import Classifier, class_balance


def test_it_answers_as_scikit_learn_does() -> None:
    data = digits()
    ours = Classifier.fit(data.train_x, data.train_y)
    theirs = MLPClassifier((64,), solver="lbfgs", alpha=1.0, tol=1e-3, max_iter=1000, random_state=0)
    theirs.fit(data.train_x / 16, data.train_y)
    assert (ours.predict(data.held_out_x) == theirs.predict(data.held_out_x / 16)).all()
    assert (ours.predict(data.held_out_x) == data.held_out_y).mean() > 0.95


@pytest.mark.parametrize("kinds", [2, 3])
def test_two_classes_work_like_many(kinds: int) -> None:
    x, y = make_blobs(200, centers=kinds, n_features=4, random_state=0)
    assert (Classifier.fit(x, y).predict(x) == y).mean() > 0.97


def test_features_are_the_hidden_layer() -> None:
    rng = np.random.default_rng(0)
    net = Classifier(
        rng.normal(size=(3, 2)),
        np.array([0.5, -9.0]),
        np.eye(2),
        np.zeros(2),
        np.array([4, 7]),
        top=2.0,
        low=-2.0,
        high=2.0,
    )
    x = rng.uniform(-2, 2, size=(5, 3))
    expected = [
        [max(sum(row[i] / 2 * net.hidden_weight[i, h] for i in range(3)) + net.hidden_bias[h], 0) for h in range(2)]
        for row in x
    ]
    assert net.features(x) == pytest.approx(np.array(expected))
    assert set(net.predict(x)) <= {4, 7}


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    x, y = make_blobs(100, centers=3, n_features=5, random_state=1)
    net = Classifier.fit(x, y)
    net.save(tmp_path / "net.safetensors")
    loaded = Classifier.load(tmp_path / "net.safetensors")
    assert (loaded.features(x) == net.features(x)).all()
    assert loaded.top == net.top


def test_another_file_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"is no classifier of genloop\.review"):
        Classifier.load(tmp_path / "other.safetensors")


def test_labels_that_do_not_fit_are_refused() -> None:
    x = np.zeros((30, 4))
    with pytest.raises(ValueError, match="labels: 20 for 30 samples of train"):
        Classifier.fit(x, np.zeros(20))
    with pytest.raises(ValueError, match="one class only"):
        Classifier.fit(x, np.zeros(30))


def test_a_classifier_of_other_data_is_refused() -> None:
    x, y = make_blobs(100, centers=2, n_features=5, random_state=1)
    net = Classifier.fit(x, y)
    with pytest.raises(ValueError, match="5 numbers per sample, and train has 6"):
        net.check(np.ones((10, 6)))
    for other in (3 * x, x / 4, x + 20, np.abs(x) + 20):
        with pytest.raises(ValueError, match="bring both to one scale"):
            net.check(other)


def test_a_classifier_of_data_prepared_otherwise_is_refused() -> None:
    data = digits()
    net = Classifier.fit(data.train_x / 8 - 1, data.train_y)
    with pytest.raises(ValueError, match="was trained on values from -1 to 1, and real has 0 to 1; bring both"):
        class_balance(net, data.held_out_x / 16, data.held_out_x / 16)
    right = Classifier.fit(data.train_x, data.train_y)
    with pytest.raises(ValueError, match="generated: values lie in 0 to 1"):
        class_balance(right, data.held_out_x, data.train_x / 16)


@pytest.mark.parametrize("wrong", [np.full((3, 4), np.nan), np.zeros((3, 5)), np.zeros((3, 4)).astype(str)])
def test_it_names_no_class_for_what_it_cannot_read(wrong: np.ndarray) -> None:
    x, y = make_blobs(60, centers=2, n_features=4, random_state=0)
    net = Classifier.fit(x, y)
    for call in (net.predict, net.features, lambda x: Classifier.fit(x, [0, 1, 0])):
        if wrong.shape[1] == 5 and call not in (net.predict, net.features):
            continue
        with pytest.raises(ValueError, match=r"NaN|numbers per sample|not numbers"):
            call(wrong)


@pytest.mark.parametrize("label", [np.inf, 1e300])
def test_labels_beyond_whole_numbers_are_refused(label: float) -> None:
    with pytest.raises(ValueError, match="labels: have float64, not whole numbers"):
        Classifier.fit(np.zeros((4, 2)), [0, 1, 0, label])


def test_balance_counts_and_names_what_is_missing() -> None:
    x, y = make_blobs([40, 40, 20], centers=np.array([[0, 0], [20, 0], [0, 20]]), random_state=0)
    net = Classifier.fit(x, y)
    found = class_balance(net, x, x[y != 1])
    assert found.real.tolist() == [40, 40, 20]
    assert found.generated.tolist() == [40, 0, 20]
    assert found.missing == [1]
    assert found.tv == pytest.approx((abs(0.4 - 40 / 60) + 0.4 + abs(0.2 - 20 / 60)) / 2)
    assert class_balance(net, x, x).tv == 0
