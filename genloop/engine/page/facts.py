"""Facts about a run and its figures that every style of page shows."""

from __future__ import annotations

import difflib
import html
import itertools
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from urllib.parse import quote

from genloop.engine.compare.accepted import Accepted
from genloop.engine.compare.difference import Comparison
from genloop.engine.compare.places import Place
from genloop.engine.page import svg
from genloop.engine.page.course import Course, Drawn
from genloop.engine.program.pictures import Picture, read_picture
from genloop.engine.program.snippet import Snippet
from genloop.engine.record import environment
from genloop.engine.record.record import Record

READABLE = (".md", ".json", ".csv", ".txt", ".pdf")
"""Endings of the files of a run, besides figures, that readers may download."""
WIDEST = 640
"""CSS pixels that a sample grid may be wide, if no scale is given."""


def provenance(course: Course, record: Record) -> dict[str, str]:
    """How a run was made, as rows of a table; Markdown."""
    snippet = course.project.snippets[record.name]
    say, needs = course.say, it_needs(course, snippet)
    accepted: Accepted | None = course.accepted.get(record.name)
    used = {"Python": record.settings["Python"], **{name: record.packages.get(name, "") for name in record.direct}}
    versions = ", ".join(
        f"{name} {one}{_here(course, name, one) if needs else ''}" for name, one in used.items() if one
    )
    program, ran = f"`snippets/{snippet.base}.py`", f"{record.started[:16].replace('T', ' ')} UTC"
    variant, threads = f"`{snippet.variant}`", record.settings["threads"]
    rows = {
        say("Program"): say("{program}, variant {variant}", program=program, variant=variant)
        if snippet.variant
        else program,
        say("Command"): f"`genloop run {record.name}`",
        say("Ran"): say("{time}, not here: {reason}", time=ran, reason=needs) if needs else ran,
        say("Took"): took(record.seconds),
        say("Seed"): cell(snippet.seed) or say("none"),
        say("Versions"): cell(versions),
        say("Machine"): cell(say("{processor}, {count} thread(s)", processor=record.processor, count=threads)),
        say("Accepted"): said(course, accepted),
    }
    rows |= noted_places(course, record)
    if change := snippet.settings.variants.get(snippet.variant):
        values = [code(f"{name} = {value!r}") for name, value in change.constants.items()]
        changed = ", ".join([*values, *([say("lines of the program")] if change.patch else [])])
        return {say("Program"): rows.pop(say("Program")), say("Changed"): changed, **rows}
    return rows


def noted_places(course: Course, record: Record) -> dict[str, str]:
    """Where else it printed what was accepted, and where not, as rows of that table."""
    if (noted := course.places.runs.get(record.name)) is None:
        return {}
    rows = {course.say("Holds on"): noted.same, course.say("Differs on"): noted.other}
    return {
        term: cell("; ".join(_place(course.places.places[name], record) for name in names))
        for term, names in rows.items()
        if names
    }


def _place(place: Place, record: Record) -> str:
    """A place in a few words: what numbers depend on, and the packages of the program that are others there."""
    others = [f"{name} {place.packages[name]}" for name in record.direct if name in place.packages]
    others = [one for one in others if one not in {f"{name} {found}" for name, found in record.packages.items()}]
    system = [] if place.system == environment.system() else [place.system]
    return ", ".join([*system, place.instructions, f"Python {place.python}", *others])


def places_table(course: Course) -> str:
    """A row for each place: the programs that printed there what was accepted, and how many did not."""
    known = course.places
    heads = map(course.say, ("Where", "Versions", "Day", "As accepted", "Otherwise"))
    rows = [f"| {' | '.join(heads)} |", "|---|---|---|---:|---:|"]
    for name, place in known.places.items():
        same = sum(name in noted.same for noted in known.runs.values())
        other = sum(name in noted.other for noted in known.runs.values())
        versions = ", ".join(f"{one} {place.packages[one]}" for one in _direct(course) if one in place.packages)
        day = place.noted.replace("-", "\N{NON-BREAKING HYPHEN}")
        told = (f"{place.system}, {place.processor}", f"Python {place.python}, {versions}", day)
        rows += [f"| {' | '.join(map(cell, told))} | {same} | {other or ''} |"] if same + other else []
    return "\n".join(rows)


