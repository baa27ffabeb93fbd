""" "Compare with mine", under every output: by the engine's rules, with text that stays text, for everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from genloop.engine.page.site_markdown import as_attribute, rule_words
from tests.pairs import Case, cases
from tests.site.built import SITE, SNIPPETS, pages
from tests.site.conftest import Trouble, axe

PAGE = "gan/game.html"
NAME = "gan/game"
BUTTON = "Compare with mine"
SCRIPTS = SITE / "assets" / "js"
FILES = ["compare.js", "mine-hints.js", "mine.js"]


def accepted(name: str) -> str:
    return (SNIPPETS / f"{name}.out").read_text(encoding="utf-8")


def output(page: Page, name: str = NAME) -> Locator:
    """The last block of a program's output on a page: the whole."""
    return page.locator(f'.gl-output[data-snippet="{name}"]').last


def opened(page: Page, origin: str, path: str = PAGE, name: str = NAME) -> Locator:
    page.goto(f"{origin}/{path}", wait_until="load")
    block = output(page, name)
    block.get_by_role("button", name=BUTTON).click()
    expect(block.get_by_label("Your output", exact=True)).to_be_focused()
    return block


def paste(block: Locator, text: str) -> str:
    """What the page says, when this is pasted."""
    field = block.get_by_label("Your output", exact=True)
    # Quickly, as a paste is: typing twenty thousand lines takes minutes.
    field.evaluate("(one, text) => { one.value = text; one.dispatchEvent(new Event('input', {bubbles: true})); }", text)
    return block.get_by_role("status").text_content() or ""


def hints(block: Locator) -> str:
    return "\n".join(block.locator(".gl-mine-hints > li").all_text_contents())


def marks(block: Locator) -> list[str]:
    items: list[str] = block.locator(".gl-mine-lines > li").evaluate_all("all => all.map(one => one.className)")
    return [one.removeprefix("gl-mine-") for one in items]


# ---- the rules -----------------------------------------------------------------------------------


def page_data(case: Case) -> list[str]:
    rules = as_attribute([[label, *rule_words(rule)] for label, rule in case.rules.items()])
    return [case.expected, case.actual, rules]


def test_the_page_says_what_the_table_says(page: Page) -> None:
    """The same pairs as in tests/engine/test_pairs.py; the rules go the way that they go in a page."""
    page.add_script_tag(path=SCRIPTS / "compare.js")
    script = """all => all.map(([expected, actual, rules]) => {
        const { lines, whole, passes } = glCompare.compare(expected, actual, glCompare.readRules(rules));
        return [lines.map((line) => line.verdict), whole.length, passes]; })"""
    found = page.evaluate(script, [page_data(case) for case in cases()])
    wrong = [
        (case.name, lines, case.lines, whole)
        for case, (lines, whole, passes) in zip(cases(), found, strict=True)
        if [lines, whole] != [case.lines, case.whole]
        or passes != (case.whole == 0 and {*case.lines} <= {"equal", "within"})
    ]
    assert len(found) >= 200
    assert wrong == []


@pytest.mark.parametrize("count", [2000, 20_000])
def test_many_lines_are_compared_at_once(count: int, page: Page) -> None:
    page.add_script_tag(path=SCRIPTS / "compare.js")
    script = """count => { const text = (digit) =>
        Array.from({length: count}, (_, i) => `step=${i} loss=0.${digit}0\\n`).join("");
        const start = performance.now();
        const found = glCompare.compare(text(5), `x\\n${text(7)}`, new Map());
        return [found.lines.length, performance.now() - start]; }"""
    lines, milliseconds = page.evaluate(script, count)
    assert lines >= count
    assert milliseconds < 5000


# ---- real pages ----------------------------------------------------------------------------------


