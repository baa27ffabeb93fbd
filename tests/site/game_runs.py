"""The runs of gan/game and gan/ring as the tests of their widgets need them: settings, programs, lines, final weights.

The engine is asked here only. What a variant sets is read from its program's text, not from what the widget knows.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from genloop.engine.compare.verify import compare
from genloop.engine.program.project import load_project
from tests.site.built import ROOT, SNIPPETS

Settings = dict[str, object]
"""A constant of the program -> its value, and what its variants patch: LOSS, DETACH and D_STEPS."""

CONSTANTS = (
    "SEED",
    "REAL_MEAN",
    "REAL_STD",
    "LATENT_DIM",
    "HIDDEN",
    "STEPS",
    "BATCH",
    "G_RATE",
    "D_RATE",
    "BETAS",
)


@cache
def programs(base: str = "gan/game") -> dict[str, str]:
    """Every run of a program that was accepted -> the text that ran, without its header."""
    return {name: one.body for name, one in load_project(ROOT).snippets.items() if one.base == base}


def accepted(name: str) -> str:
    return (SNIPPETS / f"{name}.out").read_text(encoding="utf-8")


def differences(name: str, printed: str) -> list[str]:
    """By the rules of the site: text and whole numbers exactly, a decimal to one unit of its last digit."""
    assert not load_project(ROOT).snippets[name].settings.expect  # no line has room of its own
    return [str(problem) for problem in compare(name, accepted(name), printed)]


def constants(program: str, names: Collection[str]) -> Settings:
    """What a program's text sets at its top, read as Python."""
    found: Settings = {}
    for node in ast.parse(program).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                given = ast.literal_eval(value)
                found[name] = list(given) if isinstance(given, tuple) else given
    assert set(found) == set(names)
    return found


def settings(program: str) -> Settings:
    """What a text of gan/game sets, its patches too."""
    found = constants(program, CONSTANTS)
    joint = "[*discriminator.parameters(), *generator.parameters()]" in program
    cut = "discriminator(fake.detach())" in program
    cut_at_once = "generator(torch.randn(BATCH, LATENT_DIM)).detach()" in program
    kinds = {
        (False, True, False): "as it is",
        (True, False, False): "missing",
        (True, True, False): "joint",
        (False, True, True): "wrong place",
    }
    loss = "saturating" if "-F.softplus(discriminator(" in program else "non-saturating"
    return found | {"DETACH": kinds[joint, cut, cut_at_once], "LOSS": loss, "D_STEPS": 1}


RING = ("SEED", "GAMES", "WIDTH", "STEPS", "BATCH", "D_STEPS", "G_RATE", "RATE_RATIO")


def ring_settings(program: str) -> Settings:
    """What a text of gan/ring sets, and which repairs stand in it."""

    def number(pattern: str, otherwise: float) -> float:
        found = re.search(pattern, program)
        return float(found[1]) if found else otherwise

    return constants(program, RING) | {
        "SATURATING": "-F.softplus(fake_logits)" in program,
        "R1": number(r"([\d.]+) \* slope_penalty\(real,", 0),
        "R2": number(r"([\d.]+) \* slope_penalty\(fake,", 0),
        "PAIRED": "fake_logits - real_logits" in program,
        "SPECTRAL": "2, 1, BoundedLinear)" in program,
        "PACK": number(r"-1, 2 \* (\d)\)", 1),
    }


def changed(program: str, values: Sequence[tuple[str, str]], patches: Sequence[tuple[str, str]] = ()) -> str:
    """The program as a reader changes it who does what the widget says."""
    for name, value in values:
        program, times = re.subn(rf"(?m)^{name} = [^#\n]*?(?=  #|$)", f"{name} = {value}", program)
        assert times == 1, name
    for old, new in patches:
        assert program.count(old) == 1, old
        program = program.replace(old, new)
    return program


def without_constants(program: str) -> str:
    return re.sub(rf"(?m)^({'|'.join(CONSTANTS)}) = .*\n", "", program)


def ran(program: str, folder: Path) -> tuple[str, Mapping[str, list[float]]]:
    """Runs it in a process of its own: what it printed, and the weights of both networks after its last step."""
    (folder / "game.py").write_text(program, encoding="utf-8")
    work = (
        "import json, runpy, torch\n"
        "left = runpy.run_path('game.py')\n"
        "flat = lambda net: torch.cat([w.detach().flatten() for w in net.parameters()]).tolist()\n"
        "nets = {name: flat(left[name]) for name in ('generator', 'discriminator')}\n"
        "open('weights.json', 'w').write(json.dumps(nets))\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", work]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout, json.loads((folder / "weights.json").read_text())
