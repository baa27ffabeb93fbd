"""The whole miniature course, from programs to HTML."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from .course import TINY, Course, says, until

NAMES = {"hello", "walk/steps", "walk/steps@seed1", "walk/plot"}


def test_course_passes_and_then_nothing_is_left_to_do(tiny: Course) -> None:
    assert tiny.passes("check").ran == NAMES
    assert tiny.passes("check").states == dict.fromkeys(NAMES, "cached")


def test_course_passes_fresh(tiny: Course) -> None:
    assert tiny.passes("check", "--fresh").ran == NAMES


def test_restyled_plot_does_not_walk_again(tiny: Course) -> None:
    tiny.passes("run")
    path = tiny.path("walk/plot")
    path.write_text(path.read_text().replace("#2f81d6", "#d1711a"))
    assert tiny.passes("check").ran == {"walk/plot"}


def test_broken_step_is_told_once_and_what_hangs_on_it_is_not_run(tiny: Course) -> None:
    path = tiny.path("walk/steps")
    path.write_text(path.read_text().replace("# %% result", "raise ValueError('lost')\n# %% result"))
    outcome = tiny.fails("check")
    assert "lost" in says(outcome.problem("walk/steps"))
    assert outcome.states["hello"] == "ran"
    assert outcome.problem("walk/plot")


class Site:
    """The built site of the tiny course."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.root = course.root / "site"

    def page(self, name: str) -> Tag:
        return BeautifulSoup((self.root / name).read_text(), "html.parser")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("tiny") / "tiny"
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns(".genloop", "site", "generated"))
    course = Course(root)
    course.passes("build")
    return Site(course)


def test_code(site: Site) -> None:
    block = site.page("walk/steps.html").select_one('.gl-code[data-snippet="walk/steps"][data-section="walk"]')
    assert block
    code = block.select_one("pre")
    assert code
    assert code.get_text().startswith("rng = random.Random(SEED)\n")
    assert "# %%" not in code.get_text()


def test_downloads_are_the_programs_with_a_short_header(site: Site) -> None:
    page = site.page("walk/steps.html")
    links = [str(link["href"]) for link in page.select(".gl-actions a") if str(link["href"]).endswith("steps.py")]
    assert links
    target = (site.root / "walk" / links[0]).resolve()
    program = site.course.path("walk/steps").read_text().partition("# ///\n")[2]
    short = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["numpy>=1", "tqdm"]\n# ///\n'
    assert target.read_text() == short + program
    variant = target.with_name("steps@seed1.py").read_text()
    assert variant == short + program.replace("SEED = 0", "SEED = 1")


def test_program_with_sections_can_be_downloaded_as_a_notebook(site: Site) -> None:
    page = site.page("walk/steps.html")
    links = [str(link["href"]) for link in page.select(".gl-actions a") if str(link["href"]).endswith("steps.ipynb")]
    assert links and (site.root / "walk" / links[0]).resolve().is_file()
    assert not site.page("index.html").select('.gl-actions a[href$=".ipynb"]')


def test_a_whole_program_says_what_to_install(site: Site) -> None:
    """In quotes: a shell would write to a file called =1."""
    said = 'python -m pip install "numpy>=1" tqdm'
    assert [code.get_text() for code in site.page("walk/steps.html").select(".gl-actions code")] == [said]
    notebook = json.loads((site.root / "generated" / "download" / "walk" / "steps.ipynb").read_text())
    assert said in notebook["cells"][0]["source"]


def test_folded_program_is_whole(site: Site) -> None:
    page = site.page("walk/steps.html")
    folded = page.select_one('.gl-code[data-snippet="walk/plot"]')
    assert folded and not folded.has_attr("data-section")
    assert folded.find_parent("details") or folded.select("details")
    assert "import struct" in folded.get_text() and 'print("walks:"' in folded.get_text()


def test_output_stands_in_its_admonition(site: Site) -> None:
    output = site.page("walk/steps.html").select_one(".admonition .gl-output pre")
    assert output
    assert output.get_text().splitlines() == site.course.accepted("walk/steps").read_text().splitlines()[:4]