def _direct(course: Course) -> list[str]:
    """The packages that programs of the course import themselves, the most used first."""
    counted = Counter(name for record in course.records.values() for name in record.direct)
    return [name for name, _ in counted.most_common()]


def it_needs(course: Course, snippet: Snippet) -> str:
    """Why a program was not run for this site; "" for one that was."""
    what = snippet.settings.elsewhere
    return course.say("it needs {what}", what=what) if what else ""


def _here(course: Course, name: str, version: str) -> str:
    """What a version is that a run elsewhere had, where the site was built; "" if it is the same."""
    now = environment.settings()["Python"] if name == "Python" else environment.version(name)
    return "" if now == version else " " + course.say("(here {version})", version=now or course.say("none"))


def ran_elsewhere(course: Course, record: Record) -> str:
    """What is said in sight of a run that this build has not made; Markdown, "" for one that it has."""
    if not (needs := it_needs(course, course.project.snippets[record.name])):
        return ""
    told = "Ran on {machine}, {day}, not here: {reason}."
    return course.say(told, machine=cell(record.processor), day=record.started[:10], reason=needs)


def provenance_block(course: Course, record: Record) -> str:
    """The fold below what a run gave, for the site."""
    listed = "\n\n".join(f"{term}\n:   {text}" for term, text in provenance(course, record).items())
    return f"/// details | {course.say('How this was made')}\n    type: gl-provenance\n\n{listed}\n\n///"


def repeated(course: Course, found: Collection[Comparison]) -> str:
    same = sum(one.prints_the_same for one in found)
    told = "{same} of {count} runs print what was accepted, to the last character."
    return course.say(told, same=same, count=len(found))


