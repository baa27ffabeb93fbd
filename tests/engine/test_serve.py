"""`genloop serve`: pages follow edits, programs run meanwhile, and nothing that is wrong stops it."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from genloop.engine.open_course import open_course
from genloop.engine.publish.desk import Desk
from genloop.engine.publish.mkdocs_server import Author

from .course import Course, until

SLOW = "import time\ntime.sleep({})\nprint('x: 1')\n"


@dataclass
class Served:
    """A course that is being served."""

    course: Course
    process: subprocess.Popen[str]
    address: str

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def body(self, path: str) -> str:
        """A page without the script that asks for news, which holds its version."""
        return re.sub(r"<script>\(\(\) => .*?</script>", "", self.get(path), flags=re.S)

    def version(self, path: str) -> int:
        found = re.search(r'"&version=(\d+)"', self.get(path))
        assert found
        return int(found[1])

    def shows(self, path: str, wanted: str, seconds: float = 15) -> bool:
        return until(lambda: wanted in self.body(path), seconds)

    def is_gone(self) -> bool:
        return not self.course.processes()


Serve = Callable[[Course], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Served] = []

    def start(course: Course) -> Served:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = course.start("serve", "--port", str(port), "--jobs", "1")
        assert process.stderr is not None
        line = process.stderr.readline()
        assert f"127.0.0.1:{port}" in line, line + process.stderr.read()
        started.append(Served(course, process, f"http://127.0.0.1:{port}/"))
        return started[-1]

    yield start
    for served in started:
        served.process.send_signal(signal.SIGINT)
        try:
            served.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            served.process.kill()
            raise
        assert until(served.is_gone, 5)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course.empty(tmp_path / "course")
    (course.root / "mkdocs.yml").write_text("site_name: A course\ntheme: {name: mkdocs}\nuse_directory_urls: false\n")
    course.snippet("a", "print('x: 41')\n", out="x: 41\n")
    course.page("index.md", '# Home\n\n{{ code("a", fold=True) }}\n\nThe answer is {{ run("a").x }}, and the end.\n')
    course.page("other.md", "# Other\n\nNothing runs here.\n")
    return course


def test_a_page_is_there_before_its_programs_ran_and_follows_them(course: Course, serve: Serve) -> None:
    course.snippet("a", SLOW.format(2), out="x: 1\n")
    served = serve(course)
    first = served.body("index.html")
    assert "The answer is …, and the end." in first
    assert "Waiting, to run: a" in first or "Running: a" in first
    assert served.shows("index.html", ">1</span>, and the end.")
    assert "gl-desk" not in served.body("index.html")


def test_an_edit_of_prose_reaches_the_browser_that_waits(course: Course, serve: Serve) -> None:
    served = serve(course)
    version = served.version("other.html")
    course.page("other.md", "# Other\n\nAnother sentence.\n")
    assert served.get(f"-/news?page=/other.html&version={version}") == "reload"
    assert "Another sentence." in served.body("other.html")


def test_an_edited_program_runs_and_both_outputs_stand_above_the_page(course: Course, serve: Serve) -> None:
    served = serve(course)
    assert served.shows("index.html", ">41</span>")
    course.snippet("a", "print('x: 4242')\n")
    assert served.shows("index.html", "a prints something else than was accepted")
    page = served.body("index.html")
    assert "<pre>x: 41\n</pre>" in page
    assert "<pre>x: 4242\n</pre>" in page
    assert "genloop accept a --why" in page
    course.accept("a")
    assert until(lambda: "gl-desk" not in served.body("index.html"), 15)


def test_nothing_that_is_wrong_stops_it(course: Course, serve: Serve) -> None:
    """It starts with everything broken, says so above the pages, and is well again when all is mended."""
    course.snippet("a", "raise ValueError('the <cause>')\n", out="x: 41\n")
    course.snippet("b", "def f(:\n")
    accepted = course.root / "snippets" / "accepted.toml"
    accepted.write_text("[")
    course.page("index.md", '# Home\n\n{{ code("a", fold=True) }}\n\n{{ run("a").x }} {{ nobody() }}\n')
    served = serve(course)
    for told in ("the &lt;cause&gt;", "accepted.toml: is not as genloop accept writes it", "nobody", "b.py"):
        assert served.shows("index.html", told), told
    assert "elsewhere in the course" in served.body("other.html")
    settings = course.root / "mkdocs.yml"
    good = settings.read_text()
    settings.write_text("site_name: [")
    course.page("other.md", "# Other\n\nStill answered.\n")
    assert served.shows("other.html", "Still answered.")
    assert "mkdocs.yml: the site cannot be made anew" in served.body("other.html")
    settings.write_text(good)
    accepted.unlink()
    course.path("b").unlink()
    course.snippet("a", "print('x: 41')\n")
    course.page("index.md", '# Home\n\n{{ code("a", fold=True) }}\n\n{{ run("a").x }}\n')
    assert until(lambda: "gl-desk" not in served.body("index.html"), 15)
    assert "gl-desk" not in served.body("other.html")


def test_without_an_edit_nothing_is_rendered_again(course: Course, serve: Serve) -> None:
    """What the build itself writes below docs/ is no edit."""
    served = serve(course)
    assert served.shows("index.html", ">41</span>")

    def rests() -> bool:  # the end of the run may be taken in only now
        version = served.version("index.html")
        return not until(lambda: served.version("index.html") != version, 2)

    assert until(rests, 15)


def test_a_run_of_an_edited_program_is_given_up(course: Course, serve: Serve) -> None:
    course.snippet("a", SLOW.format(60), out="x: 1\n")
    served = serve(course)
    assert served.shows("index.html", "Running: a")
    course.snippet("a", "print('x: 1')\n")
    assert served.shows("index.html", ">1</span>, and the end.")


def test_an_edit_of_what_a_run_reads_is_no_failure_of_it(course: Course, serve: Serve) -> None:
    """It is begun again with what is there now."""
    data = course.root / "data.txt"
    data.write_text("1")
    mark = course.root.parent / "a.runs"
    reading = f"print('x:', open({str(data)!r}).read())\nopen({str(mark)!r}, 'a').write('x')\n"
    course.snippet("a", reading, out="x: 1\n")
    course.passes("run")
    data.write_text("2")
    course.snippet("a", f"{reading}import time\ntime.sleep(3)\n", out="x: 3\n")
    served = serve(course)
    served.get("index.html")
    assert until(lambda: mark.read_text() == "xx", 15)
    (course.root / "new.txt").write_text("3")
    (course.root / "new.txt").replace(data)  # at once: a file that is empty for a moment may be read, which is one more
    assert served.shows("index.html", ">3</span>, and the end.")
    assert mark.read_text() == "xxx"
    assert "gl-desk" not in served.body("index.html")


def test_a_run_whose_needs_were_edited_is_given_up(course: Course, serve: Serve) -> None:
    course.snippet("first", "open('f', 'w').write('1')\n", 'files = ["f"]', out="")
    course.snippet("a", SLOW.format(60), 'needs = ["first"]', out="x: 1\n")
    served = serve(course)
    assert served.shows("index.html", "Running: a.")
    course.snippet("first", "import time\ntime.sleep(6)\nopen('f', 'w').write('2')\n", 'files = ["f"]', out="")
    assert served.shows("index.html", "Waiting, to run: a.")


def test_a_run_of_a_program_that_is_gone_is_given_up(course: Course, serve: Serve) -> None:
    course.snippet("a", SLOW.format(60), out="x: 1\n")
    served = serve(course)
    assert served.shows("index.html", "Running: a.")
    assert until(lambda: len(course.processes()) == 3, 15), "the server, its fork server, and the run"
    course.path("a").unlink()
    assert until(lambda: len(course.processes()) == 2, 15)


def test_accepting_ends_no_run(course: Course, serve: Serve) -> None:
    mark = marking(course, "long", 4)
    course.page("index.md", '# Home\n\n{{ code("long", fold=True) }}\n\nIt is {{ run("long").x }}.\n')
    served = serve(course)
    served.get("index.html")
    assert until(mark.exists, 15)
    course.accept("a")
    assert served.shows("index.html", ">1</span>.")
    assert mark.read_text() == "x"


def marking(course: Course, name: str, seconds: float, then: str = "print('x: 1')\n") -> Path:
    """A program that says by a file that it runs, and takes a while."""
    mark = course.root.parent / f"{name}.runs"
    begin = f"import time\nopen({str(mark)!r}, 'a').write('x')\ntime.sleep({seconds})\n"
    course.snippet(name, begin + then, out="x: 1\n")
    return mark


def test_a_plot_does_not_wait_for_trainings(course: Course, serve: Serve) -> None:
    """The only job has a training of another page to do; what the page shows is new, and so may be quick."""
    mark = marking(course, "long", 60)
    served = serve(course)
    assert until(mark.exists, 15)
    course.snippet("plot", "print('y: 7')\n", out="y: 7\n")
    course.page("other.md", '# Other\n\n{{ code("plot", fold=True) }}\n\nIt is {{ run("plot").y }}.\n')
    assert served.shows("other.html", ">7</span>.", 20)


def test_an_edited_module_stops_no_run_for_good(course: Course, serve: Serve) -> None:
    """The fork server may have loaded the module, so a new one takes its place. Who ran in the old one, runs again."""
    mark = marking(course, "long", 4)
    course.page("index.md", '# Home\n\n{{ code("long", fold=True) }}\n\nIt is {{ run("long").x }}.\n')
    (course.root / "docs" / "calls.py").write_text("")
    served = serve(course)
    served.get("index.html")
    assert until(mark.exists, 15)
    (course.root / "docs" / "calls.py").write_text("# a module like any other\n")
    assert until(lambda: mark.read_text() == "xx", 15), "it was begun again"
    assert served.shows("index.html", ">1</span>.")
    assert "fork server ended" not in served.body("index.html")


def test_another_style_draws_again(course: Course, serve: Serve) -> None:
    settings, style = course.root / "pyproject.toml", course.root / "docs" / "matplotlibrc"
    style.write_text("font.size: 7\n")
    program = "import matplotlib.pyplot as plt\nprint('size:', plt.rcParams['font.size'])\n"
    course.snippet("draw", program, "[tool.genloop.expect]\nsize = { abs = 99 }", out="size: 1.0\n")
    course.page("index.md", '# Home\n\n{{ code("draw", fold=True) }}\n\nIt is {{ run("draw").size }}.\n')
    served = serve(course)
    assert served.shows("index.html", ">11.0</span>.")
    settings.write_text('[tool.genloop]\npreload = ["matplotlib"]\nstyle = "docs/matplotlibrc"\n')
    assert served.shows("index.html", ">7.0</span>."), "another file is the style"
    style.write_text("font.size: 8\n")
    assert served.shows("index.html", ">8.0</span>."), "the file has another text"


def test_what_runs_elsewhere_is_shown_and_never_begun(course: Course, serve: Serve) -> None:
    program = "import os\nos.environ['A_GPU']\nprint('x: 41')\n"
    course.snippet("a", program, 'elsewhere = "a GPU"')
    course.accept("a", env={"A_GPU": "1"})
    shutil.rmtree(course.store)
    served = serve(course)
    assert ">41</span>" in served.body("index.html") and "gl-desk" not in served.body("index.html")
    course.snippet("a", program.replace("41", "42"), 'elsewhere = "a GPU"')
    assert served.shows("index.html", "on a machine that has a GPU: genloop accept a")
    assert ">41</span>" in served.body("index.html"), "what was printed there is shown meanwhile"
    assert "Running" not in served.body("index.html") and "Waiting" not in served.body("index.html")
    course.accept("a", env={"A_GPU": "1"})
    assert until(lambda: "gl-desk" not in served.body("index.html"), 15)
    assert ">42</span>" in served.body("index.html")


def test_a_new_page_and_a_new_program_appear(course: Course, serve: Serve) -> None:
    served = serve(course)
    served.get("index.html")
    course.snippet("b", "print('y: 7')\n", out="y: 7\n")
    course.page("new.md", '# New\n\n{{ code("b", fold=True) }}\n\nIt is {{ run("b").y }}.\n')

    def there() -> bool:
        try:
            return ">7</span>." in served.body("new.html")
        except urllib.error.HTTPError:
            return False

    assert until(there, 15)


def test_a_page_that_came_while_others_were_read_is_no_page_that_was_there(course: Course) -> None:
    """The edit of a program is taken in; by then a new page lies there, too, which nobody has told of yet."""
    with open_course(course.root, jobs=1) as opened:
        author = Author(Desk(opened, lambda _: None), course.store / "serve", "http://127.0.0.1:1/", print)
        program = course.snippet("b", "print('y: 7')\n", out="y: 7\n")
        page = course.page("new.md", "# New\n")
        author._take_in({program}, set())
        author._take_in({page}, set())
        assert author.show("new.html") == 1


def test_a_taken_port_is_said_in_one_line(course: Course) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = course.call("serve", "--port", str(port))
    assert outcome.code == 2
    assert f"port {port} of this machine is taken" in outcome.stderr
    assert f"genloop serve --port {port + 1}" in outcome.stderr
