"""``make setup``'s steps: a command and one live line about it, before anything but Python is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence

from console.terminal import say, visible_line

_KEPT_LINES = 40
_TICK_SECONDS = 0.5
_TOLD = re.compile(r"\s*(Collecting|Downloading|Using cached|Building|Preparing|Installing|Obtaining)\b.*")


def main(arguments: Sequence[str]) -> int:
    """Run ``TITLE -- COMMAND …``; return the command's exit code, after its last lines if it fails."""
    title, separator, *command = arguments
    if separator != "--" or not command:
        say("usage: python -m console.setup_step TITLE -- COMMAND ...", stream=sys.stderr)
        return 2
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    reader = threading.Thread(target=lines.extend, args=(process.stdout or (),), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(_TICK_SECONDS)
        if sys.stdout.isatty():
            _show(f"  {time.monotonic() - start:5.0f} s  {title}: {_activity(lines)}")
    code = process.wait()
    if sys.stdout.isatty():
        _show("")
    say(f"  {time.monotonic() - start:5.0f} s  {title}: {'done' if code == 0 else f'failed with exit code {code}'}")
    if code:
        say("".join(lines), end="", stream=sys.stderr)
    return code


def _activity(lines: deque[str]) -> str:
    """Return what the command last said that it does, without pip's long lists of packages."""
    told = next((line for line in reversed(list(lines)) if _TOLD.match(line)), "").strip()
    return told.partition(":")[0] if told.startswith("Installing collected packages") else told


def _show(text: str) -> None:
    """Replace the live line, cut to the terminal's width as it is now."""
    width = shutil.get_terminal_size().columns - 1
    sys.stdout.write(f"\r\x1b[2K{visible_line(text)[:width]}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