def test_every_output_is_equal_to_itself(path: str, served: str, page: Page) -> None:
    """To what its program prints, pasted whole, also where a page shows a part of it."""
    page.goto(f"{served}/{path}", wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    blocks = page.locator(".gl-output:has(pre)")
    buttons = page.get_by_role("button", name=BUTTON)
    assert buttons.count() == blocks.count()
    for block in blocks.all():
        block.get_by_role("button", name=BUTTON).evaluate("one => one.click()")
        expect(block.locator("textarea")).to_have_count(1)
        said = paste(block, accepted(block.get_attribute("data-snippet") or ""))
        any_rule = "within its room" in said
        assert said.startswith("Yours passes." if any_rule else "Yours is the same, to the last character."), said
        assert {*marks(block)} <= {"equal", "within"}


def test_there_are_outputs_on_many_pages() -> None:
    with_outputs = [page for page in pages() if 'class="gl-output"' in (SITE / page).read_text(encoding="utf-8")]
    assert len(with_outputs) >= 10


def changed(text: str, label: str, by: int) -> str:
    """The text, with the first decimal of a label some units of its last digit greater."""

    def more(found: re.Match[str]) -> str:
        digits = len(found[2].partition(".")[2])
        return f"{found[1]}{float(found[2]) + by * 10**-digits:.{digits}f}"

    return re.sub(rf"({label}[=:] ?)([0-9]+\.[0-9]+)", more, text, count=1)


def test_one_digit_is_within_and_two_are_off(origin: str, page: Page, trouble: Trouble) -> None:
    block = opened(page, origin)
    text = accepted(NAME)
    lines = len(text.splitlines())
    assert paste(block, changed(text, "final_mean", 1)).startswith("Yours passes.")
    assert sorted(marks(block)) == ["equal"] * (lines - 1) + ["within"]
    assert paste(block, changed(text, "final_mean", 2)) == f"Yours differs. {lines} lines: {lines - 1} equal, 1 off."
    assert sorted(marks(block)) == ["equal"] * (lines - 1) + ["off"]
    off = block.locator(".gl-mine-off")
    expect(off).to_contain_text(f"accepted: {re.findall('final_mean: .*', text)[0]}")
    expect(off).to_contain_text("within 0.001")
    assert trouble.lines == []


def test_markup_is_inert(origin: str, page: Page, trouble: Trouble) -> None:
    block = opened(page, origin)
    evil = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
    paste(block, f"{evil}\n{accepted(NAME)}</textarea>{evil}")
    expect(block.locator(".gl-mine-more code").first).to_have_text(evil)
    assert block.locator(".gl-mine img, .gl-mine script").count() == 0
    assert "hit" not in page.title()
    assert trouble.lines == []


def test_room_is_told_by_label_and_used(served: str, page: Page) -> None:
    page.goto(f"{served}/{PAGE}", wait_until="load")
    rules = [["final_mean", "abs", "0.5"], ["final_std", "any", "a <b>clock</b>"]]
    output(page).evaluate("(one, rules) => one.setAttribute('data-expect', rules)", json.dumps(rules))
    block = output(page)
    block.get_by_role("button", name=BUTTON).click()
    panel = block.get_by_role("group", name="Compare your output with")
    expect(panel).to_contain_text("final_mean at most 0.5 away")
    expect(panel).to_contain_text("final_std may be anything: a <b>clock</b>")
    text = re.sub("final_std: .*", "final_std: soon", changed(accepted(NAME), "final_mean", 400))
    assert paste(block, text).startswith("Yours passes.")
    assert marks(block).count("within") == 2


def without_last(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-3])


def without_first(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[2:])


def other_order(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[-5:], *lines[:-5]])


HINTS: dict[str, tuple[Callable[[str], str], str]] = {
    "another seed": (lambda _: accepted("gan/game@seed3"), "another seed or none"),
    "the last digit": (lambda text: changed(text, "final_mean", 1), "in the last digit"),
    "two units": (lambda text: changed(changed(text, "final_mean", 2), "final_std", 3), "Only last digits differ"),
    "one label": (lambda text: changed(text, "final_mean", 70), "All that is off belongs to final_mean"),
    "cut off": (without_last, "ends early"),
    "from the middle on": (without_first, "The beginning is not in your text"),
    "another order": (other_order, "another order"),
    "twice": (lambda text: text + text, "more than once"),
    "another program": (lambda _: accepted("vae/bound"), "another program"),
    "a run that this page shows too": (lambda _: accepted("gan/game@narrow"), "the lines of gan/game@narrow"),
    "spaces": (lambda text: text.replace("step=50 ", "step=50  "), "1 line differs in spaces alone"),
    "not finite": (lambda text: re.sub("final_mean: .*", "final_mean: nan", text), "not finite"),
    "a warning": (lambda text: "/x/y.py:3: UserWarning: slow\n" + text, "are warnings"),
    "an error": (
        lambda text: without_last(text) + 'Traceback (most recent call last):\n  File "x.py"\nValueError: no <b>\n',
        "stopped with an error: ValueError: no <b>",
    ),
    "a prompt": (lambda text: f"(.venv) me@box:~/course$ python game.py\n{text}me@box:~$ ", "2 lines with a prompt"),
    "Windows": (lambda text: f"PS C:\\course> python game.py\r\n{text}", "1 line with a prompt was left out"),
    "colors": (lambda text: f"\x1b[1;32m{text}\x1b[0m", "Color codes"),
}


