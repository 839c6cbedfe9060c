"""The picture of the terminal in README.md, from a real run: ``python -m benchmarks.record_terminal FILE.svg``.

The run's own lines, without the lists of the stacks' changes and what follows the comparison of the models.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

_COLUMNS = 100
_NOTE = " " * 12
_LAST = "Champion"
_STYLES = {
    r"^\w+(?=: )": "bold cyan",
    r"SUCCEEDED|Succeeded|CREATE_COMPLETE": "green",
    r"FAILED|Failed": "red",
    r"^ +[\d.]+ s": "dim",
}


def main() -> int:
    """Run the demo and draw its lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, metavar="FILE.svg")
    parser.add_argument("--source", default="sample", metavar="sample|live|DIR", help="the demo's feeds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "console.main", "demo", "--source", options.source, "--data-dir", folder]
        output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    options.picture.write_text(drawing(output.splitlines()), encoding="utf-8")
    return 0


def drawing(lines: Iterable[str]) -> str:
    """Return an SVG of the lines on a terminal, which asks no other site for a font."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), highlight=False)
    console.print(Text("$ make demo", style="bold"))
    for line in _shown(lines):
        text = Text(line, no_wrap=True, overflow="ellipsis")
        for pattern, style in _STYLES.items():
            text.highlight_regex(pattern, style)
        console.print(text)
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.S)
    return console.export_svg(title="make demo", code_format=template)


def _shown(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines up to the summary's comparison; an ellipsis stands for what follows."""
    for line in lines:
        if line.startswith(_LAST):
            break
        if not line.startswith(_NOTE):
            yield line.rstrip()
    yield "…"


if __name__ == "__main__":
    sys.exit(main())
