"""The form of a lesson."""

from __future__ import annotations

import re

import pytest

from genloop.engine.page.prose import words_in_sight
from tests.chapter.lessons import (
    DOCS,
    FIRST,
    LAST,
    MEASURED,
    OPTIONAL,
    exercises,
    folded,
    front_matter,
    heading,
    lessons,
    page,
    sections,
    titles,
)

LONGEST, TOGETHER = 1600, 18_000
"""Words of prose in sight that a lesson, and all lessons together, may have."""


def test_most_of_the_chapter_are_lessons() -> None:
    """Otherwise a renamed heading would leave nothing to test below."""
    assert len(lessons()) >= 10


def test_the_chapter_is_short_enough_to_be_read() -> None:
    assert sum(words_in_sight(page(name)) for name in lessons()) <= TOGETHER


def test_the_plan_of_the_roadmap_has_every_lesson_in_its_order() -> None:
    (plan,) = re.findall(r"\{\{ plan\((.*?)\) \}\}", page("roadmap.md"), re.S)
    assert re.findall(r'"([^"]+)"', plan) == [name.removesuffix(".md") for name in lessons()]


@pytest.mark.parametrize("name", [name for name in titles() if name not in {"index.md", "roadmap.md"}])
def test_navigation_heading_and_title_agree(name: str) -> None:
    """The roadmap's heading is that of the book it comes from; the home page has none of its own."""
    assert heading(name) == titles()[name] == front_matter(name).get("title", titles()[name])


@pytest.mark.parametrize("name", titles("Deeper"))
def test_a_deeper_page_leads_back_to_its_lesson(name: str) -> None:
    linked = {(DOCS / name).parent.joinpath(found).resolve() for found in re.findall(r"\]\(([\w./-]+\.md)", page(name))}
    assert linked & {(DOCS / lesson).resolve() for lesson in lessons()}


@pytest.mark.parametrize("name", [name for name in titles("Failures") if not name.endswith("index.md")])
class TestFailure:
    def test_goes_from_symptom_to_repair(self, name: str) -> None:
        told = re.findall(r"(?m)^\*\*(Symptom|How to see it|Cause|Repair)\.\*\*", page(name))
        assert told == ["Symptom", "How to see it", "Cause", "Repair"]
        assert "{{ diff(" in page(name), "the repair is shown as a change of lines"
        assert MEASURED.search(page(name).partition("**Cause.**")[0])

    def test_is_found_by_its_symptom(self, name: str) -> None:
        assert f"]({name.removeprefix('failures/')})" in sections("failures/index.md")["Symptom finder"]


@pytest.mark.parametrize("name", lessons())
class TestLesson:
    def test_is_short_enough_to_be_read(self, name: str) -> None:
        assert words_in_sight(page(name)) <= LONGEST

    def test_begins_with_the_loop_and_ends_with_the_same_sections(self, name: str) -> None:
        assert re.search(r'(?m)^# .+\n\n\{\{ loop\("\w+"\) \}\}$', sections(name)[""])
        headings = [heading for heading in sections(name) if heading]
        assert tuple(headings[:2]) == FIRST
        wanted = [part for part in LAST if part in headings or part not in OPTIONAL]
        assert headings[-len(wanted) :] == wanted

    def test_says_what_a_reader_can_do_and_keep(self, name: str) -> None:
        assert len(re.findall(r"(?m)^- ", sections(name)["After this page you can"])) >= 3
        assert len(re.findall(r"(?m)^- ", sections(name)["Key points"])) >= 3
        assert "](" in sections(name)["Where next"]

    def test_three_minutes_are_steps(self, name: str) -> None:
        assert len(re.findall(r"(?m)^\d\. ", sections(name)["Three minutes"])) >= 2

    def test_asks_before_it_shows(self, name: str) -> None:
        """One prediction near the top, with a measured answer."""
        answers = folded(sections(name)["Three minutes"], "question", "Predict before you run: ")
        assert len(answers) == 1 and MEASURED.search(answers[0])

    def test_every_mistake_has_its_evidence(self, name: str) -> None:
        """A number from a run, or a link to where it is measured."""
        rows = re.findall(r"(?m)^\| .*\|$", sections(name)["Common mistakes"])[1:]
        assert len(rows) >= 3
        assert [row for row in rows if not MEASURED.search(row) and "](" not in row] == []

    def test_has_three_exercises_with_hint_and_measured_answer(self, name: str) -> None:
        listed = exercises(name)
        assert [one[:60] for one in listed if not re.match(r"\d+\. \*\*[^*]+\*\* ", one)] == []
        assert [one[:60] for one in listed if len(folded(one, "tip", "Hint")) != 1] == []
        # On paper there is nothing to measure.
        answers = {one[:60]: folded(one, "success", "(?:Measured answer|Answer)") for one in listed}
        assert [title for title, answer in answers.items() if len(answer) != 1] == []
        measured = [one for one in listed if any(map(MEASURED.search, folded(one, "success", "Measured answer")))]
        assert len(measured) >= 3
        assert [one[:60] for one in listed if one not in measured and "**On paper.**" not in one] == []

    def test_sources_say_where(self, name: str) -> None:
        """A paper is long: its section, table, theorem or the like; or its abstract, if only that was read."""
        papers = [
            line for line in re.findall(r"(?m)^- .*$", sections(name)["Sources"]) if re.search("arxiv|ICLR", line)
        ]
        assert papers
        where = re.compile(r"(?i)section|table|theorem|proposition|appendix|abstract|whole paper")
        assert [line for line in papers if not where.search(line)] == []
