"""The 28x28 models of the latent explorer: against torch, what they load, and drawing with a brush."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from genloop.data import mnist_5k
from genloop.engine.open_course import open_course
from genloop.engine.pipeline import update
from genloop.engine.record.record import Record
from genloop.engine.record.store import Store
from genloop.engine.steps import add_up
from genloop.review import Classifier
from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble, axe
from tests.site.test_explorer import DASH, HELPERS, PAGE, nats, numbers_alone, open_explorer, point

DATA = SITE / "generated" / "files" / "explore" / "mnist_decoders"
RUNS = {"mnist_plane": "mnist/vae@plane", "mnist_vae": "mnist/vae", "mnist_gan": "mnist/gan"}
VAES = ["mnist_plane", "mnist_vae"]
LATENTS, SHOWN, MEASURED = 1000, 200, 30
MOST_BYTES = 400_000


@cache
def records() -> Mapping[str, Record]:
    with open_course(ROOT, jobs=1) as course:
        return add_up(update(course, ["explore/mnist_decoders"]), lambda _: None).records


@cache
def classifier() -> Classifier:
    """Fitted as the program fits it."""
    data = mnist_5k()
    return Classifier.fit(data.train_x, data.train_y, hidden=64, seed=0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what each run saved."""
    root = tmp_path_factory.mktemp("trained")
    for name in RUNS.values():
        for file in records()[name].files:
            (root / name).mkdir(parents=True, exist_ok=True)
            Store(ROOT / ".genloop").copy(records()[name], file, root / name / file)
    return root


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    helpers = HELPERS.replace("glExplore.shared()", "glExplore.shared(28)")
    with numbers_alone(browser, DATA, helpers=helpers) as page:
        yield page


def linear_layers(file: Path) -> nn.Sequential:
    """With ReLU between them, as mnist/vae.py writes them."""
    saved = load_file(file)
    net = nn.Sequential()
    for name, weight in saved.items():
        if name.endswith("weight"):
            net.extend([nn.ReLU()] if len(net) else [])
            net.append(nn.Linear(weight.shape[1], weight.shape[0]))
    net.double().load_state_dict(saved)
    return net.requires_grad_(False)


def decoder(name: str, trained: Path) -> nn.Module:
    if name != "mnist_gan":
        return linear_layers(trained / RUNS[name] / "decoder.safetensors")
    net = nn.Sequential(  # as mnist/gan.py writes it, but for the last sigmoid
        *(nn.Linear(32, 32 * 7 * 7, bias=False), nn.BatchNorm1d(32 * 7 * 7), nn.LeakyReLU(0.2)),
        nn.Unflatten(1, (32, 7, 7)),
        *(nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2)),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
    )
    net.load_state_dict(load_file(trained / RUNS[name] / "generator.safetensors"))
    return nn.Sequential(net, nn.Flatten()).double().eval().requires_grad_(False)


def ink(trained: Path) -> NDArray[np.float64]:
    held_out: NDArray[np.float64] = np.load(trained / "mnist/vae" / "ink.npz")["held_out_ink"].astype(float)
    return held_out[:SHOWN]


@pytest.mark.parametrize("name", RUNS)
def test_a_thousand_latents_decode_as_in_torch(name: str, blank: Page, trained: Path) -> None:
    net = decoder(name, trained)
    torch.manual_seed(1)
    z = torch.randn(LATENTS, blank.evaluate("name => model(name).latents", name), dtype=torch.float64)
    expected = net(z).sigmoid().numpy()
    # A letter for each pixel: in sixteen steps of gray, as the 8x8 models.
    call = """([name, all]) => all.map((z) => {
        const p = model(name).decode(z);
        const letters = String.fromCharCode(...p.map((one) => 65 + Math.round(16 * one)));
        return [letters, glExplore.best(known.classifier.probabilities(p))]; })"""
    letters, classes = zip(*blank.evaluate(call, [name, z.tolist()]), strict=True)
    steps = np.array([[*one.encode()] for one in letters]) - 65
    assert np.abs(steps - np.round(16 * expected)).max() <= 1
    said, judge = np.array(classes), classifier()
    scores = judge.features(255 * expected) @ judge.weight + judge.bias
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    other = said != judge.classes[scores.argmax(axis=1)]
    # One class is never far ahead of the other where rounded weights decide for another one.
    first, second = np.sort(odds[other] / odds[other].sum(axis=1, keepdims=True), axis=1)[:, -2:].T[::-1]
    assert other.mean() <= 0.02
    assert (first - second < 0.2).all()


