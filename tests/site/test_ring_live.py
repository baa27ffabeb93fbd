"""The ring in the page: its lines and its weights are those of gan/ring.py.

The large runs take minutes: `python -m tests.benchmarks.ring` compares all of them. Here are five cells of the balance
map, and every repair in small, against the program itself. Other data have no accepted run: there the program is
changed as the page says, runs, and must print the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.site.built import SITE
from tests.site.conftest import Trouble, axe
from tests.site.game_runs import Settings, changed, differences, programs, ran, ring_settings

PAGE = "gan/modes.html"
SCRIPTS = ("torch-random.js", "nets.js", "python-format.js", "mlp.js", "ring-program.js", "ring-sets.js", "ring-run.js")
SMALL: Settings = {"GAMES": 2, "WIDTH": 13, "BATCH": 22, "STEPS": 40}
RUN = """([given, set, modes]) => {
    const run = new glRing.RingRun(given, modes ? glRingSets.own(modes) : glRingSets[set ?? "ring"]);
    while (!run.work.next().done);
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


@pytest.mark.parametrize("cell", ["map1_16", "map2_0.0625", "map3_4", "map5_1", "map8_0.25"])
def test_cells_of_the_map_print_their_accepted_lines(cell: str, blank: Page) -> None:
    name = f"gan/ring@{cell}"
    given = ring_settings(programs("gan/ring")[name])
    assert differences(name, blank.evaluate(RUN, [given])["text"]) == []


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
    wanted = blank.evaluate("given => glRingProgram.changes({...glRingProgram.PROGRAM, ...given})", given)
    program = changed(programs("gan/ring")["gan/ring"], wanted["constants"], wanted["patches"])
    assert ring_settings(program) == ring_settings(programs("gan/ring")["gan/ring"]) | given
    stdout, weights = ran(program, tmp_path)
    found = blank.evaluate(RUN, [given])
    for net, expected in weights.items():
        assert np.max(np.abs(np.array(found[net]) - np.array(expected))) < 1e-9
    assert found["text"] == stdout


def test_a_run_of_the_list_is_that_run(blank: Page) -> None:
    presets: list[tuple[str, str, Settings]] = blank.evaluate("glRingProgram.PRESETS")
    program: Settings = blank.evaluate("({...glRingProgram.PROGRAM})")
    known = programs("gan/ring")
    assert len(presets) == 8
    assert [name for name, _, given in presets if program | given != ring_settings(known[name])] == []


# ---- other data ----------------------------------------------------------------------------------

SCATTERED = [[-2.5, 0.0], [0.1, 0.3], [1.2, -0.9], [0.0, 2.8], [-1.0, -1.7], [2.8, 2.8], [-0.5, 1.0]]


@pytest.mark.parametrize(
    ("target", "modes"),
    [
        pytest.param("grid", None, id="grid"),
        pytest.param("moons", None, id="moons"),
        pytest.param("own", [[0.5, -1.5]], id="one mode"),
        pytest.param("own", SCATTERED, id="seven modes"),
        pytest.param("own", [[i / 2 - 2.8, (i % 3) - 1] for i in range(12)], id="twelve modes"),
    ],
)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(SMALL | {"PAIRED": True, "R1": 0.02, "PACK": 2}, id="two games"),
        pytest.param({"GAMES": 1, "WIDTH": 32, "BATCH": 64, "STEPS": 120, "SEED": 5}, id="one game"),
    ],
)
def test_python_prints_the_same_of_other_data(
    target: str, modes: list[list[float]] | None, settings: Settings, blank: Page, tmp_path: Path
) -> None:
    wanted = blank.evaluate("given => glRingProgram.changes({...glRingProgram.PROGRAM, ...given})", settings)
    known = "([set, modes]) => glRingSets.patches(modes ? glRingSets.own(modes) : glRingSets[set])"
    patches = blank.evaluate(known, [target, modes])
    both = [*wanted["patches"], *patches]
    stdout, weights = ran(changed(programs("gan/ring")["gan/ring"], wanted["constants"], both), tmp_path)
    found = blank.evaluate(RUN, [settings, target, modes])
    for net, expected in weights.items():
        assert np.max(np.abs(np.array(found[net]) - np.array(expected))) < 1e-9
    assert found["text"] == stdout


