"""The latent explorer: its decoders and encoders against torch, its nats, and all that a reader can do with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.torch import load_file
from scipy.spatial import geometric_slerp
from torch import Tensor, nn
from torch.nn.functional import softplus

from genloop.data import digits
from genloop.engine.open_course import open_course
from genloop.engine.pipeline import update
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.steps import add_up
from genloop.review import Classifier
from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble, axe

PAGE = "explore.html"
SMALL = {
    "index.html": "VAE, two latents, beta 1",
    "vae/digits.html": "VAE, two latents, beta 1",
    "vae/beta.html": "VAE, sixteen latents, beta 1",
    "gan/digits.html": "GAN, thirty-two latents",
    "compare/pictures.html": "28x28 VAE, two latents",
}
SCRIPTS = ("torch-random.js", "python-format.js", "charts.js", "explore-model.js")
DATA = SITE / "generated" / "files" / "explore" / "decoders"
RUNS = {
    "vae": "vae/digits",
    "seed1": "vae/digits@seed1",
    "beta64": "vae/digits@beta64",
    "beta0.1": "vae/digits@beta0.1_0",
    "beta1": "vae/digits@beta1_0",
    "beta3": "vae/digits@beta3_0",
    "beta10": "vae/digits@beta10_0",
    "plain": "vae/digits@plain0",
    "gan": "gan/digits",
}
VAES = [name for name in RUNS if name not in {"plain", "gan"}]
MOST_BYTES = 60_000
DASH = "\N{EN DASH}"
LATENTS, DIGITS = 1000, 300
HELPERS = """
    globalThis.models = {};
    globalThis.known = glExplore.shared();
    globalThis.model = (name) => {
        if (models[name]) return models[name];
        const entry = glExplore.catalog().find((one) => one.name === name);
        models[name] = new glExplore.Model(entry, glExplore.written(`${name}.json`, entry.program));
        const encoder = glExplore.written(`${name}_encoder.json`, entry.program);
        if (encoder) models[name].addEncoder(encoder);
        return models[name];
    };
    undefined;
"""


# ---- torch's side ----------------------------------------------------------------------------------------------------


@cache
def records() -> Mapping[str, Record]:
    """Of the program that made the page's weights, and of the trainings that it needs."""
    with open_course(ROOT, jobs=1) as course:
        return add_up(update(course, ["explore/decoders"]), lambda _: None).records


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what each run saved, and the classifier."""
    root = tmp_path_factory.mktemp("trained")
    for name in (*RUNS.values(), "review/classifier"):
        record = records()[name]
        for file in record.files:
            target = root / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            Store(ROOT / ".genloop").copy(record, file, target)
    return root


def three_layers(file: Path) -> nn.Module:
    saved = load_file(file)
    (one, inputs), (two, _), (outputs, _) = (saved[f"{i}.weight"].shape for i in (0, 2, 4))
    net = nn.Sequential(
        nn.Linear(inputs, one), nn.SiLU(), nn.Linear(one, two), nn.SiLU(), nn.Linear(two, outputs)
    ).double()
    net.load_state_dict(saved)
    return net.requires_grad_(False)


def generator(file: Path) -> nn.Module:
    """As gan/digits.py writes it, but for the last sigmoid."""
    net = nn.Sequential(
        *(nn.Linear(32, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2)),
        *(nn.Linear(128, 256, bias=False), nn.BatchNorm1d(256), nn.LeakyReLU(0.2), nn.Linear(256, 64)),
    )
    net.load_state_dict(load_file(file))
    return net.double().eval().requires_grad_(False)


@dataclass(frozen=True)
class Trained:
    decoder: nn.Module
    encoder: nn.Module | None

    def code(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of counts x (B, 64)."""
        assert self.encoder is not None
        mu, logvar = self.encoder(x / 16).chunk(2, dim=1)
        return mu, logvar

    @property
    def latents(self) -> int:
        return int(next(self.decoder.parameters()).shape[1])


def of(name: str, trained: Path) -> Trained:
    folder = trained / RUNS[name]
    if name == "gan":
        return Trained(generator(folder / "generator.safetensors"), None)
    return Trained(three_layers(folder / "decoder.safetensors"), three_layers(folder / "encoder.safetensors"))


