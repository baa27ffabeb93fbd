"""What the game in the page computes with: torch's random numbers, its start of a layer, losses, Adam, and formats.

All in Chromium, with the scripts of the built site, against torch itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.site.built import SITE

SCRIPTS = ("torch-random.js", "nets.js", "python-format.js")
SEEDS = (0, 1, 123456789, -1, 2**32 + 5)  # torch takes the lowest 32 bits

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page with the scripts in it: one for all tests, since none of them changes it."""
    page = browser.new_page()
    for script in SCRIPTS:
        page.add_script_tag(path=SITE / "assets" / "js" / script)
    yield page
    page.close()


@pytest.fixture(autouse=True)
def in_float64() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def floats(page: Page, script: str, argument: Any = None) -> Floats:
    """What a function of the page returns, as float64: JSON keeps every bit of a double."""
    return np.array(page.evaluate(script, argument), dtype=np.float64)


def apart(a: Floats, b: Floats) -> float:
    """The greatest distance, in units of the last place."""
    return float(np.max(np.abs(a - b) / np.spacing(np.abs(b))))


# ---- random numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_numbers_are_equal_to_the_last_bit(blank: Page, seed: int) -> None:
    torch.manual_seed(seed)
    expected = torch.rand(2000).numpy()  # three refills of the generator's state
    found = floats(
        blank,
        "seed => { const r = new glRandom.TorchRandom(seed); return Array.from({length: 2000}, () => r.uniform()); }",
        seed,
    )
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("n", [1, 2, 10, 512, 2**28 - 1, 2**28, 2**31 - 1, 2**32 - 1, 2**45 + 1])
def test_randint_is_equal(blank: Page, n: int) -> None:
    torch.manual_seed(7)
    expected = torch.randint(n, (700,)).tolist()
    found = blank.evaluate(
        "n => { const r = new glRandom.TorchRandom(7); return Array.from({length: 700}, () => r.integer(n)); }", n
    )
    assert found == expected


@pytest.mark.parametrize("n", [1, 2, 128, 1000, 20_000])
def test_randperm_is_equal(blank: Page, n: int) -> None:
    torch.manual_seed(7)
    expected = torch.randperm(n).tolist()
    assert blank.evaluate("n => Array.from(new glRandom.TorchRandom(7).permutation(n))", n) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_numbers_are_within_a_few_ulps(blank: Page, seed: int) -> None:
    """Logarithm, sine and cosine are those of the browser here and of torch's libraries there, each with a last bit
    of its own.

    Of 100,000 numbers all were equal on one machine, and the worst was 3 units of the last place off on another.
    """
    torch.manual_seed(seed)
    expected = torch.randn(100_000).numpy()
    found = floats(
        blank,
        "seed => { const x = new Float64Array(100000); new glRandom.TorchRandom(seed).fillNormal(x); return [...x]; }",
        seed,
    )
    assert apart(found, expected) <= 4


def test_few_normal_numbers_come_in_pairs_and_many_end_in_sixteen(blank: Page) -> None:
    """Fewer than 16 keep half of a pair for later; 17 draw their last 16 anew. In one stream, to see what is kept."""
    sizes = [3, 2, 16, 4, 1, 17, 40, 15, 5, 31]
    torch.manual_seed(3)
    expected = torch.cat([torch.randn(n) for n in sizes]).numpy()
    found = floats(
        blank,
        """sizes => { const r = new glRandom.TorchRandom(3);
            return sizes.flatMap(n => { const x = new Float64Array(n); r.fillNormal(x); return [...x]; }); }""",
        sizes,
    )
    assert apart(found, expected) <= 2


@pytest.mark.parametrize(("inputs", "hidden"), [(2, 16), (1, 16), (1, 1), (3, 20), (16, 128)])
def test_layers_start_with_the_same_weights(blank: Page, inputs: int, hidden: int) -> None:
    """To the last bit where torch multiplies and adds with one rounding: on every processor with AVX2 or newer."""
    torch.manual_seed(5)
    net = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    expected = torch.cat([w.detach().flatten() for w in net.parameters()]).numpy()
    script = "([i, h]) => [...new glNets.Net(i, h, new glRandom.TorchRandom(5)).weights]"
    found = floats(blank, script, [inputs, hidden])
    if torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        assert np.max(np.abs(found - expected)) <= np.spacing(1.0)
    else:
        assert np.array_equal(found, expected)


# ---- networks ------------------------------------------------------------------------------------


