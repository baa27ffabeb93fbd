"""The glossary's terms on a page: the first use of each gets its tooltip, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import markdown
import pytest
from markdown.extensions import Extension

from genloop.engine.errors import Failed
from genloop.engine.publish.current_page import CurrentPage
from genloop.engine.publish.markdown_glossary import Glossary, GlossaryExtension

GLOSSARY = """
# Glossary

latent, latent code {#latent data-forms="latents"}
:   A *few* numbers `a * b * c`, see [there](page.md).
:   [A page](page.md)

mode collapse
:   Few different outputs.

collapse {.quiet}
:   Not marked.

R1
:   A penalty
    on two lines.

    Not of the tooltip.
"""
Convert = Callable[[str], str]


@pytest.fixture
def page() -> CurrentPage:
    return CurrentPage("page.md")


@pytest.fixture
def convert(tmp_path: Path, page: CurrentPage) -> Convert:
    (tmp_path / "glossary.md").write_text(GLOSSARY)
    marks = GlossaryExtension(Glossary(tmp_path, "glossary.md"), page)
    extensions: list[str | Extension] = [marks, "tables", "pymdownx.details", "pymdownx.arithmatex", "md_in_html"]
    return lambda text: markdown.markdown(text, extensions=extensions)


def test_first_use_has_the_definition_as_plain_text(convert: Convert) -> None:
    html = convert("A latent is a latent.")
    assert html == '<p>A <abbr tabindex="0" title="A few numbers a * b * c, see there.">latent</abbr> is a latent.</p>'


@pytest.mark.parametrize("form", ["latent", "Latent", "latents", "Latents", "latent code"])
def test_every_form_is_found_and_may_begin_a_sentence(convert: Convert, form: str) -> None:
    assert f">{form}</abbr>" in convert(f"Some words. {form} and more.")


def test_a_definition_may_go_on_in_the_next_line(convert: Convert) -> None:
    assert 'title="A penalty on two lines."' in convert("What is R1?")


def test_forms_of_one_term_count_as_one(convert: Convert) -> None:
    assert convert("A latent, two latents, a latent code.").count("<abbr") == 1


def test_the_longest_form_wins(convert: Convert) -> None:
    assert '">latent code</abbr>' in convert("The latent code.")


@pytest.mark.parametrize("text", ["latently", "a non-latent thing", "latent-free", "LATENT", "r1", "R1x", "collapse"])
def test_other_words_are_left_alone(convert: Convert, text: str) -> None:
    assert "<abbr" not in convert(f"It is {text} here.")


@pytest.mark.parametrize(
    "text",
    [
        "# A latent",
        "See [the latent](page.md).",
        "Write `latent`.",
        "    a latent",
        '??? question "What is a latent?"\n\n    A latent.\n',
        "| latent |\n|---|\n| x |\n",
        r"\(latent\)",
        'It <span title="a tooltip of its own">has a latent</span>.',
        '<ol class="steps"><li>A latent</li></ol>',
    ],
    ids=["heading", "link", "code", "block", "folded", "header cell", "formula", "tooltip", "raw HTML"],
)
def test_some_places_are_left_alone_and_the_next_use_is_marked(convert: Convert, text: str) -> None:
    assert "<abbr" not in convert(text)
    assert convert(f"{text}\n\nOnce more, a latent.").count("<abbr") == 1


@pytest.mark.parametrize(
    "text",
    ["- A latent", "> A latent", "| a |\n|---|\n| a latent |\n", "*A latent*", "<div markdown>\n\nA latent.\n\n</div>"],
    ids=["list", "quote", "cell", "emphasis", "div"],
)
def test_others_are_not(convert: Convert, text: str) -> None:
    assert convert(text).count("<abbr") == 1


def test_several_terms_keep_their_order_and_the_words_between(convert: Convert) -> None:
    text = "R1 and latents, *not* mode collapse: `R1` is a penalty, mode collapse a fault."
    html, plain = convert(text), markdown.markdown(text)
    assert html.count("<abbr") == 3
    for definition in ("A penalty on two lines.", "Few different outputs.", "A few numbers a * b * c, see there."):
        html = html.replace(f'<abbr tabindex="0" title="{definition}">', "")
    assert html.replace("</abbr>", "") == plain


def test_a_tag_that_closes_itself_opens_nothing(convert: Convert) -> None:
    assert convert("A line<br>break and <img src='x.png' alt='x'> a latent.").count("<abbr") == 1


def test_the_glossary_does_not_mark_itself(convert: Convert, page: CurrentPage) -> None:
    page.path = "glossary.md"
    assert "<abbr" not in convert("A latent.")


def test_a_glossary_that_is_missing_is_a_problem(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "glossary.md").unlink()
    with pytest.raises(Failed, match=r"glossary\.md"):
        convert("A latent.")