def held_out() -> Tensor:
    return torch.from_numpy(digits().held_out_x[:DIGITS])


def torch_bound(net: Trained, x: Tensor, q: tuple[Tensor, Tensor], draws: int, seed: int) -> NDArray[np.float64]:
    """recon_nll, kl, -ELBO and the importance-weighted bound of each digit x (B, 64): (B, 4), in nats."""
    ways = torch.tensor([math.log(math.comb(16, k)) for k in range(17)], dtype=torch.float64)
    rows = []
    for digit, mu, logvar in zip(x, *q, strict=True):
        torch.manual_seed(seed)
        eps = torch.randn(draws, len(mu), dtype=torch.float64)
        posterior = torch.distributions.Normal(mu, (0.5 * logvar).exp())
        prior = torch.distributions.Normal(torch.zeros_like(mu), 1.0)
        z = mu + posterior.stddev * eps
        logits = net.decoder(z)
        nll = (16 * softplus(logits) - digit * logits - ways[digit.long()]).sum(dim=1)
        kl = torch.distributions.kl_divergence(posterior, prior).sum()
        ratio = prior.log_prob(z) - posterior.log_prob(z)  # type: ignore[no-untyped-call]  # torch has no types there
        weights = ratio.sum(dim=1) - nll
        rows.append([nll.mean(), kl, nll.mean() + kl, math.log(draws) - weights.logsumexp(0)])
    return np.array(rows, dtype=float)


# ---- the page's side -------------------------------------------------------------------------------------------------


@contextmanager
def numbers_alone(browser: Browser, *data: Path, helpers: str = HELPERS) -> Iterator[Page]:
    """A page without a place for the widget. data: folders of programs, with what the page would load."""
    page = browser.new_page()
    for file in (file for folder in data for file in sorted(folder.glob("*.json.js"))):
        page.add_script_tag(path=file)
    for script in SCRIPTS:
        page.add_script_tag(path=SITE / "assets" / "js" / script)
    page.evaluate(helpers)
    yield page
    page.close()


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    with numbers_alone(browser, DATA) as page:
        yield page


def decoded(blank: Page, name: str, z: Tensor) -> NDArray[np.float64]:
    """p of the page for latents z (N, Z): (N, 64)."""
    call = "([name, all]) => all.map((z) => [...model(name).decode(z)])"
    return np.array(blank.evaluate(call, [name, z.tolist()]))


def page_bound(blank: Page, name: str, draws: int, seed: int) -> NDArray[np.float64]:
    call = """([name, count, draws, seed]) => Array.from({length: count}, (_, i) => {
        const counts = known.digit(i);
        const found = glExplore.bound(model(name), counts, model(name).encode(counts, i), draws, seed);
        return [found.recon, found.kl, found.negElbo, found.weighted]; })"""
    return np.array(blank.evaluate(call, [name, DIGITS, draws, seed]))


@pytest.mark.parametrize("name", RUNS)
def test_files_are_small_enough(name: str) -> None:
    files = records()["explore/decoders"].files
    mine = [file for file in files if file in {f"{name}.json", f"{name}_encoder.json"}]
    assert len(mine) == (1 if name == "gan" else 2)
    for file in mine:
        assert Store(ROOT / ".genloop").object(files[file]).stat().st_size <= MOST_BYTES
        assert (DATA / f"{file}.js").stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("name", RUNS)
