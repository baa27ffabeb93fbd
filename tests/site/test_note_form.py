"""The form of the review note: it keeps what a reader types in the reader's own browser, and as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from genloop.review import FIELDS, Note
from tests.site.built import SITE

PAGE = "review/note.html"
FILES = SITE / "assets" / "files"
ANSWERS = {field: f"{field}: <b>bold</b> | & more" for field in FIELDS}


def open_form(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{PAGE}", wait_until="load")
    expect(page.locator("#gl-note form")).to_be_visible()


def fill(page: Page) -> None:
    for field, answer in ANSWERS.items():
        page.locator(f"#gl-note-{field}").fill(answer)


def values(page: Page) -> dict[str, str]:
    return {field: page.locator(f"#gl-note-{field}").input_value() for field in FIELDS}


def test_the_empty_notes_are_those_of_the_library() -> None:
    assert (FILES / "review_note.md.txt").read_text(encoding="utf-8") == Note.empty().as_markdown()
    assert (FILES / "review_note.json").read_text(encoding="utf-8") == Note.empty().as_json()


def test_the_form_asks_what_the_library_asks(served: str, page: Page) -> None:
    open_form(page, served)
    asked = {field: page.locator(f"#gl-note-{field}-question").inner_text() for field in FIELDS}
    assert asked == dict(FIELDS)


def test_what_is_typed_is_there_again_after_a_reload(origin: str, page: Page) -> None:
    open_form(page, origin)
    fill(page)
    open_form(page, origin)
    assert values(page) == ANSWERS


def test_clear_forgets(served: str, page: Page) -> None:
    open_form(page, served)
    fill(page)
    page.once("dialog", lambda asked: asked.dismiss())
    page.locator("#gl-note").get_by_role("button", name="Clear").click()
    assert values(page) == ANSWERS
    page.once("dialog", lambda asked: asked.accept())
    page.locator("#gl-note").get_by_role("button", name="Clear").click()
    open_form(page, served)
    assert set(values(page).values()) == {""}


def test_it_is_saved_as_json_and_opened_again(served: str, page: Page, tmp_path: Path) -> None:
    open_form(page, served)
    fill(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as JSON").click()
    assert waiting.value.suggested_filename == "review_note.json"
    saved = tmp_path / "review_note.json"
    waiting.value.save_as(saved)
    assert Note.from_json(saved.read_text(encoding="utf-8")) == Note(**ANSWERS)
    page.once("dialog", lambda asked: asked.accept())
    page.locator("#gl-note").get_by_role("button", name="Clear").click()
    page.locator("#gl-note-file").set_input_files(saved)
    expect(page.locator("#gl-note [role=status]")).to_contain_text("Read review_note.json")
    assert values(page) == ANSWERS


def test_it_is_saved_as_the_library_writes_it(served: str, page: Page) -> None:
    open_form(page, served)
    fill(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as Markdown").click()
    assert waiting.value.suggested_filename == "review_note.md"
    assert waiting.value.path().read_text(encoding="utf-8") == Note(**ANSWERS).as_markdown()


@pytest.mark.parametrize(
    ("text", "said"), [("no json", "is no review note"), (json.dumps({"latent_shape": "x"}), "it has no output_shape")]
)
def test_another_file_leaves_the_form_as_it_was(text: str, said: str, served: str, page: Page, tmp_path: Path) -> None:
    open_form(page, served)
    fill(page)
    wrong = tmp_path / "<img src=x onerror=alert(1)>.json"
    wrong.write_text(text, encoding="utf-8")
    page.locator("#gl-note-file").set_input_files(wrong)
    status = page.locator("#gl-note [role=status]")
    expect(status).to_contain_text(said)
    assert status.locator("img").count() == 0  # the name of a file is text
    assert values(page) == ANSWERS


def test_without_scripts_the_files_are_offered(served: str, unscripted: Page) -> None:
    unscripted.goto(f"{served}/{PAGE}", wait_until="load")
    expect(unscripted.locator("#gl-note")).to_contain_text("empty note")
