"""A command's progress: one line per completed step, and a live line on a terminal about what runs."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from typing import TextIO

from console.terminal import say, show_live_line

_STEP_WIDTH, _OUTCOME_WIDTH = 36, 18
_NOTE_INDENT = " " * 12


class Progress:
    """Prints phases and steps with their times; lines stay plain when the stream is not a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._start = time.monotonic()
        self._phase_start = self._start
        self._phase = ""
        self._running = ""
        self.seconds: dict[str, float] = {}

    @property
    def total_seconds(self) -> float:
        """Seconds since the command started."""
        return time.monotonic() - self._start

    def phase(self, name: str, about: str) -> None:
        """Start a phase; the one before is over."""
        self._end_phase()
        self._phase, self._phase_start = name, time.monotonic()
        self._print(f"\n{name}: {about}")

    def done(self, step: str, outcome: str, seconds: float | None = None) -> None:
        """Print a step's outcome and how long it took; an outcome that a terminal would break has lines of its own."""
        took = "" if seconds is None else f"{seconds:6.1f} s"
        start = f"  {self.total_seconds:6.1f} s  {step:<{_STEP_WIDTH}} "
        line = f"{start}{outcome:<{_OUTCOME_WIDTH}} {took}".rstrip()
        if self._live and len(line) > shutil.get_terminal_size().columns:
            self._print(f"{start}{'':{_OUTCOME_WIDTH}} {took}".rstrip())
            self.note(outcome)
        else:
            self._print(line)

    def note(self, line: str) -> None:
        """Print a further line about the step before; a terminal gets lines that fit it."""
        if not self._live:
            self._print(f"{_NOTE_INDENT}{line}")
            return
        width = shutil.get_terminal_size().columns
        wrapper = textwrap.TextWrapper(width, _NOTE_INDENT, f"{_NOTE_INDENT}  ", break_long_words=False)
        wrapper.break_on_hyphens = False
        for part in wrapper.wrap(line):
            self._print(part)

    def waiting(self, running: str) -> None:
        """Show what is running, on a terminal only, until the next line is printed."""
        if self._live and running != self._running:
            self._running = running
            show_live_line(lambda: f"{self.total_seconds:6.1f} s  … {running}", self._stream)

    def finish(self) -> None:
        """End the last phase."""
        self._end_phase()

    def _end_phase(self) -> None:
        if self._phase:
            self.seconds[self._phase] = round(time.monotonic() - self._phase_start, 2)
            self._phase = ""

    def _print(self, line: str) -> None:
        self._running = ""
        say(line, stream=self._stream)
