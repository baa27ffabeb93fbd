"""Looks at a program without running it: what it imports, writes and reads, and why it could not run by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from genloop.engine.begin.packages import is_standard
from genloop.engine.begin.paths import Paths, is_own_folder, paths_of

GPU = {"cupy", "cudf", "cuml", "pycuda", "rmm"}
"""Modules that do nothing without a GPU."""
PRINT = {"print", "pprint", "display", "info", "summary", "echo", "secho"}
"""What is called where something is printed."""


@dataclass(frozen=True)
class Remark:
    """Something about a program that a person should know: where, what, what to do."""

    line: int | None
    why: str
    fix: str


@dataclass
class Look:
    paths: Paths
    imports: dict[str, int] = field(default_factory=dict)
    """Top-level names of modules -> the line that imports them; those of the standard library are left out."""
    blocks: list[Remark] = field(default_factory=list)
    """Why it cannot run by itself, in an empty folder, without arguments."""
    draws: int = 0
    """The line that shows a figure on a screen, or that imports what draws; 0 if there is none."""
    shows: list[int] = field(default_factory=list)
    """The lines of `plt.show()`, where it stands alone and is reached once."""
    saves: bool = False
    """Whether it saves a figure at all."""
    prints: bool = False
    makes_folders: bool = False
    """Whether it makes any folder: where it saves into one, none is there."""


def look(tree: ast.Module) -> Look:
    """What is to be known of a program before it runs."""
    found = Look(paths_of(tree))
    called = {name for node in ast.walk(tree) if isinstance(node, ast.Call) and (name := _called(node))}
    found.prints = bool(called & PRINT) or any(getattr(node, "attr", "") == "stdout" for node in ast.walk(tree))
    found.makes_folders = bool(called & {"mkdir", "makedirs"})
    found.saves = bool(called & {"savefig", "imsave", "imwrite", "save_image"})
    found.shows = [node.lineno for node in tree.body if _shows(node)]
    careful = bool(called & {"is_available", "device_count"})
    own = _own_places(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    _imported(alias.name, node.lineno, found)
            case ast.ImportFrom(module=module, level=0) if module:
                _imported(module, node.lineno, found)
            case ast.ImportFrom():
                fix = "write what it takes from there into the program"
                found.blocks.append(Remark(node.lineno, "is a part of a package: it imports from a dot", fix))
            case ast.Call():
                found.blocks += _of_call(node, careful)
                if _called(node) == "show" and isinstance(node.func, ast.Attribute):
                    found.draws = node.lineno
            case ast.Name(id="__file__") if node not in own:
                fix = "a run has a folder of its own: let it look there, by names alone or by Path(__file__).parent"
                found.blocks.append(Remark(node.lineno, "looks for files by its own place (__file__)", fix))
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="sys"), attr="argv"), slice=ast.Constant(value=int(number))
            ) if number > 0:
                found.blocks.append(_arguments(node.lineno, f"sys.argv[{number}]"))
    found.draws = found.draws or found.imports.get("matplotlib", 0)
    found.blocks.sort(key=lambda remark: remark.line or 0)
    found.blocks = list({(remark.line, remark.why): remark for remark in found.blocks}.values())
    return found


def _own_places(tree: ast.Module) -> set[ast.AST]:
    """Where a program names its own folder, and does not go up from there: what it reads there is laid beside it."""
    own: set[ast.AST] = set()
    left: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Attribute(attr="parent" | "parents", value=inner)
                | ast.Call(func=ast.Attribute(attr="dirname"), args=[inner])
            ) if is_own_folder(inner):
                left |= {*ast.walk(inner)}
        if is_own_folder(node):
            own |= {*ast.walk(node)}
    return own - left


def _shows(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(ast.Call(func=ast.Attribute(value=ast.Name("plt" | "pyplot"), attr="show"))):
            return True
    return False


def _imported(module: str, line: int, found: Look) -> None:
    top = module.partition(".")[0]
    if not is_standard(top):
        found.imports.setdefault(top, line)
    if top in GPU or module == "numba.cuda":
        found.blocks.append(_gpu(line, f"imports {module}"))


def _of_call(call: ast.Call, careful: bool) -> Iterator[Remark]:
    """What in a call keeps a program from running by itself. careful: it asks whether there is a GPU."""
    called, line = _called(call), call.lineno
    if called in {"input", "getpass"} and isinstance(call.func, ast.Name):
        fix = "write what you would answer into the program, as a constant at its top"
        yield Remark(line, f"asks somebody a question ({called})", fix)
    elif called == "add_argument" and _is_required(call):
        yield _arguments(line, f'add_argument("{_first_text(call)}")')
    elif (
        called == "argument" and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "click"
    ):
        yield _arguments(line, "click.argument")
    elif not careful:
        words = call.args if called in {"to", "device", "set_default_device"} else []
        words = [*words, *(word.value for word in call.keywords if word.arg in {"device", "map_location"})]
        if called == "cuda" and isinstance(call.func, ast.Attribute):
            yield _gpu(line, "calls .cuda()")
        elif any(isinstance(word, ast.Constant) and str(word.value).partition(":")[0] == "cuda" for word in words):
            yield _gpu(line, 'asks for "cuda"')


def _is_required(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    required = given.get("required")
    if isinstance(required, ast.Constant) and required.value is True:
        return True
    optional = isinstance(nargs := given.get("nargs"), ast.Constant) and nargs.value in {"?", "*"}
    return not _first_text(call).startswith("-") and not optional


def _first_text(call: ast.Call) -> str:
    match call.args:
        case [ast.Constant(value=str(text)), *_]:
            return text
    return "-"


def _arguments(line: int, what: str) -> Remark:
    return Remark(line, f"needs arguments ({what})", "write them into the program, as constants at its top")


ON_THE_PROCESSOR = """\
let it run on the processor: what readers run is what is shown; or bring it by hand, with `elsewhere` in its header"""


def _gpu(line: int, what: str) -> Remark:
    return Remark(line, f"needs a GPU ({what})", ON_THE_PROCESSOR)


def _called(call: ast.Call) -> str:
    """The last name of what is called: "savefig" for fig.savefig(...)."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
