"""`python -m genloop.review samples.npy --real digits`: a review of your own model, from the shell.

Exit status: 0 the note is printed and the report written, 1 the input cannot be reviewed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genloop.review.classes import Classifier

    Array = NDArray[np.generic]

LIMIT = 2**30
"""Bytes that a file, and an array in it, may have: a small archive can hold far more than memory does."""
NAMED = ("digits", "mnist_5k", "mnist")


def parser() -> argparse.ArgumentParser:
    read = argparse.ArgumentParser(
        prog="python -m genloop.review",
        description="Reviews generated samples against real data: prints the five-field note, and writes a report.",
        epilog="Arrays are .npy files, one sample per row; an array of an .npz file is named as FILE.npz:NAME. "
        "With --real digits, mnist_5k or mnist, the model must have been trained on genloop.data.digits().train_x "
        "(or mnist_5k(), mnist()) and on nothing else, or the copying test says nothing.",
    )
    read.add_argument("samples", help="generated samples, (N, D) or (N, height, width), on the scale of the real data")
    read.add_argument(
        "--real", required=True, metavar="digits|mnist_5k|mnist|FILE", help="real data that the model was trained on"
    )
    read.add_argument(
        "--held-out", metavar="FILE", help="real data that it was not trained on; needed with --real FILE"
    )
    read.add_argument("--labels", metavar="FILE", help="class labels of --real FILE: adds class counts and features")
    read.add_argument("--latents", metavar="FILE", help="the latents that the samples came from, one row per sample")
    read.add_argument(
        "--classifier", metavar="FILE", help="a frozen classifier (.safetensors), instead of training one"
    )
    read.add_argument(
        "--report", metavar="FOLDER", default="review-report", help="where to write (default: %(default)s)"
    )
    read.add_argument("--seed", type=seed, default=0, help="of subsets, noise and permutations (default: %(default)s)")
    return read


def seed(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{number} is not between 0 and {2**32 - 1}")
    return number


def is_special(file: Path) -> bool:
    """Whether it is a folder, a pipe or a device: nobody waits at a pipe, or reads a device to its end."""
    return os.path.exists(file) and not os.path.isfile(file)  # these raise nothing, whatever the name is


def mebibytes(size: int) -> str:
    return f"{-(-size // 2**20)} MiB"


def load(name: str, wrong: list[str], option: str) -> Array | None:
    """The array in a file, or None with the reason noted. Pickled objects are never loaded."""
    import numpy as np

    path, _, member = name.partition(".npz:")
    file = Path(path + ".npz" if member else name)
    write = f"write it with np.save('{file.stem}.npy', array)"
    big = f"a review reads at most {mebibytes(LIMIT)}; save fewer samples (10,000 tell enough), or as float32"
    if is_special(file):
        wrong.append(f"{option}: {file} is no regular file; {write}")
        return None
    try:
        if file.stat().st_size > LIMIT:
            wrong.append(f"{option}: {file} has {mebibytes(file.stat().st_size)}, and {big}")
            return None
        data = file.read_bytes()  # whole: NumPy leaves the file of a damaged archive open
    except FileNotFoundError:
        wrong.append(f"{option}: there is no file {file}")
        return None
    except OSError as error:
        wrong.append(f"{option}: {file} cannot be read ({error})")
        return None
    if not data.startswith((b"\x93NUMPY", b"PK")):
        wrong.append(f"{option}: {file} is no .npy and no .npz file; {write}")
        return None
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found as several:
            names = list(several.files)
            if any(one.endswith("data.pkl") for one in names):
                tensor = f"np.save('{file.stem}.npy', samples.detach().cpu().numpy())"
                wrong.append(f"{option}: {file} was written by torch.save; write it with {tensor}")
                return None
            if member in names or (not member and len(names) == 1):
                asked = member or names[0]
                size = max(one.file_size for one in several.zip.infolist() if one.filename in (asked, f"{asked}.npy"))
                if size > LIMIT:
                    wrong.append(f"{option}: {asked} in {file} has {mebibytes(size)}, and {big}")
                    return None
                return several[asked]  # type: ignore[no-any-return]  # NumPy leaves it open
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything at all
        told = "it holds pickled objects" if "pickle" in str(error) else str(error) or type(error).__name__
        wrong.append(f"{option}: {file} is no array that may be loaded ({told}); {write}")
        return None
    if names:
        wrong.append(f"{option}: {file} holds {', '.join(names)}; name one of them: {file}:{names[0]}")
    else:
        wrong.append(f"{option}: {file} holds no array; {write}")
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    read = parser()
    asked = read.parse_args(arguments)
    if asked.real in NAMED and (asked.held_out or asked.labels):
        read.error(f"--real {asked.real} brings its held-out data and labels along; leave out --held-out and --labels")
    if asked.real not in NAMED and not asked.held_out:
        read.error("--real FILE needs --held-out FILE: real samples that the model was not trained on")
    if asked.classifier and asked.labels:
        read.error("--classifier FILE is trained already; leave out --labels")

    from genloop.review import Refused, check_inputs, note, review
    from genloop.review.report import write_report

    wrong: list[str] = []
    samples = load(asked.samples, wrong, "samples")
    latents = load(asked.latents, wrong, "--latents") if asked.latents else None
    try:
        train, labels, held_out = real(asked, wrong)
        if wrong:
            raise Refused(wrong)
        check_inputs(samples, train, held_out, latents)  # before a classifier is trained on what cannot be used
        classifier = judge(asked, train, labels, wrong)
        if wrong:
            raise Refused(wrong)
        found = review(samples, train, held_out, latents, classifier, asked.seed)
    except (ValueError, ConnectionError) as refused:
        print(refused, file=sys.stderr)
        return 1
    answer = note(found)
    print(answer)
    try:
        written = write_report(found, answer, Path(asked.report), Path(asked.samples).name)
    except OSError as error:
        print(f"--report: the note is above, but {asked.report} cannot be written ({error})", file=sys.stderr)
        return 1
    print(f"wrote {', '.join(str(path) for path in written)}; open {written[-1]}", file=sys.stderr)
    return 0


def real(asked: argparse.Namespace, wrong: list[str]) -> tuple[Array | None, Array | None, Array | None]:
    """Training data, its labels if there are any, and held-out data."""
    from genloop import data

    if asked.real in NAMED:
        try:
            images: data.Images = getattr(data, asked.real)()
        except ImportError as error:  # of the package that ships mnist_5k
            wrong.append(f"--real: {error}")
            return None, None, None
        return images.train_x, images.train_y, images.held_out_x
    labels = load(asked.labels, wrong, "--labels") if asked.labels else None
    return load(asked.real, wrong, "--real"), labels, load(asked.held_out, wrong, "--held-out")


def judge(asked: argparse.Namespace, train: Array | None, labels: Array | None, wrong: list[str]) -> Classifier | None:
    """The frozen classifier: from a file, or trained on the labels; None without either."""
    from genloop.review import Classifier

    if asked.classifier and is_special(Path(asked.classifier)):
        wrong.append(f"--classifier: {asked.classifier} is no regular file")
    elif asked.classifier:
        try:
            return Classifier.load(asked.classifier)
        except (OSError, ValueError) as error:
            wrong.append(f"--classifier: {error}")
            return None
    if train is None or labels is None:
        return None
    fitted = Classifier.fit(train, labels, seed=asked.seed)  # which checks both
    if asked.labels and (problem := unlearnable(train, labels, asked.seed)):
        wrong.append(f"--labels: {problem}")
        return None
    return fitted


def unlearnable(train: Array, labels: Array, seed: int) -> str:
    """What is wrong with labels that nothing can learn from the samples; "" for those that can be learned."""
    import numpy as np
    from scipy.stats import binom

    from genloop.review import Classifier
    from genloop.review.inputs import CHANCE

    rows = np.random.default_rng(seed).permutation(len(train))
    known, rest = rows[len(rows) // 5 :], rows[: len(rows) // 5]
    if len(np.unique(labels[known])) < 2:
        return ""
    said = Classifier.fit(train[known], labels[known], seed=seed).predict(train[rest].astype(float))
    right = int((said == labels[rest]).sum())
    largest = float(np.unique(labels, return_counts=True)[1].max() / len(labels))
    if binom.sf(right - 1, len(rest), largest) < CHANCE:
        return ""
    share = f"right for {right / len(rest):.2f} of the rest, and always naming the largest class for {largest:.2f}"
    return f"a classifier trained on four fifths of them is {share}; are they those of these samples, in their order?"


if __name__ == "__main__":
    sys.exit(main())
