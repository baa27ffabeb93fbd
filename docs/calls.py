"""Calls that only this course has: the strip of the loop, predictions, widgets, the review note and its rules."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from genloop.engine.compare import printed
from genloop.engine.errors import nearest
from genloop.engine.page import facts, prose
from genloop.engine.page.arithmetic import Numbers, Unknown
from genloop.engine.page.calls import Calls
from genloop.engine.page.own_calls import Markdown

STEPS = {"sample": "roadmap", "decode": "vae/digits", "review": "review/note", "compare": "compare/models"}
"""Each step, and the lesson that is about it."""
FIELDS = ("latent_shape", "output_shape", "quality_check", "diversity_check", "trust_rule")
"""The five labels that a program prints to give a review note."""
JUDGED = FIELDS[2:]
"""Those that begin with a verdict."""
NUMBER = r"\d+\.\d+"
BESIDE = re.compile(
    rf"(?:and )?(?P<metric>[a-z][A-Za-z ]*?) (?P<own>{NUMBER}) "
    rf"\(real (?P<real>{NUMBER})(?:, noise (?P<noise>{NUMBER}))?"
)
"""A number with its controls: precision 0.90 (real 0.93, noise 0.00)."""
SPACE = re.compile(r" in (pixels|features)$")
COPYING = (
    ("near copies", re.compile(rf"near copies of training samples ({NUMBER}) \(by chance ({NUMBER})\)")),
    ("rank test", re.compile(rf"rank test ({NUMBER}) \(({NUMBER}) expected")),
    ("nearest is training", re.compile(rf"a training one for ({NUMBER}) of them \(({NUMBER}) expected")),
)
"""The tests for copies: this model's number, and what chance gives. Names are those of the review's three questions."""
ALONE = (
    ("MMD test, p, pixels", re.compile(rf"MMD test has p ({NUMBER}) in pixels")),
    ("MMD test, p, features", re.compile(rf"MMD test has p {NUMBER} in pixels, ({NUMBER}) in features")),
    ("pairwise distance", re.compile(rf"pairwise distance ({NUMBER}) of the real one")),
    ("latent and output distance", re.compile(r"output distance correlate with (-?\d+\.\d+)")),
)
"""Numbers that need no control, or have none."""
BESIDES = ("real data", "noise", "by chance")
"""What stands beside this model's number; a column that no row fills is left out."""
JUDGE = re.compile(rf"accuracy ({NUMBER}) in pixels, ({NUMBER}) in features \(real ({NUMBER}), ({NUMBER})\)")
TIER = re.compile(r"; (?=from |below )")
PREDICT = re.compile(r"\{\{ *predict\(")
NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ,.;:-]")


def loop(page: Calls, step: str = "") -> Markdown:
    """The strip "sample, decode, review, compare", with the page's own step marked, and how long the page is."""
    if step and step not in STEPS:
        raise page.wrong(f'the loop has no step "{step}"{nearest(step, STEPS)}')
    items = "".join(
        f"<li{' aria-current=step' if name == step else ''}><a href={page.root}{lesson}.html>{name}</a></li>"
        for name, lesson in STEPS.items()
    )
    read = f"{_told(_minutes(page, page.page.removesuffix('.md')))} to read"
    return Markdown(
        site=f'<ol class="gl-loop" aria-label="The loop">{items}</ol>\n<p class="gl-minutes">{read}</p>',
        plain=" -> ".join(f"**{name}**" if name == step else name for name in STEPS) + f"\n\n{read}.",
    )


def plan(page: Calls, *lessons: str) -> Markdown:
    """Lessons in their order, each with the minutes that reading it takes, and the sum."""
    rows = [(f"[{_title(page, lesson)}]({page.root}{lesson}.md)", str(_minutes(page, lesson))) for lesson in lessons]
    total = ("**together**", f"**{sum(int(minutes) for _, minutes in rows)}**")
    listed = _table(["Lesson", "Minutes to read"], [*rows, total], "|---|---:|")
    return Markdown(site=listed, plain=listed)


def reading(page: Calls, *lessons: str) -> Markdown:
    """How many pages, and the minutes to read them."""
    minutes = sum(_minutes(page, lesson) for lesson in lessons)
    pages = f"{len(lessons)} pages, " if len(lessons) > 1 else ""
    said = f"{pages}{_told(minutes)} to read"
    return Markdown(site=said, plain=said, block=False)


def _told(minutes: int) -> str:
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def _minutes(page: Calls, lesson: str) -> int:
    return prose.minutes(_file(page, lesson))


def _title(page: Calls, lesson: str) -> str:
    """The heading of a lesson."""
    return next(
        line.removeprefix("# ") for line in _file(page, lesson).read_text("utf-8").splitlines() if line[:2] == "# "
    )


def _file(page: Calls, lesson: str) -> Path:
    file: Path = page.course.project.docs / f"{lesson}.md"
    if not file.is_file():
        raise page.wrong(f'there is no page "{lesson}"')
    return file


