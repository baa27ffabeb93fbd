"""Milliseconds to decode one latent in Chromium, for each model of the latent explorer: the best of five.

    python -m tests.benchmarks.explorer

Ends with 1 if one takes more than half a millisecond, of 28x28 pixels more than five. Needs the built site.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "assets" / "js"
DATA = ROOT / "site" / "generated" / "files" / "explore"
TARGETS = {8: 0.5, 28: 5.0}
"""By pixels along one side. 28x28: a map of classes, 1,600 places, is then there within seconds."""
TIMED = """() => Object.fromEntries(glExplore.catalog().map((entry) => {
    const model = new glExplore.Model(entry, glExplore.written(`${entry.name}.json`, entry.side));
    const z = new Float64Array(model.latents).fill(0.5);
    const rounds = entry.side > 8 ? 100 : 500;
    const times = Array.from({length: 5}, () => {
        const start = performance.now();
        for (let i = 0; i < rounds; i++) { z[0] = 2 * i / rounds - 1; model.decode(z); }
        return (performance.now() - start) / rounds;
    });
    return [entry.name, [entry.side, Math.min(...times)]];
}))"""


def milliseconds() -> dict[str, tuple[int, float]]:
    """Model -> pixels along one side, and the time of one decoding."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for file in sorted(DATA.glob("*decoders/*.json.js")):
            page.add_script_tag(path=file)
        for name in ("torch-random.js", "explore-model.js"):
            page.add_script_tag(path=SCRIPTS / name)
        found: dict[str, tuple[int, float]] = page.evaluate(TIMED)
        browser.close()
    return found


def main() -> None:
    found = milliseconds()
    for name, (side, time) in found.items():
        print(f"{name:<12} {time:.3f} ms (target {TARGETS[side]} ms)")
    sys.exit(any(time > TARGETS[side] for side, time in found.values()))


if __name__ == "__main__":
    main()