@pytest.mark.parametrize("name", VAES)
def test_held_out_digits_cost_the_nats_that_torch_gives(name: str, blank: Page, trained: Path) -> None:
    """With the codes of the trained encoder; the bound is never above -ELBO but for chance."""
    net, encoder = decoder(name, trained), linear_layers(trained / RUNS[name] / "encoder.safetensors")
    x = torch.from_numpy(ink(trained)[:MEASURED])
    call = """([name, count]) => Array.from({length: count}, (_, i) => {
        const counts = known.digit(i);
        const found = glExplore.bound(model(name), counts, model(name).encode(counts, i), 20, 3);
        return [found.recon, found.kl, found.weighted]; })"""
    found = np.array(blank.evaluate(call, [name, MEASURED]))
    rows = []
    for digit, code in zip(x, encoder(x), strict=True):
        mu, logvar = code.chunk(2)
        torch.manual_seed(3)
        posterior = torch.distributions.Normal(mu, (0.5 * logvar).exp())
        prior = torch.distributions.Normal(torch.zeros_like(mu), 1.0)
        z = mu + posterior.stddev * torch.randn(20, len(mu), dtype=torch.float64)
        logits: Tensor = net(z)
        nll = functional.binary_cross_entropy_with_logits(logits, digit.expand_as(logits), reduction="none").sum(dim=1)
        ratio = prior.log_prob(z) - posterior.log_prob(z)  # type: ignore[no-untyped-call]  # torch has no types there
        kl = torch.distributions.kl_divergence(posterior, prior).sum()
        weighted = np.log(20) - (ratio.sum(dim=1) - nll).logsumexp(0)
        rows.append([float(nll.mean()), float(kl), float(weighted)])
    off = np.abs(found - np.array(rows))
    assert np.median(off, axis=0).max() < 0.3
    assert off.max() < 3
    assert off[:, 1].max() < 0.01  # exact, but for the 16 bits of a code


@pytest.mark.parametrize("name", VAES)
def test_a_drawn_digit_is_encoded_as_in_torch(name: str, blank: Page, trained: Path) -> None:
    expected = linear_layers(trained / RUNS[name] / "encoder.safetensors")(torch.from_numpy(ink(trained))).numpy()
    call = """name => Array.from({length: 200}, (_, i) => {
        const {mu, logvar} = model(name).encode(known.digit(i));
        return [...mu, ...logvar]; })"""
    found = np.array(blank.evaluate(call, name))
    assert np.sqrt(((found - expected) ** 2).mean()) < 0.03 < expected.std() / 10


def test_the_page_has_the_held_out_digits_and_says_their_sizes(blank: Page, trained: Path) -> None:
    found = blank.evaluate("Array.from({length: 200}, (_, i) => known.digit(i).join(''))")
    assert found == ["".join(str(int(pixel)) for pixel in digit) for digit in ink(trained)]
    assert blank.evaluate("known.labels") == mnist_5k().held_out_y[:SHOWN].tolist()
    entries = blank.evaluate("glExplore.catalog()")
    assert {one["name"]: one["run"] for one in entries} == RUNS
    sizes = {file.name: file.stat().st_size for file in DATA.glob("*.json.js")}
    assert max(sizes.values()) <= MOST_BYTES
    for one in entries:
        assert abs(sizes[f"{one['name']}.json.js"] / 1000 - one["kb"]) < 1
        assert one["name"] == "mnist_gan" or abs(sizes[f"{one['name']}_encoder.json.js"] / 1000 - one["encoder_kb"]) < 1


# ---- the widget ------------------------------------------------------------------------------------------------------


def open_fine(page: Page, origin: str, model: str = "mnist_plane") -> Locator:
    explorer = open_explorer(page, origin)
    explorer.get_by_label("Model").select_option(model)
    expect(explorer.locator("figcaption").first).to_contain_text("28x28")
    expect(explorer).not_to_have_attribute("aria-busy", "true")
    return explorer


def inked(explorer: Locator) -> NDArray[np.bool_]:
    told = explorer.get_by_role("gridcell").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    return np.array([text.endswith(": ink") for text in told]).reshape(28, 28)