def live(page: Calls, widget: str, *data: str, start: str = "", loads: object = None) -> Markdown:
    """The place of a widget of `assets/js/start.js`.

    data: programs whose JSON file it reads, or "program file.json" if there are several: as scripts, at its start.
    start: what the widget begins with, if it asks: a model.
    loads: the KB of it, from a run, where that is much: told before it is loaded.
    """
    found = [page.data_script(*one.split(" ", 1)) for one in data]
    scripts = html.escape(" ".join(address for _, address in found))
    begins = f' data-start="{html.escape(start)}"' if start else ""
    size = "" if loads is None else f' data-loads="{_printed(page, loads, 1)[0]}"'
    place = f'<div class="gl-live" data-live="{html.escape(widget)}" data-scripts="{scripts}"{begins}{size}></div>'
    made = {record.name: page.how_made(record) for record, _ in found}
    return Markdown(site="\n\n".join([place, *made.values()]), plain="")


def predict(
    page: Calls,
    *,
    one: Mapping[str, object] | Sequence[str] | None = None,
    several: Mapping[str, object] | None = None,
    number: object = None,
    line: object = None,
    words: bool = False,
    right: object = None,
    near: float = 0,
    unit: str = "",
    at: Sequence[str] | object = (),
    x: str = "",
    y: str = "",
    low: float = 0,
    high: float = 1,
    ask: str = "Your prediction",
) -> Markdown:
    """In a fold with a measured answer: what its reader is asked before it opens. One of the first five is given.

    one: each choice with a condition on runs, of which exactly one must hold; or only the choices, and in `right` a
    value that a run printed.
    several: the same, and any number of them may hold.
    number: what a run printed; an answer that is off by `near` counts as right.
    line: several printed numbers, over the places `at` (text, or printed too), from `low` to `high`; a line that is off
    by `near` on average counts as right. x, y: what the axes are.
    words: the reader's own words. No run can judge them.
    """
    kinds = {"one": one, "several": several, "number": number, "line": line, "words": words or None}
    given = [kind for kind, value in kinds.items() if value is not None]
    if len(given) != 1:
        raise page.wrong(f"predict asks for one of {', '.join(kinds)}, here for {' and '.join(given) or 'none'}")
    choices: list[str] = []
    answer: list[str] = []
    places: list[str] = []
    match given[0]:
        case "one" | "several":
            choices, answer = _choices(page, kinds[given[0]], right)
            if given[0] == "one" and len(answer) != 1 and answer != [UNANSWERED]:
                raise page.wrong(f"exactly one choice must hold, here {' and '.join(answer) or 'none'}")
        case "number":
            answer = [_printed(page, number, 1)[0]]
        case "line":
            answer = _printed(page, line)
            places = [str(one) for one in at] if isinstance(at, list | tuple) else _printed(page, at)
            if len(places) != len(answer):
                raise page.wrong(f"the line has {len(answer)} numbers and {len(places)} places")
            if outside := [one for one in answer if not low <= float(one) <= high]:
                raise page.wrong(f"{outside[0]} lies outside of the chart, which goes from {low} to {high}")
    if given[0] in {"number", "line"} and near <= 0:
        raise page.wrong("say how near an answer must be to count as right: near=0.1")
    question = {"kind": given[0], "ask": ask, "answer": answer, "choices": choices, "near": near, "unit": unit}
    question |= {"at": places, "x": x, "y": y, "low": low, "high": high}
    # Neither Markdown nor its extensions may see a mark of theirs in the attribute.
    spelled = NOT_PLAIN.sub(lambda found: f"&#{ord(found[0])};", json.dumps(question, ensure_ascii=False))
    return Markdown(site=f'<span class="gl-predict" hidden data-predict="{spelled}"></span>', plain="")


UNANSWERED = ""
"""In place of an answer where something on the page is wrong, which is said already."""


def _choices(page: Calls, asked: object, right: object) -> tuple[list[str], list[str]]:
    """All choices, and those that the runs of this build make right."""
    if isinstance(asked, Mapping):
        found = page.hold("a prediction", [*asked.values()])
        held = [UNANSWERED] if found is None else [name for name, holds in zip(asked, found, strict=True) if holds]
        return [*asked], held
    if not isinstance(asked, list | tuple) or right is None:
        raise page.wrong(
            "choices have a condition each, one={'yes': a > b, 'no': a < b}, or a printed answer in right="
        )
    choices = [str(one) for one in asked]
    if isinstance(right, Unknown):
        return choices, [UNANSWERED]
    if not isinstance(right, Numbers):
        raise page.wrong("right= is what a run printed, not text of the page")
    if str(right) not in choices:
        raise page.wrong(f"the run's answer, {right}, is none of {', '.join(choices)}")
    return choices, [str(right)]


def _printed(page: Calls, value: object, count: int = 0) -> list[str]:
    """Numbers as a run printed them, so many (0: any number of them)."""
    if isinstance(value, Unknown):
        return [UNANSWERED] * count
    if not isinstance(value, Numbers):
        raise page.wrong("what is measured comes from a run; it is never typed")
    numbers = value.numbers() or ()
    if count and len(numbers) != count:
        raise page.wrong(f"{value.described()}: {len(numbers)} numbers, and the question is about {count}")
    return [f"{one.value:f}" for one in numbers]


