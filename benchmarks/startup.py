"""How long ``provgen --help`` takes against importing typer and rich alone.

The two are started in turn, so that whatever else the machine does falls on both; the figure is
the ratio of the medians.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

PAIRS = 15
GOAL = 3
OURS = [sys.executable, "-m", "provenance_gen.cli", "--help"]
BARE = [sys.executable, "-c", "import typer, rich"]


def seconds(command: list[str]) -> float:
    """Return the wall time of one run."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians, and the ratio as JSON in the last line."""
    for command in (OURS, BARE):
        seconds(command)
    pairs = [(seconds(OURS), seconds(BARE)) for _ in range(PAIRS)]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"provgen --help {ours * 1000:.0f} ms, import typer, rich {bare * 1000:.0f} ms")
    print(f"help_over_import {ours / bare:.2f}  (goal at most {GOAL})")
    figures = {"help_over_import": {"value": round(ours / bare, 2), "goal": GOAL, "unit": "ratio"}}
    print(json.dumps({"benchmark": "startup", "figures": figures}))


if __name__ == "__main__":
    main()
