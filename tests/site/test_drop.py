"""A review in the page: its numbers, its verdicts and its refusals are those of `python -m genloop.review`."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from safetensors.numpy import load_file

from genloop.data import digits
from genloop.engine.record.store import Store
from genloop.review import Classifier, Refused, check_inputs, note, review
from genloop.review.__main__ import load
from genloop.review.report import numbers
from genloop.review.scale import check_scale
from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble, axe

Array = NDArray[np.generic]
Floats = NDArray[np.float64]

PAGE = "review/drop.html"
SCRIPTS = (
    "torch-random.js", "numpy-random.js", "python-format.js", "review-judge.js", "review-inputs.js",
    "review-numbers.js", "review-note.js", "npy.js",
)  # fmt: skip
BEGIN = "globalThis.data = new glReviewNumbers.Data(glData['review/page_data/review_data.json']);"
ANSWER = """async ([name, text, samples, latents]) => {
    const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
    try {
        const { arrays } = await glNpy.open([new File([bytes], name)], data.top);
        const read = async (asked) => await (arrays.find(one => one.name === asked) ?? arrays[0]).read();
        const given = glReviewInputs.check(data, await read(samples), latents ? await read(latents) : null);
        const work = glReviewNumbers.review(data, given);
        let step = work.next();
        while (!step.done) step = work.next();
        const note = glReviewNote.note(step.value);
        return { problems: [], printed: glReviewNote.asText(note), json: glReviewNote.asJson(note),
            markdown: glReviewNote.asMarkdown(note, "Review note: a|b"), numbers: glReviewNumbers.numbers(step.value) };
    } catch (error) {
        if (!(error instanceof glReviewInputs.Refused)) throw error;
        return { problems: error.problems };
    }
}"""


def scripts(page: Page) -> None:
    for script in SCRIPTS:
        page.add_script_tag(path=SITE / "assets" / "js" / script)
    page.add_script_tag(path=SITE / "generated" / "files" / "review" / "page_data" / "review_data.json.js")
    page.evaluate(BEGIN)


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    scripts(page)
    yield page
    page.close()


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.fit(DIGITS.train_x, DIGITS.train_y)


DIGITS = digits()


# ---- samples -------------------------------------------------------------------------------------


def saved(run: str, file: str, array: str) -> Array:
    """An array that a run of the course saved."""
    store = Store(ROOT / ".genloop")
    record = store.newest(run)[0]
    with np.load(io.BytesIO(store.read(record.files[file]))) as arrays:
        return np.asarray(arrays[array])


def vae(run: str) -> Array:
    """Pixel means of a VAE with two latents, as counts; its decoder is what the run saved."""
    store = Store(ROOT / ".genloop")
    weights = load_file(store.object(store.newest(run)[0].files["decoder.safetensors"]))
    x = np.random.default_rng(0).normal(size=(600, 2))
    for layer in (0, 2):
        x = x @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        x = x / (1 + np.exp(-x))
    x = x @ weights["4.weight"].T + weights["4.bias"]
    return np.asarray((16 / (1 + np.exp(-x))).round())


def gaussian(count: int, seed: int = 0, scale: float = 1.0) -> Floats:
    """The smallest model of the chapter: one normal distribution, not rounded."""
    x = DIGITS.train_x
    z = np.random.default_rng(seed).normal(size=(count, 64))
    covariance = np.cov(x.T) + 1e-6 * np.eye(64)
    made = x.mean(axis=0) + scale * z @ np.linalg.cholesky(covariance).T
    return np.asarray(made.clip(0, 16))


def jittered(rows: Floats, seed: int = 0) -> Floats:
    """Training digits with a little noise, as counts: good samples that are no copies."""
    return np.asarray((rows + np.random.default_rng(seed).normal(size=rows.shape)).clip(0, 16).round())


def mixed() -> Floats:
    rows = np.random.default_rng(3).permutation(len(DIGITS.train_x))[:600]
    return np.concatenate([DIGITS.train_x[rows[:60]], gaussian(540, 2).round()])


TRAIN = DIGITS.train_x
NO_ONES = TRAIN[DIGITS.train_y != 1]
SAMPLES: Mapping[str, Callable[[], Array]] = {
    "the smallest model": lambda: gaussian(600).round(),
    "the smallest model, floats": lambda: gaussian(600, 1),
    "a shy model, pictures of 8x8": lambda: gaussian(600, 1, 0.5).reshape(-1, 8, 8),
    "copies": lambda: TRAIN[:600],
    "some copies": mixed,
    "near the data": lambda: jittered(TRAIN[:600]),
    "more than are held out": lambda: jittered(TRAIN[:900]),
    "fewer": lambda: jittered(TRAIN[100:350], 1),
    "sixty": lambda: gaussian(60, 4).round(),
    "twenty-one, single precision": lambda: gaussian(21, 5).astype(np.float32),
    "a class is missing": lambda: jittered(NO_ONES[:600], 2),
    "one digit": lambda: np.repeat(jittered(TRAIN[5:6], 3), 600, axis=0),
    "three digits, forty times": lambda: np.repeat(jittered(TRAIN[5:8], 3), 40, axis=0),
    "noise": lambda: np.random.default_rng(7).integers(0, 17, (500, 64)).astype(np.uint8),
    "gan/digits": lambda: saved("gan/digits", "samples.npz", "samples")[-1],
    "gan/digits, its first snapshot": lambda: saved("gan/digits", "samples.npz", "samples")[0],
    "gan/digits@train_mode": lambda: saved("gan/digits@train_mode", "samples.npz", "samples")[-1],
    "gan/digits@twenty": lambda: saved("gan/digits@twenty", "samples.npz", "samples")[-1],
    "vae/digits": lambda: vae("vae/digits"),
    "vae/beta": lambda: saved("vae/beta", "samples.npz", "beta3_0"),
    "bridge/flow_digits": lambda: saved("bridge/flow_digits", "flow_samples.npz", "samples"),
    "review/controls": lambda: saved("review/controls", "baseline.npz", "pca_kde")[0],
}


def npy(array: object, **options: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array), **options)
    return file.getvalue()


def answer(page: Page, name: str, data: bytes, samples: str = "", latents: str = "") -> dict[str, object]:
    """What the page's scripts say of a file."""
    found: dict[str, object] = page.evaluate(ANSWER, [name, base64.b64encode(data).decode(), samples, latents])
    return found


