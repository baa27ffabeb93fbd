"""MkDocs: the hook that makes `mkdocs serve` follow edits, and the build. The only module that imports mkdocs.

mkdocs.yml: `hooks: [genloop/engine/publish/mkdocs_plugin.py]`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
import time
from html import escape
from pathlib import Path
from typing import Any, cast

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.commands.serve import serve as mkdocs_serve
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.structure.pages import Page

from genloop.engine import pipeline
from genloop.engine.errors import Failed, Problem
from genloop.engine.files import put_back, swap_folder
from genloop.engine.page.course import Course
from genloop.engine.publish import downloads, markdown_calls, prepare

log = logging.getLogger("mkdocs.hooks.genloop")
styles: dict[str, str] = {}
"""Style sheets that notebook pages share: path in the site -> CSS."""
STYLE = re.compile(r"<style[^>]*>((?:(?!</style>).){5000,})</style>", re.S)
# nbconvert leaves these in every notebook page: an empty script, and one that would fetch from a CDN if it ever ran.
NO_ALT = re.compile(r'alt="No description has been provided for this image"')  # nbconvert knows no alt text
JOINED = re.compile(r"(?P<join>(?P<key>\b\w+)=(?P=key)\+\w+\+\w+\.id)(?:\+\",\")?(?=\}return (?P=key)\})")
"""In the theme's search: where lunr names a node of its tree by the labels and numbers of those below it."""
FOREIGN = re.compile(
    r"<script[^>]*\ssrc=\"\"[^>]*>\s*</script>|<script type=\"module\">(?:(?!</script>).)*?cdnjs.*?</script>", re.S
)


def on_pre_build(config: MkDocsConfig) -> None:
    """Under `mkdocs serve`, and for those who call `mkdocs build`: runs what an edit made stale."""
    styles.clear()
    if markdown_calls.current.ready:  # `build` has just prepared it
        markdown_calls.current.ready = False
        return
    try:
        made, _ = prepare.prepare(Path(config.config_file_path).parent, pipeline.default_jobs(), _log)
    except Failed as failed:
        raise PluginError(f"\n{failed}\n{len(failed.problems)} problem(s)") from None
    downloads.publish(made)
    markdown_calls.current.course = made


def _log(event: pipeline.Event) -> None:
    if event.state in {"ran", "failed"}:
        log.info("%s %s (%.1f s)", event.name, event.state, event.seconds)


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    markdown_calls.current.page = page.file.src_uri
    return markdown


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Notebook pages carry half a megabyte of CSS each: it moves to files that they share."""
    if not page.file.src_uri.endswith(".ipynb"):
        return html
    root = "../" * page.file.url.count("/")
    cells = json.loads(Path(page.file.abs_src_path or "").read_text(encoding="utf-8"))["cells"]
    alts = iter([cell["metadata"]["alt"] for cell in cells for _ in _images(cell)])

    def link(found: re.Match[str]) -> str:
        name = f"assets/css/notebook-{hashlib.sha256(found[1].encode()).hexdigest()[:8]}.css"
        styles[name] = found[1]
        return f'<link rel="stylesheet" href="{root}{name}">'

    html = FOREIGN.sub("", STYLE.sub(link, html))
    return NO_ALT.sub(lambda _: f'alt="{escape(next(alts, ""))}"', html)


def _images(cell: dict[str, Any]) -> list[str]:
    """The kinds of the images that a cell shows, one for each."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    return [kind for shown in data for kind in shown if kind.startswith("image/")]


def on_post_build(config: MkDocsConfig) -> None:
    for name, css in styles.items():
        path = Path(config.site_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(css, encoding="utf-8")
    _mend_search(Path(config.site_dir))


def _mend_search(site: Path) -> None:
    """lunr puts no mark between a label and a number, so with digits for labels it takes two nodes for one.

    Some words are then never found, and their first letters give an error instead of results; which words, changes
    with every edit of a page (olivernn/lunr.js, issues 279 and 503).
    """
    for worker in site.glob("assets/javascripts/workers/search.*.js"):
        mended, times = JOINED.subn(r'\g<join>+","', worker.read_text(encoding="utf-8"))
        if times != 1:
            log.warning(
                "%s: lunr has changed; look whether JOINED in genloop/engine/publish/mkdocs_plugin.py is still needed",
                worker.name,
            )
        worker.write_text(mended, encoding="utf-8")


def build(made: Course) -> float:
    """`mkdocs build --strict` of a prepared course; returns its seconds. Raises Failed; MkDocs says why by itself."""
    start = time.perf_counter()
    site = made.project.root / "site"
    put_back(site)
    # Built aside and swapped when it is whole: a build that fails or is killed leaves the last good site as it was.
    aside = made.store.folder / "site"
    config = _config(made, strict=True, site_dir=str(aside))
    # MkDocs loads hooks as modules of their own: what both must know is kept in `extension`.
    markdown_calls.current.course, markdown_calls.current.ready = made, True
    if not any(getattr(hook, "__file__", "") == __file__ for hook in config.plugins.values()):
        config.plugins["genloop"] = cast(Any, sys.modules[__name__])  # a course that does not list the hook gets it too
    warnings = Warnings(logging.WARNING)
    logging.getLogger("mkdocs").addHandler(warnings)
    try:
        config.plugins.on_startup(command="build", dirty=False)
        mkdocs_build(config)
    except (Abort, PluginError) as error:
        said = warnings.said or [f"the site was not built: {error}"]
        raise Failed(Problem("page", "mkdocs", why, file="mkdocs build") for why in said) from error
    finally:
        config.plugins.on_shutdown()
        logging.getLogger("mkdocs").removeHandler(warnings)
    swap_folder(aside, site)
    return time.perf_counter() - start


class Warnings(logging.Handler):
    """Keeps what MkDocs warns of: in a strict build each of these is a problem."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def serve(root: Path) -> None:
    """`mkdocs serve`, watching the programs and the library as well as the pages."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mkdocs").setLevel(logging.INFO)
    watch = [str(folder) for name in ("snippets", "genloop") if (folder := root / name).is_dir()]
    path = str(root / "mkdocs.yml")
    hooks = [str(hook) for hook in load_config(path).hooks]
    if not any((root / hook).resolve() == Path(__file__).resolve() for hook in hooks):
        hooks.append(__file__)  # a course that does not list the hook gets it too, as in `build`
    mkdocs_serve(path, watch=watch, hooks=hooks)


def _config(made: Course, **options: Any) -> MkDocsConfig:
    path = made.project.root / "mkdocs.yml"
    if not path.is_file():
        raise Failed([Problem("project", "mkdocs.yml", "is missing; MkDocs needs it", file="mkdocs.yml")])
    return load_config(str(path), **options)