def test_gradients_are_those_of_autograd(blank: Page) -> None:
    """Of D's loss and of both losses of G, in the weights of both nets, with a batch that is no round number."""
    torch.manual_seed(2)
    rows, latents, hidden = 5, 3, 7
    generator = nn.Sequential(nn.Linear(latents, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    discriminator = nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    z = torch.randn(rows, latents)
    script = """([latents, hidden, rows, z, flip, sign]) => {
        const random = new glRandom.TorchRandom(2);
        const g = new glNets.Net(latents, hidden, random), d = new glNets.Net(1, hidden, random);
        const fake = g.tape(rows), onFake = d.tape(rows);
        fake.x.set(z); g.forward(fake); onFake.x.set(fake.out); d.forward(onFake);
        const slope = new Float64Array(rows), ofX = new Float64Array(rows);
        const loss = glNets.meanSoftplus(onFake.out, rows, flip, sign, slope);
        const ofG = new glNets.Gradients(g), ofD = new glNets.Gradients(d);
        d.backward(onFake, slope, ofD, ofX); g.backward(fake, ofX, ofG, null);
        return [loss, ofG.norm(), ...ofG.all, ...ofD.all]; }"""
    losses: dict[tuple[int, int], Callable[[torch.Tensor], torch.Tensor]] = {
        (1, 1): lambda logits: F.softplus(logits).mean(),
        (-1, 1): lambda logits: F.softplus(-logits).mean(),
        (1, -1): lambda logits: -F.softplus(logits).mean(),
    }
    for (flip, sign), loss_of in losses.items():
        loss = loss_of(discriminator(generator(z)))
        weights = [*generator.parameters(), *discriminator.parameters()]
        parts = [part.flatten() for part in torch.autograd.grad(loss, weights)]
        norm = torch.cat(parts[:4]).norm()
        expected = torch.cat([loss.detach().reshape(1), norm.reshape(1), *parts]).numpy()
        found = floats(blank, script, [latents, hidden, rows, z.flatten().tolist(), flip, sign])
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-16)


def test_softplus_is_straight_where_torchs_is(blank: Page) -> None:
    x = torch.tensor([-800.0, -30.0, -1.0, 0.0, 1.0, 19.999, 20.0, 20.001, 800.0], requires_grad=True)
    y = F.softplus(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    found = floats(blank, "xs => [...xs.map(glNets.softplus), ...xs.map(glNets.slopeOfSoftplus)]", x.tolist())
    np.testing.assert_allclose(found, torch.cat([y.detach(), slope]).numpy(), rtol=1e-15)


def test_adam_makes_the_same_updates(blank: Page) -> None:
    torch.manual_seed(4)
    weights, gradients = torch.randn(6), torch.randn(50, 6) * torch.tensor([1e-9, 1e-3, 1.0, 1e3, 1.0, 0.0])
    moved = weights.clone().requires_grad_()
    optimizer = torch.optim.Adam([moved], lr=0.02, betas=(0.5, 0.999), fused=True)
    for gradient in gradients:
        moved.grad = gradient.clone()
        optimizer.step()
    found = floats(
        blank,
        """([start, rows]) => { const w = Float64Array.from(start), adam = new glNets.Adam(w, 0.02, [0.5, 0.999]);
            for (const row of rows) adam.step(Float64Array.from(row)); return [...w]; }""",
        [weights.tolist(), gradients.tolist()],
    )
    np.testing.assert_allclose(found, moved.detach().numpy(), rtol=1e-13)


def test_quantiles_of_the_normal_distribution(blank: Page) -> None:
    """Middle, tails and far tails, each with its own formula."""
    shares = torch.cat([(torch.arange(10_000) + 0.5) / 10_000, torch.tensor([1e-300, 1e-20, 1e-9, 0.13, 0.14, 0.87])])
    found = floats(blank, "shares => shares.map(glNets.normalQuantile)", shares.tolist())
    np.testing.assert_allclose(found, torch.special.ndtri(shares).numpy(), rtol=1e-14, atol=1e-15)


# ---- printed numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("decimals", [2, 3])
def test_numbers_are_printed_as_python_prints_them(blank: Page, decimals: int) -> None:
    rng = np.random.default_rng(0)
    ties = [n / 8 for n in range(-40, 40)] + [n / 16 for n in range(-9, 9)]  # exact halves go to the even digit
    near = [0.005, 0.015, 1.005, 2.675, 1.0005, 0.0005, -0.0005]  # no halves, though they look like it
    rest = [0.0, -0.0, -0.0001, 1e-300, 123456.789, math.nan, math.inf, -math.inf]
    numbers = [*ties, *near, *rest, *rng.normal(size=500).tolist()]
    expected = [f"{number:.{decimals}f}" for number in numbers]
    assert blank.evaluate("([all, n]) => all.map(x => glPython.fixed(x, n))", [numbers, decimals]) == expected
