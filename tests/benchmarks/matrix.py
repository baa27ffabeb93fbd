"""`make matrix`: every program, afresh, under each instruction set of this processor, with one thread and with two.

The same accepted files must hold under each; where they did is noted in snippets/places.toml, which pages show. Ends
with a table, and with 1 if any of them failed. Names of programs or patterns check these alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

CAPABILITIES = ("default", "avx2", "avx512")


def supported() -> list[str]:
    """Those that this processor has: torch does not check, and would be ended by an illegal instruction."""
    ask = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    said = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout
    best = said.strip().lower()
    return list(CAPABILITIES[: CAPABILITIES.index(best) + 1]) if best in CAPABILITIES else ["default"]


def main() -> None:
    capabilities = supported()
    for missing in CAPABILITIES[len(capabilities) :]:
        print(f"this processor has no {missing}: not checked here")
    rows = []
    for capability in capabilities:
        for threads in (1, 2):
            print(f"== ATEN_CPU_CAPABILITY={capability}, {threads} thread{'s' if threads > 1 else ''}", flush=True)
            setting = {"ATEN_CPU_CAPABILITY": capability, "GENLOOP_THREADS": str(threads)}
            start = time.perf_counter()
            command = [sys.executable, "-m", "genloop", "check", "--fresh", "--note-place", *sys.argv[1:]]
            code = subprocess.run(command, env={**os.environ, **setting}, check=False).returncode
            rows.append((capability, threads, code, time.perf_counter() - start))
    print("\ninstruction set  threads  result  seconds")
    for capability, threads, code, seconds in rows:
        print(f"{capability:<15}  {threads:>7}  {'same' if code == 0 else 'DIFFERS':<7} {seconds:>7.0f}")
    sys.exit(any(code for _, _, code, _ in rows))


if __name__ == "__main__":
    main()
