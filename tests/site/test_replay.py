"""The replays: what a page shows at a step is what the training saved and what the program printed.

Numbers are compared with the output on the page, pictures and points with the files of the runs themselves.
"""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from genloop.engine.record.store import Store
from tests.site.built import ROOT, SITE
from tests.site.conftest import Trouble, axe

Array = NDArray[Any]
NONE = "\N{EN DASH}"
"""What stands where a number has no value."""


@dataclass(frozen=True)
class Case:
    """A page with a replay: its program, and the figure that stands there without scripts."""

    name: str
    page: str
    program: str
    figure: str
    prefix: str = ""
    """Of the printed lines that tell of the first run."""


CASES = [
    Case("gan-digits", "gan/digits.html", "explore/replay_gan", "by_step.png"),
    Case("gan-modes", "gan/modes.html", "explore/replay_modes", "strip.svg", "as it is: "),
    Case("compare-checkpoints", "compare/checkpoints.html", "explore/replay_checkpoints", "strip.png"),
    Case("vae-digits", "vae/digits.html", "explore/replay_vae", "unfolding.svg"),
    Case("bridge-flow", "bridge/flow.html", "explore/replay_flow", "training.svg"),
]
GAN, RING, CHECKPOINTS, VAE, FLOW = CASES
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cache
def written(case: Case) -> dict[str, Any]:
    """What the program wrote, as the site publishes it."""
    found: dict[str, Any] = json.loads((SITE / "generated" / "files" / case.program / "replay.json").read_text("utf-8"))
    return found


@cache
def saved(run: str, file: str) -> dict[str, Array]:
    """The arrays that a training saved, from the store."""
    store = Store(ROOT / ".genloop")
    with np.load(io.BytesIO(store.object(store.newest(run)[0].files[file]).read_bytes())) as arrays:
        return {name: arrays[name] for name in arrays.files}


def widget(page: Page) -> Locator:
    return page.get_by_role("form", name="The training, replayed")


def open_at(page: Page, origin: str, case: Case, link: str = "") -> Locator:
    """The widget, started by its button, or by a link if there is one."""
    page.goto(f"{origin}/{case.page}{link}", wait_until="load")
    if not link:
        page.get_by_role("button", name="Replay it here").click()
    found = widget(page)
    expect(found).to_be_visible()
    return found


def slider(form: Locator) -> Locator:
    return form.locator("#gl-replay-step")


def reading(form: Locator) -> dict[str, str]:
    """The numbers beside the slider, by their names."""
    names, values = form.locator("dt").all_text_contents(), form.locator("dd").all_text_contents()
    return dict(zip(names, values, strict=True))


def pixels(form: Locator, at: int = 0) -> Array:
    """The grays of a canvas, one for each pixel of its pictures: (rows, columns) from 0 to 255."""
    found = (
        form.locator("canvas")
        .nth(at)
        .evaluate(
            """one => { const [wide, high] = [one.width, one.height];
            const all = one.getContext("2d").getImageData(0, 0, wide, high).data;
            return [...Array(high / 8).keys()].map(y =>
                [...Array(wide / 8).keys()].map(x => all[4 * ((8 * y + 3) * wide + 8 * x + 4)])); }"""
        )
    )
    return np.array(found)


