"""Calls that only this course has: the strip of the loop, and the review note."""

from __future__ import annotations

from genloop.engine.compare import printed
from genloop.engine.errors import nearest
from genloop.engine.page import facts
from genloop.engine.page.calls import Calls
from genloop.engine.page.own_calls import Markdown

STEPS = ("sample", "decode", "review", "compare")
FIELDS = ("latent_shape", "output_shape", "quality_check", "diversity_check", "trust_rule")
"""The five labels that a program prints to give a review note."""


def loop(page: Calls, step: str = "") -> Markdown:
    """The strip "sample, decode, review, compare", with the page's own step marked."""
    if step and step not in STEPS:
        raise page.wrong(f'the loop has no step "{step}"{nearest(step, STEPS)}')
    items = "".join(f'<li aria-current="step">{name}</li>' if name == step else f"<li>{name}</li>" for name in STEPS)
    return Markdown(
        site=f'<ol class="gl-loop" aria-label="The loop">{items}</ol>',
        plain=" -> ".join(f"**{name}**" if name == step else name for name in STEPS),
    )


def note(page: Calls, *words: object) -> Markdown:
    """The review note of a program that prints its five fields as `field: answer`."""
    record = page.own_record(*words)
    answers = {}
    for field in FIELDS:
        found = printed.values(record.stdout, field)
        if len(found) != 1:
            said = f'{record.name} prints "{field}" {len(found)} times'
            raise page.wrong(f"{said}; a note has each of {', '.join(FIELDS)} once")
        answers[field] = facts.cell(found[0])
    head = ["| Field | Answer |", "|---|---|"]
    listed = "\n".join([*head, *(f"| `{field}` | {answer} |" for field, answer in answers.items())])
    return Markdown(
        site=f'//// html | div.gl-note[data-snippet="{record.name}"]\n\n{listed}\n\n{page.how_made(record)}\n\n////',
        plain="\n".join([*head, *(f"| {field} | {answer} |" for field, answer in answers.items())]),
    )