def problems(page: Page, name: str, data: bytes) -> list[str]:
    """Why the page's scripts refuse a file."""
    found = answer(page, name, data)["problems"]
    assert isinstance(found, list)
    return found


def same(page: object, python: object) -> bool:
    """Equal but for the rounding of sums: whole numbers and shares exactly, others to nine digits."""
    if isinstance(python, dict) and isinstance(page, dict):
        return page.keys() == python.keys() and all(same(page[key], value) for key, value in python.items())
    if isinstance(python, float) and isinstance(page, int | float):
        return math.isclose(page, python, rel_tol=1e-9, abs_tol=1e-12)
    return page == python


def reviewed(given: Array, classifier: Classifier, latents: Array | None = None) -> tuple[dict[str, object], object]:
    """What the page should say of samples, and every number, from the library."""
    try:
        found = review(given, DIGITS.train_x, DIGITS.held_out_x, latents, classifier)
    except Refused as refused:
        return {"problems": list(refused.problems)}, {}
    told = note(found)
    markdown = told.as_markdown("Review note: a|b")
    said: dict[str, object] = {"problems": [], "printed": str(told), "json": told.as_json(), "markdown": markdown}
    return said, json.loads(json.dumps(numbers(found)))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_number_and_every_word_is_the_librarys(name: str, blank: Page, classifier: Classifier) -> None:
    given = SAMPLES[name]()
    found = answer(blank, "samples.npy", npy(given))
    told, expected = reviewed(given, classifier)
    measured = found.pop("numbers", {})
    assert found == told
    assert same(measured, expected), (measured, expected)


