"""Broken inputs and damaged stores: `make fuzz SEED=0 COUNT=6000`. No traceback, nothing wrong shown, nothing lost.

Each case damages a copy of a small course in one or two places, and calls one command on it, in this process. Then
nothing may have been raised, waited for, changed in the files of the author, or written outside of the course; and
pages that are written in spite of a damaged store must be those of the whole one. Every case follows from its number:
`python -m tests.benchmarks.fuzz --seed 0 --only 17 --keep DIR` leaves its course in DIR.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w
from click.testing import CliRunner

from genloop.engine.cli import genloop

TINY = Path(__file__).parents[1] / "engine" / "tiny"
SECONDS = 20
"""A command that takes longer hangs: the whole course runs in three."""
OURS = (".genloop", "docs/generated", "site")
"""What commands write, besides `accept`, `new` and `init`."""
TABLE = """# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.genloop]
# data = ["tables/*.csv"]
# modules = ["helpers.py"]
#
# [tool.genloop.lines]
# "Epoch #: took * s" = { any = "a clock" }
#
# [tool.genloop.columns]
# "loss" = { abs = 0.2 }
# ///
from helpers import rows

# %% table
print("Epoch 1: took 0.31 s\\nepoch | loss")
for at, row in enumerate(rows("tables/a.csv")):
    print(f"{at} | {float(row):.2f}")
