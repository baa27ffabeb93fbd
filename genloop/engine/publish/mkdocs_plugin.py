"""The MkDocs plugin, and the build with it. Only this module and the server import mkdocs.

mkdocs.yml: `plugins: [genloop]`, or with options:

    plugins:
      - genloop:
          glossary: glossary.md   # explains terms where a page first uses them, from the definition list of this page
          math: true              # \\(...\\) and \\[...\\] become MathML
          light: true             # less to load: code without marks of no color, style sheets without idle rules
"""

from __future__ import annotations

import copy
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from jinja2 import Environment
from markdown.extensions import Extension
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.config.base import Config
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, BuildError, ConfigurationError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, get_files, set_exclusions
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils.yaml import yaml_load

from genloop.engine.errors import Failed, Problem
from genloop.engine.files import locked, put_back, swap_folder
from genloop.engine.open_course import default_jobs, open_course
from genloop.engine.page.site_markdown import Rich
from genloop.engine.program.project import FOLDER, Project
from genloop.engine.publish.current_page import CurrentPage
from genloop.engine.publish.downloads import LOCK, publish
from genloop.engine.publish.frames import with_frames
from genloop.engine.publish.leftovers import leftovers
from genloop.engine.publish.markdown_code import CodeExtension, LightCodeExtension
from genloop.engine.publish.markdown_glossary import Glossary, GlossaryExtension
from genloop.engine.publish.markdown_whitespace import WhitespaceExtension
from genloop.engine.publish.notebook_page import fit
from genloop.engine.publish.prepare import Prepared, prepare
from genloop.engine.publish.search_terms import add_terms
from genloop.engine.publish.search_worker import mend_search
from genloop.engine.steps import Event

log = logging.getLogger("mkdocs.plugins.genloop")
NEEDED = (
    "attr_list",
    "def_list",
    "md_in_html",
    "pymdownx.blocks.details",
    "pymdownx.blocks.html",
    "pymdownx.superfences",
    "tables",
)
"""The extensions that read what calls expand to."""
BUNDLES = {
    "extra": {"attr_list", "def_list", "md_in_html", "tables"},
    "pymdownx.extra": {"attr_list", "def_list", "md_in_html", "pymdownx.superfences", "tables"},
}
ARITHMATEX = {"generic": True, "inline_syntax": ["round"], "block_syntax": ["square"]}
"""Formulas in brackets with a backslash only: a dollar sign is a dollar sign."""
SETTINGS = "mkdocs.yml"
SHIM = "assets/javascripts/iframe-worker.js"
"""Lets the search run on pages from disk. The offline plugin would name one on a server, which each page then asks."""
UNCHECKED = {
    "nav": {"omitted_files": "ignore", "not_found": "ignore", "absolute_links": "ignore"},
    "links": {"not_found": "ignore", "anchors": "ignore", "absolute_links": "ignore", "unrecognized_links": "ignore"},
}
"""What MkDocs is told of a site that is not whole."""


class Options(Config):
    """What mkdocs.yml may say below the plugin's name."""

    glossary = Type(str, default="")
    math = Type(bool, default=False)
    light = Type(bool, default=False)


