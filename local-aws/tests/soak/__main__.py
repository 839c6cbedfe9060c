"""Kills, fuzz, memory, load and pipelines: ``python -m tests.soak [--scale 0.1] [--seed N]`` ends with a table."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.soak import fuzz, kills, load, memory, pipelines
from tests.soak.figures import Figure, table

PARTS: dict[str, Callable[[Path, int, float], list[Figure]]] = {
    "kills": kills.run,
    "fuzz": fuzz.run,
    "memory": memory.run,
    "load": load.run,
    "pipelines": pipelines.run,
}


def main() -> int:
    """Run the parts; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the kills, calls and bytes (default 1)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of everything that is chosen")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; by default all")
    options = parser.parse_args()
    print(f"seed {options.seed}, scale {options.scale}", flush=True)
    figures = []
    for name in options.only or PARTS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            figures += PARTS[name](Path(folder), options.seed, options.scale)
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    print(table(figures))
    missed = [figure.what for figure in figures if not figure.met]
    if missed:
        print(f"missed with --seed {options.seed} --scale {options.scale}: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