"""
FAR = (
    '# /// script\n# [tool.genloop]\n# elsewhere = "a GPU"\n# files = ["w.txt"]\n# ///\nopen("w.txt", "w").write("1")\n'
)
PAGE = (
    '\n{{ code("far", fold=True) }}\n\n{{ output("far") }}\n\n{{ output("table") }}\n\n{{ code("table", fold=True) }}\n'
)
CALLS = ["code", "output", "figure", "diff", "table", "claim", "run", "files", "seconds", "download", "compare", "each"]
PARTS = ["hello", "@seed1", "walk/steps", "walk.svg", "kl*", "..", "", "[", "*", "\0", "a|b", "{a[0]}", "step=1"]
PARTS += ["far", "helpers.py", "../x", "/etc/passwd", "x" * 300, "step", "position", "newest", "accepted", "rows"]
PARTS += ["🙂", "\u202e"]
WORDS = ["hello", "walk/steps", "walk/*", "*", "[", "walk/steps@seed1", "", ".", "..", "docs", "-", "--json", "--why"]
WORDS += ["x", "--project", "--jobs", "0", "99999999999999999999", "\udcff", "a\nb", "x" * 300, "--fresh"]
WORDS += ["--elsewhere", "far", "table", "helpers", "snippets/hello.py", "accepted", "previous", "newest", "--store"]
WORDS += ["file://", "nofs://x", "loop"]
COMMANDS = ["status", "why", "compare", "stage", "accept", "new", "init", "build", "check", "run", "clean", "push"]
ODD: list[Any] = [0, -1, 10**30, 1.5, float("nan"), float("inf"), True, "", "x", "x" * 5000, "é\u202e🙂", "a\nb"]
ODD += ["\x00", "..", "../x", "{", "{x!z}", "{programs:d}", "{0}", "*", "**", "[", "a/*", "a\\b", "elsewhere"]
ODD += ["/etc/passwd", "/dev/zero", [], [[]], [1, "x"], {}, {"x": {}}, {"abs": -1}, {"any": ""}, {"between": [2, 1]}]
ODD += [["*.py"], ["../x"], ["hello"]]
KEYS = [
    "largest_file",
    "data",
    "modules",
    "elsewhere",
    "lines",
    "columns",
    "timeout",
    "memory",
    "needs",
    "files",
    "figures",
]
KEYS += ["expect", "raises", "style", "words", "preload", "calls", "wheel", "patch", "SEED", "Output", "loss"]
KEYS += ["took * s", "*", "#" * 40, "Run first, in the same folder: {programs}."]


class Late(BaseException):
    """Nobody catches it: a TimeoutError is an OSError, which commands tell as a problem."""


@dataclass
class Case:
    """One course, what is done to it, and what may not happen."""

    random: random.Random
    root: Path
    kind: str
    words: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)

    @property
    def outside(self) -> Path:
        return self.root.parent / "outside"


def make_course(root: Path) -> None:
    """The tiny course with what else a course may have. All of it has run and is accepted."""
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns(*OURS, "generated"))
    programs = root / "snippets"
    (programs / "tables").mkdir()
    (programs / "tables" / "a.csv").write_text("0.5\n0.25\n")
    (programs / "helpers.py").write_text("def rows(path):\n    return open(path).read().split()\n")
    (programs / "table.py").write_text(TABLE)
    (programs / "far.py").write_text(FAR + 'print("x: 1")\n')
    with (root / "docs" / "index.md").open("a") as page:
        page.write(PAGE)
    with (root / "pyproject.toml").open("a") as settings:
        settings.write('style = false\n[tool.genloop.words]\n"Output" = "Says"\n')
    place = ["check", "hello", "table", "--fresh", "--note-place"]
    for words in (["accept", "far", "--why", "x"], ["accept", "--differing", "--why", "x"], ["check"], place):
        result = CliRunner().invoke(genloop, ["--project", str(root), *words])
        assert result.exit_code == 0, result.output


# --- what is damaged ---


def mutated(rng: random.Random, value: Any, depth: int = 0) -> Any:
    """Another value in the place of this one, or somewhere in it."""
    if isinstance(value, dict) and value and depth < 5 and rng.random() < 0.85:
        key = rng.choice(list(value))
        what = rng.randrange(6)
        if what == 0:
            return {name: one for name, one in value.items() if name != key}
        if what == 1:
            return {**value, rng.choice(KEYS): rng.choice(ODD)}
        if what == 2:
            return {(rng.choice(PARTS) if name == key else name): one for name, one in value.items()}
        return {**value, key: mutated(rng, value[key], depth + 1)}
    if isinstance(value, list) and rng.random() < 0.6:
        return [*value, rng.choice([*ODD, *value])]
    return rng.choice(ODD)


def scrambled(rng: random.Random, data: bytes) -> bytes:
    """The bytes with something cut, turned, doubled or put in."""
    at, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    pieces = [
        b"\0",
        b"\xff",
        b"\r\n",
        b"\r",
        b"\xef\xbb\xbf",
        "\u2028".encode(),
        b"[" * 3000,
        b"{{",
        b"}}",
        b"\xed\xa0\x80",
    ]
    choices: list[Callable[[], bytes]] = [
        lambda: data[:at],
        lambda: data[:at] + data[end:],
        lambda: data[:at] + rng.choice(pieces) + data[at:],
        lambda: data[:end] + data[at:],
        lambda: data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :] if at < len(data) else b"",
        lambda: data.replace(b"\n", b"\r\n") if rng.random() < 0.5 else b"\xef\xbb\xbf" + data,
    ]
    return rng.choice(choices)()


def toml(rng: random.Random, text: bytes) -> bytes:
    if rng.random() < 0.3:
        return scrambled(rng, text)
    with contextlib.suppress(ValueError, TypeError, AttributeError):  # what TOML cannot hold
        return tomli_w.dumps(mutated(rng, tomllib.loads(text.decode()))).encode("utf-8", "surrogatepass")
    return scrambled(rng, text)


def header(rng: random.Random, text: bytes) -> bytes:
    head, end, body = text.partition(b"# ///\n")
    lines = [line.removeprefix("#").removeprefix(" ") for line in head.decode().splitlines()[1:]]
    new = toml(rng, "\n".join(lines).encode()).decode("utf-8", "replace").replace("\r", "")
    return b"\n".join([b"# /// script", *(f"# {line}".rstrip().encode() for line in new.split("\n")), b""]) + end + body


def page(rng: random.Random, text: bytes) -> bytes:
    if rng.random() < 0.3:
        return scrambled(rng, text)

    def word() -> str:
        return json.dumps(rng.choice(PARTS), ensure_ascii=False) if rng.random() < 0.8 else str(rng.choice(ODD[:11]))

    call = f"{rng.choice(CALLS)}({', '.join(word() for _ in range(rng.randrange(4)))})"
    tail = rng.choice(
        ["", "", f"[{word()}]", f".at({word()})", ".last.all", " | round(-1)", " ** 9 ** 9 ** 9", " / 0", ".listed"]
    )
    front = f"program: {word()}\n".encode() if rng.random() < 0.2 else b"program: walk/steps\n"
    return text.replace(b"program: walk/steps\n", front) + f"\n{{{{ {call}{tail} }}}}\n".encode(
        "utf-8", "surrogatepass"
    )


def whole_notebook() -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "source": ["import os\n", "plt.show()"]} for kind in ("markdown", "code")
    ]
    code = {**cells[1], "outputs": [], "execution_count": None}
    return {"cells": [cells[0], code], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def notebook(rng: random.Random, text: bytes) -> bytes:
    return scrambled(rng, text) if rng.random() < 0.3 else json.dumps(mutated(rng, json.loads(text))).encode()


INPUTS: dict[str, tuple[Callable[[random.Random, bytes], bytes], list[str]]] = {
    "header": (header, ["snippets/table.py", "snippets/far.py", "snippets/walk/steps.py", "snippets/walk/plot.py"]),
    "accepted": (toml, ["snippets/accepted.toml"]),
    "places": (toml, ["snippets/places.toml"]),
    "variants": (toml, ["snippets/walk/steps.variants.toml"]),
    "settings": (toml, ["pyproject.toml"]),
    "page": (page, ["docs/index.md", "docs/walk/steps.md"]),
    "site": (scrambled, ["mkdocs.yml"]),
    "text": (scrambled, ["snippets/hello.out", "snippets/table.out", "snippets/tables/a.csv", "snippets/helpers.py"]),
    "notebook": (notebook, ["brought/one.ipynb"]),
    "script": (scrambled, ["brought/two.py"]),
}
READS = [["status"], ["status"], ["why", "table"], ["compare", "walk/steps", "accepted", "accepted"]]
SHOWS = [
    ["check"],
    ["stage", "OUT"],
    ["accept", "--differing", "--why", "x"],
    ["accept", "hello", "table", "--why", "x"],
    ["check", "hello", "--fresh", "--note-place"],
]


def break_input(case: Case) -> None:
    rng = case.random
    if case.kind == "words":
        case.words = [rng.choice(COMMANDS), *(rng.choice(WORDS) for _ in range(rng.randrange(5)))]
    elif case.kind == "names":
        parts = rng.choices([*PARTS, "topic", "generated", "elsewhere", "hello.py", "a b", "-x", "\udcff", "loop"], k=2)
        name = rng.choice(["", "/"]).join(parts).replace("\0", "")
        case.words = [rng.choice(["new", "new", "init"]), *rng.choice([["--"], []]), name]
        case.words += ["--from", str(case.root / rng.choice(["brought", "docs", "loop", ".."]))] * (
            case.words[0] == "init"
        )
    elif case.kind == "environment":
        places = [
            *map(str, ODD[7:19]),
            "outside",
            ".",
            "docs",
            "snippets",
            "loop",
            "pyproject.toml",
            "..",
            "x/../..",
            "site",
        ]
        case.env[rng.choice(["GENLOOP_WORK", "GENLOOP_WORK", "GENLOOP_THREADS", "GENLOOP_STORE"])] = rng.choice(
            [place.replace("\0", "") for place in places]
        )
        case.words = rng.choice([["status"], ["clean"], ["check"], ["stage", "OUT"], ["why", "hello"]])
    else:
        mutate, places = INPUTS[case.kind]
        path = case.root / rng.choice(places)
        path.write_bytes(mutate(rng, path.read_bytes()))
        case.damage.append(str(path.relative_to(case.root)))
        shows = case.kind == "page" or rng.random() < 0.1
        case.words = ["stage", "OUT"] if case.kind == "page" else rng.choice(SHOWS if shows else READS)
        if case.kind in {"notebook", "script"}:
            case.words = ["init", "made", "--from", str(case.root / "brought")]
        if case.kind == "site":
            case.words = rng.choice([["clean"], ["build"], ["clean"], ["stage", "OUT"]])


def replaced(case: Case, path: Path) -> str:
    """Puts something else in the place of a file or a folder; says what."""
    rng, target = case.random, case.outside / "letter.txt"
    data = path.read_bytes() if path.is_file() else b""
    folder = path.is_dir()
    _remove(path)
    links = {"link": target, "link to a folder": case.outside, "lost link": case.outside / "new", "loop": path}
    what = rng.choice(
        [*links, "pipe", "folder", "nothing", "device", *(["file"] if folder else ["bytes"] * 8 + ["huge"])]
    )
    if what in links:
        path.symlink_to(links[what])
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        (path / "x").mkdir(parents=True)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(2**41)
    elif what == "file":
        path.write_bytes(b"mine")
    elif what == "bytes" and path.suffix == ".json" and data and rng.random() < 0.5:
        text = json.dumps(mutated(rng, json.loads(data)), indent=1, sort_keys=True).encode()
        path.with_stem(hashlib.sha256(text).hexdigest()[:16]).write_bytes(text)
    elif what == "bytes":
        path.write_bytes(scrambled(rng, data))
    return what


def break_store(case: Case) -> None:
    """Damages the records of the course, those that were brought along, or what lies beside them."""
    rng = case.random
    folder = case.root / rng.choice([".genloop", ".genloop", "snippets/elsewhere"])
    known = [
        *sorted(folder.rglob("*")),
        *(folder / name for name in ("lock", "pages.lock", "accepting.json", "compare")),
    ]
    for path in rng.sample(known, rng.choice([1, 1, 2])):
        if path.parent.is_dir():
            case.damage.append(f"{path.relative_to(case.root)}: {replaced(case, path)}")
    case.words = rng.choice(
        [["status"], ["why", "far"], ["compare", "hello", "accepted", "previous"], *SHOWS, ["check"], ["clean"]]
    )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# --- what must hold ---


def snapshot(folder: Path, without: tuple[str, ...] = ()) -> dict[str, object]:
    """All that lies below a folder: bytes of files, targets of links, kinds of anything else."""
    found: dict[str, object] = {}
    for above, folders, names in os.walk(folder):
        way = Path(above).relative_to(folder)
        folders[:] = [name for name in folders if str(way / name) not in without]
        for name in (*folders, *names):
            path = Path(above, name)
            plain = path.is_file() and not path.is_symlink() and path.stat().st_size < 2**30
            if str(way / name) not in without:
                found[str(way / name)] = (
                    path.read_bytes() if plain else os.readlink(path) if path.is_symlink() else path.is_dir()
                )
    return found


@contextlib.contextmanager
def alarm(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise Late(f"no end within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def findings(case: Case, whole: dict[str, object]) -> list[str]:
    """Carries out the command of a case; what is wrong with what came of it."""
    out = case.root.parent / "out"
    words = [str(out) if word == "OUT" else word for word in case.words]
    may: tuple[str, ...] = ("snippets", "docs") if words[0] in {"accept", "new", "init"} else ()
    may += ("snippets/places.toml",) if "--note-place" in words else ()
    without = (*OURS, *may, "made", "snippets/elsewhere" if case.kind == "store" else "")
    before, beyond = snapshot(case.root, without), snapshot(case.outside)
    # As from the shell: --project comes first, so that words may give another one.
    wrong = []
    try:
        with alarm(SECONDS), contextlib.chdir(case.root):
            result = CliRunner(env=case.env).invoke(genloop, ["--project", str(case.root), *words])
    except Late as late:
        return [f"hangs: {late}; {''.join(traceback.format_tb(late.__traceback__)[-3:])}"]
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        told = traceback.extract_tb(result.exc_info[2] if result.exc_info else None)
        where = next(
            (
                f"{one.filename.rpartition('genloop/')[2]}:{one.lineno}"
                for one in reversed(told)
                if "genloop" in one.filename
            ),
            "?",
        )
        wrong.append(f"raised {type(result.exception).__name__} at {where}: {str(result.exception)[:120]!r}")
    elif result.exit_code not in {0, 1, 2} or (result.exit_code and not result.output.strip()):
        wrong.append(f"ended with {result.exit_code} and said {result.output!r:.80}")
    if snapshot(case.outside) != beyond:
        wrong.append("wrote outside of the course")
    after = snapshot(case.root, without)
    new = set() if case.kind in {"words", "names", "environment"} else {*after} - {*before}  # they may ask for that
    if changed := sorted(name for name in {*before, *new} if before.get(name) != after.get(name)):
        wrong.append(f"changed files of the author: {changed[:3]}")
    if case.kind == "store" and result.exit_code == 0 and words[0] == "stage" and snapshot(out) != whole:
        wrong.append("shows other pages than the whole store")
    return wrong


def one_case(
    seed: int, number: int, made: Path, room: Path, whole: dict[str, object], store: bool
) -> tuple[Case, list[str]]:
    """The case of this number, in a fresh copy of the course."""
    rng = random.Random(f"{seed} {number}")
    kinds = [*INPUTS, "header", "settings", "page", "words", "words", "names", "environment"]
    shutil.rmtree(room, ignore_errors=True)
    case = Case(rng, room / "course", "store" if store else rng.choice(kinds))
    shutil.copytree(made, case.root, symlinks=True)
    case.outside.mkdir()
    (case.outside / "letter.txt").write_text("mine")
    (case.outside / "kept").mkdir()
    (case.root / "loop").symlink_to("loop")
    brought = case.root / "brought"
    brought.mkdir()
    (brought / "one.ipynb").write_text(json.dumps(whole_notebook()))
    (brought / "two.py").write_text(
        '"""\nTwo\n===\n\n.. math:: x\n"""\nimport numpy as np\n\n# %%\n# A `link <x>`_.\nopen("a.csv")\n'
    )
    (break_store if store else break_input)(case)
    return case, findings(case, whole)


def campaign(seed: int, inputs: int, stores: int, only: int | None = None, keep: Path | None = None) -> Counter[str]:
    """Runs so many cases of each kind, says what was found, and returns the counts; "found" is one of them."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        made, room = Path(folder, "made"), keep or Path(folder, "room")
        make_course(made)
        whole: dict[str, object] = {}
        staged = Path(folder, "whole")
        assert CliRunner().invoke(genloop, ["--project", str(made), "stage", str(staged)]).exit_code == 0
        whole = snapshot(staged)
        for number in range(inputs + stores) if only is None else [only]:
            case, wrong = one_case(seed, number, made, room, whole, number >= inputs)
            counts[case.kind] += 1
            counts["found"] += bool(wrong)
            for one in wrong:
                print(f"{number} {case.kind}: {one}\n  {case.words!r:.200} {case.env!r:.100} {case.damage}", flush=True)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--stores", type=int, default=1000)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    counts = campaign(given.seed, given.inputs, given.stores, given.only, given.keep)
    print(", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())))
    sys.exit(bool(counts["found"]))


if __name__ == "__main__":
    main()
