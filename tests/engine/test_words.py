"""The engine's own words on pages, in the language of the site."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from genloop.engine.page import words
from tests.engine.course import ROOT, Course, says

ENGINE = ROOT / "genloop" / "engine"
SAYING = [*(ENGINE / "page").glob("*.py"), ENGINE / "publish" / "downloads.py"]
"""What writes on pages."""
LANGUAGES = {"de", "zh"}
PROGRAM = "SEED = 1\nprint('x: 1')\n"
MKDOCS = "site_name: x\nsite_url: !ENV [SITE_URL, '']\nplugins: [genloop]\ntheme: {name: mkdocs, language: LANGUAGE}\n"


def said_as_they_are(path: Path) -> Iterator[str]:
    """The texts that are given to `say` as they are; others are put into a name before."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "say":
            yield from (str(one.value) for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant))


def test_what_is_said_is_in_the_table_and_the_other_way_round() -> None:
    known = words.table().keys()
    assert {text for path in SAYING for text in said_as_they_are(path)} <= known
    in_the_code = {
        node.value
        for path in SAYING
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert known <= in_the_code


@pytest.mark.parametrize("english", words.table())
def test_every_text_is_there_in_every_language_with_the_same_braces(english: str) -> None:
    said = words.table()[english]
    assert set(said) == LANGUAGES
    assert all(words.fields(text) == words.fields(english) for text in said.values())
    assert all(text != english for text in said.values())


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.empty(tmp_path_factory.mktemp("words") / "course")
    course.snippet("first", PROGRAM, 'files = ["a.txt"]')
    course.path("first").write_text(course.path("first").read_text() + "open('a.txt', 'w').write('a')\n")
    course.snippet("second", "print('y: 2')\n", 'needs = ["first"]')
    course.accept("first", "second")
    shown = "{{ code('second') }}\n\n{{ output('second') }}\n\n{{ files('second') }}\n\n{{ runs() }}\n"
    course.page("index.md", f"# A page\n\n{shown}")
    return course


def built(ready: Course, root: Path, language: str, own: str = "") -> str:
    shutil.copytree(ready.root, root)
    course = Course(root)
    (root / "mkdocs.yml").write_text(MKDOCS.replace("LANGUAGE", language))
    with (root / "pyproject.toml").open("a") as settings:
        settings.write(own)
    course.passes("build")
    return (root / "site" / "index.html").read_text(encoding="utf-8")


def test_a_page_speaks_the_language_of_its_theme(ready: Course, tmp_path: Path) -> None:
    german = built(ready, tmp_path / "de", "de")
    for text in ("Ausgabe", "Wie das entstanden ist", "Startwert", "Vorher im selben Ordner auszuführen", "2 Läufe"):
        assert text in german, text
    assert not re.search(r">(Output|How this was made|Seed|Accepted)<|Run first", german)
    assert "这是如何得到的" in built(ready, tmp_path / "zh", "zh")


def test_a_language_that_is_in_no_table_is_english_and_a_course_says_it_itself(ready: Course, tmp_path: Path) -> None:
    own = '\n[tool.genloop.words]\n"Output" = "Sortie"\n'
    french = built(ready, tmp_path / "fr", "fr", own)
    assert "Sortie" in french and "How this was made" in french


@pytest.mark.parametrize(
    ("language", "is_said"),
    [("de-CH", "de"), ("DE", "de"), ("zh-CN", "zh"), ("zh-TW", "en"), ("zh-Hant", "en"), ("xx", "en")],
)
def test_a_relative_of_a_language(tmp_path: Path, language: str, is_said: str) -> None:
    settings = tmp_path / "mkdocs.yml"
    settings.write_text(MKDOCS.replace("LANGUAGE", language))
    expected = words.table()["Output"].get(is_said, "Output")
    assert words.read_words(settings, {})("Output") == expected


@pytest.mark.parametrize("text", ["theme: [", "theme: material\n", "- 1\n", "theme: {language: 3}\n", "\x00"])
def test_settings_that_say_no_language_are_english(tmp_path: Path, text: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(text)
    assert words.read_words(tmp_path / "mkdocs.yml", {})("Output") == "Output"
    assert words.read_words(tmp_path / "nothing.yml", {})("Output") == "Output"


def test_what_is_wrong_in_the_table_of_a_course_is_told_at_once(ready: Course, tmp_path: Path) -> None:
    root = tmp_path / "course"
    shutil.copytree(ready.root, root)
    with (root / "pyproject.toml").open("a") as settings:
        settings.write('\n[tool.genloop.words]\n"Outputs" = "x"\n"Took" = "{a}"\n"needs {command}" = "{command"\n')
        settings.write('"Seed" = \'a "b"\'\n')
    told = "\n".join(says(one) for one in Course(root).fails("stage", str(tmp_path / "out")).problems)
    assert 'the engine does not say "Outputs"' in told and 'did you mean "Output"' in told
    assert '"Took": both texts must have the same braces' in told
    assert '"needs {command}": both texts must have the same braces' in told
    assert '"Seed": no straight quotes' in told
    (root / "pyproject.toml").write_text("[tool.genloop]\npreload = []\nwords = 3\n")
    assert "words must be a table of texts" in says(Course(root).fails("check").problems[0])
