"""The flow in the latent explorer: against torch, forwards and backwards, and what it loads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect
from safetensors.torch import load_file
from torch import Tensor, nn

from genloop.data import digits
from genloop.engine.open_course import open_course
from genloop.engine.pipeline import update
from genloop.engine.record.store import Store
from genloop.engine.steps import add_up
from genloop.review import Classifier
from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble, axe
from tests.site.test_explorer import DATA, drawn_digit, numbers_alone, open_explorer, point

FLOW = SITE / "generated" / "files" / "explore" / "flow_decoder"
LATENTS, SHOWN, MOST_BYTES = 1000, 100, 300_000


@cache
def saved() -> dict[str, Tensor]:
    """What bridge/flow_digits left, and the classifier's file beside it."""
    return load_file(file_of("bridge/flow_digits", "velocity.safetensors"))


@cache
def file_of(run: str, name: str) -> Path:
    with open_course(ROOT, jobs=1) as course:
        record = add_up(update(course, [run]), lambda _: None).records[run]
    return Store(ROOT / ".genloop").object(record.files[name])


def integrate(x: Tensor, back: bool = False) -> Tensor:
    """As bridge/flow_digits.py draws its samples, with torch: 32 midpoint steps. (N, 64)"""
    weights = saved()
    net = nn.Sequential(
        *(nn.Linear(80, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU()),
        *(nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 64)),
    ).double()
    net.load_state_dict({name: tensor for name, tensor in weights.items() if name[0].isdigit()})
    frequencies = torch.pi * torch.arange(1, 9)

    def velocity(x: Tensor, t: float) -> Tensor:
        time = torch.full((len(x), 1), t, dtype=torch.float64) * frequencies
        moves: Tensor = net(torch.cat([x, time.sin(), time.cos()], dim=1))
        return moves

    dt = (-1 if back else 1) / 32
    with torch.no_grad():
        for step in range(32):
            t = (1 if back else 0) + step * dt
            x = x + dt * velocity(x + dt / 2 * velocity(x, t), t + dt / 2)
    return x


def counts(z: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = (integrate(z) * saved()["spread"] + saved()["center"]).clamp(0, 16).numpy()
    return found


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    with numbers_alone(browser, DATA, FLOW) as page:
        yield page


def test_a_thousand_latents_become_the_digits_that_torch_makes(blank: Page) -> None:
    torch.manual_seed(1)
    z = torch.randn(LATENTS, 64, dtype=torch.float64)
    expected = counts(z)
    call = """all => all.map((z) => {
        const p = model("flow").decode(z);
        return [[...p], glExplore.best(known.classifier.probabilities(p))]; })"""
    found, said = zip(*blank.evaluate(call, z.tolist()), strict=True)
    assert np.abs(np.round(16 * np.array(found)) - np.round(expected)).max() <= 1
    judge = Classifier.load(file_of("review/classifier", "classifier.safetensors"))
    other = np.array(said) != judge.predict(expected)
    assert other.mean() <= 0.02
    scores = judge.features(expected[other]) @ judge.weight + judge.bias
    odds = np.sort(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), axis=1)
    assert (odds[:, -1] - odds[:, -2] < 0.2).all(), "one class is never far ahead where another one is said"


def test_fewer_steps_are_nearly_as_good(blank: Page) -> None:
    call = """count => { const random = new glRandom.TorchRandom(2);
        return glExplore.samples(random, 64, count).map((z) =>
            [[...model("flow").decode(z)], [...model("flow").decode(z, true)]]); }"""
    exact, rough = np.round(16 * np.array(blank.evaluate(call, 200))).transpose(1, 0, 2)
    assert np.abs(exact - rough).mean() > 0 and np.abs(exact - rough).max() <= 1


def test_a_digit_is_led_to_its_latent_and_back(blank: Page) -> None:
    x = torch.from_numpy(digits().held_out_x[:SHOWN])
    expected = integrate((x - saved()["center"]) / saved()["spread"], back=True).numpy()
    call = """count => Array.from({length: count}, (_, i) => {
        const {mu} = model("flow").encode(known.digit(i), i);
        return [[...mu], [...model("flow").decode(mu)]]; })"""
    found, again = zip(*blank.evaluate(call, SHOWN), strict=True)
    assert np.sqrt(((np.array(found) - expected) ** 2).mean()) < 0.1 < expected.std() / 5
    assert (np.round(16 * np.array(again)) == x.numpy()).all()
    points = np.array(blank.evaluate("[...model('flow').points]")).reshape(-1, 2)[:SHOWN]
    places = np.array(blank.evaluate("all => all.map(z => model('flow').placeOf(z))", expected.tolist()))
    assert np.abs(points - places).max() < 0.01, "small figures stand where the trained flow leads their digits"


