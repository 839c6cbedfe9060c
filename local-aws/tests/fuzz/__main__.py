"""Fuzz a server of its own: ``python -m tests.fuzz --seed 1 --count 10000``."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

from tests.clients import exported
from tests.fuzz.run import run

_DOCUMENTATION = Path(__file__).parents[2] / "docs" / "local-aws.md"


def main() -> int:
    """Print what was found; return 1 if that is anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--service", help="one service only")
    options = parser.parse_args()
    operations = [pair for pair in documented_operations() if options.service in (None, pair[0])]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as environment:
        report = run(environment, operations, options.seed, options.count)
    print(*report.lines(), sep="\n")
    return 0 if report.is_clean else 1


def documented_operations() -> list[tuple[str, str]]:
    """Return the services and operations that local_aws serves, as its documentation lists them."""
    operations = []
    for line in _DOCUMENTATION.read_text().splitlines():
        if match := re.fullmatch(r"\| `(?P<service>[a-z0-9-]+)` \| (?P<owned>[^|]*) \| (?P<moto>[^|]*) \|", line):
            words = re.findall(r"[A-Z]\w+", f"{match['owned']} {match['moto']}")
            operations += [(match["service"], word) for word in words]
    return sorted(operations)


@contextmanager
def served(data_dir: Path) -> Iterator[dict[str, str]]:
    """Run a server in a process of its own; give the variables that it prints."""
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(data_dir), "--with-stdin"]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield exported(process.stdout)
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
