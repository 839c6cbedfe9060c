"""What a failed script's log says went wrong."""

from __future__ import annotations

import re
from pathlib import Path

_READ_BYTES = 256 * 1024
_TRACEBACK = "Traceback (most recent call last):"
_SPARK_LOG_LINE = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ ")
_JAVA_FRAME = re.compile(r"^\s+(at |\.\.\. \d+ more)")


def error_message(log_file: Path, limit: int = 2000) -> str:
    """Give the exception that ended a script, without its stack.

    Parameters
    ----------
    log_file
        The script's log: standard output and standard error.
    limit
        Longest message, in characters.

    Returns
    -------
    str
        Exception type and message if the log ends in a Python traceback, else the log's last line; empty for an empty
        log.
    """
    with log_file.open("rb") as stream:
        stream.seek(max(0, log_file.stat().st_size - _READ_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    said = [line for line in lines if line.strip() and not _SPARK_LOG_LINE.match(line)]
    if _TRACEBACK in said:
        after = said[len(said) - said[::-1].index(_TRACEBACK) :]
        start = next((at for at, line in enumerate(after) if not line.startswith(" ")), len(after))
        said = [line for line in after[start:] if not _JAVA_FRAME.match(line)]
        return "\n".join(said)[:limit]
    return said[-1][:limit] if said else ""