def test_sums_are_rounded_as_torch_rounds_them(blank: Page) -> None:
    """Shares of up to 40 parts; the last bit decides what is printed of a number on the edge."""
    rows = [[[round(n * k * 7919 % 10_000) / 10_000 for k in range(1, n + 1)], n] for n in range(1, 41)]
    work = (
        "import json, sys, torch\nfor row, _ in json.load(sys.stdin):\n    x = torch.tensor([row] * 3, dtype=float)\n"
    )
    work += "    print(x.sum(dim=1)[1].item().hex())\n"
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": "avx2"}  # four numbers at a time, as most processors do
    command = [sys.executable, "-c", work]
    torch = subprocess.run(
        command, input=json.dumps(rows), env=environment, check=True, capture_output=True, text=True
    ).stdout.split()
    sums = blank.evaluate("rows => rows.map(([row]) => glRing.torchSum(Float64Array.from(row)))", rows)
    assert [float(one).hex() for one in sums] == torch


def test_points_of_the_moons_are_counted_where_they_lie(blank: Page) -> None:
    """Along the curve, beside it, beyond its ends, and between the moons."""
    points = [0.65, -0.3, 0.6, -0.62, -0.65, 0.975, -0.65, 1.3, -1.95, -0.4, 0.65, -0.975, 0.0, 0.0, 3.0, 0.0]
    held = blank.evaluate("points => [...glRingSets.moons.shares(Float64Array.from(points))]", points)
    eighth = 1 / 8
    assert held == [2 * eighth, 0, eighth, eighth, 0, 0, eighth, 0]


def test_modes_of_the_readers_own_are_one_to_twelve(blank: Page) -> None:
    for count in (0, 13):
        with pytest.raises(PlaywrightError, match="1 to 12 modes"):
            blank.evaluate("modes => { glRingSets.own(modes); }", [[0, 0]] * count)


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
    assert printed == blank.evaluate(RUN, [given])["text"]
    shown = (ring.get_by_role("region", name="What to change in ring.py").text_content() or "").splitlines()
    assert sorted(shown[:4]) == sorted(f"{name} = {value}" for name, value in SMALL.items())
    for line in ("- d_loss.sum().backward()", "+ (d_loss + 0.1 * slope_penalty(real, real_logits)).sum().backward()"):
        assert line in shown
    assert "+ class BoundedLinear(Linear):" in shown and "+ network(2, 1, BoundedLinear)" in shown
    ring.get_by_label("Show").select_option("game 1")
    assert trouble.lines == []


@pytest.mark.parametrize("target", ["grid", "moons", "own"])
def test_a_reader_who_changes_the_program_as_it_says_reads_the_same(
    target: str, served: str, page: Page, trouble: Trouble, tmp_path: Path
) -> None:
    ring = open_ring(page, served)
    choose(ring, SMALL)
    ring.get_by_label("Data").select_option(target)
    expect(ring.get_by_text("No run of this course has printed these lines.")).to_be_visible()
    ring.get_by_role("button", name="Play").click()
    expect(ring.get_by_role("status")).to_contain_text("Done", timeout=60_000)
    lines = (ring.get_by_role("region", name="What to change in ring.py").text_content() or "").splitlines()
    added = ring.get_by_role("region", name="What to add to ring.py").text_content() or ""
    where = ring.get_by_text("line that begins with").text_content() or ""
    begins = where.partition("begins with ")[2].removesuffix(", put:")
    program = changed(
        programs("gan/ring")["gan/ring"], [(line.split(" = ")[0], line.split(" = ")[1]) for line in lines]
    )
    (place,) = [line for line in program.splitlines() if line.startswith(begins)]
    new = added if "in place of" in where else f"{added}\n{place}"
    stdout, _ = ran(program.replace(place, new), tmp_path)
    assert ring.get_by_role("region", name="What the program prints").text_content() == stdout
    assert trouble.lines == []


