"""Milliseconds to decode one latent in Chromium, for each model of the latent explorer: the best of five.

    python -m tests.benchmarks.explorer

Ends with 1 if one takes more than half a millisecond. Needs the built site.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "assets" / "js"
DATA = ROOT / "site" / "generated" / "files" / "explore" / "decoders"
TARGET = 0.5
TIMED = """() => Object.fromEntries(glExplore.shared().models.map((entry) => {
    const model = new glExplore.Model(entry, glExplore.written(`${entry.name}.json`));
    const z = new Float64Array(model.latents).fill(0.5);
    const times = Array.from({length: 5}, () => {
        const start = performance.now();
        for (let i = 0; i < 500; i++) { z[0] = i / 250 - 1; model.decode(z); }
        return (performance.now() - start) / 500;
    });
    return [entry.name, Math.min(...times)];
}))"""


def milliseconds() -> dict[str, float]:
    """Model -> the time of one decoding."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for file in sorted(DATA.glob("*.json.js")):
            page.add_script_tag(path=file)
        for name in ("torch-random.js", "explore-model.js"):
            page.add_script_tag(path=SCRIPTS / name)
        found: dict[str, float] = page.evaluate(TIMED)
        browser.close()
    return found


def main() -> None:
    found = milliseconds()
    for name, time in found.items():
        print(f"{name:<10} {time:.3f} ms (target {TARGET} ms)")
    sys.exit(max(found.values()) > TARGET)


if __name__ == "__main__":
    main()