def test_other_digits_than_six_hundred_have_their_controls_computed(blank: Page) -> None:
    """With 600 samples they come from the library; computed here, they are the same."""
    script = """async text => { const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
        const { arrays } = await glNpy.open([new File([bytes], "samples.npy")], data.top);
        const given = glReviewInputs.check(data, await arrays[0].read(), null);
        const all = (ready) => { const work = glReviewNumbers.review(data, given, undefined, ready);
            let step = work.next(); while (!step.done) step = work.next();
            return glReviewNumbers.numbers(step.value); };
        return [all(true), all(false)]; }"""
    ready, computed = blank.evaluate(script, base64.b64encode(npy(SAMPLES["copies"]())).decode())
    assert same(computed, ready)


def test_latents_are_compared_with_what_was_made_of_them(blank: Page, classifier: Classifier) -> None:
    z = np.random.default_rng(0).normal(size=(300, 7))
    x = np.clip(8 + 4 * z @ np.random.default_rng(1).normal(size=(7, 64)), 0, 16)
    file = io.BytesIO()
    np.savez_compressed(file, z=z, samples=x)
    found = answer(blank, "two.npz", file.getvalue(), "samples", "z")
    told, expected = reviewed(x, classifier, z)
    measured = found.pop("numbers", {})
    assert found == told
    assert same(measured, expected)
    assert isinstance(measured, dict)
    assert abs(measured["latent_use"]) > 0.3


# ---- what is refused -----------------------------------------------------------------------------


def with_at(array: Floats, place: tuple[int | slice, ...], value: float) -> Floats:
    out = array.copy()
    out[place] = value
    return out


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def damaged(data: bytes) -> bytes:
    """One byte in the middle is another."""
    half = len(data) // 2
    return data[:half] + bytes([data[half] ^ 255]) + data[half + 1 :]


