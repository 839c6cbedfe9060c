"""Text from outside in lines that people read: logs, and files of JSON lines."""

from __future__ import annotations

import logging
import re

# C0 and C1 controls, line and paragraph separators, what turns the direction of writing, and halves of characters.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_CONTROL_BUT_NEWLINE = re.compile(f"(?!\n)[{_CONTROLS}]")


def escaped(text: str) -> str:
    """Return a text as one line that shows control characters instead of obeying them: ``\\u001b`` for an escape."""
    return _CONTROL.sub(_code, text)


def _code(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


class LogFormatter(logging.Formatter):
    """Writes a record so that nothing in it can look like another record; tracebacks are indented below theirs."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the base class's name)
        """Return the record's line."""
        record.message = escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 (the base class's name)
        """Return a traceback."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        return "    " + _CONTROL_BUT_NEWLINE.sub(_code, text).replace("\n", "\n    ")