def test_values_and_claims(site: Site) -> None:
    page = site.page("walk/steps.html")
    accepted = site.course.accepted("walk/steps").read_text()
    last = re.findall(r"position=(\S+)", accepted)[-1]
    assert [tag.get_text() for tag in page.select("span.gl-value")][:2] == ["5", last]
    claim = page.select_one("span.gl-claim")
    assert claim and "no walk of four steps" in claim.get_text()


def test_value_in_inline_code_is_bare(site: Site) -> None:
    assert "points: 5" in [tag.get_text() for tag in site.page("walk/steps.html").select("p > code")]


def test_figure_adapts_to_light_and_dark(site: Site) -> None:
    image = site.page("walk/steps.html").select_one('figure.gl-figure img[src$="walk.svg"]')
    assert image
    assert str(image["alt"]).startswith("Line chart")
    drawing = (site.root / "walk" / str(image["src"])).resolve().read_text()
    assert "currentColor" in drawing and "#010203" not in drawing and "#2f81d6" in drawing


def test_pixels_are_shown_pixelated_and_enlarged(site: Site) -> None:
    image = site.page("walk/steps.html").select_one('figure.gl-figure img[src$="ends.png"]')
    assert image
    assert "gl-pixelated" in image.get_attribute_list("class")
    assert (image["width"], image["height"]) == ("80", "40")


@pytest.mark.parametrize("selector", [".gl-output", "figure.gl-figure"])
def test_provenance_is_readable_without_javascript(site: Site, selector: str) -> None:
    blocks = site.page("walk/steps.html").select(selector)
    assert blocks
    for block in blocks:
        text = " ".join(tag.get_text(" ") for tag in block.select("details.gl-provenance"))
        for row in ("How this was made", "Program", "Command", "Ran", "Took", "Versions", "Machine"):
            assert row in text


def test_nothing_of_the_engine_is_left_on_a_page(site: Site) -> None:
    for page in site.root.rglob("*.html"):
        text = BeautifulSoup(page.read_text(), "html.parser").get_text()
        for mark in ("{{", "}}", "# %%", "/// ", "shown-only"):
            assert mark not in text


def test_second_build_writes_nothing_new(site: Site) -> None:
    """`mkdocs serve` watches docs/: a file that is written again there, even with the same bytes, builds for ever."""
    generated = site.course.root / "docs" / "generated"
    before = {path: path.stat().st_mtime_ns for path in generated.rglob("*") if path.is_file()}
    assert before
    assert not site.course.passes("build").ran
    assert {path: path.stat().st_mtime_ns for path in generated.rglob("*") if path.is_file()} == before


def test_file_of_a_lost_figure_is_removed(tiny: Course) -> None:
    tiny.passes("build")
    old = tiny.root / "docs" / "generated" / "left.over"
    old.write_text("x")
    tiny.passes("build")
    assert not old.exists()


def test_staged_pages_are_plain_markdown(tiny: Course, tmp_path: Path) -> None:
    tiny.passes("stage", str(tmp_path / "staged"))
    staged = {
        str(path.relative_to(tmp_path / "staged")): path.read_text() for path in (tmp_path / "staged").rglob("*.md")
    }
    assert set(staged) == {"index.md", "walk/steps.md"}
    for text in staged.values():
        assert "{{" not in text and "/// html" not in text
        fences = re.findall(r"^ *```([^\n`]*)$", text, re.M)
        assert set(fences) <= {"python", "text", "sh", ""}
    assert "greeting: hello\n" in staged["index.md"]
    assert (tmp_path / "staged" / "walk" / "steps" / "path.json").is_file(), "walk/plot needs it"
    assert (tmp_path / "staged" / "walk" / "steps" / "seed1" / "path.json").is_file(), "walk/plot needs it"