GOOD = jittered(TRAIN[:600])
WRONG: Mapping[str, Callable[[], tuple[str, bytes]]] = {
    "labels": lambda: ("samples.npy", npy(DIGITS.train_y)),
    "labels, one per row": lambda: ("samples.npy", npy(DIGITS.train_y[:, None])),
    "one-hot labels": lambda: ("samples.npy", npy(np.eye(10)[DIGITS.train_y])),
    "another width": lambda: ("samples.npy", npy(np.zeros((600, 63)))),
    "pictures of 28x28": lambda: ("samples.npy", npy(np.zeros((30, 28, 28), np.uint8))),
    "several sets of samples": lambda: ("samples.npy", npy(np.zeros((6, 600, 64), np.uint8))),
    "a number": lambda: ("samples.npy", npy(np.float64(3))),
    "no sample": lambda: ("samples.npy", npy(np.zeros((0, 64)))),
    "too few": lambda: ("samples.npy", npy(GOOD[:19])),
    "one": lambda: ("samples.npy", npy(GOOD[:1])),
    "too few, of another shape": lambda: ("samples.npy", npy(np.ones((3, 5, 7)))),
    "a NaN": lambda: ("samples.npy", npy(with_at(GOOD, (7, 9), np.nan))),
    "infinities": lambda: ("samples.npy", npy(with_at(GOOD, (slice(3, 60),), -np.inf).reshape(-1, 8, 8))),
    "truth": lambda: ("samples.npy", npy(GOOD > 8)),
    "complex": lambda: ("samples.npy", npy(GOOD.astype(complex))),
    "text": lambda: ("samples.npy", npy(GOOD.astype(int).astype(str))),
    "dates": lambda: ("samples.npy", npy(GOOD.astype("datetime64[D]"))),
    "fields": lambda: ("samples.npy", npy(np.zeros(30, [("a", "<f8"), ("b", "<i4")]))),
    "zero to one": lambda: ("samples.npy", npy(GOOD / 16)),
    "a tanh": lambda: ("samples.npy", npy(GOOD / 8 - 1)),
    "bytes": lambda: ("samples.npy", npy((GOOD / 16 * 255).astype(np.uint8))),
    "a part of the range": lambda: ("samples.npy", npy(GOOD / 5)),
    "far away": lambda: ("samples.npy", npy(GOOD * 1.7)),
    "standardized": lambda: ("samples.npy", npy((GOOD - 5) / 6)),
    "mostly outside": lambda: ("samples.npy", npy(-GOOD / 3 - 0.01)),
    "held-out digits": lambda: ("samples.npy", npy(DIGITS.held_out_x)),
    "some held-out digits": lambda: ("samples.npy", npy(np.concatenate([GOOD, DIGITS.held_out_x[:13]]))),
    "held-out digits, rounded": lambda: ("samples.npy", npy((DIGITS.held_out_x * 0.1).astype(np.float32) * 10)),
    "held-out digits, in a way that only some directions see": lambda: (
        "samples.npy",
        npy(np.abs(DIGITS.held_out_x + np.random.default_rng(0).normal(size=(600, 64)) * 1.4e-5)),
    ),
    "all": lambda: ("samples.npy", npy(np.concatenate([TRAIN, DIGITS.held_out_x]))),
    "objects": lambda: ("samples.npy", npy(np.array([{}, 1], object))),
    "a file that ends too soon": lambda: ("samples.npy", npy(GOOD)[:-5]),
    "another file that ends too soon": lambda: ("samples.npy", npy(GOOD.astype(np.float16))[:999]),
    "an archive that is damaged": lambda: ("s.npz", damaged(archive({"samples.npy": npy(GOOD)}, zipfile.ZIP_STORED))),
    "torch": lambda: ("model.v2.pt", archive({"archive/data.pkl": b"x", "archive/version": b"3"})),
    "an empty archive": lambda: ("s.npz", archive({})),
    "a picture of a cat": lambda: ("cat.jpeg", b"\xff\xd8\xff\xe0 no array"),
    "nothing": lambda: ("samples.npy", b""),
    "words": lambda: ("notes", b"these are no samples"),
    "another version": lambda: ("samples.npy", b"\x93NUMPY\x09\x00" + npy(GOOD)[8:]),
}


