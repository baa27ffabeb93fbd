"""The ring in the page: its lines and its weights are those of gan/ring.py.

The large runs take minutes: `python -m tests.benchmarks.ring` compares all of them. Here are five cells of the balance
map, and every repair in small, against the program itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.site.built import SITE
from tests.site.conftest import Trouble
from tests.site.game_runs import Settings, changed, constants, differences, programs, ran

PAGE = "gan/modes.html"
SCRIPTS = ("torch-random.js", "nets.js", "python-format.js", "mlp.js", "ring-sets.js", "ring-run.js")
SMALL: Settings = {"GAMES": 2, "WIDTH": 13, "BATCH": 22, "STEPS": 40}
RUN = """given => { const run = new glRing.RingRun(given); while (!run.work.next().done);
    const all = net => [0, 1, 2].flatMap(l => ["w", "b"].flatMap(kind =>
        run.games.flatMap(game => [...game[net].layers[kind][l]])));
    return {text: run.text, generator: all("generator"), discriminator: all("discriminator")}; }"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    for script in SCRIPTS:
        page.add_script_tag(path=SITE / "assets" / "js" / script)
    yield page
    page.close()


def names(page: Page) -> list[str]:
    """The constants that the widget knows."""
    return list(page.evaluate("Object.keys(glRing.PROGRAM)"))


@pytest.mark.parametrize("cell", ["map1_16", "map2_0.0625", "map3_4", "map5_1", "map8_0.25"])
def test_cells_of_the_map_print_their_accepted_lines(cell: str, blank: Page) -> None:
    name = f"gan/ring@{cell}"
    given = constants(programs("gan/ring")[name], names(blank))
    assert differences(name, blank.evaluate(RUN, given)["text"]) == []


@pytest.mark.parametrize(
    "repair",
    [
        pytest.param({}, id="none"),
        pytest.param({"SATURATING": True, "SEED": 4}, id="saturating"),
        pytest.param({"R1": 0.1, "R2": 0.3, "D_STEPS": 2}, id="penalties"),
        pytest.param({"PAIRED": True, "R1": 0.02, "R2": 0.02}, id="paired"),
        pytest.param({"SPECTRAL": True}, id="spectral"),
        pytest.param({"PACK": 2}, id="packed"),
        pytest.param({"SPECTRAL": True, "PAIRED": True, "R1": 0.1, "PACK": 2, "D_STEPS": 3}, id="all at once"),
        pytest.param({"GAMES": 1, "WIDTH": 64, "BATCH": 128, "STEPS": 60, "RATE_RATIO": 1}, id="one game"),
    ],
)
def test_python_ends_with_the_same_weights(repair: Settings, blank: Page, tmp_path: Path) -> None:
    given = SMALL | repair
    values = blank.evaluate("given => glRing.changes({...glRing.PROGRAM, ...given})", given)
    stdout, weights = ran(changed(programs("gan/ring")["gan/ring"], values), tmp_path)
    found = blank.evaluate(RUN, given)
    for net, expected in weights.items():
        assert np.max(np.abs(np.array(found[net]) - np.array(expected))) < 1e-9
    assert found["text"] == stdout


def test_a_run_of_the_list_is_that_run(blank: Page) -> None:
    presets: list[tuple[str, str, Settings]] = blank.evaluate("glRing.PRESETS")
    program: Settings = blank.evaluate("({...glRing.PROGRAM})")
    known = programs("gan/ring")
    assert len(presets) == 8
    assert [name for name, _, given in presets if program | given != constants(known[name], program)] == []


# ---- the widget ----------------------------------------------------------------------------------


def open_ring(page: Page, origin: str) -> Locator:
    page.goto(f"{origin}/{PAGE}", wait_until="load")
    page.get_by_role("button", name="Train it here").click()
    ring = page.get_by_role("form", name="The ring, live")
    ring.get_by_role("button", name="Pause").click()
    ring.locator("details > summary").click()
    return ring


def choose(ring: Locator, wanted: Settings) -> None:
    for name, value in wanted.items():
        control = ring.locator(f"#gl-ring-{name}")
        if control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(str(value).lower())
        else:
            control.fill(str(value))
            control.press("Enter")


def test_it_trains_in_the_page_and_prints(origin: str, page: Page, trouble: Trouble, blank: Page) -> None:
    ring = open_ring(page, origin)
    given = SMALL | {"SPECTRAL": True, "R1": 0.1}
    choose(ring, given)
    ring.get_by_role("button", name="Play").click()
    expect(ring.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    printed = ring.get_by_role("region", name="What the program prints").text_content()
    assert printed == blank.evaluate(RUN, given)["text"]
    shown = (ring.get_by_role("region", name="What to change in ring.py").text_content() or "").splitlines()
    assert sorted(shown) == sorted(f"{name} = {value}" for name, value in given.items())
    ring.get_by_label("Show").select_option("game 1")
    assert trouble.lines == []


@pytest.mark.parametrize("field", ["SEED", "R1"])
def test_a_field_typed_alone_counts(field: str, served: str, page: Page) -> None:
    ring = open_ring(page, served)
    choose(ring, {field: 3})
    expect(ring.get_by_role("region", name="What to change in ring.py")).to_contain_text(f"{field} = 3")
    expect(ring.locator("dd").first).to_contain_text("0 of ")


def test_the_page_stays_responsive(served: str, page: Page) -> None:
    """While it trains with all that is slow, what a reader does is answered between two pieces of work."""
    ring = open_ring(page, served)
    choose(ring, {"GAMES": 5, "R1": 0.1, "SPECTRAL": True})
    ring.get_by_role("button", name="Play").click()
    longest = page.evaluate(
        """() => new Promise(done => { let last = performance.now(), longest = 0, count = 0;
            const beat = () => { const now = performance.now(); longest = Math.max(longest, now - last); last = now;
                if (++count < 60) setTimeout(beat, 0); else done(longest); };
            beat(); })"""
    )
    assert longest < 1000  # a piece takes some milliseconds; the rest is for a machine under load
    ring.get_by_role("button", name="Pause").click()
    expect(ring.get_by_role("status")).to_contain_text("Paused")


@pytest.mark.parametrize(("field", "typed"), [("GAMES", "6"), ("PACK", "3"), ("STEPS", "<b>"), ("WIDTH", "")])
def test_what_is_no_setting_changes_nothing(field: str, typed: str, served: str, page: Page) -> None:
    ring = open_ring(page, served)
    before = ring.locator("dd").first.text_content()
    choose(ring, {field: typed})
    expect(ring.get_by_role("status")).to_contain_text(field)
    assert ring.locator("dd").first.text_content() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_ring(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_ring(page, served)
    found = Axe().run(page, context="[data-live=ring]")
    assert [f"{v['id']}: {node['html'][:160]}" for v in found.response["violations"] for node in v["nodes"]] == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_ring(page, served)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_there_is_nothing_of_it(served: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/{PAGE}", wait_until="load")
    place = page.locator("[data-live=ring]")
    assert place.evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]
    context.close()
