"""House rules that no linter knows. Each failure lists every place at once."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from markdown.extensions.toc import slugify
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image, ImageChops

from genloop.engine import cli
from genloop.engine.project import load_project
from genloop.engine.terms import ENTRY, forms_of

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "genloop" / "engine"
SNIPPETS = ROOT / "snippets"
TEXT = {".py", ".md", ".toml", ".yml", ".css", ".js", ".html", ".svg", ".txt", ".out", ""}

CLOCK = re.compile(r"\b(time\.time|perf_counter|monotonic|datetime)\b")

Place = tuple[str, int, str]


@cache
def tracked() -> list[Path]:
    """The files of the project: what Git knows, and what it would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(ROOT / name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def lines(*suffixes: str, under: str = "") -> Iterator[Place]:
    """Path, number and text of every line of the tracked text files."""
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in (suffixes or TEXT) and name.startswith(under):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield name, number, line


def found(pattern: str, *suffixes: str, under: str = "", but: str = r"(?!)") -> list[str]:
    wanted, allowed = re.compile(pattern), re.compile(but)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, number, line in lines(*suffixes, under=under)
        if wanted.search(line) and not allowed.search(line)
    ]


def snippets() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(SNIPPETS)]


def name_of(snippet: Path) -> str:
    return snippet.relative_to(SNIPPETS).with_suffix("").as_posix()


