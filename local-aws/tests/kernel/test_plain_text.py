"""What comes from outside in the server's log."""

from __future__ import annotations

import logging
from io import StringIO

from local_aws.kernel.plain_text import LogFormatter

FORGED = "a\n2026-01-01 00:00:00 ERROR root: forged\x1b[2J\x9b"


def logged(log: str, *arguments: object, error: Exception | None = None) -> list[str]:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormatter("%(levelname)s %(message)s"))
    record = logging.LogRecord("x", logging.WARNING, "", 0, log, arguments, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    handler.emit(record)
    return stream.getvalue().rstrip("\n").split("\n")


def test_a_message_is_one_line_that_a_terminal_shows_as_it_is() -> None:
    assert logged("event of %s", FORGED) == [
        r"WARNING event of a\u000a2026-01-01 00:00:00 ERROR root: forged\u001b[2J\u009b"
    ]


def test_no_line_of_a_traceback_looks_like_a_record() -> None:
    first, *rest = logged("failed", error=ValueError(FORGED))

    assert first == "WARNING failed"
    assert rest
    assert all(line.startswith("    ") and line.isprintable() for line in rest)
