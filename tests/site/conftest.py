"""The built site over HTTP and from disk, in Debian's Chromium, with every foreign request noticed."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route

from tests.site.built import SITE, pages

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        # With no site there is one case, which fails and says what to type.
        metafunc.parametrize("path", pages() or ["index.html"])
    if "origin" in metafunc.fixturenames:
        metafunc.parametrize("origin", ["http", "file"], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no built site; type: make site")
    return SITE


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("there is no Chromium on the PATH; type: apt-get install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": found, "args": flags}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def base_url() -> None:
    """Of the plugin. Tests name their addresses in full; the plugin's own fixture warns under pytest 9.2."""


@pytest.fixture
def origin(request: pytest.FixtureRequest, served: str, site: Path) -> str:
    """Where the site is opened: a server, or the folder itself."""
    return served if request.param == "http" else site.as_uri()


def watch(context: BrowserContext) -> list[str]:
    """Stops every request that leaves the site, and lists it."""
    foreign: list[str] = []

    def gate(route: Route) -> None:
        url = route.request.url
        if url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:")):
            route.continue_()
        else:
            foreign.append(url)
            route.abort()

    context.route("**/*", gate)
    return foreign


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """A fresh profile. A page that asks anybody else for anything fails its test, whatever the test is about."""
    foreign = watch(context)
    yield context
    assert foreign == [], "requests that leave the site"


def axe(page: Page, context: str | dict[str, object] | None = None) -> list[str]:
    """What axe finds wrong in a part of the page (a selector), or in all of it."""
    found = Axe().run(page, context=context)
    return [f"{v['id']}: {node['html'][:160]}" for v in found.response["violations"] for node in v["nodes"]]


def open_all(page: Page) -> None:
    """What is folded is part of the page."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def draw_all(page: Page) -> None:
    """Figures further down are loaded when a reader comes near; here at once."""
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(i => i.complete)")


@pytest.fixture
def unscripted(browser: Browser) -> Iterator[Page]:
    """A page in a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@dataclass
class Trouble:
    """What a reader would find in the browser's console."""

    lines: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.lines.append(f"console {message.type}: {message.text}")

    def error(self, error: Exception) -> None:
        self.lines.append(f"script error: {error}")

    def failed(self, request: Request) -> None:
        """What is not there has another failure: a request is given up when its page is left before it came."""
        if request.failure != "net::ERR_ABORTED":
            self.lines.append(f"not loaded: {request.url} ({request.failure})")


@pytest.fixture
def trouble(page: Page) -> Trouble:
    trouble = Trouble()
    page.on("console", trouble.console)
    page.on("pageerror", trouble.error)
    page.on("requestfailed", trouble.failed)
    return trouble