def laid_out(pictures: Array, columns: int) -> Array:
    """Pictures (N, 64), counts from 0 to 16, as such a canvas shows them: one gray line between two."""
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * 9, columns * 9), 64)
    for i, one in enumerate(pictures):
        top, left = 9 * (i // columns), 9 * (i % columns)
        sheet[top : top + 8, left : left + 8] = np.floor(255 * one.reshape(8, 8).astype(float) / 16 + 0.5)
    return sheet[:-1, :-1]


def dots(form: Locator) -> Array:
    """The drawn points (N, 2), in units of the plane, which reaches from -3 to 3."""
    drawn = form.locator("path.gl-live-dots").get_attribute("d") or ""
    at = np.array([[float(x), float(y)] for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)h0", drawn)])
    return np.stack([at[:, 0] / 312 * 6 - 3, 3 - at[:, 1] / 312 * 6], axis=1)


def glyphs(form: Locator) -> tuple[str, Array]:
    """The labels in the latent plane, and where they stand, in units of the plane, which reaches from -4 to 4."""
    found = form.locator("text[class^=gl-replay-class]").evaluate_all(
        "all => all.map(one => [one.textContent, one.getAttribute('class'), one.getAttribute('transform')])"
    )
    assert all(css == f"gl-replay-class-{label}" for label, css, _ in found)
    at = np.array([[float(number) for number in re.findall(r"-?[\d.]+", where)] for _, _, where in found])
    return "".join(label for label, _, _ in found), np.stack(
        [at[:, 0] / 312 * 8 - 4, 4 - (at[:, 1] - 4) / 312 * 8], axis=1
    )


def printed(page: Page, case: Case) -> dict[int, dict[str, str]]:
    """Step -> label -> value, of the lines that the page shows of the program's output."""
    text = page.locator(f'.gl-output[data-snippet="{case.program}"] pre').first.text_content() or ""
    unit = written(case)["unit"]
    lines = re.findall(rf"(?m)^{re.escape(case.prefix)}{unit}=(\d+) (.*)$", text)
    return {int(step): dict(re.findall(r"(\w+)=(\S+)", rest)) for step, rest in lines}


# ---- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [GAN, RING, VAE, FLOW], ids=lambda case: case.name)
def test_the_numbers_at_a_step_are_those_that_were_printed(case: Case, served: str, page: Page) -> None:
    form = open_at(page, served, case)
    lines = printed(page, case)
    assert len(lines) >= 6
    shown = {}
    for at, step in enumerate(written(case)["steps"]):
        slider(form).fill(str(at))
        found = reading(form)
        unit, *names = found
        assert found[unit] == f"{step} of {written(case)['steps'][-1]}"
        shown[step] = {name: found[name] for name in names if found[name] != NONE}
        status = form.get_by_role("status").text_content() or ""
        assert all(f"{name.replace('_', ' ')} {value}" in status for name, value in shown[step].items())
    assert {step: shown[step] for step in lines} == lines


def test_the_checkpoints_are_those_of_the_pages_table(served: str, page: Page) -> None:
    """For every seed the numbers are rounded from the table that review/checkpoints saved."""
    table = saved("review/checkpoints", "checkpoints.npz")["table"]  # (5, 8, 6)
    form = open_at(page, served, CHECKPOINTS)
    for seed in (0, 3):
        form.get_by_label("Run").select_option(f"seed {seed}")
        for at in (1, 5, 7):
            slider(form).fill(str(at))
            assert list(reading(form).values())[1:] == [f"{value:.2f}" for value in table[seed, at]]


@every
def test_bars_and_curves_are_what_was_written(case: Case, served: str, page: Page) -> None:
    form = open_at(page, served, case)
    run = written(case)["runs"][0]
    for at in (0, 3, len(written(case)["steps"]) - 1):
        slider(form).fill(str(at))
        counts = run["bars"]["counts"][at]
        chart = form.locator(".gl-live-chart", has_text=run["bars"]["title"])
        assert chart.locator("svg svg text").all_text_contents() == [str(count) for count in counts]
        drawn = chart.locator("svg svg path").first.get_attribute("d") or ""
        tops = [152 * (1 - count / run["bars"]["top"]) for count in counts]
        assert [float(y) for y in re.findall(r"V([-\d.]+)H", drawn)] == pytest.approx(tops, abs=0.06)
        assert ", ".join(map(str, counts)) in (chart.get_by_role("img").get_attribute("aria-label") or "")
    for part in ("losses", "measures"):
        chart = form.locator(".gl-live-chart", has_text=run[part]["title"])
        legend = chart.locator(".gl-live-legend span").all_text_contents()
        assert legend == [*run[part]["curves"], "shown"]
        assert all(chart.locator("svg svg path").nth(i).get_attribute("d") for i in range(len(legend)))


# ---- pictures and points, against the files of the runs ------------------------------------------


@pytest.mark.parametrize("step", [0, 100, 2500])
def test_the_pictures_are_the_samples_of_the_training(step: int, served: str, page: Page) -> None:
    form = open_at(page, served, GAN, f"#replay-gan-digits={step}")
    run = saved("gan/digits", "samples.npz")
    samples = run["samples"][run["steps"].tolist().index(step), :60]
    assert (pixels(form) == laid_out(samples, 10)).all()
    read = form.locator("canvas").get_attribute("aria-label") or ""
    assert f"step {step}" in read and len(re.findall(r"\b\d\b", read.partition("takes them")[2])) == 60


def test_another_seed_has_its_own_pictures(served: str, page: Page) -> None:
    form = open_at(page, served, CHECKPOINTS, "#replay-compare-checkpoints=800&run=seed2")
    samples = saved("gan/digits@seed2", "samples.npz")["samples"][5, :32]
    assert (pixels(form) == laid_out(samples, 8)).all()


@pytest.mark.parametrize(("run", "key"), [("gan/ring", "as-it-is"), ("gan/ring@even", "even")])
def test_the_points_of_the_ring_are_those_of_game_1(run: str, key: str, served: str, page: Page) -> None:
    form = open_at(page, served, RING, f"#replay-gan-modes=1500&run={key}")
    arrays = saved(run, "ring.npz")
    points = arrays["snapshots"][arrays["steps"].tolist().index(1500), 1, :400]
    assert np.abs(dots(form) - points).max() < 0.003  # a tenth of a unit of the drawing, and a thousandth


def test_the_points_of_the_flow_are_those_on_their_way(served: str, page: Page) -> None:
    form = open_at(page, served, FLOW, "#replay-bridge-flow=800&t=0.4")
    arrays = saved("bridge/flow@replay", "flow.npz")
    moved = arrays["moved"][arrays["steps"].tolist().index(800)]  # (6, 2000, 2)
    assert np.abs(dots(form) - moved[2, :300]).max() < 0.003
    form.locator("#gl-replay-time").press("End")
    assert np.abs(dots(form) - moved[5, :300]).max() < 0.003
    assert "800 of 3000" in reading(form).values()


def test_the_latent_plane_is_that_of_the_training(served: str, page: Page) -> None:
    form = open_at(page, served, VAE, "#replay-vae-digits=5")
    arrays, lesson = saved("vae/digits@replay", "vae_history.npz"), saved("vae/digits", "latents.npz")
    at = arrays["epochs"].tolist().index(5)
    labels, places = glyphs(form)
    assert labels == "".join(map(str, lesson["held_out_labels"][:300]))
    assert np.abs(places - arrays["held_out_mu"][at, :300]).max() < 0.003
    assert (pixels(form, 0) == laid_out(arrays["plane"][at], 8)).all()
    first = [int(np.flatnonzero(lesson["held_out_labels"] == digit)[0]) for digit in range(10)]
    rows = np.concatenate([lesson["held_out_x"][first], arrays["rebuilt"][at, first]])
    assert (pixels(form, 1) == laid_out(rows, 10)).all()


def test_a_training_that_saves_more_is_the_same_training() -> None:
    """The replay's last plane is, to the last bit, that of the lesson's own run; so are the samples of the flow."""
    again, lesson = saved("vae/digits@replay", "vae_history.npz"), saved("vae/digits", "latents.npz")
    assert (again["held_out_mu"][-1] == lesson["held_out_mu"]).all()
    assert (again["history"] == saved("vae/digits", "vae_history.npz")["history"]).all()
    flow, first = saved("bridge/flow@replay", "flow.npz"), saved("bridge/flow", "flow.npz")
    assert all((flow[name] == first[name]).all() for name in ("trace", "path", "samples"))
    assert np.abs(flow["moved"][-1, :, :200] - first["path"][::10]).max() < 1e-6  # float32, and a sum in another order


# ---- links ---------------------------------------------------------------------------------------


@every
def test_a_link_opens_at_its_step(case: Case, origin: str, page: Page, trouble: Trouble) -> None:
    step = written(case)["steps"][4]
    form = open_at(page, origin, case, f"#replay-{case.name}={step}")
    last = written(case)["steps"][-1]
    assert next(iter(reading(form).values())) == f"{step} of {last}"
    expect(slider(form)).to_be_focused()
    assert slider(form).get_attribute("aria-valuetext") == f"{written(case)['unit']} {step} of {last}"
    expect(form).to_be_in_viewport()
    assert trouble.lines == []


def test_the_link_to_a_step_leads_back_to_it(served: str, page: Page) -> None:
    form = open_at(page, served, FLOW)
    slider(form).fill("5")
    form.locator("#gl-replay-time").fill("1")
    link = form.get_by_role("link").get_attribute("href")
    assert link == "#replay-bridge-flow=800&t=0.2"
    before = dots(form)
    other = page.context.new_page()
    assert (dots(open_at(other, served, FLOW, link)) == before).all()


def test_a_new_link_moves_a_replay_that_runs(served: str, page: Page) -> None:
    form = open_at(page, served, RING)
    page.evaluate("location.hash = '#replay-gan-modes=1000&run=collapse'")
    expect(form.get_by_label("Run")).to_have_value("2")
    assert reading(form)["step"] == "1000 of 2000"


@pytest.mark.parametrize(
    ("link", "step", "said"),
    [
        ("#replay-gan-digits=700", "800", "No step 700 was saved"),
        ("#replay-gan-digits=99999999", "2500", "No step 99999999 was saved"),
        ("#replay-gan-digits=<b>", "0", "names no step"),
        ("#replay-gan-digits=-1", "0", "names no step"),
        ("#replay-gan-digits=800&run=seed7", "800", "names a run that is not here"),
        ("#replay-gan-digits=800&t=0.3", "800", "names a time that was not saved"),
        ("#replay-vae-digits=20", "0", "Step 0"),
    ],
)
def test_a_link_to_what_is_not_there_says_so(link: str, step: str, said: str, served: str, page: Page) -> None:
    form = open_at(page, served, GAN, link)
    assert reading(form)["step"] == f"{step} of 2500"
    expect(form.get_by_role("status")).to_contain_text(said)


def test_nothing_starts_without_a_reader(served: str, page: Page) -> None:
    page.goto(f"{served}/{GAN.page}#three-minutes", wait_until="load")
    expect(page.get_by_role("button", name="Replay it here")).to_be_enabled()
    assert page.evaluate("globalThis.glData") is None
    expect(widget(page)).to_have_count(0)


# ---- keys, play, motion --------------------------------------------------------------------------


@every
def test_arrow_keys_go_from_step_to_step(case: Case, served: str, page: Page) -> None:
    form = open_at(page, served, case)
    steps = written(case)["steps"]
    expect(slider(form)).to_be_focused()
    for key, at in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        assert next(iter(reading(form).values())) == f"{steps[at]} of {steps[-1]}"
        expect(form.get_by_role("status")).to_contain_text(f"{steps[at]} of {steps[-1]}")
    expect(form.get_by_role("button", name="Back")).to_be_disabled()
    form.get_by_role("button", name="Next").press("Enter")
    assert next(iter(reading(form).values())) == f"{steps[1]} of {steps[-1]}"


def test_it_plays_to_the_end_and_from_the_beginning_again(served: str, page: Page) -> None:
    form = open_at(page, served, RING)
    assert reading(form)["step"] == "0 of 2000"  # it does not play before it is asked to
    slider(form).fill("18")
    form.get_by_role("button", name="Play").click()
    expect(form.get_by_role("status")).to_have_text("Playing.")
    expect(form.get_by_role("status")).to_contain_text("Step 2000 of 2000", timeout=10_000)
    assert reading(form)["step"] == "2000 of 2000"
    form.get_by_role("button", name="Play").click()
    expect(form.locator("dd").first).to_have_text("100 of 2000", timeout=10_000)
    form.get_by_role("button", name="Pause").click()
    stopped = reading(form)["step"]
    page.wait_for_timeout(1200)
    assert reading(form)["step"] == stopped
    expect(form.get_by_role("status")).to_contain_text(f"Step {stopped}")


def test_an_arrow_key_stops_the_play(served: str, page: Page) -> None:
    form = open_at(page, served, GAN)
    form.get_by_role("button", name="Play").click()
    slider(form).press("End")
    expect(form.get_by_role("button", name="Play")).to_be_visible()
    assert reading(form)["step"] == "2500 of 2500"


WHERE = """[...form.querySelectorAll("text[class^=gl-replay-class]")].slice(0, 20)
    .map(one => one.getAttribute("transform")).join()"""
MOVES = (
    """form => new Promise(done => { const found = [], press = name =>
    [...form.querySelectorAll("button")].find(one => one.textContent === name)?.click();
    const look = () => { found.push(["""
    + WHERE
    + """, form.querySelector(".gl-replay-told").textContent]);
        if (new Set(found.map(one => one[1])).size < 5) requestAnimationFrame(look);
        else { press("Pause"); done(found); } };
    press("Play"); look(); })"""
)
"""Plays until the text beside the slider was one of five, pauses, and gives what stood there in each frame."""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_digits_move_between_saved_epochs_only_while_it_plays(motion: str, served: str, page: Page) -> None:
    """With reduced motion they never stand where nothing was saved; without it, the page says between which epochs."""
    page.emulate_media(reduced_motion="reduce" if motion == "reduce" else "no-preference")
    form = open_at(page, served, VAE)
    at_rest = []
    for at in range(len(written(VAE)["steps"])):
        slider(form).fill(str(at))
        at_rest.append(form.evaluate(f"form => {WHERE}"))
    slider(form).fill("0")
    seen: list[tuple[str, str]] = form.evaluate(MOVES)
    between = [told for places, told in seen if places not in at_rest]
    if motion == "reduce":
        assert between == []
    else:
        assert len(between) >= 5 and all(re.fullmatch(r"between \d+ and \d+", told) for told in between)
        expect(form).to_contain_text("nothing was saved there")
    assert form.evaluate(f"form => {WHERE}") in at_rest  # paused, it stands at a saved epoch


# ---- everybody -----------------------------------------------------------------------------------


@every
def test_without_scripts_there_is_a_figure_of_the_steps(case: Case, served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{case.page}", wait_until="load")
    place = unscripted.locator("[data-live=replay]")
    assert place.evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]
    figure = unscripted.locator(f".gl-figure[data-figure$='{case.figure}'], figure:has([src*='{case.figure}'])").first
    expect(figure).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every
def test_axe_finds_nothing_in_a_replay(case: Case, scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    form = open_at(page, served, case)
    slider(form).fill("2")
    assert axe(page, "[data-live=replay]") == []


@pytest.mark.parametrize("width", [320, 390])
@every
def test_on_a_phone_a_replay_fits(case: Case, width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_at(page, served, case)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@every
def test_a_replay_is_small(case: Case) -> None:
    size = (SITE / "generated" / "files" / case.program / "replay.json.js").stat().st_size
    assert 10_000 < size < 160_000
    for run in written(case)["runs"]:
        for part in ("pictures", "decoded", "points", "plane"):
            assert part not in run or len(base64.b64decode(run[part]["data"])) > 0