def refused(name: str, data: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `python -m genloop.review` says of a file: its own reader, its own checks."""
    (folder / name).write_bytes(data)
    monkeypatch.chdir(folder)
    wrong: list[str] = []
    samples = load(name, wrong, "samples")
    if not wrong:
        try:
            check_inputs(samples, DIGITS.train_x, DIGITS.held_out_x)
        except Refused as refused:
            wrong += refused.problems
    return wrong


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_the_same_words(
    name: str, blank: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, data = WRONG[name]()
    expected = refused(file, data, tmp_path, monkeypatch)
    assert expected, "the command takes it"
    assert answer(blank, file, data) == {"problems": expected}


LOWS = (-300, -30, -16, -7.3, -7.1, -2, -1.06, -1.04, -0.9, -0.52, -0.49, -0.4, -0.06, -0.04, 0, 0.5, 3, 17)
HIGHS = (-0.1, 0.5, 0.74, 0.76, 1, 1.04, 1.06, 2.1, 3.9, 4.1, 12, 15, 16, 17, 23.1, 23.5, 24.5, 31, 33, 254, 256, 300)
SCALES = """text => {
    const all = new Float64Array(Uint8Array.from(atob(text), one => one.charCodeAt(0)).buffer);
    return Array.from({ length: all.length / 1280 }, (_, i) => {
        const given = { kind: "f", dtype: "float64", shape: [20, 64], values: all.slice(i * 1280, (i + 1) * 1280) };
        try { glReviewInputs.check(data, given, null); return []; }
        catch (error) { return error.problems; }
    }); }"""


def test_mistakes_of_scale_are_told_by_the_same_signs(blank: Page) -> None:
    """Ranges on both sides of each threshold, with most values in the middle or near one end."""
    rng = np.random.default_rng(0)
    sets = [
        low + (high - low) * np.concatenate([[0, 1], rng.beta(a, b, 20 * 64 - 2)]).reshape(20, 64)
        for low in LOWS for high in HIGHS if low < high
        for a, b in ((1.0, 1.0), (0.3, 1.5), (1.5, 0.3))
    ]  # fmt: skip
    told = [check_scale("samples", x, DIGITS.train_x) for x in sets]
    said = blank.evaluate(SCALES, base64.b64encode(np.array(sets).tobytes()).decode())
    assert len({problem for one in told for problem in one}) > 300
    assert [one for one in zip(said, told, strict=True) if one[0] != one[1]] == []


def test_latents_of_other_samples_are_refused(blank: Page) -> None:
    file = io.BytesIO()
    np.savez(file, samples=GOOD, latents=np.zeros((599, 2)), bad=np.full((600, 2), np.nan))
    for latents in ("latents", "bad"):
        with np.load(io.BytesIO(file.getvalue())) as arrays, pytest.raises(Refused) as refused:
            check_inputs(GOOD, DIGITS.train_x, DIGITS.held_out_x, arrays[latents])
        said = answer(blank, "both.npz", file.getvalue(), "samples", latents)
        assert said == {"problems": list(refused.value.problems)}


# ---- files ---------------------------------------------------------------------------------------

READ = """async ([name, text]) => { const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
    const { arrays } = await glNpy.open([new File([bytes], name)], data.top);
    const { shape, values } = await arrays[0].read();
    return [shape, [...values].map(one => Number.isFinite(one) ? one : String(one))]; }"""


def read(page: Page, name: str, data: bytes) -> Floats:
    shape, values = page.evaluate(READ, [name, base64.b64encode(data).decode()])
    return np.array([float(one) for one in values]).reshape(shape)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
def test_numbers_of_every_kind_are_read(kind: str, order: str, blank: Page) -> None:
    rng = np.random.default_rng(0)
    if kind[0] == "f":
        given = np.concatenate([rng.normal(size=20), [0, -0.0, 1e-7, 6e4, np.inf, -np.inf, np.nan]])
    else:
        limits = np.iinfo(kind)
        ends = np.array([limits.min, limits.max, 0], kind)
        given = np.concatenate([rng.integers(limits.min, limits.max, 20, dtype=kind), ends])
    array = given.astype(order + kind).reshape(1, -1)
    assert np.array_equal(read(blank, "x.npy", npy(array)), array.astype(float), equal_nan=True)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_and_order_is_read(version: tuple[int, int], blank: Page) -> None:
    array = np.asfortranarray(np.arange(2 * 3 * 4.0).reshape(2, 3, 4))
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    assert np.array_equal(read(blank, "x.npy", file.getvalue()), array)
    assert np.array_equal(read(blank, "x.npy", npy(np.ascontiguousarray(array))), array)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archives_are_read(method: int, blank: Page) -> None:
    assert np.array_equal(read(blank, "x.npz", archive({"x.npy": npy(GOOD)}, method)), GOOD)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1,2,3\n4,5,6\n", id="commas"),
        pytest.param("\ufeffa,b,c\r\n1, 2.0,3e0\r\n+4,5.,6\r\n\r\n", id="a header, and Windows"),
        pytest.param("1;2;3\n4;5;6", id="semicolons"),
        pytest.param('"1"\t2\t3\n4\t5\t6', id="tabs"),
    ],
)
def test_a_table_is_read(text: str, blank: Page) -> None:
    assert np.array_equal(read(blank, "x.csv", text.encode()), [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\n3\n", "rows have different lengths"),
        ("1,2\n3,x\n", "row 2, column 2"),
        ("1,nan\n" * 20, "NaN or infinite"),
        ("", "has shape (0, 0)"),
        ("1,<img src=x onerror=alert(1)>\n", "row 1, column 2"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, said: str, blank: Page) -> None:
    (problem,) = problems(blank, "x.csv", text.encode())
    assert said in problem


def bomb(claims: int) -> bytes:
    """80 MB of zeros, packed into 80 KB; its directory claims another size."""
    honest = archive({"x.npy": bytes(80 * 2**20)})
    real = (80 * 2**20).to_bytes(4, "little")
    return honest.replace(real, claims.to_bytes(4, "little"))


@pytest.mark.parametrize("claims", [80 * 2**20, 1000])
def test_an_archive_that_unpacks_to_too_much_is_refused(claims: int, blank: Page) -> None:
    (problem,) = problems(blank, "x.npz", bomb(claims))
    assert ("unpacks to more than 64 MB" if claims > 1000 else "Bad CRC-32") in problem


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_file_holds_it_is_refused_or_read(seed: int, blank: Page) -> None:
    """Files with random damage: never an error of the script, never a wait."""
    rng = np.random.default_rng(seed)
    files = {"a.npy": npy(GOOD[:30])}
    whole = [files["a.npy"], archive(files, zipfile.ZIP_STORED), archive(files)]
    for data in whole:
        for _ in range(40):
            broken = bytearray(data)
            for at in rng.integers(0, min(len(data), 400), 3):
                broken[at] = rng.integers(256)
            if rng.random() < 0.5:
                broken[-int(rng.integers(1, 60))] = rng.integers(256)
            script = READ.replace("return [shape", "if (0) return [shape")
            said = blank.evaluate(
                f"given => ({script})(given).then(() => 'read', error => error.constructor.name)",
                ["x.npz", base64.b64encode(bytes(broken)).decode()],
            )
            assert said in {"read", "Refused"}


# ---- the widget ----------------------------------------------------------------------------------


def opened(page: Page, origin: str) -> Locator:
    page.goto(f"{origin}/{PAGE}", wait_until="load")
    page.get_by_role("button", name="Review samples here").click()
    form = page.get_by_role("form", name="Review your samples")
    expect(form.get_by_label("Drop samples.npy here")).to_be_focused()
    return form


def give(form: Locator, *files: tuple[str, bytes]) -> str:
    """What the page says when it is done with these files."""
    status = form.get_by_role("status")
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files
    ]
    form.get_by_label("Drop samples.npy here").set_input_files(chosen)
    expect(status).to_contain_text(re.compile("Reviewed|Refused"), timeout=60_000)
    return status.text_content() or ""


def printed(form: Locator) -> str:
    return form.locator(".gl-drop-printed pre").text_content() or ""


def pictures(rows: Floats) -> list[tuple[str, bytes]]:
    """One PNG for each digit, gray, 16 as 255."""
    files = []
    for i, row in enumerate(rows):
        out = io.BytesIO()
        Image.fromarray((row.reshape(8, 8) / 16 * 255).round().astype(np.uint8), "L").save(out, "PNG")
        files.append((f"{i:03}.png", out.getvalue()))
    return files


def test_a_file_is_reviewed(origin: str, page: Page, trouble: Trouble, classifier: Classifier) -> None:
    form = opened(page, origin)
    assert give(form, ("mine.npy", npy(GOOD[:300]))).startswith("Reviewed 300 samples of mine.npy")
    told, expected = reviewed(GOOD[:300], classifier)
    assert printed(form) == f"{told['printed']}\n"
    found = json.loads(json.dumps(expected))
    row = form.get_by_role("row", name=re.compile("precision, pixels"))
    sets = [found[name]["pixels"]["neighborhood"]["precision"] for name in ("samples", "real", "noise")]
    assert row.get_by_role("cell").all_text_contents() == [f"{value:.2f}" for value in sets]
    assert form.get_by_role("img").count() == 4
    with page.expect_download() as download:
        form.get_by_role("button", name="Save the note, JSON").click()
    assert download.value.suggested_filename == "review_note.json"
    assert Path(download.value.path()).read_text(encoding="utf-8") == told["json"]
    with page.expect_download() as download:
        form.get_by_role("button", name="Save all numbers").click()
    assert same(json.loads(Path(download.value.path()).read_text(encoding="utf-8")), expected)
    with page.expect_download() as download:
        form.get_by_role("button", name="Save the note, Markdown").click()
    assert "# Review note: mine.npy\n" in Path(download.value.path()).read_text(encoding="utf-8")
    assert trouble.lines == []


def test_the_example_has_the_note_of_its_page(served: str, page: Page, trouble: Trouble) -> None:
    form = opened(page, served)
    form.get_by_role("button", name="Try it").click()
    expect(form.get_by_role("status")).to_contain_text("Reviewed 600 samples", timeout=60_000)
    accepted = (ROOT / "snippets" / "review" / "first_note.out").read_text(encoding="utf-8")
    without = re.sub(r"^latent_shape: .*$", "latent_shape: not given", accepted, flags=re.M)
    assert printed(form) == re.sub(r"; latent and output distance correlate with \S+$", "", without, flags=re.M)
    assert trouble.lines == []


def test_a_file_can_be_dropped(served: str, page: Page) -> None:
    form = opened(page, served)
    data = page.evaluate_handle(
        """text => { const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
        const all = new DataTransfer();
        all.items.add(new File([bytes], "dropped.npy")); return all; }""",
        base64.b64encode(npy(GOOD[:40])).decode(),
    )
    form.locator(".gl-drop-zone").dispatch_event("drop", {"dataTransfer": data})
    expect(form.get_by_role("status")).to_contain_text("Reviewed 40 samples of dropped.npy", timeout=60_000)


def test_pictures_are_reviewed(origin: str, page: Page, classifier: Classifier) -> None:
    form = opened(page, origin)
    rows = GOOD[:30]
    assert give(form, *pictures(rows)).startswith("Reviewed 30 samples")
    seen = (rows / 16 * 255).round().reshape(-1, 8, 8) / 255 * 16  # what a PNG can hold of it
    told, _ = reviewed(seen, classifier)
    assert printed(form) == f"{told['printed']}\n"


def test_other_pictures_are_refused(served: str, page: Page) -> None:
    form = opened(page, served)
    out = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8) + np.arange(3, dtype=np.uint8), "RGB").save(out, "PNG")
    large = io.BytesIO()
    Image.fromarray(np.zeros((900, 9), np.uint8), "L").save(large, "PNG")
    cases = {
        "has colors": [("a.png", out.getvalue())],
        "900x9 pixels": [("a.png", large.getvalue())],
        "is no PNG": [*pictures(GOOD[:1]), ("b.npy", npy(GOOD))],
        "no picture that can be read": [("a.png", pictures(GOOD[:1])[0][1][:40])],
        "at least 20": pictures(GOOD[:3]),
        "2 files": [("a.npy", npy(GOOD)), ("b.npy", npy(GOOD))],
    }
    for said, files in cases.items():
        assert give(form, *files).startswith("Refused: one reason")
        expect(form.locator(".gl-drop-wrong li")).to_contain_text(said)


def test_of_several_arrays_the_reader_chooses(served: str, page: Page, classifier: Classifier) -> None:
    form = opened(page, served)
    file = io.BytesIO()
    z = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(file, samples=np.stack([GOOD[:40], GOOD[40:80]]), latents=z, other=GOOD[80:120])
    assert give(form, ("run.npz", file.getvalue())).startswith("Refused")
    form.get_by_label("Samples", exact=True).select_option("samples[-1], the last of 2 sets")
    expect(form.get_by_role("status")).to_contain_text("Reviewed 40 samples of run.npz", timeout=60_000)
    assert printed(form) == f"{reviewed(GOOD[40:80], classifier)[0]['printed']}\n"
    form.get_by_label("Latents").select_option("latents")
    expect(form.locator(".gl-drop-printed pre")).to_contain_text("latent_shape: (40, 3)", timeout=60_000)
    assert printed(form) == f"{reviewed(GOOD[40:80], classifier, z)[0]['printed']}\n"
    form.get_by_label("Samples", exact=True).select_option("latents")
    expect(form.get_by_role("status")).to_contain_text("Refused", timeout=60_000)


def test_what_a_file_says_is_only_text(served: str, page: Page, trouble: Trouble) -> None:
    form = opened(page, served)
    evil = "<img src=x onerror=alert(1)>"
    give(form, (f"{evil}.txt", b"x"))
    expect(form.locator(".gl-drop-wrong li")).to_contain_text(f"{evil}.txt is no .npy")
    give(form, ("x.npz", archive({f"{evil}.npy": npy(np.ones(3)), "<b>.npy": npy(np.ones(3))})))
    expect(form.get_by_label("Samples", exact=True)).to_contain_text(evil)
    assert form.locator("b, img").count() == 0
    assert trouble.lines == []


def test_too_many_samples_are_left_to_the_command(served: str, page: Page) -> None:
    form = opened(page, served)
    many = np.tile(jittered(TRAIN[:1000]), (21, 1)).astype(np.uint8)
    assert give(form, ("many.npy", npy(many))).startswith("Refused")
    expect(form.locator(".gl-drop-wrong li")).to_contain_text("this page takes 20,000, the command any number")


def test_a_new_file_stops_the_one_before(served: str, page: Page) -> None:
    form = opened(page, served)
    form.get_by_role("button", name="Try it").click()
    expect(form.get_by_role("status")).to_contain_text("Reviewing 600")
    assert "second.npy" in give(form, ("second.npy", npy(GOOD[:40])))
    page.wait_for_timeout(500)
    expect(form.get_by_role("status")).to_contain_text("Reviewed 40 samples of second.npy")


def test_the_page_stays_responsive(served: str, page: Page) -> None:
    form = opened(page, served)
    form.get_by_role("button", name="Try it").click()
    expect(form.get_by_role("status")).to_contain_text("Reviewing 600")
    longest = page.evaluate(
        """() => new Promise(done => { let last = performance.now(), longest = 0, count = 0;
            const beat = () => { const now = performance.now(); longest = Math.max(longest, now - last); last = now;
                if (++count < 30) setTimeout(beat, 0); else done(longest); };
            beat(); })"""
    )
    assert longest < 1000  # a piece takes some milliseconds; the rest is for a machine under load
    expect(form.get_by_role("status")).to_contain_text("Reviewed", timeout=60_000)


def test_the_keyboard_reaches_everything(served: str, page: Page) -> None:
    form = opened(page, served)
    page.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Try it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("Reviewed", timeout=60_000)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()"))
    assert [name for name in reached if name.startswith("Save")] == [
        "Save the note, JSON", "Save the note, Markdown", "Save all numbers, JSON",
    ]  # fmt: skip
    assert {"The note", "Copying", "The note as the command prints it"} <= {*reached}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    form = opened(page, served)
    give(form, ("few.npy", npy(GOOD[:3, :40])))
    found = axe(page, "[data-live=drop]")
    give(form, ("good.npy", npy(GOOD[:40])))
    form.locator("summary").click()
    found += axe(page, "[data-live=drop]")
    assert found == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    form = opened(page, served)
    give(form, ("good.npy", npy(GOOD[:40])))
    form.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_there_is_nothing_of_it(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{PAGE}", wait_until="load")
    assert unscripted.locator("[data-live=drop]").evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]