def test_hints_say_what_the_texts_show(served: str, page: Page) -> None:
    block = opened(page, served)
    found = {}
    for case, (change, _) in HINTS.items():
        paste(block, change(accepted(NAME)))
        found[case] = hints(block)
    assert [(case, found[case]) for case, (_, said) in HINTS.items() if said not in found[case]] == []


@pytest.mark.parametrize("case", ["a prompt", "Windows", "colors"])
def test_what_a_terminal_adds_does_not_count(case: str, served: str, page: Page) -> None:
    block = opened(page, served)
    said = paste(block, "\n\n" + HINTS[case][0](accepted(NAME)) + "\n\n")
    assert said.startswith("Yours is the same, to the last character.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  \n\n", "only spaces and empty lines"),
        ("me@box:~$ \n", "nothing that the program printed"),
        ("x" * 6000, "too long"),
        ("x: 1\n" * 21_000, "too long"),
        ("", ""),
    ],
)
def test_what_cannot_be_compared_is_said(text: str, said: str, served: str, page: Page) -> None:
    block = opened(page, served)
    paste(block, accepted(NAME))
    assert said in paste(block, text)
    assert marks(block) == []


def test_a_part_is_compared_with_its_lines_of_the_whole(served: str, page: Page) -> None:
    page.goto(f"{served}/{PAGE}", wait_until="load")
    block = page.locator(f'.gl-output[data-snippet="{NAME}"][data-labels]').first
    block.get_by_role("button", name=BUTTON).click()
    paste(block, accepted(NAME))
    assert "shows a part of the output" in hints(block)
    assert {*marks(block)} == {"equal"}


# ---- for everybody -------------------------------------------------------------------------------


def test_nothing_of_it_is_loaded_before_it_is_asked_for(served: str, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2]))
    page.goto(f"{served}/vae/bound.html", wait_until="networkidle")
    assert not {*loaded} & {*FILES}
    page.get_by_role("button", name=BUTTON).first.click()
    expect(page.get_by_label("Your output", exact=True)).to_be_focused()
    page.get_by_role("button", name=BUTTON).nth(1).click()
    expect(page.get_by_label("Your output", exact=True)).to_have_count(2)
    assert [name for name in loaded if name in FILES] == FILES  # each of them once


def test_it_is_used_with_the_keyboard_alone(served: str, page: Page) -> None:
    page.goto(f"{served}/{PAGE}", wait_until="load")
    button = output(page).get_by_role("button", name=BUTTON)
    button.focus()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(output(page).get_by_label("Your output", exact=True)).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.insert_text(accepted(NAME))
    expect(output(page).get_by_role("status")).to_contain_text("the same")
    page.keyboard.press("Tab")
    expect(output(page).get_by_role("list", name="Your lines, compared")).to_be_focused()
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(output(page).get_by_label("Your output", exact=True)).to_be_hidden()


def test_nothing_is_kept(origin: str, page: Page) -> None:
    paste(opened(page, origin), "a secret")
    assert "secret" not in page.evaluate(
        "JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie + location"
    )
    page.reload(wait_until="load")
    output(page).get_by_role("button", name=BUTTON).click()
    expect(output(page).get_by_label("Your output", exact=True)).to_have_value("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_it(scheme: str, served: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    block = opened(page, served)
    paste(block, "me@box:~$ x\n" + accepted("gan/game@seed3").replace("final_std", "final_sd") + "one more\n")
    assert axe(page, ".gl-output") == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_it_fits(width: int, served: str, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    block = opened(page, served)
    paste(block, accepted("gan/game@seed3"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    low = page.get_by_role("button", name=BUTTON).evaluate_all("all => all.filter(one => one.offsetHeight < 30).length")
    assert low == 0  # a finger has to hit it


def test_without_scripts_there_is_nothing_of_it(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{PAGE}", wait_until="load")
    expect(unscripted.locator(".gl-output").first).to_be_visible()
    assert BUTTON not in unscripted.content()


def test_its_scripts_make_no_markup_and_keep_nothing() -> None:
    wrong = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|new Function"
    wrong += r"|fetch|XMLHttp|import|Storage|cookie|\.href"
    for name in FILES:
        code = re.sub(r"(?m)//.*$|/\*[\s\S]*?\*/", "", (SCRIPTS / name).read_text(encoding="utf-8"))
        assert re.findall(wrong, code) == [], name
