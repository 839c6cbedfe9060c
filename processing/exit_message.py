"""How a processing script ends: an exit code, and a sentence that SageMaker shows as the job's exit message."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

MESSAGE_FILE = Path("/opt/ml/output/message")
MAX_MESSAGE_BYTES = 1024  # DescribeProcessingJob's limit for ExitMessage


class ProcessingError(Exception):
    """Raised when an input cannot be processed; its text says what failed, on which input, and what to do."""


def add_message_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--message-file``, the file that SageMaker reads the exit message from."""
    parser.add_argument("--message-file", type=Path, default=MESSAGE_FILE)


def run_script(script: Callable[[], str | None], message_file: Path) -> int:
    """Run a processing script; turn what it returns, or its failure, into an exit message, and into an exit code.

    The exit code is 1 after a `ProcessingError`; any other exception leaves its message, too, and is raised again.
    Outside a container, where the message file's folder does not exist, no message is written.
    """
    try:
        message = script()
    except ProcessingError as error:
        _leave_message(str(error), message_file)
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception as error:
        _leave_message(f"{type(error).__name__}: {error}", message_file)
        raise
    if message is not None:
        _leave_message(message, message_file)
    return 0


def _leave_message(message: str, message_file: Path) -> None:
    if message_file.parent.is_dir():
        # A character cut in two would make the message unreadable to SageMaker.
        message_file.write_text(message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore"), encoding="utf-8")
