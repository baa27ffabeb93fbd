"""The words that the engine puts on pages, in the language of the site.

The language is that of the theme, `theme: {language: de}` in mkdocs.yml: a site has one. Texts that are in no table
stay English; a course adds them in its pyproject.toml.

    [tool.genloop.words]
    "How this was made" = "Comment cela a été fait"
"""

from __future__ import annotations

import functools
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from genloop.engine.errors import nearest
from genloop.engine.files import read_text

TABLE = Path(__file__).with_name("words.toml")
ENGLISH = "en"


class Words:
    """Says the English texts of words.toml in the language of a site."""

    def __init__(self, language: str = ENGLISH, own: Mapping[str, str] | None = None) -> None:
        self.texts = {english: said[language] for english, said in table().items() if language in said} | dict(
            own or {}
        )

    def __call__(self, english: str, **filled: object) -> str:
        return self.texts.get(english, english).format(**filled)


@functools.cache
def table() -> Mapping[str, Mapping[str, str]]:
    """English -> language -> text."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def read_words(settings: Path, own: Mapping[str, str]) -> Words:
    """settings: mkdocs.yml; own: the table of the course, which goes before the engine's where nothing is wrong."""
    return Words(_known(_language(settings)), {key: text for key, text in own.items() if not any(faults({key: text}))})


def faults(own: Mapping[str, str]) -> Iterator[str]:
    """What is wrong in the table of a course."""
    for english, text in own.items():
        if english not in table():
            yield f'the engine does not say "{english}"{nearest(english, table())}'
        elif (lost := fields(english) ^ fields(text)) or "?" in lost:
            yield f'"{english}": both texts must have the same braces, and {", ".join(sorted(lost))} is in one alone'
        elif '"' in text or not text.isprintable():  # they stand in attributes, too, and in one line
            yield f'"{english}": no straight quotes and no line breaks; write “ ” or « »'


def fields(text: str) -> set[str]:
    """The names in braces; "?" if there is more in them, or if the braces are not as they must be."""
    try:
        found = [part for part in string.Formatter().parse(text) if part[1] is not None]
        return {"?" if form or conversion else str(name) for _, name, form, conversion in found}
    except ValueError:
        return {"?"}


def _known(language: str) -> str:
    """ "de" for "de-CH", but for traditional Chinese, which is not written as `zh` is."""
    languages = {one for said in table().values() for one in said}
    if language in languages or language.lower() in {"zh-tw", "zh-hant", "zh-hk"}:
        return language
    short = language.lower().partition("-")[0].partition("_")[0]
    return short if short in languages else ENGLISH


class Lenient(yaml.SafeLoader):
    """Reads past the tags of mkdocs.yml, such as !ENV: what they stand for is nothing that is asked here."""


Lenient.add_multi_constructor("", lambda _loader, _tag, _node: None)


def read_settings(path: Path) -> dict[str, Any]:
    """What mkdocs.yml says; what is wrong in it, MkDocs tells."""
    try:
        found = yaml.load(read_text(path), Lenient)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _language(settings: Path) -> str:
    theme = read_settings(settings).get("theme")
    language = theme.get("language") if isinstance(theme, dict) else None
    return language if isinstance(language, str) else ENGLISH