def test_what_a_choice_loads_is_said_and_nothing_else_comes(origin: str, page: Page, trouble: Trouble) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2].removesuffix(".json.js")))
    explorer = open_explorer(page, origin)
    options = explorer.get_by_label("Model").locator("option")
    vae = options.filter(has_text="28x28 VAE, twenty")
    assert not {*RUNS, "digits"} & {*asked}
    catalog = page.evaluate("glData['explore/mnist_decoders/models.json']")
    first, other = catalog["models"][0]["kb"], catalog["models"][1]["kb"]
    more = catalog["models"][1]["encoder_kb"]
    expect(vae).to_have_text(f"28x28 VAE, twenty latents (loads {other + catalog['kb']} KB, for drawing {more} more)")
    asked.clear()
    explorer.get_by_label("Model").select_option("mnist_plane")
    expect(explorer.locator(".gl-explore-regions path").first).to_be_attached(timeout=15_000)
    expect(options.filter(has_text="28x28 VAE, two")).to_have_text("28x28 VAE, two latents")
    expect(vae).to_have_text(f"28x28 VAE, twenty latents (loads {other} KB, for drawing {more} more)")
    explorer.get_by_label("Held-out digit", exact=True).select_option("7")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 8, a")
    assert asked == ["digits", "mnist_plane"]  # a held-out digit has its code
    said = explorer.locator(".gl-explore-costs .gl-live-said")
    expect(said).to_contain_text(f"loads the encoder, {catalog['models'][0]['encoder_kb']} KB")
    explorer.get_by_role("gridcell").nth(400).click()
    expect(explorer.get_by_role("status")).to_contain_text("The digit as drawn")
    assert asked[2:] == ["mnist_plane_encoder"]
    expect(said).not_to_contain_text("loads")
    explorer.get_by_label("Model").select_option("beta1")  # and back to the small ones, with their field
    expect(explorer.get_by_role("gridcell")).to_have_count(64)
    assert first > 0 and trouble.lines == []


def test_a_digit_is_drawn_with_a_mouse_and_with_keys(served: str, page: Page, trouble: Trouble) -> None:
    explorer = open_fine(page, served, "mnist_vae")
    field = explorer.get_by_role("grid")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    cell = box["width"] / 28
    page.mouse.move(box["x"] + 14 * cell, box["y"] + 5 * cell)
    page.mouse.down()
    page.mouse.move(box["x"] + 14 * cell, box["y"] + 22 * cell)  # one jump: the brush goes all the way
    page.mouse.up()
    stroke = inked(explorer)
    assert stroke[5:22, 13:15].all() and stroke.sum() < 70 and not stroke[:, :12].any()
    expect(explorer.get_by_role("status")).to_contain_text("The digit as drawn, rebuilt as a")
    before = nats(explorer)
    assert float(before[0]) > 20 and float(before[3]) < float(before[2]) + 1 and DASH not in before[:4]
    expect(explorer.locator(".gl-explore-ellipses ellipse")).to_have_count(2)
    explorer.get_by_role("gridcell").nth(28 * 10 + 4).focus()
    for key in ["Shift+ArrowRight"] * 4 + ["ArrowDown"] * 6 + ["Space"]:
        page.keyboard.press(key)
    drawn = inked(explorer)
    assert drawn[10, 4:9].all() and drawn[16, 8] and not drawn[13, 8]
    expect(explorer.get_by_role("gridcell").nth(28 * 16 + 8)).to_be_focused()
    expect(explorer.locator("[role=gridcell][tabindex='0']")).to_have_count(1)
    page.keyboard.press("Space")
    assert not inked(explorer)[16, 8]
    expect(explorer.locator(".gl-explore-costs dd").first).not_to_have_text(before[0])
    explorer.get_by_label("Erase").check()
    page.mouse.move(box["x"] + 14 * cell, box["y"] + 10 * cell)
    page.mouse.down()
    page.mouse.up()
    assert not inked(explorer)[10, 14]
    assert trouble.lines == []


def test_on_a_phone_a_finger_draws_and_all_of_it_fits(served: str, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 320, "height": 740})
    page = context.new_page()
    explorer = open_fine(page, served)
    explorer.get_by_role("grid").tap(position={"x": 60, "y": 60})
    assert 4 <= inked(explorer).sum() <= 9
    expect(explorer.get_by_role("status")).to_contain_text("The digit as drawn")
    explorer.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_axe_finds_nothing_with_so_many_cells(served: str, page: Page) -> None:
    explorer = open_fine(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("3")
    explorer.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 4")
    assert axe(page, "[data-live=explore]") == []


def test_the_page_of_these_models_says_what_it_loads(served: str, page: Page, trouble: Trouble) -> None:
    page.goto(f"{served}/compare/pictures.html", wait_until="load")
    said = page.locator("[data-live=explore-small] p")
    kb = re.search(r"loads (\d+) KB", said.text_content() or "")
    page.get_by_role("button", name="Explore it here").click()
    explorer = page.get_by_role("form", name="The latent explorer")
    expect(explorer.locator(".gl-explore-regions path").first).to_be_attached(timeout=15_000)
    catalog = page.evaluate("glData['explore/mnist_decoders/models.json']")
    assert kb and abs(int(kb[1]) - catalog["models"][0]["kb"] - catalog["kb"]) <= 1
    before = explorer.locator("canvas").first.evaluate("one => [one.width, one.toDataURL()]")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    after = explorer.locator("canvas").first.evaluate("one => [one.width, one.toDataURL()]")
    assert before[0] == after[0] == 28 and before[1] != after[1]
    assert point(explorer)[0] > 1
    assert PAGE in (explorer.get_by_role("link", name="Lab: latent explorer").get_attribute("href") or "")
    assert trouble.lines == []
