"""The calls of a page as plain Markdown: for readers without the site, and for pytest-codeblocks to run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from genloop.engine.compare.difference import Comparison
from genloop.engine.page import facts
from genloop.engine.page.course import Course, Drawn
from genloop.engine.page.facts import fence
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record


class Plain:
    """Only `python` and `text` fences: pytest-codeblocks silently passes over any other info string."""

    is_site = False

    def code(self, course: Course, snippet: Snippet, section: str, fold: bool, root: str) -> str:
        program = fence(facts.program_text(snippet, section), "python")
        if section:
            reason = f"a part of {snippet.name}, which stands whole on this page"
            return f'<!--pytest.mark.skip(reason="{reason}")-->\n{program}'
        if snippet.name in course.project.modules:
            return f'<!--pytest.mark.skip(reason="a module, which programs import")-->\n{program}'
        if snippet.settings.raises:
            return f'<!--pytest.mark.skip(reason="it ends with {snippet.settings.raises}, as it should")-->\n{program}'
        if needs := facts.it_needs(course, snippet):
            return f'<!--pytest.mark.skip(reason="{needs}, and ran elsewhere")-->\n{program}'
        stdout = course.records[snippet.name].stdout if snippet.name in course.records else ""
        # What may be anything, such as a time, would not be the same when a reader's tool runs it again.
        if not stdout or any(rule.word == "any" for rule in snippet.settings.expect.values()):
            return program
        return f"{program}\n\n<!--pytest-codeblocks:expected-output-->\n{fence(stdout, 'text')}"

    def diff(self, course: Course, program: Snippet, variant: Snippet) -> str:
        return fence(facts.changed_lines(program.program, variant.program), "text")

    def output(self, course: Course, record: Record, text: str, asked: Collection[str]) -> str:
        told = facts.ran_elsewhere(course, record)
        return f"{fence(text, 'text')}\n\n{told}" if told else fence(text, "text")

    def figure(self, course: Course, drawn: Drawn, root: str) -> str:
        alt = course.project.snippets[drawn.record.name].settings.figures[drawn.file]
        address = root + facts.file_address(drawn.record, drawn.file)
        picture = facts.picture_of(course, drawn)
        image = f"![{alt}]({address})"
        if picture and picture.still:
            image = f"[![{alt}]({facts.still(address)})]({address})"
        elif drawn.file.endswith(".html"):
            image = f"[{alt}]({address})"
        return f"{image}\n\n*{drawn.caption}*" if drawn.caption else image

    def value(self, course: Course, record: Record, label: str, text: str) -> str:
        return text

    def claim(self, course: Course, sentence: str) -> str:
        return sentence

    def download(self, record: Record, file: str, text: str, root: str) -> str:
        return f"[{text}]({root}{facts.file_address(record, file)})"

    def library(self, wheel: str, root: str) -> str:
        return f"[{wheel}]({root}{facts.wheel_path(wheel)})"

    def compare(self, course: Course, found: Comparison, root: str) -> str:
        rows = [f"| {facts.cell(moved.where)} | {moved.old} | {moved.new} | {moved.verdict} |" for moved in found.moved]
        head = [f"| Number | {found.old.title} | {found.new.title} | The change is |", "|---|---:|---:|---|"]
        table = "\n".join([*head, *rows]) if rows else ""
        lines = fence(found.program, "text") if found.program else ""
        return "\n\n".join(part for part in (f"{found.name}: {found.summary}.", lines, table) if part)

    def moved(self, course: Course, found: Mapping[str, Comparison]) -> str:
        moved = [f"- {name}: {one.summary}" for name, one in found.items() if not one.prints_the_same]
        return "\n".join([facts.repeated(course, found.values()), *(["", *moved] if moved else [])])

    def files(self, course: Course, snippet: Snippet, root: str) -> str:
        needs, beside = snippet.settings.needs, snippet.beside
        say = course.say
        said = [say("Beside it must lie: {files}.", files=", ".join(map(facts.cell, beside)))] if beside else []
        said += [say("Run first, in the same folder: {programs}.", programs=", ".join(needs))] if needs else []
        return " ".join(said) or say("It needs no other files.")

    def runs(self, course: Course) -> str:
        rows = [f"| {name} | {facts.took(record.seconds)} |" for name, record in sorted(course.records.items())]
        return "\n".join(["| Program | Took |", "|---|---:|", *rows])
