"""What a failed script's log says went wrong."""

from __future__ import annotations

import re
from pathlib import Path

_READ_BYTES = 256 * 1024
_TRACEBACK = "Traceback (most recent call last):"
_SPARK_LOG_LINE = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ ")
_JVM_OUT_OF_MEMORY = re.compile(rb"java\.lang\.OutOfMemoryError: [^\r\n]{1,200}")
_JVM_IS_GONE = ("Connection refused", "Py4JNetworkError", "Answer from Java side is empty", "Connection reset by peer")
_REMEDY = (
    "Spark's heap is full: give the job a larger WorkerType, --conf spark.driver.memory=SIZE, or, where the machine "
    "sets the bound, more memory with LOCAL_AWS_JOB_MEMORY_MB"
)
_JAVA_FRAME = re.compile(r"^\s+(at |\.\.\. \d+ more)")


def error_message(log_file: Path, limit: int = 2000) -> str:
    """Return the exception that ended a script, without its stack.

    Parameters
    ----------
    log_file
        The script's log: standard output and standard error.

    Returns
    -------
    str
        Exception type and message if the log ends in a Python traceback, else the log's last line; empty for an empty
        log. Where Spark's JVM ran out of memory, which the script only sees as a broken connection, that comes first.
    """
    message = _last_words(log_file, limit)
    if "OutOfMemoryError" in message or any(sign in message for sign in _JVM_IS_GONE):
        cause = _out_of_memory(log_file)
        if cause:
            return f"{cause}. {_REMEDY}. The script's own error: {message}"[:limit]
    return message


def _out_of_memory(log_file: Path) -> str:
    """Return the JVM's last word on memory; empty when it had none."""
    found = b""
    with log_file.open("rb") as stream:
        while line := stream.readline(_READ_BYTES):
            match = _JVM_OUT_OF_MEMORY.search(line)
            found = match.group() if match else found
    return found.decode("utf-8", "replace")


def _last_words(log_file: Path, limit: int) -> str:
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