def test_page_shows_the_program_to_the_letter(tiny: Course) -> None:
    """A tab in a string, a line of spaces, tabs that indent: what is copied is what ran."""
    program = 'a = "x\ty"\nb = """\n  \n \t\n"""\nif a:\n\tprint("greeting: hello")\n'
    tiny.path("hello").write_text(program)
    tiny.passes("build")
    text = BeautifulSoup((tiny.root / "site" / "index.html").read_text(), "html.parser")
    block = text.select_one('.gl-code[data-snippet="hello"] pre')
    assert block and block.get_text() == program
    assert not block.select(".err")


@pytest.mark.parametrize(
    ("added", "word"),
    [("[lost](nowhere.md)\n", "nowhere.md"), ("    print('typed by hand')\n", "typed by hand")],
    ids=["broken link", "indented code"],
)
def test_page_that_mkdocs_refuses_leaves_the_old_site_alone(tiny: Course, added: str, word: str) -> None:
    (tiny.root / "site").mkdir()
    (tiny.root / "site" / "index.html").write_text("the old site")
    page = tiny.root / "docs" / "index.md"
    page.write_text(page.read_text() + "\n" + added)
    outcome = tiny.call("build")
    assert outcome.code == 1
    assert word in outcome.text and "index.md" in outcome.text
    assert [path.name for path in (tiny.root / "site").iterdir()] == ["index.html"]
    assert (tiny.root / "site" / "index.html").read_text() == "the old site"


SLOW = """
import os, time
rename = os.rename

def late(source, target, **options):
    if os.fspath(target).endswith("site"):
        time.sleep(1)
    rename(source, target, **options)

os.rename = late
"""


def test_two_builds_at_once_publish_a_whole_site(tiny: Course, tmp_path: Path) -> None:
    tiny.passes("build")
    whole = {str(path.relative_to(tiny.root)) for path in (tiny.root / "site").rglob("*")}
    shutil.rmtree(tiny.root / "site")
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    for _ in range(3):
        builds = [tiny.start("build", env={"PYTHONPATH": str(tmp_path)}) for _ in range(3)]
        said = [build.communicate(timeout=100) for build in builds]
        assert [build.returncode for build in builds] == [0, 0, 0], said
        assert {str(path.relative_to(tiny.root)) for path in (tiny.root / "site").rglob("*")} == whole
    assert "waiting" in "".join(stderr for _, stderr in said)


def test_store_on_another_file_system_keeps_the_site(tiny: Course) -> None:
    far = Path("/dev/shm")
    if not far.is_dir() or far.stat().st_dev == tiny.root.stat().st_dev:
        pytest.fail("this test needs a second file system; mount one at /dev/shm")
    store = far / f"genloop-test-{tiny.token}"
    store.mkdir()
    tiny.store.symlink_to(store)
    try:
        for _ in range(2):
            tiny.passes("build")
            assert (tiny.root / "site" / "walk" / "steps.html").is_file()
    finally:
        shutil.rmtree(store)
    assert {path.name for path in tiny.root.iterdir()} >= {"site", "docs"}
    assert not [path.name for path in tiny.root.iterdir() if path.name.startswith(".site")]


@pytest.mark.parametrize("plugins", ["[genloop]", "[{search: {lang: en}}]"], ids=["with its plugin named", "without"])
def test_served_pages_follow_an_edit(tiny: Course, plugins: str) -> None:
    settings = tiny.root / "mkdocs.yml"
    settings.write_text(settings.read_text().replace("plugins: [genloop]", f"plugins: {plugins}"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with settings.open("a") as file:
        file.write(f"dev_addr: {address}\n")

    def served(word: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://{address}/index.html", timeout=5) as answer:
                return word in answer.read().decode()
        except OSError:
            return False

    process = tiny.start("serve")
    try:
        assert until(lambda: served("greeting: hello"), 30)
        tiny.accepted("hello").write_text("greeting: good morning\n")
        tiny.path("hello").write_text("print('greeting: good morning')\n")
        assert until(lambda: served("good morning"), 30)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
