"""The calls of a page as Markdown for the site: code with downloads, outputs and figures with their provenance."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from genloop.engine.compare.difference import Comparison
from genloop.engine.compare.rooms import known
from genloop.engine.compare.versions import Version
from genloop.engine.page import facts
from genloop.engine.page.course import Course, Drawn
from genloop.engine.page.facts import fence
from genloop.engine.program.header import Rule
from genloop.engine.program.snippet import Snippet
from genloop.engine.record.record import Record

FEW = 3
"""Runs that are named where many share something."""
MANY = 6
"""Runs of one program from which on they are listed in a folded block."""


def rule_words(rule: Rule) -> list[str]:
    """A rule for the reader's page: its word and what it takes, numbers as text, which loses no digit."""
    match rule.word:
        case "abs" | "rel":
            return [rule.word, repr(rule.amount)]
        case "between":
            return [rule.word, repr(rule.low), repr(rule.high)]
        case "any":
            return [rule.word, rule.reason]
        case _:
            return [rule.word]


def as_attribute(data: Sequence[object]) -> str:
    """Lists and texts as JSON for the value of a block's attribute: nothing in it is a mark of Markdown or HTML."""
    return re.sub(r"[^\w\s.,:;\\\"\[\]()+-]", lambda mark: f"\\u{ord(mark[0]):04x}", json.dumps(data))


def _of_comparison(course: Course, record: Record, text: str, asked: Collection[str]) -> str:
    """What a page needs to compare a reader's own output: the rules, and the labels of the lines that it shows."""
    expect = course.project.snippets[record.name].settings.expect
    shown = known(text, expect) if expect else set()
    rules = [[label, *rule_words(rule)] for label, rule in expect.items() if label in shown]
    data: dict[str, Sequence[object]] = {"data-expect": rules, "data-labels": sorted(asked)}
    return "".join(f" {name}='{as_attribute(value)}'" for name, value in data.items() if value)


def _ran_elsewhere(course: Course, record: Record) -> list[str]:
    told = facts.ran_elsewhere(course, record)
    return [f"{told}\n{{: .gl-elsewhere }}"] if told else []