def test_a_thousand_latents_decode_as_in_torch(name: str, blank: Page, trained: Path) -> None:
    net = of(name, trained)
    torch.manual_seed(1)
    z = torch.randn(LATENTS, net.latents, dtype=torch.float64)
    if name == "plain":  # no prior: codes of held-out digits, and what lies half way between two
        mu, _ = net.code(torch.from_numpy(digits().held_out_x))
        z = torch.cat([mu, (mu[:400] + mu[1:401]) / 2])
    expected = net.decoder(z).sigmoid().numpy()
    found = decoded(blank, name, z)
    assert np.abs(np.round(16 * found) - np.round(16 * expected)).max() <= 1
    judge = Classifier.load(trained / "review/classifier/classifier.safetensors")
    said = np.array(
        blank.evaluate("all => all.map(p => glExplore.best(known.classifier.probabilities(p)))", found.tolist())
    )
    exact = judge.features(16 * expected) @ judge.weight + judge.bias
    odds = np.exp(exact - exact.max(axis=1, keepdims=True))
    other = said != judge.classes[exact.argmax(axis=1)]
    # One class is never far ahead of the other where rounded weights decide for another one.
    first, second = np.sort(odds[other] / odds[other].sum(axis=1, keepdims=True), axis=1)[:, -2:].T[::-1]
    assert other.sum() <= (0 if net.latents == 2 else LATENTS // 100)
    assert (first - second < 0.05).all()


@pytest.mark.parametrize("name", VAES)
def test_held_out_digits_cost_the_nats_that_torch_gives(name: str, blank: Page, trained: Path) -> None:
    net, x = of(name, trained), held_out()
    found = page_bound(blank, name, draws=20, seed=3)
    expected = torch_bound(net, x, net.code(x), draws=20, seed=3)
    off = np.abs(found - expected)
    if net.latents == 2:
        shown = np.abs(np.round(10 * found) - np.round(10 * expected))  # to the printed decimal
        assert shown.max() <= 1
        assert (shown == 0).mean() > 0.8
    assert np.median(off, axis=0).max() < 0.1
    assert off.max() < 1


@pytest.mark.parametrize("name", VAES)
def test_with_the_same_weights_torch_gives_the_same_nats(name: str, blank: Page) -> None:
    call = """(name) => ["decoder", "encoder"].map((net) => model(name)[net].layers.map((layer) =>
        [layer.rows, layer.inputs, [...layer.weights], [...layer.bias]]))"""
    nets = []
    for layers in blank.evaluate(call, name):
        parts: list[nn.Module] = []
        for rows, inputs, weights, bias in layers:
            layer = nn.Linear(inputs, rows).double().requires_grad_(False)
            layer.weight.copy_(torch.tensor(weights, dtype=torch.float64).reshape(rows, inputs))
            layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
            parts += [layer, nn.SiLU()]
        nets.append(nn.Sequential(*parts[:-1]))
    net, x = Trained(*nets), held_out()
    q = net.code(x)
    if net.latents == 2:  # there the page has the codes of the trained encoder
        both = torch.tensor(blank.evaluate("name => [...model(name).codes]", name), dtype=torch.float64).reshape(-1, 4)
        q = (both[:, :2], both[:, 2:])
    assert np.abs(page_bound(blank, name, 50, 11) - torch_bound(net, x, q, 50, 11)).max() < 1e-6


@pytest.mark.parametrize("name", [name for name in RUNS if name != "gan"])
def test_a_drawn_digit_is_encoded_as_in_torch(name: str, blank: Page, trained: Path) -> None:
    net, x = of(name, trained), held_out()
    call = """name => Array.from({length: 300}, (_, i) => {
        const {mu, logvar} = model(name).encode(known.digit(i));
        return [...mu, ...logvar]; })"""
    found = np.array(blank.evaluate(call, name))
    if name == "plain":  # logvar was never trained
        found = found[:, : net.latents]
    expected = torch.cat(net.code(x), dim=1).numpy()[:, : found.shape[1]]
    spread = expected.std(axis=0).max()
    assert np.sqrt(((found - expected) ** 2).mean()) < 0.003 * max(1, spread)


def test_the_page_has_the_held_out_digits(blank: Page) -> None:
    data = digits()
    found = np.array(blank.evaluate("Array.from({length: 300}, (_, i) => [...known.digit(i)])"))
    assert (found == data.held_out_x[:DIGITS]).all()
    assert blank.evaluate("known.labels") == data.held_out_y[:DIGITS].tolist()
    assert [[one["name"], one["run"]] for one in blank.evaluate("glExplore.catalog()")] == [
        list(one) for one in RUNS.items()
    ]


def test_points_lie_where_the_encoder_puts_them(blank: Page, trained: Path) -> None:
    mu, _ = of("beta1", trained).code(held_out())
    found = np.array(blank.evaluate("[...model('beta1').points]")).reshape(-1, 2)
    expected = np.array(blank.evaluate("all => all.map(z => model('beta1').placeOf(z))", mu.tolist()))
    assert np.abs(found - expected).max() < 1e-3


def test_a_plane_through_a_latent_holds_it(blank: Page) -> None:
    z = torch.randn(16, dtype=torch.float64).tolist()
    call = """z => { const m = model("beta3"); m.through(Float64Array.from(z));
        const back = [...m.at(m.placeOf(z))]; m.goHome(); return back; }"""
    assert np.allclose(blank.evaluate(call, z), z, atol=1e-5)


@pytest.mark.parametrize("size", [2, 16])
def test_ways_against_another_implementation(size: int, blank: Page) -> None:
    rng = np.random.default_rng(5)
    one, other = rng.standard_normal((2, size))
    call = "([way, a, b]) => glExplore.between(way, Float64Array.from(a), Float64Array.from(b), 7).map(z => [...z])"
    straight = np.array(blank.evaluate(call, ["straight", one.tolist(), other.tolist()]))
    assert np.allclose(straight, np.linspace(one, other, 7))
    found = np.array(blank.evaluate(call, ["sphere", one.tolist(), other.tolist()]))
    lengths = np.linspace(np.linalg.norm(one), np.linalg.norm(other), 7)
    unit = geometric_slerp(one / np.linalg.norm(one), other / np.linalg.norm(other), np.linspace(0, 1, 7))
    assert np.allclose(found, unit * lengths[:, None])


@pytest.mark.parametrize("end", [[0.0, 0.0], [-2.0, -4.0], [2.0, 4.0]])
def test_without_one_shortest_turn_the_way_is_straight(end: list[float], blank: Page) -> None:
    found = blank.evaluate(
        "b => glExplore.between('sphere', Float64Array.of(1, 2), Float64Array.from(b), 5).map(z => [...z])", end
    )
    assert np.allclose(found, np.linspace([1, 2], end, 5))


def test_an_ellipse_is_the_posterior_on_the_plane(blank: Page) -> None:
    logvar = np.random.default_rng(2).normal(-2, 1, 16)
    axes = np.array(blank.evaluate("model('beta1').axes.map(axis => [...axis])"))
    values, vectors = np.linalg.eigh(axes @ np.diag(np.exp(logvar)) @ axes.T)
    shape = blank.evaluate("logvar => glExplore.ellipse(model('beta1'), logvar)", logvar.tolist())
    assert np.allclose([shape["minor"], shape["major"]], np.sqrt(values))
    direction = np.array([math.cos(shape["angle"]), math.sin(shape["angle"])])
    assert abs(direction @ vectors[:, 1]) == pytest.approx(1)


def test_samples_are_those_of_torch(blank: Page) -> None:
    call = """() => { const random = new glRandom.TorchRandom(9);
        return [1, 2].map(() => glExplore.samples(random, 2, 12).map(z => [...z])); }"""
    torch.manual_seed(9)
    expected = [torch.randn(12, 2, dtype=torch.float64).numpy() for _ in range(2)]
    assert np.allclose(blank.evaluate(call), expected, atol=1e-12)


def test_the_map_names_the_class_of_each_place(blank: Page, trained: Path) -> None:
    call = """() => { const work = glExplore.classMap(model('vae'), known.classifier, 6); let step;
        while (!(step = work.next()).done); return [[...step.value], model('vae').reach]; }"""
    found, reach = blank.evaluate(call)
    middle = (np.arange(6) + 0.5) / 3 - 1
    z = torch.tensor([[a * reach, -b * reach] for b in middle for a in middle], dtype=torch.float64)
    judge = Classifier.load(trained / "review/classifier/classifier.safetensors")
    expected = judge.predict(16 * of("vae", trained).decoder(z).sigmoid().numpy())
    assert found == expected.tolist()
    assert len(set(found)) > 3


# ---- the widget ------------------------------------------------------------------------------------------------------


def open_explorer(page: Page, origin: str, where: str = PAGE) -> Locator:
    page.goto(f"{origin}/{where}", wait_until="load")
    page.get_by_role("button", name=re.compile("Open the explorer|Explore it here")).click()
    explorer = page.get_by_role("form", name="The latent explorer")
    expect(explorer.locator(".gl-explore-regions path").first).to_be_attached(timeout=15_000)
    return explorer


def point(explorer: Locator) -> list[float]:
    return [float(text) for text in explorer.locator("dd").all_text_contents()[:2]]


def nats(explorer: Locator) -> list[str]:
    return explorer.locator(".gl-explore-costs dd").all_text_contents()


def drawn_digit(explorer: Locator) -> list[int]:
    told = explorer.get_by_role("gridcell").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    return [int(text.rpartition(" ")[2]) for text in told]


def test_models_come_when_they_are_chosen(origin: str, page: Page, trouble: Trouble) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    explorer = open_explorer(page, origin)
    assert [file for file in asked if file.endswith(".json.js")] == [
        *("shared.json.js", "models.json.js", "models.json.js", "vae.json.js")
    ]
    explorer.get_by_label("Model").select_option("gan")
    expect(explorer.locator("figcaption").first).to_have_text("GAN, thirty-two latents")
    expect(explorer.get_by_text("Draw a digit, or pick one")).to_be_hidden()
    explorer.get_by_label("Model").select_option("beta1")
    explorer.get_by_label("Held-out digit", exact=True).select_option("7")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 8, a")
    assert [file for file in asked if file.endswith(".json.js")][4:] == [
        "gan.json.js",
        "beta1.json.js",
        "beta1_encoder.json.js",
    ]
    assert trouble.lines == []


def test_the_last_choice_counts(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    model = explorer.get_by_label("Model")
    model.evaluate(
        """one => { for (const name of ["gan", "beta3", "vae"]) {
            one.value = name; one.dispatchEvent(new Event("change")); } }"""
    )
    page.wait_for_timeout(1000)
    expect(explorer.locator("figcaption").first).to_have_text("VAE, two latents, beta 1")
    expect(model).to_have_value("vae")


def test_a_model_that_does_not_come_can_be_asked_for_again(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    page.route("**/gan.json.js", lambda route: route.abort())
    explorer.get_by_label("Model").select_option("gan")
    expect(explorer.get_by_role("status")).to_contain_text("could not be loaded")
    expect(explorer.get_by_label("Model")).to_have_value("vae")
    page.unroute("**/gan.json.js")
    explorer.get_by_label("Model").select_option("gan")
    expect(explorer.locator("figcaption").first).to_have_text("GAN, thirty-two latents")


def test_keys_move_the_point(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    plane = explorer.get_by_role("application")
    expect(plane).to_be_focused()
    assert point(explorer) == [0, 0]
    page.keyboard.press("ArrowRight")
    right = point(explorer)[0]
    page.keyboard.press("Shift+ArrowUp")
    assert point(explorer) == [right, pytest.approx(10 * right, abs=0.06)]
    assert 0 < right < 0.1
    expect(explorer.get_by_role("status")).to_contain_text(re.compile(r"^At .*: a \d, \d+ %"))
    assert re.search(r"a \d, \d+ %", plane.get_attribute("aria-label") or "")
    page.keyboard.press("Home")
    assert point(explorer) == [0, 0]
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    assert point(explorer)[0] == -float(page.evaluate("glData['explore/decoders/vae.json'].reach"))


def test_the_point_can_be_dragged(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    box = explorer.get_by_role("application").bounding_box()
    assert box
    picture = explorer.locator("canvas").first
    before = picture.evaluate("one => one.toDataURL()")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=4)
    page.mouse.up()
    reach = float(page.evaluate("glData['explore/decoders/vae.json'].reach"))
    assert point(explorer) == [pytest.approx(reach / 2, abs=0.1), pytest.approx(reach / 2, abs=0.1)]
    assert picture.evaluate("one => one.toDataURL()") != before
    assert re.fullmatch(r"decoded: a \d, \d+ %", picture.get_attribute("aria-label") or "")
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    assert point(explorer)[0] > 0


def test_a_finger_moves_the_point_and_draws(served: str, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    explorer = open_explorer(page, served)
    explorer.get_by_role("application").tap(position={"x": 40, "y": 40})
    assert point(explorer)[0] < -1
    assert point(explorer)[1] > 1
    explorer.get_by_role("grid").tap(position={"x": 60, "y": 60})
    assert sum(drawn_digit(explorer)) > 10
    context.close()


def test_the_numbers_of_a_held_out_digit(served: str, page: Page, blank: Page) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("12")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 13")
    expected = page_bound(blank, "vae", 100, 0)[12]
    assert nats(explorer)[:4] == [f"{value:.1f}" for value in expected]
    assert drawn_digit(explorer) == digits().held_out_x[12].tolist()
    expect(explorer.locator(".gl-explore-ellipses ellipse")).to_have_count(2)
    explorer.get_by_label("Draws").fill("1000")
    explorer.get_by_label("Draws").press("Enter")
    expect(explorer.locator(".gl-explore-costs dt").nth(3)).to_have_text("bound, 1000 draws")
    assert nats(explorer)[:4] == [f"{value:.1f}" for value in page_bound(blank, "vae", 1000, 0)[12]]
    explorer.get_by_role("button", name="Clear").click()
    assert set(nats(explorer)) == {DASH}
    expect(explorer.locator(".gl-explore-ellipses ellipse")).to_have_count(0)


def test_the_nearest_digit_is_picked(served: str, page: Page, blank: Page) -> None:
    explorer = open_explorer(page, served)
    page.keyboard.press("Shift+ArrowRight")
    at = np.array(point(explorer))
    explorer.get_by_role("button", name="Pick the nearest").click()
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit")
    every = np.array(blank.evaluate("[...model('vae').points]")).reshape(-1, 2)
    nearest = every[np.linalg.norm(every - at, axis=1).argmin()]
    assert np.abs(np.array(point(explorer)) - nearest).max() < 0.006


@pytest.mark.parametrize("model", ["vae", "beta10", "plain"])
def test_a_digit_is_drawn_with_a_mouse_and_with_keys(model: str, served: str, page: Page, trouble: Trouble) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_label("Model").select_option(model)
    expect(explorer).not_to_have_attribute("aria-busy", "true")
    field = explorer.get_by_role("grid")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    cell = box["width"] / 8
    page.mouse.move(box["x"] + 4 * cell, box["y"] + cell)
    page.mouse.down()
    page.mouse.move(box["x"] + 4 * cell, box["y"] + 7 * cell, steps=12)
    page.mouse.up()
    counts = np.array(drawn_digit(explorer)).reshape(8, 8)
    assert counts[2:6, 3:5].min() >= 8 and counts[:, [0, 7]].max() == 0 and counts.max() <= 16
    expect(explorer.get_by_role("status")).to_contain_text("The digit as drawn")
    before = nats(explorer)
    assert float(before[0]) > 20
    assert (before[1] == DASH) == (model == "plain")
    explorer.get_by_role("gridcell").first.focus()
    for key in ("ArrowRight", "ArrowDown", "Space", "-", "Shift+_", "+"):
        page.keyboard.press(key)
    assert drawn_digit(explorer)[9] == 12
    expect(explorer.get_by_role("gridcell").nth(9)).to_be_focused()
    expect(explorer.locator("[role=gridcell][tabindex='0']")).to_have_count(1)
    assert nats(explorer)[0] != before[0]
    explorer.get_by_label("Erase").check()
    page.mouse.move(box["x"] + 4 * cell, box["y"] + 4 * cell)
    page.mouse.down()
    page.mouse.up()
    assert sum(drawn_digit(explorer)) < counts.sum() + 12
    assert trouble.lines == []


@pytest.mark.parametrize(("label", "typed"), [("Draws", "0"), ("Draws", "1001"), ("Draws", "1e9"), ("Seed", "<b>")])
def test_what_is_no_number_changes_nothing(label: str, typed: str, served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("3")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 4")
    before = nats(explorer)
    field = explorer.locator(".gl-explore-costs").get_by_label(label)
    field.fill(typed)
    field.press("Enter")
    expect(explorer.get_by_role("status")).to_contain_text("Not a number that fits")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert nats(explorer) == before


def test_two_models_on_one_latent(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_label("Beside it").select_option("beta64")
    figures = explorer.locator(".gl-explore-decoded")
    expect(figures.nth(1).locator("figcaption")).to_have_text("VAE, two latents, beta 64")
    page.keyboard.press("Tab")
    explorer.get_by_role("application").focus()
    grays = """one => [...one.getContext("2d").getImageData(0, 0, 8, 8).data]"""
    pictures = []
    for key in ("Shift+ArrowUp", "Shift+ArrowLeft", "Shift+ArrowLeft"):
        page.keyboard.press(key)
        pictures.append([figures.nth(i).locator("canvas").evaluate(grays) for i in (0, 1)])
    first, second = np.ptp(np.array(pictures), axis=0).max(axis=1)
    assert second < 40 < 100 < first  # the latents of beta 64 hardly do anything
    explorer.get_by_label("Model").select_option("gan")
    expect(explorer.get_by_label("Beside it")).to_be_disabled()
    expect(figures.nth(1)).to_be_hidden()


def test_a_way_between_two_latents(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_text("Between two latents").click()
    expect(explorer.locator(".gl-explore-ways path")).to_have_count(2)
    for label, keys in (("A is here", ["Shift+ArrowLeft"] * 3), ("B is here", ["Shift+ArrowRight"] * 6)):
        explorer.get_by_role("application").focus()
        for key in keys:
            page.keyboard.press(key)
        explorer.get_by_role("button", name=label).click()
    strip = explorer.get_by_role("img", name=re.compile("Straight, from A to B: "))
    told = (strip.get_attribute("aria-label") or "").partition(": ")[2].split(", ")
    assert len(told) == 11
    assert told == explorer.locator(".gl-explore-classes").first.locator("span").all_text_contents()
    assert len(set(told)) > 1
    assert strip.evaluate("one => [one.width, one.height]") == [11 * 9 - 1, 8]


def test_a_dozen_samples_of_a_seed(served: str, page: Page) -> None:
    explorer = open_explorer(page, served)
    explorer.get_by_text("Samples from the prior, by the dozen").click()
    part = explorer.locator("details", has_text="by the dozen")
    picture = part.locator("canvas")
    first = picture.get_attribute("aria-label")
    assert re.fullmatch(r"samples 1 to 12: \d(, \d){11}", first or "")
    expect(explorer.locator(".gl-explore-samples circle")).to_have_count(12)
    part.get_by_role("button", name="Twelve more").click()
    expect(picture).to_have_attribute("aria-label", re.compile("samples 13 to 24: "))
    part.get_by_role("button", name="From the seed").click()
    assert picture.get_attribute("aria-label") == first
    part.get_by_label("Seed").fill("5")
    part.get_by_label("Seed").press("Enter")
    assert picture.get_attribute("aria-label") != first


@pytest.mark.parametrize("where", SMALL)
def test_pages_begin_with_their_own_model(where: str, served: str, page: Page, trouble: Trouble) -> None:
    explorer = open_explorer(page, served, where)
    expect(explorer.locator("figcaption").first).to_have_text(SMALL[where])
    expect(explorer.get_by_label("Model")).to_have_count(0)
    page.keyboard.press("Shift+ArrowRight")
    assert point(explorer)[0] > 0
    link = explorer.get_by_role("link", name="Lab: latent explorer").evaluate("one => one.href")
    assert link == f"{served}/{PAGE}"
    assert trouble.lines == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_explorer(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    explorer = open_explorer(page, served)
    explorer.get_by_label("Beside it").select_option("seed1")
    expect(explorer.get_by_role("status")).to_contain_text("Beside it")
    explorer.get_by_label("Held-out digit", exact=True).select_option("3")
    explorer.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 4")
    assert axe(page, "[data-live=explore]") == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_explorer_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    explorer = open_explorer(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("3")
    explorer.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("where", [PAGE, *SMALL])
def test_without_scripts_the_explorer_is_not_there(where: str, served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{where}", wait_until="load")
    place = unscripted.locator("[data-live^=explore]")
    assert place.evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]
