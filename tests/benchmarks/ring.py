"""Every accepted run of gan/ring in Chromium: whether the page's lines are the accepted ones, and the seconds.

    python -m tests.benchmarks.ring [part of a name ...]

All of them take about twenty minutes, and the five games of one large run about one. Ends with 1 if any differs.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.site.game_runs import differences, programs, ring_settings

SCRIPTS = Path(__file__).parents[2] / "docs" / "assets" / "js"
TIMED = """given => { const start = performance.now(), run = new glRing.RingRun(given); while (!run.work.next().done);
    return [run.text, (performance.now() - start) / 1000]; }"""


def main() -> None:
    differ = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for name in (
            "torch-random.js",
            "nets.js",
            "python-format.js",
            "mlp.js",
            "ring-program.js",
            "ring-sets.js",
            "ring-run.js",
        ):
            page.add_script_tag(path=SCRIPTS / name)
        _, seconds = page.evaluate(TIMED, {"GAMES": 1})
        print(f"one game, 2,000 steps: {seconds:.1f} s (target 30 s)", flush=True)
        for name, program in programs("gan/ring").items():
            if all(part in name for part in sys.argv[1:]):
                text, seconds = page.evaluate(TIMED, ring_settings(program))
                problems = differences(name, text)
                differ += problems
                print(f"{name:<24} {'DIFFERS' if problems else 'same':<8} {seconds:6.1f} s", flush=True)
        browser.close()
    print("\n".join(differ))
    sys.exit(bool(differ))


if __name__ == "__main__":
    main()
