"""The pages while somebody writes them: served from this machine, each rendered when it is looked at.

MkDocs' own server builds the whole site anew at each edit, and while anything is wrong no request is answered. Here
MkDocs makes the frame of the site once; after that one page at a time is expanded and rendered.
"""

from __future__ import annotations

import errno
import functools
import html
import logging
import os
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue

from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.structure.files import Files

from genloop.engine.errors import Failed, Misused, Problem
from genloop.engine.open_course import OpenCourse
from genloop.engine.page.course import Course
from genloop.engine.page.site_markdown import Rich
from genloop.engine.publish.banner import banner
from genloop.engine.publish.desk import Desk, is_module
from genloop.engine.publish.downloads import publish
from genloop.engine.publish.mkdocs_plugin import SETTINGS, UNCHECKED, GenloopPlugin, plugins_of, port_of, settings_of
from genloop.engine.publish.prepare import Prepared, expanded_page, left_out, packed, with_sources
from genloop.engine.steps import Outcome

HOST = "127.0.0.1"
PAUSE = 0.15
"""Seconds between two looks at the files."""
PATIENCE = 25.0
"""Seconds that a browser waits for news before it asks again."""
SELDOM = 1.0
"""Seconds at least between two reloads that no edit has caused."""
ASK = "/-/news"
SCRIPT = """<script>(() => {
  const ask = () => fetch("%s?page=" + encodeURIComponent(location.pathname) + "&version=%d")
    .then((answer) => answer.text()).then((text) => text === "reload" ? location.reload() : ask())
    .catch(() => setTimeout(ask, 1000));
  addEventListener("load", ask);
})();</script>"""


def serve(course: OpenCourse, port: int | None, say: Callable[[str], None]) -> None:
    """Serves the course until it is interrupted. Raises Misused if the port is taken.

    port: None for the one that mkdocs.yml names.
    """
    port = port or port_of(course.project.root)
    started = time.perf_counter()
    logging.getLogger("mkdocs").addHandler(logging.NullHandler())
    news: SimpleQueue[str] = SimpleQueue()
    desk = Desk(course, news.put)
    try:
        address = f"http://{HOST}:{port}/"
        with _bound(port) as server:
            author = Author(desk, course.store.folder / "serve", address, say)
            server.RequestHandlerClass = functools.partial(_Handler, author)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            say(f"{address} after {time.perf_counter() - started:.1f} s; edit, and the page follows. Ctrl-C ends it.")
            desk.start()
            try:
                author.follow(news)
            finally:
                server.shutdown()
    finally:
        desk.close()