@cache
def header(snippet: Path) -> dict[str, object]:
    """The inline script metadata, by the specification's own reading."""
    block = re.search(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$", snippet.read_text(encoding="utf-8"))
    if not block:
        return {}
    return tomllib.loads(
        "".join(line[2:] if line[1:2] == " " else line[1:] for line in block["content"].splitlines(True))
    )


def settings(snippet: Path) -> dict[str, object]:
    tool = header(snippet).get("tool", {})
    assert isinstance(tool, dict)
    return dict(tool.get("genloop", {}))


def runs() -> set[str]:
    """Every run of the course: programs and their variants."""
    return set(load_project(ROOT).snippets)


# ---- the tree ------------------------------------------------------------------------------------


def test_top_level_is_what_the_readme_says() -> None:
    """Nothing lies at the top that the README's layout does not explain, and nothing it explains is missing."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    layout = readme.partition("## Layout")[2].partition("```text\n")[2].partition("```")[0]
    said = {word.strip("/") for line in layout.splitlines() if line and line[0] != " " for word in first_column(line)}
    there = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert there == said


def first_column(line: str) -> list[str]:
    return re.split(r" {2,}", line)[0].split()


def test_no_path_of_anybodys_machine() -> None:
    here = [re.escape(str(folder) + "/") for folder in (ROOT.parent, Path.home()) if len(folder.parts) > 1]
    assert found("|".join([*here, r"(?<![\w.:/])/(home|root|Users)/\w"])) == []


def test_no_large_file() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > 400_000] == []


def test_nothing_that_is_built_is_tracked() -> None:
    built = ("docs/generated/", "site/", ".genloop/", ".venv/")
    assert [name for path in tracked() if (name := path.relative_to(ROOT).as_posix()).startswith(built)] == []


def test_nothing_is_left_for_later() -> None:
    assert found(r"\b(TODO|FIXME|XXX|HACK)\b", but=r"found\(|left_for_later") == []


def test_lines_end_clean() -> None:
    assert found(r"[ \t]+$", ".py", ".md", ".toml", ".yml", ".css", "") == []


# ---- the code ------------------------------------------------------------------------------------


def test_no_engine_module_has_a_standard_library_name() -> None:
    assert sorted({path.stem for path in ENGINE.glob("*.py")} & sys.stdlib_module_names) == []


def test_modules_are_short() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in tracked()
        if path.suffix == ".py" and not path.is_relative_to(ROOT / "tests")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_module_and_program_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "genloop")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_exception_from_a_rule_has_its_reason() -> None:
    """`# noqa: X - why`, `# type: ignore[x]  # why`, and a reason for each skip and each expected failure."""
    bare = r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*$"
    assert found(bare, ".py", but="bare = ") == []
    assert found(r"(pytest\.skip\(\)|mark\.(skip|xfail)$)", ".py", under="tests/", but="assert found") == []


def test_the_engine_imports_no_library_module() -> None:
    """The engine serves other courses too: of genloop it knows only itself."""
    imported = {
        (path.name, module)
        for path in ENGINE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in modules(node)
        if module.split(".")[0] == "genloop" and module.split(".")[1:2] != ["engine"]
    }
    assert imported == set()


def modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [f"{module}.{alias.name}" for alias in node.names] if module == "genloop" else [module]
    return []


# ---- the programs --------------------------------------------------------------------------------


def test_every_run_has_its_accepted_output_and_back() -> None:
    outputs = {path.relative_to(SNIPPETS).with_suffix("").as_posix() for path in SNIPPETS.rglob("*.out")}
    entries = set(tomllib.loads((SNIPPETS / "accepted.toml").read_text(encoding="utf-8")))
    assert outputs == runs()
    assert entries == runs()


def test_programs_import_only_what_their_headers_name() -> None:
    """So that a reader who installs what the header names can run the program."""
    distribution = {"sklearn": "scikit-learn", "PIL": "pillow"}
    missing = []
    for snippet in snippets():
        wanted = header(snippet).get("dependencies", [])
        assert isinstance(wanted, list)
        named = {canonicalize_name(Requirement(line).name) for line in wanted}
        for node in ast.walk(ast.parse(snippet.read_text(encoding="utf-8"))):
            for module in modules(node):
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and distribution.get(top, top) not in named:
                    missing.append(f"{name_of(snippet)}: {top}")
    # The first program of the chapter is kept as it is, without a header; its page says what to install.
    assert [m for m in missing if m != "roadmap/generative_first_loop: torch"] == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\bgenloop\.engine\b|import genloop\b", id="the machine that runs it"),
        pytest.param(r"\b(argparse|os\.environ|getenv|sys\.argv)\b", id="a switch its page does not show"),
        pytest.param(r"__name__", id="a guard: it is a program"),
        pytest.param(r"[\"'](black|white|k|w)[\"']|facecolor", id="a color that light or dark swallows"),
    ],
)
def test_no_program_has(pattern: str) -> None:
    assert found(pattern, ".py", under="snippets/", but=r"^#") == []


def test_a_program_with_a_clock_says_that_its_times_may_be_anything() -> None:
    clocks = {
        name.removeprefix("snippets/")[:-3] for name, _, line in lines(".py", under="snippets/") if CLOCK.search(line)
    }
    free = {
        name
        for name, snippet in load_project(ROOT).snippets.items()
        if any(rule.word == "any" for rule in snippet.settings.expect.values())
    }
    assert clocks - free == set()


def test_programs_name_the_wheel_that_the_site_offers() -> None:
    """In the form in which `uv run` finds it beside the program."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    source = {"genloop": {"path": f"genloop-{version}-py3-none-any.whl"}}
    wrong = []
    for snippet in snippets():
        uses = re.search(r"^(from|import) genloop\b", snippet.read_text(encoding="utf-8"), re.M)
        tool = header(snippet).get("tool", {})
        assert isinstance(tool, dict)
        if bool(uses) != (tool.get("uv", {}).get("sources") == source):
            wrong.append(name_of(snippet))
    assert wrong == []


def test_programs_fit_beside_their_page() -> None:
    """The width that ruff keeps, without its exception for the header. A page shows about 90 characters."""
    assert found(r"^.{121,}$", ".py", under="snippets/", but=r"^#") == []


# ---- pages and README ----------------------------------------------------------------------------


def test_pages_hold_no_pasted_code() -> None:
    """Each fence typed into a page says why it does not run."""
    pasted = []
    for path in tracked():
        if path.suffix == ".md" and path.is_relative_to(ROOT / "docs"):
            before, inside = "", ""
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                fence = re.match(r"\s*(`{3,}|~{3,})", line)
                if fence and not inside:
                    inside = fence[1]
                    if not re.search(r"<!-- shown-only: \S", before):
                        pasted.append(f"{path.relative_to(ROOT)}:{number}")
                elif fence and inside and line.strip() == inside:
                    inside = ""
                before = line if line.strip() else before
    assert pasted == []


def commands() -> list[Place]:
    """Every line of a shell block, and every command in running text, of the README and the pages."""
    told = []
    for name, number, line in lines(".md"):
        told += [(name, number, words) for words in re.findall(r"`((?:make|genloop)(?: [^`]*)?)`", line)]
        if re.match(r"(make|genloop) ", line.strip()):
            told.append((name, number, line.strip()))
    return told


def test_every_command_that_is_told_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.M))
    verbs = set(cli.genloop.commands)
    wrong = [
        f"{name}:{number}: {words}"
        for name, number, words in commands()
        if (match := re.match(r"(make|genloop)(?: --\S+(?: \S+)?)* ([a-z]+)\b", words))
        and match[2] not in (targets if match[1] == "make" else verbs)
    ]
    assert wrong == []