class Rich:
    """Writes pymdownx blocks, which nest anywhere and survive indentation, unlike raw HTML."""

    is_site = True

    def code(self, course: Course, snippet: Snippet, section: str, fold: bool, root: str) -> str:
        is_module = snippet.name in course.project.modules
        attributes = f'data-{"module" if is_module else "snippet"}="{snippet.name}"'
        attributes += f' data-section="{section}"' if section else ""
        title = f"{facts.file_name(snippet)}: {section}" if section else facts.file_name(snippet)
        parts = [
            f"//// html | div.gl-code[{attributes}]",
            fence(facts.program_text(snippet, section), f'python title="{title}"'),
            self._downloads(course, snippet, root, whole=not section),
        ]
        block = "\n\n".join([*parts, "////"])
        if fold:
            what = "The module {file}" if is_module else "The whole program, {file}"
            head = course.say(what, file=facts.file_name(snippet))
            return f"///// details | {head}\n    type: gl-whole\n\n{block}\n\n/////"
        return block

    def diff(self, course: Course, program: Snippet, variant: Snippet) -> str:
        files = {"variant": facts.file_name(variant), "program": facts.file_name(program)}
        title = course.say("{variant}: what is changed in {program}", **files)
        lines = facts.changed_lines(program.program, variant.program)
        block = fence(lines, f'diff title="{title}"')
        return f'//// html | div.gl-diff[data-snippet="{variant.name}"]\n\n{block}\n\n////'

    def output(self, course: Course, record: Record, text: str, asked: Collection[str]) -> str:
        block = fence(text, f'text title="{course.say("Output")}"') if text else course.say("*It prints nothing.*")
        return "\n\n".join(
            [
                f'//// html | div.gl-output[data-snippet="{record.name}"{_of_comparison(course, record, text, asked)}]',
                block,
                *_ran_elsewhere(course, record),
                facts.provenance_block(course, record),
                "////",
            ]
        )

    def figure(self, course: Course, drawn: Drawn, root: str) -> str:
        record, file = drawn.record, drawn.file
        alt = course.project.snippets[record.name].settings.figures[file].replace("[", r"\[").replace("]", r"\]")
        address = root + facts.file_address(record, file)
        picture = facts.picture_of(course, drawn)
        shown = [f"![{alt}]({address}){{ {self._attributes(course, drawn)} }}"]
        if picture and picture.still:
            # Nothing moves before a reader asks for it, with a key as well as with a mouse, and closing it stops it.
            size = facts.weight(course.store.object(record.files[file]).stat().st_size)
            title = course.say("Play the animation ({size})", size=size)
            still = shown[0].replace(f"]({address})", f"]({facts.still(address)})")
            shown = [
                f"{still}\n{{: .gl-still }}",
                f"/// details | {title}\n    type: gl-animation\n\n{shown[0]}\n\n///",
            ]
        parts = [f'//// html | figure.gl-figure[data-snippet="{record.name}"]', *shown]
        if drawn.caption:
            parts.append(f"/// html | figcaption\n\n{drawn.caption}\n\n///")
        parts += _ran_elsewhere(course, record)
        return "\n\n".join([*parts, facts.provenance_block(course, record), "////"])

    @staticmethod
    def _attributes(course: Course, drawn: Drawn) -> str:
        """The attribute list of a figure: with width and height its place is free until it is there."""
        if drawn.file.endswith(".html"):  # the plugin makes a frame of it, once MkDocs has its address
            return f"height={drawn.height} loading=lazy .gl-embedded"
        size, picture = facts.figure_size(course, drawn), facts.picture_of(course, drawn)
        sides = f"width={size.width} height={size.height} " if size.width else ""
        kind = " .gl-pixelated" if drawn.file.endswith(".png") else ""
        # What is drawn on no ground has dark ink: a page in the dark would swallow it.
        kind += " style='background:#fff'" if picture and picture.alpha else ""
        return f"{sides}loading=lazy{kind}"

    def value(self, course: Course, record: Record, label: str, text: str) -> str:
        if facts.it_needs(course, course.project.snippets[record.name]):
            label = course.say("{label}, elsewhere", label=label)
        title = html.escape(course.say("{name} prints {label}", name=record.name, label=label))
        return f'<span class="gl-value" title="{title}">{facts.cell(text)}</span>'

    def claim(self, course: Course, sentence: str) -> str:
        title = course.say("Checked against the runs of this site")
        return f'<span class="gl-claim" title="{html.escape(title)}">{sentence}</span>'

    def download(self, record: Record, file: str, text: str, root: str) -> str:
        return f'[{text}]({root}{facts.file_address(record, file)}){{ download="{Path(file).name}" }}'

    def library(self, wheel: str, root: str) -> str:
        return f'[`{wheel}`]({root}{facts.wheel_path(wheel)}){{ download="{wheel}" }}'

    def compare(self, course: Course, found: Comparison, root: str) -> str:
        heads = (facts.cell(found.old.title), facts.cell(found.new.title))
        parts = [
            f'///// html | div.gl-compare[data-snippet="{found.name}"]',
            f"`{found.name}`: {heads[0]} and {heads[1]}. {found.summary[0].upper()}{found.summary[1:]}.",
        ]
        if found.program:
            parts.append(fence(found.program, 'diff title="The program"'))
        if found.settings:
            rows = [
                f"| {facts.cell(name)} | {facts.cell(old)} | {facts.cell(new)} |"
                for name, (old, new) in found.settings.items()
            ]
            parts.append("\n".join([f"| Setting | {heads[0]} | {heads[1]} |", "|---|---|---|", *rows]))
        if found.moved:
            rows = [
                f"| {moved.line} | {facts.code(moved.where)} | {moved.old} | {moved.new} | {moved.range} "
                f"| {moved.verdict.removesuffix(' the seeds')} |"
                for moved in found.moved
            ]
            head = f"| Line | Number | {heads[0]} | {heads[1]} | {found.seeds} seeds | Change |"
            parts.append("\n".join([head, "|---:|---|---:|---:|---|---|", *rows]))
        if found.lines:
            rows = [f"| {number} | {facts.cell(old)} | {facts.cell(new)} |" for number, old, new in found.lines]
            parts.append("\n".join([f"| Line | {heads[0]} | {heads[1]} |", "|---:|---|---|", *rows]))
        for figure in found.figures:
            sides = [
                self.figure(course, Drawn(version.record, figure.file, version.title), root)
                for version, digest in ((found.old, figure.old), (found.new, figure.new))
                if version.record is not None
                and digest is not None
                and self._is_published(course, version, figure.file)
            ]
            if sides:
                parts += ["//// html | div.gl-two", *sides, "////"]
            if len(sides) < 2:
                parts.append(f"`{figure.file}` differs; only the figures of this build are on the site.")
        return "\n\n".join([*parts, "/////"])

    @staticmethod
    def _is_published(course: Course, version: Version, file: str) -> bool:
        """The site has the figures of this build; those of an older run would be shown as these."""
        record, here = version.record, course.records.get(version.name)
        return record is not None and here is not None and record.files.get(file) == here.files.get(file)

    def moved(self, course: Course, found: Mapping[str, Comparison]) -> str:
        parts = [facts.repeated(course, found.values())]
        if numbers := [(name, moved) for name, one in found.items() for moved in one.moved]:
            rows = [
                f"| `{name}` | {moved.line} | {facts.code(moved.where)} | {moved.old} | {moved.new} | {moved.range} |"
                for name, moved in numbers
            ]
            head = "| Run | Line | Number | Accepted | This build | Range over seeds |"
            parts.append("\n".join([head, "|---|---:|---|---:|---:|---|", *rows]))
        changes: dict[str, list[str]] = {}
        for name, one in found.items():
            for key, (old, new) in one.settings.items():
                # Digests say nothing to a person; that other files were read or given does.
                digest = key.startswith(("read ", "files of "))
                changes.setdefault(f"other {key}" if digest else f"{key}: {old} -> {new}", []).append(name)
        if changes:
            rows = [
                f"| {facts.cell(change)} | {len(names)} | {', '.join(f'`{name}`' for name in names[:FEW])}"
                f"{', ...' if len(names) > FEW else ''} |"
                for change, names in changes.items()
            ]
            parts.append("\n".join(["| Made with | Runs | Which |", "|---|---:|---|", *rows]))
        return "\n\n".join(parts)

    def files(self, course: Course, snippet: Snippet, root: str) -> str:
        say, needs = course.say, snippet.settings.needs
        beside = facts.beside_links(course, snippet, root)
        if not needs and not beside:
            return say("It needs no other files.")
        # A program reads what others wrote: in an empty folder these go first.
        by_program: dict[str, list[Snippet]] = {}
        for name in needs:
            by_program.setdefault(name.partition("@")[0], []).append(course.project.snippets[name])
        # Two programs may have one file name in two topics: then the topic tells them apart.
        stems = Counter(Path(program).name for program in by_program)
        twins = {program for program in by_program if stems[Path(program).name] > 1}
        few = [need for group in by_program.values() if len(group) <= MANY for need in group]
        links = [
            self._need(course, need, root, need.base in twins) + self._after(course, need, snippet) for need in few
        ]
        said = [say("Run first, in the same folder: {programs}.", programs="; ".join(links))] if few else []
        folds = []
        archive = facts.archive(snippet)
        link = f"[{Path(archive).name}]({root}{archive}){{ download }}"
        if len(beside) > MANY:
            title = say("Beside it must lie: {count} files", count=len(beside))
            folds.append(f"/// details | {title}\n    type: gl-files\n\n{', '.join(beside)}\n\n///")
        elif beside:
            alone = not archive or bool(needs)
            told = "Beside it must lie: {files}." if alone else "Beside it must lie: {files}; {archive} has all of it."
            said.insert(0, say(told, files=", ".join(beside), archive=link))
        if archive and (needs or len(beside) > MANY):
            of_others = "It needs what others write: {archive} has all of it."
            told = of_others if needs else "It needs files beside it: {archive} has all of it."
            said.insert(0, say(told, archive=link))
        for program, group in by_program.items():
            if len(group) > MANY:
                links = [self._need(course, need, root, program in twins, with_place=False) for need in group]
                file = f"{program if program in twins else Path(program).name}.py"
                told = "Run first: {count} runs of {file}, each variant from inside a folder of its name"
                title = say(told, count=len(group), file=file)
                folds.append(f"/// details | {title}\n    type: gl-files\n\n{', '.join(links)}\n\n///")
        return "\n\n".join([" ".join(said), *folds] if said else folds)

    @staticmethod
    def _need(course: Course, need: Snippet, root: str, with_topic: bool, with_place: bool = True) -> str:
        name = f"{need.name}.py" if with_topic else facts.file_name(need)
        link = f"[{name}]({root}{facts.download(need, '.py')}){{ download }}"
        if not need.variant or not with_place:
            return link
        return course.say("{link}, from inside a folder {folder}", link=link, folder=f"`{need.variant}`")

    @staticmethod
    def _after(course: Course, need: Snippet, snippet: Snippet) -> str:
        """What the needed program needs itself, where the list does not say it: in another folder, or not listed."""
        here = snippet.settings.needs
        first = [name for name in need.settings.needs if need.variant or name not in here]
        names = [f"`{name.rpartition('/')[2]}.py`" for name in first]
        told = course.say("(there after {programs})", programs=", ".join(names))
        return f" {told}" if 0 < len(names) <= MANY else ""

    def runs(self, course: Course) -> str:
        """A fold for each topic: all runs in one table would be as long as forty screens of a phone."""
        records = [course.records[name] for name in sorted(course.records)]
        say, seconds = course.say, facts.took(sum(record.seconds for record in records))
        total = f"**{say('{count} runs, {seconds} together.', count=len(records), seconds=seconds)}**"
        if elsewhere := sum(bool(facts.it_needs(course, course.project.snippets[record.name])) for record in records):
            total += f" {say('{count} of them ran elsewhere, and were compared here.', count=elsewhere)}"
        folds = []
        for topic, group in itertools.groupby(records, key=lambda record: record.name.rpartition("/")[0]):
            runs = list(group)
            seconds = facts.took(sum(record.seconds for record in runs))
            told = "{topic}: {count} runs, {seconds}" if len(runs) > 1 else "{topic}: {count} run, {seconds}"
            head = say(told, topic=topic or say("without a topic"), count=len(runs), seconds=seconds)
            heads = map(say, ("Program", "Took", "Ran (UTC)", "Compared", "Accepted"))
            table = f"| {' | '.join(heads)} |\n|---|---:|---|---|---|"
            rows = "\n".join(self._run(course, record) for record in runs)
            folds.append(f"/// details | {head}\n    type: gl-runs\n\n{table}\n{rows}\n\n///")
        return "\n\n".join([total, *folds])

    @staticmethod
    def _run(course: Course, record: Record) -> str:
        snippet = course.project.snippets[record.name]
        rules = snippet.settings.expect
        how = "; ".join(f"{facts.code(label)} {facts.cell(str(rule))}" for label, rule in rules.items())
        when = facts.said(course, course.accepted.get(record.name))
        ran = record.started[:16].replace("T", " ")
        if facts.it_needs(course, snippet):
            ran = course.say("{time}, elsewhere", time=ran)
        how = how or course.say("to the last digit")
        return f"| `{record.name}` | {facts.took(record.seconds)} | {ran} | {how} | {when} |"

    @staticmethod
    def _downloads(course: Course, snippet: Snippet, root: str, whole: bool) -> str:
        say, stem = course.say, facts.file_name(snippet).removesuffix(".py")
        whole_file = say("Download {ending}", ending=".py")
        links = [f'[{whole_file}]({root}{facts.download(snippet, ".py")}){{ download="{stem}.py" }}']
        if snippet.sections:
            links.append(f'[.ipynb]({root}{facts.download(snippet, ".ipynb")}){{ download="{stem}.ipynb" }}')
        if whole and snippet.beside:
            beside = facts.beside_links(course, snippet, root)
            more = [say("and {count} more", count=len(beside) - FEW)] if len(beside) > FEW else []
            if archive := facts.archive(snippet):
                links.append(f"[.zip]({root}{archive}){{ download }}")
            links.append(say("with {files}", files=", ".join([*beside[:FEW], *more])))
        if whole and (install := facts.install(course, snippet)):
            links.append(say("needs {command}", command=f"`{install}`"))
        return f"{' '.join(links)}\n{{: .gl-actions }}"