def test_the_plane_is_two_directions_that_stand_upright(blank: Page) -> None:
    axes = np.array(blank.evaluate("model('flow').axes.map(axis => [...axis])"))
    assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-4)


# ---- the widget ------------------------------------------------------------------------------------------------------


def open_flow(page: Page, origin: str) -> Locator:
    explorer = open_explorer(page, origin)
    explorer.get_by_label("Model").select_option("flow")
    expect(explorer.locator("figcaption").first).to_have_text("Flow matching, sixty-four latents")
    expect(explorer).not_to_have_attribute("aria-busy", "true")
    return explorer


def test_what_it_loads_is_said_and_comes_when_it_is_chosen(origin: str, page: Page, trouble: Trouble) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    explorer = open_explorer(page, origin)
    option = explorer.get_by_label("Model").locator("option").filter(has_text="Flow matching")
    kb = page.evaluate("glData['explore/flow_decoder/models.json'].models[0].kb")
    expect(option).to_have_text(f"Flow matching, sixty-four latents (loads {kb} KB)")
    size = (FLOW / "flow.json.js").stat().st_size
    assert abs(size / 1000 - kb) < 1 and size <= MOST_BYTES
    assert "flow.json.js" not in asked
    asked.clear()
    explorer.get_by_label("Model").select_option("flow")
    expect(explorer.locator(".gl-explore-regions path").first).to_be_attached(timeout=30_000)
    assert asked == ["flow.json.js"]
    expect(option).to_have_text("Flow matching, sixty-four latents")
    assert trouble.lines == []


def test_a_digit_comes_back_from_its_latent(served: str, page: Page, trouble: Trouble) -> None:
    explorer = open_flow(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("7")
    status = explorer.get_by_role("status")
    expect(status).to_contain_text("Held-out digit 8, a")
    expect(status).to_contain_text("from the center")
    expect(explorer.locator(".gl-explore-costs dd").first).to_be_hidden()
    expect(explorer.locator(".gl-explore-ellipses path")).to_have_count(1)
    rebuilt = explorer.locator(".gl-explore-rebuilt").evaluate(
        "one => [...one.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, i) => i % 4 === 0)"
    )
    given = drawn_digit(explorer)
    assert [round(16 * gray / 255) for gray in rebuilt] == given
    assert explorer.locator("dd").nth(2).text_content() != "0.00", "the point went there, too"
    explorer.get_by_label("Model").select_option("vae")
    expect(explorer.locator(".gl-explore-costs dd").first).to_be_visible()
    assert trouble.lines == []


def test_it_moves_by_keys_and_by_dragging(served: str, page: Page, trouble: Trouble) -> None:
    explorer = open_flow(page, served)
    plane = explorer.get_by_role("application")
    plane.focus()
    picture = "one => one.toDataURL()"
    canvas = explorer.locator("canvas").first
    before = canvas.evaluate(picture)
    page.keyboard.press("Shift+ArrowRight")
    assert canvas.evaluate(picture) != before and point(explorer)[0] > 0
    box = plane.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 90)
    moving = canvas.evaluate(picture)
    page.mouse.up()
    at_rest = canvas.evaluate(picture)
    assert moving != before and at_rest != before and point(explorer)[1] > 0
    explorer.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    expect(explorer.get_by_text("torch.randn(12, 64)")).to_be_visible()
    expect(explorer.locator(".gl-explore-classes span")).to_have_count(11 + 11 + 12)
    assert trouble.lines == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_it(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    explorer = open_flow(page, served)
    explorer.get_by_label("Held-out digit", exact=True).select_option("3")
    expect(explorer.get_by_role("status")).to_contain_text("Held-out digit 4")
    assert axe(page, "[data-live=explore]") == []


def test_the_bridge_has_it_and_says_what_it_loads(served: str, page: Page, trouble: Trouble) -> None:
    page.set_viewport_size({"width": 320, "height": 740})
    page.goto(f"{served}/bridge/flow.html", wait_until="load")
    said = page.locator("[data-live=explore-small] p").text_content() or ""
    page.get_by_role("button", name="Explore it here").click()
    explorer = page.get_by_role("form", name="The latent explorer")
    expect(explorer.locator("figcaption").first).to_have_text("Flow matching, sixty-four latents")
    bytes_ = sum(file.stat().st_size for file in (FLOW / "flow.json.js", DATA / "shared.json.js"))
    assert abs(float(said.split("loads ")[1].split(" KB")[0]) - bytes_ / 1000) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert trouble.lines == []