def progress(page: Calls, *lessons: str) -> Markdown:
    """The lessons, and how many of their questions this reader has answered. Without scripts it is not there."""
    rows = "".join(
        f'<li data-lesson="{lesson}" data-questions="{len(PREDICT.findall(_file(page, lesson).read_text("utf-8")))}">'
        f"<a href={page.root}{lesson}.html>{html.escape(_title(page, lesson))}</a> <span></span></li>"
        for lesson in lessons
    )
    said = "What you answer in the lessons stays in this browser, and is counted here."
    return Markdown(site=f'<div class="gl-progress" hidden><p>{said}</p><ul>{rows}</ul></div>', plain="")


def note(page: Calls, *words: object, short: bool = False) -> Markdown:
    """The review note of a program that prints its five fields as `field: answer`.

    On the site: the verdicts, below them each number beside its controls, and the lines as they were printed in a fold.
    short: for a page before the review, whose reader knows few of the numbers: below each verdict its first number.
    """
    record = page.own_record(*words)
    answers = {}
    for field in FIELDS:
        found = printed.values(record.stdout, field)
        if len(found) != 1:
            said = f'{record.name} prints "{field}" {len(found)} times'
            raise page.wrong(f"{said}; a note has each of {', '.join(FIELDS)} once")
        answers[field] = found[0]
    measured = {field: list(_measured(answers[field])) for field in JUDGED}
    rows = []
    for field, answer in answers.items():
        cell = facts.cell(answer)
        if field in JUDGED:
            cell = f"**{facts.cell(answer.partition('; ')[0])}**"
            if short and measured[field]:
                cell += f"<br>{_first(measured[field][0])}"
        rows.append((f"`{field}`", cell))
    numbers = [] if short else [row for found in measured.values() for row in found]
    lines = html.escape("\n".join(f"{field}: {answer}" for field, answer in answers.items()))
    whole = f'<details class="gl-printed"><summary>The note as it was printed</summary><pre>{lines}</pre></details>'
    listed = _table(["Field", "Answer"], rows, "|---|---|")
    parts = [listed, _controls(numbers), whole, page.how_made(record)]
    inside = "\n\n".join(part for part in parts if part)
    return Markdown(
        site=f'//// html | div.gl-note[data-snippet="{record.name}"]\n\n{inside}\n\n////',
        plain=_table(["Field", "Answer"], [(field, facts.cell(one)) for field, one in answers.items()], "|---|---|"),
    )


def rules(page: Calls, *words: object) -> Markdown:
    """What a program prints as `rule: what it says`, as a table; the steps of a rule on lines of their own."""
    record = page.own_record(*words)
    told = [line.partition(": ")[::2] for line in record.stdout.splitlines()]
    rows = [(facts.cell(rule), "<br>".join(map(facts.cell, TIER.split(said)))) for rule, said in told]
    listed = _table(["Rule", "What it says"], rows, "|---|---|")
    inside = f"{listed}\n\n{page.how_made(record)}"
    return Markdown(
        site=f'//// html | div.gl-rules[data-snippet="{record.name}"]\n\n{inside}\n\n////',
        plain=_table(
            ["Rule", "What it says"], [(facts.cell(rule), facts.cell(one)) for rule, one in told], "|---|---|"
        ),
    )


def _measured(answer: str) -> Iterator[tuple[str, ...]]:
    """Metric and its value for this model, then as in BESIDES; "" where there is none."""
    for piece in answer.split("; ")[1:]:
        space = SPACE.search(piece)
        where = f", {space[1]}" if space else ""
        for found in BESIDE.finditer(piece):
            yield f"{found['metric']}{where}", found["own"], found["real"], found["noise"] or "", ""
        if judge := JUDGE.search(piece):
            yield "classifier accuracy, pixels", judge[1], judge[3], "", ""
            yield "classifier accuracy, features", judge[2], judge[4], "", ""
        for name, test in COPYING:
            if copies := test.search(piece):
                yield name, copies[1], "", "", copies[2]
        for name, alone in ALONE:
            if only := alone.search(piece):
                yield name, only[1], "", "", ""


def _controls(numbers: Sequence[tuple[str, ...]]) -> str:
    """The table of all numbers, with those columns that have some."""
    if not numbers:
        return ""
    kept = [0, 1, *(column for column in range(2, 2 + len(BESIDES)) if any(row[column] for row in numbers))]
    head = ("Measurement", "this model", *BESIDES)
    return _table(
        [head[at] for at in kept], [[row[at] for at in kept] for row in numbers], "|---|" + "---:|" * (len(kept) - 1)
    )


def _first(row: tuple[str, ...]) -> str:
    """One number in words: precision 0.99, pixels (real data 0.93)."""
    metric, _, where = row[0].partition(", ")
    beside = ", ".join(
        f"{name} {value}" for name, value in zip(BESIDES, row[2:], strict=True) if value and name != "noise"
    )
    return f"{metric} {row[1]}{f' in {where}' if where else ''} ({beside})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], line: str) -> str:
    return "\n".join([f"| {' | '.join(head)} |", line, *(f"| {' | '.join(row)} |" for row in rows)])
