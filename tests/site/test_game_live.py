"""The game in the page: it prints what the program prints, for every run that was accepted, and ends with its weights.

Settings are made as a reader makes them, in the fields of the built page; the lines are read from the page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.site.built import SITE
from tests.site.conftest import Trouble, axe, watch
from tests.site.game_runs import (
    Settings,
    accepted,
    changed,
    differences,
    programs,
    ran,
    settings,
    without_constants,
)

PAGE = "gan/game.html"
START = "Train it here"
SCRIPTS = SITE / "assets" / "js"
LOADED_FIRST = {"search-later.js", "start.js", "site.js", "predict.js"}


def open_game(page: Page, origin: str) -> Locator:
    """The page with the game in it, standing still."""
    page.goto(f"{origin}/{PAGE}", wait_until="load")
    page.get_by_role("button", name=START).click()
    game = page.get_by_role("form", name="The game, live")
    game.get_by_role("button", name="Pause").click()
    return game


def choose(game: Locator, wanted: Settings) -> None:
    """Types what differs from the program as it is, and leaves the run at step 0."""
    game.get_by_label("Run", exact=True).select_option(index=0)
    game.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
    for name, value in wanted.items():
        parts = {f"{name}-{i + 1}": one for i, one in enumerate(value)} if isinstance(value, list) else {name: value}
        for field, one in parts.items():
            control = game.locator(f"#gl-game-{field}")
            if control.evaluate("one => one.tagName") == "SELECT":
                control.select_option(str(one))
            elif float(control.input_value()) != one:
                control.fill(str(one))
                control.press("Enter")
    expect(game.locator("dd").first).to_contain_text("0 of ")


def printed(game: Locator) -> str:
    return game.get_by_role("region", name="What the program prints").text_content() or ""


def to_the_end(game: Locator) -> str:
    game.get_by_role("button", name="To the end").click()
    expect(game.get_by_role("status")).to_contain_text("Done")
    return printed(game)


@pytest.fixture(scope="module")
def game(browser: Browser, served: str) -> Iterator[Locator]:
    """One page for all runs: each begins anew."""
    context = browser.new_context()
    foreign = watch(context)
    yield open_game(context.new_page(), served)
    context.close()
    assert foreign == []


# ---- the same lines, the same weights ------------------------------------------------------------


def test_there_are_runs_to_compare_with() -> None:
    assert len(programs()) >= 32


@pytest.mark.parametrize("name", sorted(programs()))
def test_it_prints_the_lines_of_every_accepted_run(name: str, game: Locator) -> None:
    choose(game, settings(programs()[name]))
    assert differences(name, to_the_end(game)) == []


def test_a_run_of_the_list_is_that_run(game: Locator) -> None:
    presets: list[tuple[str, str, Settings]] = game.page.evaluate("glGame.PRESETS")
    program: Settings = game.page.evaluate("({...glGame.PROGRAM})")
    assert len(presets) > 10
    assert [name for name, _, given in presets if program | given != settings(programs()[name])] == []


def told(game: Locator, wanted: Settings) -> str:
    """The program, changed as the page says that it has to be for these settings."""
    script = "given => glGame.changes({...glGame.PROGRAM, ...given})"
    changes = game.page.evaluate(script, wanted)
    return changed(programs()["gan/game"], changes["constants"], changes["patches"])


@pytest.mark.parametrize("name", sorted(programs()))
def test_what_it_says_to_change_gives_the_accepted_program(name: str, game: Locator) -> None:
    """Text for text, but for how a number is written: 4 or 4.0."""
    wanted = settings(programs()[name])
    program = told(game, wanted)
    assert settings(program) == wanted
    assert without_constants(program) == without_constants(programs()[name])


def test_a_seed_typed_alone_counts(game: Locator) -> None:
    choose(game, {"SEED": 1})
    assert differences("gan/game@seed1", to_the_end(game)) == []


def test_it_shows_what_to_change(game: Locator) -> None:
    wanted = settings(programs()["gan/game@far_saturating1"])
    choose(game, wanted)
    shown = game.get_by_role("region", name="What to change in game.py").text_content() or ""
    assert shown.splitlines()[:3] == ["SEED = 1", "REAL_MEAN = 4", "STEPS = 600"]
    old, new = (line[2:] for line in shown.splitlines()[3:])
    assert programs()["gan/game"].replace(old, new).count(new) == 1
    assert "saturating" in new


NOBODY_RAN: dict[str, Settings] = {
    "the program": {},
    "equal rates": {"G_RATE": 0.01, "D_RATE": 0.01, "STEPS": 300},
    "no detach, saturating": {"SEED": 11, "STEPS": 300, "DETACH": "missing", "LOSS": "saturating", "BATCH": 37},
    "fewer than 16 numbers": {"SEED": 2**32 + 5, "BATCH": 10, "LATENT_DIM": 1, "HIDDEN": 7, "STEPS": 310},
    "D moves three times": {"SEED": -1, "D_STEPS": 3, "STEPS": 400, "BETAS": [0.9, 0.99], "LATENT_DIM": 3},
}


@pytest.mark.parametrize("case", NOBODY_RAN)
def test_python_prints_the_same_and_ends_with_the_same_weights(case: str, game: Locator, tmp_path: Path) -> None:
    """Settings that no page shows, too: the program is changed as the page says, and run."""
    wanted = NOBODY_RAN[case]
    stdout, weights = ran(told(game, wanted), tmp_path)
    choose(game, wanted)
    assert to_the_end(game) == stdout
    script = """given => { const run = new glGame.GameRun(given); while (!run.finished) run.moveBoth();
        return {generator: [...run.generator.weights], discriminator: [...run.discriminator.weights]}; }"""
    found = game.page.evaluate(script, wanted)
    for net, expected in weights.items():
        assert np.max(np.abs(np.array(found[net]) - np.array(expected))) < 1e-9


# ---- move by move --------------------------------------------------------------------------------


def test_moves_in_turn_are_the_program(game: Locator) -> None:
    choose(game, {})
    status = game.get_by_role("status")
    for step in range(1, 51):
        expect(status).to_have_text(f"Step {step}: D is to move.")
        game.get_by_role("button", name="Move D").click()
        expect(status).to_have_text(f"Step {step}: G is to move.")
        game.get_by_role("button", name="Move G").click()
    assert printed(game) == "".join(accepted("gan/game").splitlines(keepends=True)[:3])
    assert differences("gan/game", to_the_end(game)) == []


def test_a_move_out_of_turn_is_said_to_be_one(game: Locator) -> None:
    choose(game, {"STEPS": 50})
    expect(game.get_by_role("region", name="What to change in game.py")).to_be_visible()
    for _ in range(2):
        game.get_by_role("button", name="Move D").click()
    expect(game).to_contain_text("out of turn")
    expect(game.get_by_role("region", name="What to change in game.py")).to_be_hidden()  # no change gives these lines
    to_the_end(game)
    expect(game).to_contain_text("out of turn")
    game.get_by_role("button", name="Start again").click()
    expect(game).not_to_contain_text("out of turn")


def test_playing_comes_to_the_same_end(game: Locator) -> None:
    """Several times: a frame may have begun before the button was pressed."""
    for _ in range(4):
        choose(game, {"STEPS": 300, "G_RATE": 0.01, "D_RATE": 0.01})
        game.get_by_label("Speed").select_option("as fast as it goes")
        game.get_by_role("button", name="Play").click()
        expect(game.get_by_role("status")).to_contain_text("Done", timeout=20_000)
        assert differences("gan/game@equal", printed(game)) == []


@pytest.mark.parametrize("run", ["main", "equal"])
def test_the_fresh_judge_says_what_its_program_says(run: str, game: Locator) -> None:
    choose(game, {} if run == "main" else settings(programs()["gan/game@equal"]))
    to_the_end(game)
    game.get_by_role("button", name="Fresh judge").click()
    expect(game.get_by_role("status")).to_contain_text("verdict", timeout=20_000)
    verdict = game.get_by_role("region", name="What the fresh judge prints").text_content() or ""
    expected = [line for line in accepted("gan/game_judge").splitlines() if line.startswith(f"{run} ")]
    assert [re.sub(r"^here ", f"{run} ", line) for line in verdict.splitlines()] == expected


@pytest.mark.parametrize(("field", "typed"), [("STEPS", "0"), ("BATCH", "1.5"), ("D_RATE", "<b>1</b>"), ("HIDDEN", "")])
def test_what_is_no_setting_changes_nothing(field: str, typed: str, game: Locator) -> None:
    choose(game, {"STEPS": 50})
    before = to_the_end(game)
    control = game.locator(f"#gl-game-{field}")
    control.fill(typed)
    control.press("Enter")
    expect(control).to_have_attribute("aria-invalid", "true")
    expect(game.get_by_role("status")).to_contain_text(field)
    assert game.locator("b").count() == 0
    assert printed(game) == before


# ---- the page around it --------------------------------------------------------------------------


def test_nothing_of_it_is_loaded_before_it_is_asked_for(served: str, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{served}/{PAGE}", wait_until="networkidle")
    own = {path.name for path in SCRIPTS.glob("*.js")}
    assert {url.rpartition("/")[2] for url in loaded} & own <= LOADED_FIRST
    assert sum((SCRIPTS / name).stat().st_size for name in ("start.js", "predict.js")) < 10_000
    page.get_by_role("button", name=START).click()
    expect(page.get_by_role("form", name="The game, live")).to_be_visible()
    assert {url.rpartition("/")[2] for url in loaded} & own > LOADED_FIRST


def test_it_works_from_a_server_and_from_disk(origin: str, page: Page, trouble: Trouble) -> None:
    game = open_game(page, origin)
    assert differences("gan/game", to_the_end(game)) == []
    assert trouble.lines == []


def test_without_scripts_there_is_nothing_of_it(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{PAGE}", wait_until="load")
    place = unscripted.locator("[data-live=game]")
    expect(place).to_have_count(1)
    assert place.evaluate("one => [one.childNodes.length, one.offsetHeight]") == [0, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_game(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    game = open_game(page, served)
    choose(game, {"STEPS": 100, "G_RATE": 0.01})
    to_the_end(game)
    game.get_by_role("button", name="Fresh judge").click()
    expect(game.get_by_role("status")).to_contain_text("verdict", timeout=20_000)
    assert axe(page, "[data-live=game]") == []


@pytest.mark.parametrize("width", [320, 360, 390])
def test_on_a_phone_it_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    game = open_game(page, served)
    choose(game, settings(programs()["gan/game@no_detach0"]))
    to_the_end(game)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    low = game.locator("button, input, select").evaluate_all(
        "all => all.filter(one => one.offsetHeight > 0 && one.offsetHeight < 30).map(one => one.id || one.textContent)"
    )
    assert low == []  # a finger has to hit it


def test_it_can_be_played_with_the_keyboard(served: str, page: Page) -> None:
    page.goto(f"{served}/{PAGE}", wait_until="load")
    page.get_by_role("button", name=START).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_focused()
    for name in ("Move D", "Move G", "To the end"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-live=game]").get_by_role("status")).to_contain_text("Done")


def test_the_charts_say_in_words_what_they_show(game: Locator) -> None:
    choose(game, {})
    to_the_end(game)
    charts = game.get_by_role("img")
    words = [one.get_attribute("aria-label") or "" for one in charts.all()]
    final = dict(line.split(": ") for line in accepted("gan/game").splitlines() if line.startswith("final_"))
    assert [text.split(".")[0] for text in words] == [
        "Densities",
        "Answers",
        "Losses by step",
        "Gradient of G by step",
    ]
    assert f"mean {float(final['final_mean']):.2f}" in words[0]
    assert f"d_loss is {float(final['final_d_loss']):.2f}" in words[2]


def test_its_scripts_make_no_markup_from_text() -> None:
    """And none of them asks the network, keeps anything, or makes code from text."""
    names = ast.literal_eval(re.findall(r"files: (\[.*?\])", (SCRIPTS / "start.js").read_text(encoding="utf-8"))[0])
    assert len(names) == len(set(names)) >= 7
    wrong = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|new Function|fetch|XMLHttp|import|Storage|cookie"
    for name in [*names, "start.js"]:
        code = re.sub(r"(?m)//.*$|/\*[\s\S]*?\*/", "", (SCRIPTS / name).read_text(encoding="utf-8"))
        assert re.findall(wrong, code) == [], name
