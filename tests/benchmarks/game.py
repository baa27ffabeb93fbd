"""Seconds for 1,000 steps of the game in Chromium, with the scripts of docs/assets/js: the best of five.

    python -m tests.benchmarks.game [rate]

With a rate, the processor is slowed down that many times, as a phone's is.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SCRIPTS = Path(__file__).parents[2] / "docs" / "assets" / "js"
TIMED = """() => { const start = performance.now();
    const run = new glGame.GameRun(); while (!run.finished) run.moveBoth();
    return (performance.now() - start) / 1000; }"""


def main() -> None:
    slower = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for name in ("torch-random.js", "nets.js", "python-format.js", "game-run.js"):
            page.add_script_tag(path=SCRIPTS / name)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        print(min(page.evaluate(TIMED) for _ in range(5)))
        browser.close()


if __name__ == "__main__":
    main()