# ---- the form of a lesson ------------------------------------------------------------------------

DOCS = ROOT / "docs"
FIRST = ("After this page you can", "Three minutes")
LAST = (
    "Common mistakes",
    "What this lab shows, and what it does not",
    "Exercises",
    "Key points",
    "The whole program",
    "Where next",
    "Sources",
)
OPTIONAL = {"The whole program"}  # a page without a program of its own, or with it further up, needs no such section
MEASURED = re.compile(r"\{\{ *(?:value|claim|output|figure)\(")
"""A call that shows what a run gave."""


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@cache
def front_matter(name: str) -> dict[str, str]:
    return dict(yaml.safe_load(page(name).split("---\n")[1]))


def lessons() -> list[str]:
    """The pages of the chapter, but for those that say in their front matter why they are none."""
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    (chapter,) = [part["Chapter 6.6"] for part in nav if "Chapter 6.6" in part]
    listed = [name for entry in chapter for name in entry.values()]
    written = [name for name in listed if name.endswith(".md")]
    return [name for name in written if not front_matter(name).get("not_a_lesson", "").strip()]


def sections(name: str) -> dict[str, str]:
    """Heading of the second level -> what stands below it. What comes before the first has the heading ""."""
    parts = re.split(r"(?m)^## (.+)$", page(name).split("---\n", 2)[2])
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def exercises(name: str) -> list[str]:
    """The numbered exercises of a page, each with all that is indented below it."""
    return re.findall(r"(?m)^\d+\. .*\n(?:(?: {4}.*)?\n)*", sections(name).get("Exercises", "") + "\n")


def folded(block: str, kind: str, title: str) -> list[str]:
    """What stands in the folded blocks of this kind and title."""
    found = re.finditer(
        rf'(?m)^(?P<indent> *)\?\?\? {kind} "{title}[^\n]*\n(?P<body>(?:(?P=indent) {{4}}.*\n|\n)*)', block
    )
    return [one["body"] for one in found]


def test_most_of_the_chapter_are_lessons() -> None:
    """Otherwise a renamed heading would leave nothing to test below."""
    assert len(lessons()) >= 10


@pytest.mark.parametrize("name", lessons())
class TestLesson:
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

    def test_has_five_exercises_with_hint_and_measured_answer(self, name: str) -> None:
        listed = exercises(name)
        assert [one[:60] for one in listed if not re.match(r"\d+\. \*\*[^*]+\*\* ", one)] == []
        assert [one[:60] for one in listed if len(folded(one, "tip", "Hint")) != 1] == []
        # On paper there is nothing to measure.
        answers = {one[:60]: folded(one, "success", "(?:Measured answer|Answer)") for one in listed}
        assert [title for title, answer in answers.items() if len(answer) != 1] == []
        measured = [one for one in listed if any(map(MEASURED.search, folded(one, "success", "Measured answer")))]
        assert len(measured) >= 5
        assert [one[:60] for one in listed if one not in measured and "**On paper.**" not in one] == []

    def test_sources_say_where(self, name: str) -> None:
        """A paper is long: its section, table, theorem or the like; or its abstract, if only that was read."""
        papers = [
            line for line in re.findall(r"(?m)^- .*$", sections(name)["Sources"]) if re.search("arxiv|ICLR", line)
        ]
        assert papers
        where = re.compile(r"(?i)section|table|theorem|proposition|appendix|abstract|whole paper")
        assert [line for line in papers if not where.search(line)] == []


# ---- the glossary --------------------------------------------------------------------------------


