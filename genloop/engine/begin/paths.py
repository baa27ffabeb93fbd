"""The files that a program names: what it writes and what it reads, as far as the names stand in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from genloop.engine.program.constants import bindings

# Where the name stands among the arguments; None for the thing that the method belongs to: Path("x").write_text(...).
WRITES: Mapping[str, int | None] = {
    "savefig": 0,
    "imsave": 0,
    "imwrite": 0,
    "save": 0,
    "savez": 0,
    "savez_compressed": 0,
    "savetxt": 0,
    "savemat": 0,
    "save_image": 1,
    "save_file": 1,
    "dump": 1,
    "to_csv": 0,
    "to_json": 0,
    "to_parquet": 0,
    "to_pickle": 0,
    "write_html": 0,
    "write_image": 0,
    "write_text": None,
    "write_bytes": None,
}
READS: Mapping[str, int | None] = {
    "load": 0,
    "load_file": 0,
    "loadtxt": 0,
    "loadmat": 0,
    "genfromtxt": 0,
    "fromfile": 0,
    "imread": 0,
    "read_csv": 0,
    "read_json": 0,
    "read_excel": 0,
    "read_parquet": 0,
    "read_pickle": 0,
    "read_table": 0,
    "read_text": None,
    "read_bytes": None,
}
LISTS = {"glob": "", "iglob": "", "rglob": "**", "listdir": "*", "scandir": "*", "iterdir": "*"}
"""What lists files -> what its pattern has besides what stands in the program."""
ADDED = {"savefig": ".png", "save": ".npy", "savez": ".npz", "savez_compressed": ".npz"}
"""What NumPy and Matplotlib put behind a name without an ending."""
NAMES = {"fname", "file", "filename", "path", "f", "fp", "filepath_or_buffer", "path_or_buf"}
"""Keywords that such a name is given by."""


FILE_NAME = re.compile(r"[^\n:*?\[]{1,200}\.\w{1,10}")


@dataclass
class Paths:
    written: dict[str, int] = field(default_factory=dict)
    """Name -> line."""
    read: dict[str, int] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    """Addresses."""
    named: dict[str, None] = field(default_factory=dict)
    """What could be the name of a file, or a pattern: of some files that are there, nobody knows how they are read."""
    unknown: list[int] = field(default_factory=list)
    """Lines that save under a name which is made while the program runs."""


def paths_of(tree: ast.Module) -> Paths:
    """The files of a program."""
    found = Paths()
    texts = _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            _look_at(node, texts, found)
        match node:
            case ast.Constant() | ast.Call() | ast.BinOp(op=ast.Div()):
                if (text := text_of(node, texts)) and FILE_NAME.fullmatch(text):
                    found.named.setdefault(PurePosixPath(text).as_posix())
    for name in found.written:  # its own
        found.read.pop(name, None)
        found.named.pop(name, None)
    return found


def _look_at(call: ast.Call, texts: Mapping[str, str], found: Paths) -> None:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if called == "open":
        own = text_of(owner, texts) if owner is not None else None  # Path("x").open("w")
        name = own or _argument(call, 0, texts)
        mode = _mode(call, 0 if own else 1)
        if name and any(sign in mode for sign in "wax+"):
            found.written.setdefault(name, call.lineno)
        elif name:
            _reads(name, call.lineno, found)
    elif called in WRITES:
        at = WRITES[called]
        name = text_of(owner, texts) if at is None else _argument(call, at, texts)
        if not name and called == "save":  # torch.save(model, "x.pt")
            name = _argument(call, 1, texts)
        if name and called in ADDED and not PurePosixPath(name).suffix:
            name += ADDED[called]
        if name:
            found.written.setdefault(name, call.lineno)
        elif called in {"savefig", "imsave", "imwrite", "savez", "savez_compressed", "savetxt"}:
            found.unknown.append(call.lineno)
    elif called in READS:
        at = READS[called]
        if name := text_of(owner, texts) if at is None else _argument(call, at, texts):
            _reads(name, call.lineno, found)
    elif called in LISTS:
        _lists(called, text_of(owner, texts), _argument(call, 0, texts), found)
    elif called in {"urlopen", "urlretrieve"} and (name := _argument(call, 0, texts)):
        _reads(name, call.lineno, found)


def _lists(called: str, folder: str | None, word: str | None, found: Paths) -> None:
    """Notes the pattern of a program that takes all files that match, or all of a folder."""
    parts = [part for part in (folder, word) if part is not None]
    if parts:
        pattern = (
            PurePosixPath(*parts[:-1], LISTS[called], parts[-1])
            if called == "rglob"
            else (PurePosixPath(*parts, LISTS[called]))
        )
        if pattern.name != str(pattern) or pattern.suffix:  # not all that lies where it runs
            found.named.setdefault(str(pattern))


def _reads(name: str, line: int, found: Paths) -> None:
    (found.fetched if "://" in name else found.read).setdefault(name, line)


def _argument(call: ast.Call, at: int, texts: Mapping[str, str]) -> str | None:
    if at < len(call.args):
        return text_of(call.args[at], texts)
    return next((text_of(word.value, texts) for word in call.keywords if word.arg in NAMES), None)


def _mode(call: ast.Call, at: int) -> str:
    given = [call.args[at]] if at < len(call.args) else [word.value for word in call.keywords if word.arg == "mode"]
    return text_of(given[0], {}) or "r" if given else "r"


def is_own_folder(node: ast.AST) -> bool:
    """Whether this is the folder of the program: Path(__file__).parent, os.path.dirname(os.path.abspath(__file__))."""
    match node:
        case ast.Attribute(attr="parent", value=file) | ast.Call(func=ast.Attribute(attr="dirname"), args=[file]):
            return _is_own_file(file)
    return False


def _is_own_file(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="__file__"):
            return True
        case (
            ast.Call(func=ast.Attribute(value=inner, attr="resolve" | "absolute"), args=[])
            | ast.Call(func=ast.Name(id="Path") | ast.Attribute(attr="Path" | "abspath" | "realpath"), args=[inner])
        ):
            return _is_own_file(inner)
    return False


def text_of(node: ast.expr | None, texts: Mapping[str, str]) -> str | None:
    """The text that an expression stands for, if that is plain to see: "a" + B, Path("a") / "b", os.path.join(...)."""
    if node is not None and is_own_folder(node):
        return "."
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return texts.get(name)
        case ast.BinOp(left=left, op=ast.Add() | ast.Div() as sign, right=right):
            one, other = text_of(left, texts), text_of(right, texts)
            if one is None or other is None:
                return None
            return one + other if isinstance(sign, ast.Add) else str(PurePosixPath(one, other))
        case (
            ast.Call(func=ast.Name(id="Path" | "str"), args=[_, *_] as args)
            | ast.Call(func=ast.Attribute(attr="join" | "Path"), args=[_, *_] as args)
        ):
            parts = [text_of(part, texts) for part in args]
            return str(PurePosixPath(*(part for part in parts if part is not None))) if all(parts) else None
    return None


def _constants(tree: ast.Module) -> dict[str, str]:
    """The constants at the top of a program that are a text or a path, and get no other value."""
    bound = bindings(tree)
    texts: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if len(bound[name]) == 1:
                if text := text_of(value, texts):
                    texts[name] = text
    return texts
