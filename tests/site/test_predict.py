"""Predict, then see: a reader answers before a measured answer opens, and what is kept of it.

The right answers are read from the accepted outputs here, not from the page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.site.built import ROOT, SNIPPETS
from tests.site.conftest import Trouble, axe

SCRIPTS = ROOT / "docs" / "assets" / "js"
LATER = {"answers.js", "predict-line.js", "charts.js"}
ASKING = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if re.search(r"(?m)^ *\{\{ predict\(", path.read_text(encoding="utf-8"))
)
"""The pages that ask something."""
FULL = """for (const name of ['getItem', 'setItem', 'removeItem']) {
    const own = Storage.prototype[name];
    Storage.prototype[name] = function (key, ...more) {
        if (key === 'genloop') throw new DOMException('no', 'QuotaExceededError');
        return own.call(this, key, ...more); }; }"""
FORBIDDEN = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
"""Of which the theme complains as well."""


def printed(name: str, label: str) -> list[str]:
    """What an accepted run printed after a label, line by line."""
    text = (SNIPPETS / f"{name}.out").read_text(encoding="utf-8")
    return re.findall(rf"(?m)(?:^|\s){re.escape(label)}[=:]\s*(\S+)", text)


def asked(page: Page, origin: str, path: str, number: int = 0) -> Locator:
    """One of the forms of a page, in the order in which they stand there."""
    page.goto(f"{origin}/{path}.html", wait_until="load")
    return page.locator("form.gl-ask").nth(number)


def fold_of(form: Locator) -> Locator:
    return form.page.locator("details:has(form.gl-ask[data-answered])").first


def answer(form: Locator) -> Locator:
    """Presses the button; the words on the answer."""
    form.get_by_role("button", name="Answer", exact=True).click()
    return form.page.locator("form.gl-ask[data-answered] .gl-ask-verdict")


def kept(page: Page) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(
        page.evaluate("localStorage.getItem('genloop')") or "{}"
    )
    return found


def draw(form: Locator, heights: list[float]) -> None:
    """A stroke of the mouse over the chart: heights as shares of it, from left to right."""
    form.get_by_role("button", name="Draw it").click()
    chart = form.locator("svg.gl-ask-draw")
    chart.scroll_into_view_if_needed()
    box = form.locator("svg.gl-ask-draw > svg").evaluate(
        "one => { const [a, b] = [one.ownerSVGElement.getScreenCTM(), one];"
        " return [a.e + a.a * b.x.baseVal.value, a.f + a.d * b.y.baseVal.value,"
        " a.a * b.width.baseVal.value, a.d * b.height.baseVal.value]; }"
    )
    left, top, width, height = box
    mouse = form.page.mouse
    for i, share in enumerate(heights):
        mouse.move(left + width * (0.02 + 0.96 * i / (len(heights) - 1)), top + height * (1 - share))
        if i == 0:
            mouse.down()
    mouse.up()


# ---- one question of each kind -------------------------------------------------------------------


def test_little_is_loaded_before_an_answer(served: str, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2]))
    form = asked(page, served, "vae/beta")
    page.wait_for_load_state("networkidle")
    assert "predict.js" in loaded and not LATER & {*loaded}
    assert (SCRIPTS / "predict.js").stat().st_size <= 4096
    for name in ("Lowest \N{MINUS SIGN}ELBO", "Highest coverage"):
        form.get_by_role("group", name=name).get_by_label("3", exact=True).check()
    expect(answer(form)).to_have_count(2)
    assert "answers.js" in loaded and "charts.js" not in loaded


def test_a_choice_is_compared_with_the_run(origin: str, page: Page, trouble: Trouble) -> None:
    form = asked(page, origin, "vae/beta")
    (bound,) = printed("vae/beta", "lowest_neg_elbo at_beta")
    (coverage,) = printed("vae/beta", "highest_coverage at_beta")
    form.get_by_role("group", name="Lowest \N{MINUS SIGN}ELBO").get_by_label(bound, exact=True).check()
    form.get_by_role("group", name="Highest coverage").get_by_label("0.1", exact=True).check()
    fold = page.locator("details.question").first
    assert not fold.evaluate("one => one.open")
    verdicts = answer(form)
    expect(verdicts).to_have_text(
        [f"Right. You said: {bound}. Measured: {bound}.", f"Measured otherwise. You said: 0.1. Measured: {coverage}."]
    )
    assert fold.evaluate("one => one.open")
    expect(verdicts.first).to_be_focused()
    # Beside what was measured: in the fold, above its words.
    assert fold.evaluate("one => one.children[1].matches('form.gl-ask')")
    expect(fold.get_by_text("Easily overlooked:")).to_be_visible()
    assert form.locator("input:enabled").count() == 0
    assert trouble.lines == []


def test_nothing_ticked_may_be_right(served: str, page: Page) -> None:
    """A copy of the training set does worse in none of the six."""
    form = asked(page, served, "review/calibration")
    expect(answer(form)).to_have_text("Right. You said: none. Measured: none.")
    page.get_by_role("button", name="Forget my answer").click()
    page.get_by_label("coverage", exact=True).check()
    expect(answer(form)).to_have_text("Measured otherwise. You said: coverage. Measured: none.")


def test_a_number_is_off_by_so_much(served: str, page: Page) -> None:
    form = page.locator("form.gl-ask", has=page.get_by_label("Standard deviation at the end"))
    page.goto(f"{served}/gan/game.html", wait_until="load")
    mean, std = (float(printed("gan/game@swapped", label)[0]) for label in ("final_mean", "final_std"))
    form.get_by_label("Mean at the end").fill(f"{mean + 0.25:.3f}")
    form.get_by_label("Standard deviation at the end").fill(f"{std - 0.01:.3f}")
    verdicts = answer(form)
    expect(verdicts.nth(0)).to_contain_text(f"Off. You said {mean + 0.25:g}, measured {mean:.3f}: 0.25 too high.")
    expect(verdicts.nth(1)).to_contain_text(f"Right. You said {std - 0.01:g}, measured {std:.3f}: 0.01 too low.")


def test_own_words_are_judged_by_nobody(served: str, page: Page) -> None:
    form = asked(page, served, "roadmap", 1)
    said = "<b>judged by</b> what goes in"
    form.get_by_label("In your own words").fill(said)
    expect(answer(form)).to_have_text("Compare. Your words are above, those of the course below.")
    assert [*kept(page)["answers"]["roadmap"].values()] == [said]
    expect(page.locator("details:has(form[data-answered]) textarea")).to_have_value(said)


# ---- the drawn line ------------------------------------------------------------------------------


def test_a_line_is_drawn_by_mouse(origin: str, page: Page, trouble: Trouble) -> None:
    form = asked(page, origin, "vae/digits")
    draw(form, [0.5] * 30)
    verdict = answer(form)
    expect(verdict).to_have_count(1)
    measured = [float(kl) for kl in printed("vae/digits", "kl")]
    drawn = next(iter(kept(page)["answers"]["vae/digits"].values()))
    assert isinstance(drawn, list) and len(drawn) == len(measured)
    assert all(abs(height - 10) <= 0.4 for height in drawn)  # half of 0 to 20, to the pixel
    off = sum(abs(one - other) for one, other in zip(drawn, measured, strict=True)) / len(measured)
    expect(verdict).to_contain_text(f"Off. Your line is off by {off:.1f} on average, most at epoch 0: you drew")
    for name in ("your line", "measured"):
        expect(page.locator(".gl-ask .gl-live-legend span", has_text=name)).to_be_visible()
    assert page.locator(".gl-ask-draw > svg path").nth(1).get_attribute("d")
    assert trouble.lines == []


def test_a_line_is_drawn_by_keyboard(served: str, page: Page) -> None:
    form = asked(page, served, "vae/digits")
    form.get_by_role("button", name="Draw it").focus()
    page.keyboard.press("Enter")
    measured = printed("vae/digits", "kl")
    expect(form.get_by_label("kl in nats at epoch 0")).to_be_focused()
    for kl in measured:
        page.keyboard.press("ArrowUp")  # an empty place begins in the middle
        for _ in range(round(10 - float(kl))):
            page.keyboard.press("ArrowDown")  # a twentieth of the chart
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    verdict = page.locator(".gl-ask-verdict")
    expect(verdict).to_contain_text("Right. Your line is off by 0.")
    expect(page.locator("svg.gl-ask-draw")).to_have_attribute("aria-label", re.compile("epoch 80: you 7, measured 7.4"))


def test_a_line_is_drawn_by_touch(served: str, browser: Browser) -> None:
    """And the page does not scroll meanwhile."""
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    form = asked(page, served, "vae/digits")
    form.get_by_role("button", name="Draw it").tap()
    chart = form.locator("svg.gl-ask-draw")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    before = page.evaluate("scrollY")
    touch = context.new_cdp_session(page)
    for i in range(21):
        where = {"x": box["x"] + box["width"] * (0.1 + 0.043 * i), "y": box["y"] + box["height"] * (0.8 - 0.03 * i)}
        kind = "touchStart" if i == 0 else "touchMove"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [where]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("scrollY") == before
    heights = [float(one.input_value()) for one in form.locator("input[type=number]").all()]
    assert heights == sorted(heights) and heights[-1] - heights[0] > 8
    context.close()


def test_a_line_with_gaps_is_not_taken(served: str, page: Page) -> None:
    form = asked(page, served, "vae/digits")
    form.get_by_role("button", name="Answer", exact=True).click()
    expect(form.get_by_role("status")).to_have_text("Draw your line first.")
    form.get_by_role("button", name="Draw it").click()
    form.get_by_label("kl in nats at epoch 0").fill("3")
    form.get_by_role("button", name="Answer", exact=True).click()
    expect(form.get_by_role("status")).to_contain_text("gaps")
    assert kept(page) == {}


# ---- every question ------------------------------------------------------------------------------


def test_many_pages_ask() -> None:
    assert len(ASKING) >= 13


@pytest.mark.parametrize("asking", ASKING)
def test_the_measured_answer_is_right(asking: str, served: str, page: Page, trouble: Trouble) -> None:
    """Each question of each page takes its own answer; so no field lacks the choice that is right."""
    page.goto(f"{served}/{asking}.html", wait_until="load")
    count = page.locator("form.gl-ask").count()
    assert count == page.evaluate("glPredict.asks.size") > 0
    for number in range(count):
        form = page.locator("form.gl-ask").nth(number)
        if form.locator("button", has_text="Draw it").count():
            form.get_by_role("button", name="Draw it").click()
            expect(form.locator("svg")).not_to_have_count(0)
        form.evaluate(
            """form => { const of = [...glPredict.asks.values()].find(one => one.form === form);
                for (const {question, fields} of of.asked)
                fields.querySelectorAll('input, textarea').forEach((one, i) => {
                    if (['radio', 'checkbox'].includes(one.type)) one.checked = question.answer.includes(one.value);
                    else { one.value = question.answer[i] ?? 'words'; one.dispatchEvent(new Event('input')); } }); }"""
        )
        form.get_by_role("button", name="Answer", exact=True).click()
        expect(page.locator("form.gl-ask[data-answered]")).to_have_count(number + 1)
    assert page.locator(".gl-ask-off").count() == 0
    assert page.locator(".gl-ask-verdict").count() == page.locator(".gl-ask fieldset").count()
    assert trouble.lines == []


# ---- what is kept --------------------------------------------------------------------------------


def test_who_looks_first_has_answered_nothing(served: str, page: Page) -> None:
    form = asked(page, served, "gan/game")
    fold = page.locator("details.question").first
    form.get_by_role("button", name="Show me").click()
    expect(fold.get_by_text("Easily overlooked:")).to_be_visible()
    expect(form).to_be_hidden()
    expect(fold.locator("summary")).to_be_focused()
    fold.locator("summary").click()
    expect(form).to_be_visible()
    assert kept(page) == {}


def test_answers_stay_and_are_counted_exported_and_cleared(
    origin: str, page: Page, trouble: Trouble, tmp_path: Path
) -> None:
    form = asked(page, origin, "gan/game")
    form.get_by_label("No", exact=True).check()
    expect(answer(form)).to_contain_text("Right.")
    page.get_by_label("I have finished this page").check()
    expect(page.get_by_text("Noted in this browser.")).to_be_visible()
    page.reload(wait_until="load")
    expect(page.locator(".gl-ask-verdict")).to_contain_text("Right. You said: No.")
    expect(page.get_by_label("I have finished this page")).to_be_checked()
    assert not page.locator("details.question").first.evaluate("one => one.open")

    page.goto(f"{origin}/roadmap.html", wait_until="load")
    progress = page.locator(".gl-progress")
    expect(progress.locator("li", has_text="GAN: the game")).to_contain_text("your answers: 1 of 3, finished")
    expect(progress.locator("li", has_text="VAE: digits")).to_contain_text("your answers: 0 of 2")
    with page.expect_download() as download:
        progress.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "answers.json")
    exported = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert exported["answers"]["gan/game"].popitem()[1] == "No" and exported["finished"] == ["gan/game"]

    page.once("dialog", lambda dialog: dialog.dismiss())
    progress.get_by_role("button", name="Clear").click()
    assert kept(page)["finished"]
    page.once("dialog", lambda dialog: dialog.accept())
    progress.get_by_role("button", name="Clear").click()
    expect(progress.locator("li", has_text="GAN: the game")).to_contain_text("your answers: 0 of 3")
    assert kept(page) == {}
    page.goto(f"{origin}/gan/game.html", wait_until="load")
    expect(page.locator("form.gl-ask").first.get_by_label("No", exact=True)).not_to_be_checked()
    assert trouble.lines == []


def test_the_roadmap_counts_again_when_a_reader_comes_back(served: str, page: Page) -> None:
    page.goto(f"{served}/roadmap.html", wait_until="load")
    form = asked(page, served, "gan/game")
    form.get_by_label("No", exact=True).check()
    expect(answer(form)).to_contain_text("Right.")
    page.go_back(wait_until="load")
    expect(page.locator(".gl-progress li", has_text="GAN: the game")).to_contain_text("your answers: 1 of 3")


def test_an_answer_can_be_forgotten(served: str, page: Page) -> None:
    form = asked(page, served, "gan/game")
    form.get_by_label("Yes", exact=True).check()
    expect(answer(form)).to_contain_text("Measured otherwise.")
    page.get_by_role("button", name="Forget my answer").click()
    assert kept(page) == {}
    expect(form.get_by_label("Yes", exact=True)).not_to_be_checked()
    expect(form.locator("input:enabled")).to_have_count(2)
    assert not page.locator("details.question").first.evaluate("one => one.open")


@pytest.mark.parametrize("storage", [pytest.param(FULL, id="full"), pytest.param(FORBIDDEN, id="forbidden")])
def test_a_browser_that_keeps_nothing_compares_all_the_same(
    storage: str, served: str, page: Page, trouble: Trouble
) -> None:
    page.add_init_script(storage)
    form = asked(page, served, "gan/game")
    form.get_by_label("No", exact=True).check()
    expect(answer(form)).to_contain_text("Right.")
    expect(page.locator("form[data-answered]").get_by_role("status")).to_contain_text("keeps nothing")
    page.get_by_label("I have finished this page").check()
    expect(page.locator(".gl-ask-done")).to_contain_text("keeps nothing")
    page.get_by_role("button", name="Forget my answer").click()
    expect(form.get_by_role("button", name="Answer", exact=True)).to_be_visible()
    page.goto(f"{served}/roadmap.html", wait_until="load")
    expect(page.locator(".gl-progress")).to_be_visible()
    assert storage == FORBIDDEN or trouble.lines == []


@pytest.mark.parametrize(
    "found",
    [
        "{",
        "3",
        '{"answers": 3, "finished": {"a": 1}}',
        '{"answers": {"gan/game": {"TITLE (Your prediction)": "Perhaps"}}}',
        '{"answers": {"gan/game": {"Another question (Your prediction)": "No"}}}',
        '{"answers": {"gan/game": {"TITLE (Your prediction)": ["No"]}}}',
    ],
)
def test_what_is_no_answer_to_this_question_is_none(found: str, served: str, page: Page, trouble: Trouble) -> None:
    asked(page, served, "gan/game")
    title = (page.locator("details.question summary").first.text_content() or "").strip()
    page.evaluate("text => localStorage.setItem('genloop', text)", found.replace("TITLE", title))
    page.reload(wait_until="load")
    page.wait_for_function("typeof glAnswers === 'object'")
    form = page.locator("form.gl-ask").first
    expect(form.get_by_role("button", name="Answer", exact=True)).to_be_visible()
    form.get_by_label("No", exact=True).check()
    expect(answer(form)).to_contain_text("Right.")
    assert trouble.lines == []


# ---- the page around it --------------------------------------------------------------------------


def test_without_scripts_there_is_the_fold_alone(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/vae/beta.html", wait_until="load")
    assert unscripted.locator("form.gl-ask, .gl-ask-done").count() == 0
    fold = unscripted.locator("details.question").first
    fold.locator("summary").click()
    expect(fold.get_by_text("Easily overlooked:")).to_be_visible()
    places = fold.locator(".gl-predict")
    assert [one.evaluate("one => one.parentElement.offsetHeight") for one in places.all()] == [0, 0]
    unscripted.goto(f"{served}/roadmap.html", wait_until="load")
    expect(unscripted.locator(".gl-progress")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found = []
    form = asked(page, served, "vae/digits")
    draw(form, [0.1, 0.4, 0.4])
    found += axe(page, "form.gl-ask")
    expect(answer(form)).to_have_count(1)
    found += axe(page, "form.gl-ask")
    for path in ("review/calibration", "gan/game", "roadmap"):
        page.goto(f"{served}/{path}.html", wait_until="load")
        found += axe(page, {"include": [["form.gl-ask"], [".gl-ask-done"]]})
    page.wait_for_function("typeof glAnswers === 'object'")
    found += axe(page, ".gl-progress")
    assert found == []


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("asking", ["vae/digits", "gan/game", "roadmap"])
def test_on_a_phone_it_fits(asking: str, width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    form = asked(page, served, asking)
    if asking == "vae/digits":
        draw(form, [0.2, 0.7])
        expect(answer(form)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_its_scripts_make_no_markup_from_text() -> None:
    """And none of them asks the network."""
    wrong = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|new Function|fetch|XMLHttp|import\(|cookie"
    for name in ("predict.js", "answers.js", "predict-line.js"):
        code = re.sub(r"(?m)//.*$|/\*[\s\S]*?\*/", "", (SCRIPTS / name).read_text(encoding="utf-8"))
        assert re.findall(wrong, code) == [], name