def _bound(port: int) -> ThreadingHTTPServer:
    ThreadingHTTPServer.daemon_threads = True
    try:
        return ThreadingHTTPServer((HOST, port), SimpleHTTPRequestHandler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        fix = f"type: genloop serve --port {port + 1}"
        raise Misused([Problem("project", "--port", f"port {port} of this machine is taken", fix=fix)]) from None


class Frame:
    """The site without what its pages say: navigation, theme, assets. Renders one page at a time into its folder."""

    def __init__(self, prepared: Prepared, folder: Path, address: str) -> None:
        settings = settings_of(prepared.course.project.root)
        config = load_config(
            str(settings), plugins=plugins_of(settings), strict=False, validation=UNCHECKED, site_dir=str(folder)
        )
        config.site_url = address
        plugin = config.plugins["genloop"]
        assert isinstance(plugin, GenloopPlugin)
        plugin.handed, plugin.preview = prepared, True
        config.plugins.on_startup(command="serve", dirty=False)
        mkdocs_build(config, serve_url=address)
        self.plugin = plugin
        assert plugin.built is not None
        self.env, self.config, self.files, self.nav = plugin.built
        self.pages: Mapping[str, str] = dict(_addresses(self.files))
        """Page as its address names it, "gan/game.html" -> its source, "gan/game.md"."""

    def render(self, source: str) -> None:
        file = self.files.src_uris[source]
        assert file.page is not None
        _populate_page(file.page, self.config, self.files)
        _build_page(file.page, self.config, self.files.documentation_pages(), self.nav, self.env)


def _addresses(files: Files) -> Iterator[tuple[str, str]]:
    return ((file.dest_uri, file.src_uri) for file in files.documentation_pages())


class Author:
    """What browsers are shown, and how it follows the files."""

    def __init__(self, desk: Desk, folder: Path, address: str, say: Callable[[str], None]) -> None:
        self.desk = desk
        self.folder = folder
        self.address = address
        self.say = say
        self.lock = threading.RLock()
        self.news = threading.Condition()
        self.versions: dict[str, int] = {}
        """Page -> how often it was rendered; a browser that has shown an older one is told."""
        self.looked_at: dict[str, float] = {}
        """Page -> when a browser asked for news of it."""
        self.stale: set[str] = set()
        """Pages that must be rendered before they are shown."""
        self.framed: frozenset[str] = frozenset()
        """The pages that were there when the frame was made."""
        self.used: dict[str, frozenset[str]] = {}
        self.broken: list[Problem] = []
        """What is wrong with mkdocs.yml, after it was edited."""
        self.wrong: list[Problem] = []
        """What is wrong on the page that is being rendered."""
        self.wheel, self.unpacked = packed(desk.project)
        self.seen = dict(self._signatures())
        self._build()

    @property
    def docs(self) -> Path:
        return self.desk.project.docs

    def _build(self) -> None:
        """The frame of the site; its pages are rendered when they are asked for."""
        with self.lock:
            self._read()
            self.framed = frozenset(self.sources)
            pages = {page: left_out(page, source) for page, source in self.sources.items()}
            self.frame = Frame(Prepared(self.course, pages, Outcome()), self.folder, self.address)
            self.frame.plugin.banner = self._banner
            self.pages = pages  # those that the plugin shows; if the frame could not be made, the old ones
            publish(self.course, remove=False)
            self.stale = set(self.sources)
            self.trouble = self._trouble()

    def _trouble(self) -> frozenset[Problem]:
        known = (one for known in self.desk.known.values() for one in known.problems)
        return frozenset((*self.desk.project.problems, *self.desk.wrong, *known))

    def _read(self) -> None:
        records = {name: known.record for name, known in self.desk.known.items() if known.record is not None}
        course, self.sources, self.unread = with_sources(self.desk.course, records, self.wheel, self.desk.accepted)
        self.course: Course = replace(course, draft=True)

    def _build_anew(self) -> None:
        """A half-written mkdocs.yml leaves the frame as it is, and its problem stands above every page."""
        self.broken = []
        try:
            self._build()
        except Exception as error:  # noqa: BLE001 - from MkDocs, its theme and its plugins anything may come
            self.broken = [Problem("project", SETTINGS, f"the site cannot be made anew: {error}", file=SETTINGS)]
            self.stale |= self.sources.keys()

    # ---- what browsers ask -----------------------------------------------------------------------------------------

    def show(self, address: str) -> int:
        """Renders the page at an address, if it must be. Returns its version, 0 if there is no such page."""
        with self.lock:
            source = self.frame.pages.get(address)
            if source is None:
                return 0
            self.looked_at[source] = time.monotonic()
            if source in self.stale or source not in self.versions:
                self._render(source)
            return self.versions[source]

    def wait(self, address: str, version: int) -> bool:
        """Whether a page has become newer than this version, which may take a while."""
        source = self.frame.pages.get(address, "")
        with self.news:
            self.looked_at[source] = time.monotonic()
            return self.news.wait_for(lambda: self.versions.get(source, 0) > version, PATIENCE)

    def _render(self, source: str) -> None:
        self.wrong = []
        if source in self.pages:  # not a notebook, which shows itself
            self.pages[source], expanded, wrong = expanded_page(source, self.sources[source], self.course, Rich())
            self.used[source] = expanded.used
            self.wrong = [one for one in wrong if one.follows is None]
            self.desk.want(expanded.used)
        try:
            self.frame.render(source)
        except Exception as error:  # noqa: BLE001 - whatever a half-written page does to an extension, the server stays
            problem = Problem("page", source, f"cannot be rendered: {error}", file=f"docs/{source}")
            text = f"<!doctype html><title>{html.escape(source)}</title>{banner(self.desk, (), [problem])}<body></body>"
            (self.folder / self.frame.files.src_uris[source].dest_uri).write_text(text, encoding="utf-8")
        self.stale.discard(source)
        with self.news:
            self.versions[source] = self.versions.get(source, 0) + 1
            self.news.notify_all()

    def _banner(self, source: str, left: Iterable[Problem]) -> str:
        said = [*self.broken, *self.unpacked, *self.unread, *self.wrong]
        return banner(self.desk, self.used.get(source, ()), said or list(left))

    # ---- what files do ---------------------------------------------------------------------------------------------

    def follow(self, news: SimpleQueue[str]) -> None:
        """Takes in edits and ends of runs, for ever."""
        told = 0.0
        names: set[str] = set()
        while True:
            time.sleep(PAUSE)
            names |= _waiting(news)
            edited = self._edited()
            if edited or (names and time.monotonic() > told + SELDOM):
                told = time.monotonic()
                try:
                    self._take_in(edited, names)
                except (Failed, OSError) as error:  # files that vanish while they are looked at: `genloop clean`
                    self.say(str(error))
                names = set()

    def _edited(self) -> set[Path]:
        now = dict(self._signatures())
        edited = {path for path in {*now, *self.seen} if now.get(path) != self.seen.get(path)}
        self.seen = now
        return edited

    def _signatures(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        """All files that pages or runs come from: what stands in docs and snippets, and what records name."""
        project = self.desk.project
        root = project.root
        paths = [root / SETTINGS, root / "pyproject.toml", self.desk.style]
        for folder in (project.docs, root / "snippets"):
            for above, folders, files in os.walk(folder):
                here = Path(above)
                folders[:] = [name for name in folders if here / name != project.generated and name[0] not in "._"]
                paths += [here / name for name in files if not name.startswith(".")]
        beside = {path for snippet in project.snippets.values() for path in snippet.beside.values()}
        inputs = {path for known in self.desk.known.values() if known.record for path in known.record.inputs}
        for path in {*paths, *beside, *(root / name for name in inputs)}:
            try:
                found = path.stat()
            except OSError:
                continue
            yield path, (found.st_mtime_ns, found.st_size)

    def _take_in(self, edited: set[Path], names: set[str]) -> None:
        with self.lock:
            pages = {path.relative_to(self.docs).as_posix() for path in edited if path.is_relative_to(self.docs)}
            sources = {page for page in pages if page.endswith(".md")}
            pages_only = {path for path in edited if path.is_relative_to(self.docs) and path.suffix != ".py"}
            programs = edited - pages_only | edited & {self.desk.style}
            changed = names | (self.desk.follow(programs) if programs else set())
            if any(is_module(self.desk.project, path) for path in programs):
                self.wheel, self.unpacked = packed(self.desk.project)
            frame = {self.desk.project.root / SETTINGS} & edited or any(one.startswith("overrides/") for one in pages)
            # Not self.sources: a page may have come while those were read for the edit of a program before it.
            if frame or sources - self.framed or any(not (self.docs / one).is_file() for one in sources):
                self._build_anew()
            if programs or changed or sources:
                self._read()
                publish(self.course, remove=False, only=changed)
                everything = programs & {self.desk.project.root / "pyproject.toml"} or {"calls.py"} & pages
                glossary = self.frame.plugin.config.glossary
                if everything or glossary in sources or self._trouble() != self.trouble:
                    self.stale |= self.sources.keys()  # each banner counts what is wrong elsewhere
                self.trouble = self._trouble()
                self.stale |= sources & self.sources.keys()
                self.stale |= {page for page, used in self.used.items() if used & changed}
            looked_at = {page for page, when in self.looked_at.items() if when > time.monotonic() - 2 * PATIENCE}
            only_assets = pages - sources and not sources
            for page in looked_at & (self.stale | (looked_at if only_assets else set())):
                self._render(page)


def _waiting(news: SimpleQueue[str]) -> set[str]:
    names = set()
    while True:
        try:
            names.add(news.get_nowait())
        except Empty:
            return names


class _Handler(SimpleHTTPRequestHandler):
    """Pages from the rendered folder, files from docs/ as they are now, all else from the folder."""

    def __init__(self, author: Author, *args: object) -> None:
        self.author = author
        super().__init__(*args, directory=str(author.folder))  # type: ignore[arg-type]  # as the server gives them

    def do_GET(self) -> None:
        place = urllib.parse.urlsplit(self.path)
        if place.path == ASK:
            asked = urllib.parse.parse_qs(place.query)
            page, known = asked.get("page", [""])[0], asked.get("version", [""])[0]
            newer = self.author.wait(_page(page), int(known) if known.isdecimal() else 0)
            self._answer(b"reload" if newer else b"wait", "text/plain")
            return
        version = self.author.show(_page(place.path))
        if version:
            with self.author.lock:
                text = (self.author.folder / _page(place.path)).read_bytes()
            script = (SCRIPT % (ASK, version)).encode()
            body, end = text.rpartition(b"</body>")[::2]
            self._answer(body + script + b"</body>" + end, "text/html; charset=utf-8")
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        given = Path(super().translate_path(path))
        own = self.author.docs / given.relative_to(self.author.folder)
        return str(own if own.is_file() and own.suffix not in {".md", ".py"} else given)

    def _answer(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(data))), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def end_headers(self) -> None:
        if not any(line.lower().startswith(b"cache-control") for line in getattr(self, "_headers_buffer", [])):
            self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


def _page(path: str) -> str:
    """The page of an address: "/gan/" is gan/index.html."""
    name = urllib.parse.unquote(path).lstrip("/")
    return f"{name}index.html" if not name or name.endswith("/") else name