class GenloopPlugin(BasePlugin[Options]):
    """Gives MkDocs pages whose calls are expanded, and looks whether all of them became HTML."""

    prepared: Prepared

    def __init__(self) -> None:
        self.handed: Prepared | None = None
        """What `genloop build` has prepared; plain `mkdocs` and the server leave it to this plugin."""
        self.preview = False
        """Whether what is handed is not whole: nothing is removed, and what is wrong stands in the banner."""
        self.banner: Callable[[str, list[Problem]], str] = lambda _source, _left: ""
        """What stands above a page, by its source and what was left on it."""
        self.built: tuple[Environment, MkDocsConfig, Files, Navigation] | None = None
        """What MkDocs renders pages with."""
        self.page = CurrentPage()
        self.sheets: dict[str, str] = {}
        """Style sheets that notebook pages share: path in the site -> CSS."""
        self.left: list[Problem] = []
        self.glossary_address = ""
        """Of its page in the site."""

    def on_config(self, config: MkDocsConfig) -> None:
        named = [name.removeprefix("markdown.extensions.") for name in config.markdown_extensions]
        there = {*named, *(part for name in named for part in BUNDLES.get(name, ()))}
        lacking = [
            name for name in (*NEEDED, *(["pymdownx.arithmatex"] if self.config.math else [])) if name not in there
        ]
        if "pymdownx.arithmatex" in lacking:
            config.mdx_configs["pymdownx.arithmatex"] = ARITHMATEX
        if any(name.rpartition("/")[2] == "offline" and one.config.enabled for name, one in config.plugins.items()):
            others = [one for one in config.extra.get("polyfills", []) if "iframe-worker" not in str(one)]
            config.extra["polyfills"] = [SHIM, *others]
        # Last: fenced_code, which MkDocs always loads, would take the fences of superfences for itself.
        extensions: list[Any] = [*config.markdown_extensions, *lacking, *self._extensions(Path(config.docs_dir))]
        config.markdown_extensions = extensions

    def on_files(self, files: Files, config: MkDocsConfig) -> None:
        if SHIM in config.extra.get("polyfills", []):
            path = Path(__file__).with_name(PurePosixPath(SHIM).name)
            files.append(File.generated(config, SHIM, content=path.read_bytes()))

    def _extensions(self, docs: Path) -> Iterator[Extension]:
        yield CodeExtension(self.page)
        yield WhitespaceExtension()
        if self.config.light:
            yield LightCodeExtension()
        if self.config.math:
            from genloop.engine.publish.markdown_math import MathExtension  # only where math-core is installed

            yield MathExtension(self.page)
        if self.config.glossary:
            yield GlossaryExtension(Glossary(docs, self.config.glossary), self.page)

    def on_pre_build(self, config: MkDocsConfig) -> None:
        """Writes what pages link to. For the server, and for `mkdocs build`, runs before what an edit made stale."""
        if self.handed:
            _refuse_other_docs(config, self.handed.course.project)
            self.prepared = self.handed
            publish(self.prepared.course, remove=not self.preview)  # `genloop build` holds the lock meanwhile
        else:
            with open_course(_root(config), default_jobs()) as course:
                _refuse_other_docs(config, course.project)
                self.prepared = prepare(course, _log, Rich())
            with locked(self.prepared.course.store.folder / LOCK):
                publish(self.prepared.course)

    @event_priority(100)  # other plugins see what a reader will
    def on_page_markdown(self, markdown: str, page: Page, **_: Any) -> str:
        self.page.path = page.file.src_uri
        prepared = self.prepared.pages.get(page.file.src_uri)
        if prepared is None:
            return markdown
        # MkDocs has taken the front matter away.
        return prepared.text.removeprefix(prepared.source.removesuffix(markdown))

    def on_page_content(self, html: str, page: Page, **_: Any) -> str:
        source = page.file.src_uri
        if source == self.config.glossary:
            self.glossary_address = page.url
        if not source.endswith(".ipynb"):
            left = [Problem("page", source, why, file=f"docs/{source}") for why in leftovers(html)]
            self.left += left
            return self.banner(source, left) + with_frames(html)
        cells = json.loads(Path(page.file.abs_src_path or "").read_text(encoding="utf-8"))["cells"]
        html, sheets = fit(html, cells, "../" * page.file.url.count("/"))
        self.sheets |= sheets
        return html

    def on_nav(self, nav: Navigation, **_: Any) -> None:
        self.nav = nav

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> None:
        """All pages are converted, none is written."""
        self.built = env, config, files, self.nav
        if self.left and not self.preview:
            raise Failed(self.left)

    def on_post_page(self, output: str, **_: Any) -> str:
        """A theme that says nothing of dark pages has none: figures must not follow the system into the dark alone."""
        if re.search(r"<meta\s[^>]*name=[\"']?color-scheme", output):
            return output
        return re.sub(r"(<head\b[^>]*>)", r'\1<meta name="color-scheme" content="light">', output, count=1)

    @event_priority(-50)  # after the search has written its index, before a copy of it is made for pages from disk
    def on_post_build(self, config: MkDocsConfig) -> None:
        site = Path(config.site_dir)
        for name, css in self.sheets.items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(css, encoding="utf-8")
        for worker in mend_search(site):
            log.warning("%s: lunr has changed; look whether publish/search_worker.py is still needed", worker)
        if self.glossary_address:
            add_terms(site, Glossary(Path(config.docs_dir), self.config.glossary), self.glossary_address)
        if self.config.light and not self.preview:  # the next page may use another rule
            from genloop.engine.publish.light_styles import lighten  # only where tinycss2 is installed

            lighten(site)

    def on_build_error(self, error: Exception, **_: Any) -> None:
        if isinstance(error, Failed) and not self.handed:
            log.error("\n%s", error)
            raise Abort(f"{len(error.problems)} problem(s)") from None

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, **_: Any) -> None:
        """Programs and the library are followed as well as the pages."""
        for folder in (_root(config) / name for name in ("snippets", "genloop")):
            if folder.is_dir():
                server.watch(str(folder))


def _root(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path).resolve().parent


def _refuse_other_docs(config: MkDocsConfig, project: Project) -> None:
    if Path(config.docs_dir).resolve() != project.docs.resolve():
        why = f"names {config.docs_dir} as docs_dir; the pages of a course lie in {project.relative(project.docs)}/"
        raise Failed([Problem("project", SETTINGS, why, file=SETTINGS, fix="move the pages, and take docs_dir out")])


def _log(event: Event) -> None:
    if event.state in {"ran", "failed"}:
        log.info("%s %s (%.1f s)", event.name, event.state, event.seconds)


@dataclass(frozen=True)
class Built:
    site: Path
    seconds: float