def test_the_ring_is_as_in_the_program(served: str, page: Page) -> None:
    ring = open_ring(page, served)
    choose(ring, {"GAMES": 5})
    data = ring.get_by_label("Data")
    data.select_option("moons")
    expect(ring.locator("dt").nth(3)).to_have_text("part_tv")
    expect(ring.get_by_text("Moons have no modes to count.")).to_be_visible()
    expect(ring.locator("dd").nth(1)).to_contain_text("of 8")
    data.select_option("grid")
    expect(ring.locator("dd").nth(1)).to_contain_text("of 25")
    data.select_option("ring")
    expect(ring.get_by_text("What python ring.py prints, line by line:")).to_be_visible()
    expect(ring.get_by_role("region", name="What to add to ring.py")).to_be_hidden()
    expect(ring.locator("dt").nth(3)).to_have_text("mode_tv")


def test_own_modes_are_placed_by_mouse_and_by_keyboard(served: str, page: Page) -> None:
    ring = open_ring(page, served)
    ring.get_by_label("Data").select_option("own")
    added = ring.get_by_role("region", name="What to add to ring.py")
    expect(added).to_contain_text("MODES = 2\ncenters = torch.tensor([[-1.5, 0.0], [1.5, 0.0]])")
    plane = ring.locator("svg.gl-live-place")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box is not None
    scale = box["width"] / 360  # the chart: 34 to the left of what is inside, 8 above it, 312 both ways
    page.mouse.click(box["x"] + scale * (34 + 312 * 4 / 6), box["y"] + scale * (8 + 312 * 1 / 6))
    expect(added).to_contain_text("[1.0, 2.0]]")
    page.mouse.click(box["x"] + scale * (34 + 312 * 1.5 / 6), box["y"] + scale * (8 + 312 * 3 / 6))
    expect(added).to_contain_text("MODES = 2\ncenters = torch.tensor([[1.5, 0.0], [1.0, 2.0]])")
    ring.get_by_label("x", exact=True).fill("-0.7")
    page.keyboard.press("Tab")
    page.keyboard.type("-2.25")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(added).to_contain_text(re.compile(r"MODES = 3\ncenters = .*\[-0\.7, -2\.2\]"))
    expect(ring.get_by_role("status")).to_have_text("A mode was placed: 3 now. Press Play to train.")
    ring.get_by_label("x", exact=True).fill("7")
    ring.get_by_role("button", name="Place").click()
    expect(ring.get_by_role("status")).to_contain_text("between -2.8 and 2.8")
    for _ in range(2):
        ring.get_by_role("button", name="Take away").first.click()
    ring.get_by_role("button", name="Take away").click()
    expect(ring.get_by_role("status")).to_contain_text("The last mode stays")
    for i in range(11):
        ring.get_by_label("x", exact=True).fill(str(i / 2 - 2.5))
        ring.get_by_label("y", exact=True).fill("2.5")
        ring.get_by_role("button", name="Place").click()
    expect(added).to_contain_text("MODES = 12")
    ring.get_by_label("y", exact=True).fill("1")
    ring.get_by_role("button", name="Place").click()
    expect(ring.get_by_role("status")).to_contain_text("There are 12 modes")
    expect(added).to_contain_text("MODES = 12")


@pytest.mark.parametrize(("field", "change"), [("SEED", "SEED = 3"), ("R1", "3 * slope_penalty(real")])
def test_a_field_typed_alone_counts(field: str, change: str, served: str, page: Page) -> None:
    ring = open_ring(page, served)
    choose(ring, {field: 3})
    expect(ring.get_by_role("region", name="What to change in ring.py")).to_contain_text(change)
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
    open_ring(page, served).get_by_label("Data").select_option("own")
    assert axe(page, "[data-live=ring]") == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    ring = open_ring(page, served)
    for target in ("moons", "own"):
        ring.get_by_label("Data").select_option(target)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_there_is_nothing_of_it(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{PAGE}", wait_until="load")
    place = unscripted.locator("[data-live=ring]")
    assert place.evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]
