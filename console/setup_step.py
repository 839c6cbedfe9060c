"""``make setup``'s steps: commands and one live line about them, before anything but Python is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.terminal import say, visible_line

_KEPT_LINES = 40
_TICK_SECONDS = 0.5
_TOLD = re.compile(r"\s*(Collecting|Downloading|Using cached|Building|Preparing|Installing|Obtaining)\b.*")


@dataclass(frozen=True)
class Step:
    """A command of the set-up."""

    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    """Whether the set-up goes on after the command has failed; what it then lacks is in the command's last lines."""


def run(*steps: Step) -> int:
    """Run steps side by side; return the first exit code of one that failed and was not optional.

    Each gets a line at its end, after its last words if it failed.
    """
    start = time.monotonic()
    running = [_Running(step, start) for step in steps]
    try:
        for each in running:
            while each.reader.is_alive():
                each.reader.join(_TICK_SECONDS)
                if sys.stdout.isatty():
                    live = [other for other in running if other.reader.is_alive()]
                    activity = "; ".join(f"{other.step.title}: {other.activity()}".rstrip(" :") for other in live)
                    _show(f"  {time.monotonic() - start:5.0f} s  {activity}")
                for other in running:
                    if not other.reader.is_alive():
                        other.finish()
            each.finish()
    finally:
        for each in running:
            each.stop()
    return next((code for each in running if (code := each.finish()) and not each.step.optional), 0)


class _Running:
    """A step's process, and what it printed last."""

    def __init__(self, step: Step, start: float) -> None:
        self.step = step
        self._start = start
        self._code: int | None = None
        self._process = subprocess.Popen(
            step.command,
            env={**os.environ, **step.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self.reader = threading.Thread(target=self._lines.extend, args=(self._process.stdout or (),), daemon=True)
        self.reader.start()

    def activity(self) -> str:
        """Return what the command last said that it does."""
        return _activity(self._lines)

    def finish(self) -> int:
        """Wait for the end, tell of it once, and return the exit code."""
        if self._code is None:
            self._code = self._process.wait()
            if sys.stdout.isatty():
                _show("")
            outcome = "done" if self._code == 0 else f"failed with exit code {self._code}"
            say(f"  {time.monotonic() - self._start:5.0f} s  {self.step.title}: {outcome}")
            if self._code:
                say("".join(self._lines), end="", stream=sys.stderr)
        return self._code

    def stop(self) -> None:
        """End the command if it still runs: another one was interrupted."""
        if self._process.poll() is None:
            self._process.terminate()


def main(arguments: Sequence[str]) -> int:
    """Run ``TITLE -- COMMAND …``; return the command's exit code, after its last lines if it fails."""
    title, separator, *command = arguments
    if separator != "--" or not command:
        say("usage: python -m console.setup_step TITLE -- COMMAND ...", stream=sys.stderr)
        return 2
    return run(Step(title, command))


def _activity(lines: deque[str]) -> str:
    """Return what the command last said that it does, without pip's long lists of packages."""
    activity = next((line for line in reversed(list(lines)) if _TOLD.match(line)), "").strip()
    return activity.partition(":")[0] if activity.startswith("Installing collected packages") else activity


def _show(text: str) -> None:
    """Replace the live line, cut to the terminal's width as it is now."""
    width = shutil.get_terminal_size().columns - 1
    sys.stdout.write(f"\r\x1b[2K{visible_line(text)[:width]}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