def took(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def figure_size(course: Course, drawn: Drawn) -> svg.Size:
    """The size of a figure in CSS pixels; pixel art is enlarged by a whole number to a good width."""
    data = course.store.object(drawn.record.files[drawn.file]).read_bytes()
    if drawn.file.endswith(".svg"):
        return svg.svg_size(data.decode(errors="replace"))
    picture = read_picture(drawn.file, data)
    pixels = drawn.file.endswith(".png")
    factor = drawn.scale or (max(1, min(8, WIDEST // max(1, picture.width))) if pixels else 1)
    return svg.Size(round(picture.width * factor), round(picture.height * factor))


def picture_of(course: Course, drawn: Drawn) -> Picture | None:
    """A figure that is made of pixels; None for another one."""
    data = course.store.read(drawn.record.files[drawn.file])
    return None if drawn.file.endswith((".svg", ".html")) else read_picture(drawn.file, data)


def weight(size: int) -> str:
    """The size of a file, for a reader who may wait for it."""
    return f"{size / 1e6:.1f} MB" if size >= 999_500 else f"{max(1, round(size / 1000))} kB"


def weight_of(course: Course, record: Record, file: str) -> str:
    """What stands behind a link to a file that another program opens; Markdown."""
    size = course.store.object(record.files[file]).stat().st_size
    return f" (PDF, {weight(size)})" if file.endswith(".pdf") else ""


def download(snippet: Snippet, ending: str) -> str:
    """Where the download of a program lies, below docs/."""
    return f"generated/download/{snippet.name}{ending}"


def archive(snippet: Snippet) -> str:
    """Where the archive of a program with all that it needs lies; "" if it is one file, or a variant of a program."""
    return download(snippet, ".zip") if (snippet.settings.needs or snippet.beside) and not snippet.variant else ""


def beside_path(course: Course, path: Path) -> str:
    """Where a file that lies beside programs is published, below docs/. Of Markdown MkDocs would make a page."""
    place = path.relative_to(course.project.programs).as_posix()
    if path.suffix == ".py":
        return f"generated/download/{place}"
    return f"generated/data/{place}{'.txt' if path.suffix == '.md' else ''}"


def beside_link(course: Course, path: Path, text: str, root: str) -> str:
    """A link to such a file. text: Markdown."""
    return f"[{text}]({root}{quote(beside_path(course, path))})"


def beside_links(course: Course, snippet: Snippet, root: str) -> list[str]:
    """A link to each file of the course that must lie beside a program, for the site."""
    return [f"{beside_link(course, path, cell(name), root)}{{ download }}" for name, path in snippet.beside.items()]


def file_path(record: Record, file: str) -> str:
    """Where a figure or a readable file of a run lies, below docs/. Of Markdown MkDocs would make a page.

    Folders of the run are none there: b/c.png of a program `a` would lie where c.png of `a/b` does.
    """
    return f"generated/files/{record.name}/{file.replace('/', '~')}{'.txt' if file.endswith('.md') else ''}"


def file_address(record: Record, file: str) -> str:
    """The same as a link has it: Markdown ends an address at a space."""
    return file_path(record, file).replace(" ", "%20")


def still(address: str) -> str:
    """Where the first frame of a picture that moves lies, by the path of that, or by its address."""
    return f"{address}~still{address[address.rindex('.') :]}"


def script_path(record: Record, file: str) -> str:
    """Where a JSON file of a run lies as a script, below docs/: a page from disk can load that, and fetch nothing."""
    return f"{file_path(record, file)}.js"


def wheel_path(name: str) -> str:
    """Where the wheel of the project's library lies, below docs/."""
    return f"generated/download/{name}"


def install(course: Course, snippet: Snippet) -> str:
    """What to type before a program can run, or "" if it needs no package. Quoted: a shell would take > for itself."""
    wanted = []
    for dependency in snippet.settings.dependencies:
        name, extras = re.match(r"([\w.-]*)(\[[^\]]*\])?", dependency).groups("")  # type: ignore[union-attr]  # may be empty
        if course.wheel and name.lower().replace("-", "_") == course.wheel[0].partition("-")[0].lower():
            dependency = f"./{course.wheel[0]}{extras}"  # the project's own library is on no package index
        wanted.append(dependency if re.fullmatch(r"[\w./-]+", dependency) else f'"{dependency}"')
    return f"python -m pip install {' '.join(wanted)}" if wanted else ""


def cell(text: str) -> str:
    """Printed text inside a cell of a Markdown table: nothing in it is markup, and `{{` no call."""
    escaped = re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(text, quote=False))
    return escaped.replace("{", "&#123;").replace("}", "&#125;")


def code(text: str) -> str:
    """Printed text as code inside a line or a cell."""
    return f"<code>{cell(text)}</code>"


def said(course: Course, accepted: Accepted | None) -> str:
    """When and why an output was accepted. What stands in backticks is code; nothing else that was typed is markup."""
    if accepted is None:
        return course.say("not yet")
    parts = re.split(r"`([^`]+)`", accepted.why)
    why = "".join(code(part) if number % 2 else cell(part) for number, part in enumerate(parts))
    return f"{accepted.when}: {why}"


def fence(text: str, info: str) -> str:
    """A code fence that the text cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{info}\n{text.rstrip(chr(10))}\n{mark}"


def changed_lines(program: str, variant: str) -> str:
    """What a variant changes, as the lines of a unified diff with one line around each change."""
    lines = difflib.unified_diff(program.splitlines(), variant.splitlines(), lineterm="", n=1)
    kept = list(itertools.islice(lines, 2, None))  # not the names of the files
    return "\n".join("@@" if line.startswith("@@") else line for line in kept).removeprefix("@@\n")


def program_text(snippet: Snippet, section: str) -> str:
    part = snippet.section(section) if section else None
    return part.text if part else snippet.program


def file_name(snippet: Snippet) -> str:
    """The name under which a reader saves the program: "ring.py", "ring@seed1.py"."""
    return Path(snippet.name).name + ".py"