def build(prepared: Prepared, preview: Path | None = None) -> Built:
    """`mkdocs build --strict` of a prepared course. Raises Failed with what MkDocs says.

    preview: where the site goes if it is not whole; links to what is not there are no problem then.
    """
    start = time.perf_counter()
    settings = settings_of(prepared.course.project.root)
    # Built aside and swapped when it is whole: a build that fails or is killed leaves the last good site as it was.
    aside = prepared.course.store.folder / "site"
    with _problems_for_warnings():
        lenient = {"strict": False, "validation": UNCHECKED} if preview else {"strict": True}
        config = load_config(str(settings), plugins=plugins_of(settings), **lenient)
        site = preview or Path(config.site_dir)
        put_back(site)
        config.site_dir = str(aside)
        plugin = config.plugins["genloop"]
        assert isinstance(plugin, GenloopPlugin)
        plugin.handed, plugin.preview = prepared, preview is not None
        config.plugins.on_startup(command="build", dirty=False)
        try:
            mkdocs_build(config)
        finally:
            config.plugins.on_shutdown()
    swap_folder(aside, site)
    return Built(site, time.perf_counter() - start)


def refuse_unlisted(root: Path) -> None:
    """Raises Failed with every page that is in no `nav`, where mkdocs.yml wants to be warned of them."""
    if not (root / SETTINGS).is_file():
        return  # is told with all else, when the site is built
    settings = settings_of(root)
    site_of(root)  # refuses one that would replace the course
    with _problems_for_warnings():
        config = load_config(str(settings), strict=True, plugins=plugins_of(settings))
    if config.nav is None or config.validation.nav.omitted_files < logging.WARNING:
        return
    files = get_files(config)
    set_exclusions(files, config)
    named = set(_strings(config.nav))
    problems = []
    for page in files.documentation_pages():
        if page.src_uri not in named and not page.inclusion.is_not_in_nav():
            fix = f"add to nav in {SETTINGS}:  - {page.name.replace('_', ' ').capitalize()}: {page.src_uri}"
            problems.append(Problem("page", page.src_uri, "is in no nav", file=f"docs/{page.src_uri}", fix=fix))
    if problems:
        raise Failed(problems)


def _strings(nav: object) -> Iterator[str]:
    """The pages of a nav, however deep."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from (page for entry in nav.values() for page in _strings(entry))
    elif isinstance(nav, list):
        yield from (page for entry in nav for page in _strings(entry))


def site_of(root: Path) -> Path:
    """The folder of the site, as mkdocs.yml names it. Raises Failed if a build would replace what the author wrote."""
    named = str(_read(settings_of(root)).get("site_dir", "site"))
    site = Path(os.path.realpath(root / named))
    kept = [Path(os.path.realpath(root / name)) for name in ("", "snippets", "docs", FOLDER)]
    if any(site == one or site in one.parents or (one in site.parents and one != kept[0]) for one in kept):
        why = f"site_dir: {named} is replaced whole by a build, and the course lies there"
        raise Failed([Problem("project", SETTINGS, why, file=SETTINGS, fix="name a folder of its own: site_dir: site")])
    return Path(os.path.normpath(root / named))


def _read(settings: Path) -> dict[str, Any]:
    """What mkdocs.yml says. Raises Failed if that is no table of settings."""
    try:
        with open(settings, "rb") as file:
            found: object = yaml_load(file)
    except (ConfigurationError, yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        why = f"cannot be read: {' '.join(str(error).split())}"
        raise Failed([Problem("project", SETTINGS, why, file=SETTINGS)]) from None
    if not isinstance(found, dict):
        raise Failed([Problem("project", SETTINGS, "must hold settings, as in site_name: A course", file=SETTINGS)])
    return found


def port_of(root: Path) -> int:
    """The port that mkdocs.yml names in `dev_addr`, or MkDocs' own."""
    port = str(_read(settings_of(root)).get("dev_addr", "")).rpartition(":")[2]
    return int(port) if port.isdecimal() and 0 < int(port) < 65536 else 8000


def settings_of(root: Path) -> Path:
    path = root / SETTINGS
    if not path.is_file():
        raise Failed([Problem("project", SETTINGS, "is missing; MkDocs needs it", file=SETTINGS)])
    return path


class _Plugins(list[Any]):
    """Plugins as mkdocs.yml lists them. MkDocs empties the entries that it reads, and the server reads them again."""

    def __iter__(self) -> Iterator[Any]:
        return iter(copy.deepcopy(list(super().__iter__())))


def plugins_of(settings: Path) -> _Plugins:
    """Those of mkdocs.yml, and this one if it is not among them."""
    given = _read(settings).get("plugins")
    listed = [{name: options} for name, options in given.items()] if isinstance(given, dict) else given
    plugins = _Plugins(["search"] if listed is None else listed)
    named = {name for entry in plugins for name in ([entry] if isinstance(entry, str) else entry)}
    return plugins if "genloop" in named else _Plugins([*plugins, "genloop"])


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _problems_for_warnings() -> Iterator[None]:
    """In a strict build each warning is a problem."""
    warnings = _Warnings()
    logging.getLogger("mkdocs").addHandler(warnings)
    try:
        yield
    except (Abort, BuildError) as error:
        said = warnings.said or [f"the site was not built: {error}"]
        raise Failed(Problem("page", "mkdocs", why, file="mkdocs build") for why in said) from error
    finally:
        logging.getLogger("mkdocs").removeHandler(warnings)