def terms() -> dict[str, tuple[list[str], str]]:
    """Each term of the glossary: its forms, and the link of its entry."""
    found = {}
    for entry in ENTRY.finditer(page("glossary.md")):
        link = re.match(r"\n:   \[[^\]]+\]\(([^)]+)\)\n", page("glossary.md")[entry.end() :])
        found[entry["forms"]] = (forms_of(entry), link[1] if link else "")
    return found


def uses(text: str, forms: list[str]) -> bool:
    words = "|".join(re.escape(form.strip("`")) for form in forms)
    return re.search(rf"(?i)(?<![\w-])(?:{words})s?(?![\w-])", text) is not None


def taught(link: str) -> str:
    """The section that a link leads to, or the page if it names none."""
    name, _, anchor = link.partition("#")
    text = page(name)
    if not anchor:
        return text
    for found in re.finditer(r"(?m)^(?P<level>#+) (?P<title>.+)$", text):
        title = re.sub(r"\\[()]|[`*]", "", found["title"])
        if slugify(title, "-") == anchor:
            below = re.compile(rf"(?m)^#{{1,{len(found['level'])}}} ").search(text, found.end())
            return text[found.start() : below.start() if below else len(text)]
    return ""


def test_every_term_of_the_glossary_is_used_on_a_page() -> None:
    pages = [p.relative_to(DOCS).as_posix() for p in tracked() if p.suffix == ".md" and p.is_relative_to(DOCS)]
    course = [name for name in pages if not name.startswith("about/") and name != "glossary.md"]
    assert len(terms()) > 40
    assert [term for term, (forms, _) in terms().items() if not any(uses(page(name), forms) for name in course)] == []


def test_every_page_that_the_glossary_links_to_teaches_the_term() -> None:
    assert [term for term, (_, link) in terms().items() if not link] == []
    assert [f"{term}: {link}" for term, (forms, link) in terms().items() if not uses(taught(link), forms)] == []


def test_a_word_has_one_entry_in_the_glossary() -> None:
    forms = [form for entry in ENTRY.finditer(page("glossary.md")) for form in forms_of(entry)]
    assert sorted(form for form in {*forms} if forms.count(form) > 1) == []


def test_the_five_failures_are_named_as_five() -> None:
    five = {"mode collapse", "mode dropping", "posterior collapse", "data copying", "off-manifold sample"}
    table = sections("glossary.md")["Five failures, five different things"]
    assert set(re.findall(r"(?m)^\| \*\*(.+?)\*\* \|", table)) == five
    assert five <= set(terms())


# ---- packaging -----------------------------------------------------------------------------------


def test_what_the_course_runs_with_is_pinned_once() -> None:
    """Exact versions of what is named stand in pyproject.toml, of what comes with it in .ci/constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned_extras = ("site", "test")  # `review` is for readers: a range, which the site's pins must satisfy
    extras = [Requirement(line) for extra in pinned_extras for line in project["optional-dependencies"][extra]]
    versions = {r.name: str(r.specifier).removeprefix("==") for r in extras}
    ranges = [Requirement(line) for line in [*project["optional-dependencies"]["review"], *project["dependencies"]]]
    assert [str(r) for r in ranges if r.name in versions and versions[r.name] not in r.specifier] == []
    assert [str(r) for r in extras if not re.fullmatch(r"==[\d.]+", str(r.specifier))] == []
    assert [line for line in project["dependencies"] if "==" in line] == []
    constraints = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(line.split("==")[0]) for line in constraints.splitlines() if "==" in line}
    assert pinned & {canonicalize_name(r.name) for r in extras} == set()


def test_the_readme_figure_is_a_figure_of_this_course() -> None:
    """The one committed picture is what a run wrote, enlarged; processors may round a shade apart."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r'<img src="(?P<file>[^"]+)" data-run="(?P<run>[^"]+)"', readme)
    assert shown, "the README names the run of its figure"
    made = ROOT / "docs" / "generated" / "files" / shown["run"]
    assert made.is_file(), "the site is not built; type: make site"
    assert (ROOT / shown["file"]).is_file(), "type: make figure"
    fresh = Image.open(made).convert("L")
    committed = Image.open(ROOT / shown["file"]).convert("L").resize(fresh.size, Image.Resampling.NEAREST)
    levels = ImageChops.difference(committed, fresh).histogram()
    apart = sum(level * count for level, count in enumerate(levels)) / (fresh.width * fresh.height)
    assert apart < 2, "type: make figure"
