"""What a check leaves and reads: JSON files, and the exit message that says whether there are violations."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.model_monitor.errors import AnalysisError

VIOLATIONS_FILE = "constraint_violations.json"
WITH_VIOLATIONS = "CompletedWithViolations"
"""How the exit message of a job begins that found violations."""


def write_json(path: Path, content: Any) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2))


def read_json(path: Path, what: str) -> dict[str, Any]:
    """Read an object, or raise `AnalysisError` that calls the file `what`."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise AnalysisError(f"{what} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise AnalysisError(f"{what} must be a JSON object; got {content!r}")
    return content


def write_violations(output: Path, violations: Sequence[dict[str, str]], **head: str) -> None:
    """Write the violations beneath other members of the file; no file if there are none."""
    if violations:
        write_json(output / VIOLATIONS_FILE, {**head, "violations": list(violations)})


def run_check(check: Callable[[], Sequence[dict[str, str]] | None], message_file: Path) -> int:
    """Run a check, which returns its violations, or None without a baseline; write its exit message, return its code.

    The reason of a failure is the last line of standard error.
    """
    try:
        message = _exit_message(check())
    except AnalysisError as error:
        print(error, file=sys.stderr)
        return 1
    message_file.write_text(message)
    print(message)
    return 0


def _exit_message(violations: Sequence[dict[str, str]] | None) -> str:
    if violations:
        return f"{WITH_VIOLATIONS}: Job completed successfully with {len(violations)} violations."
    return f"Completed: Job completed successfully{'' if violations is None else ' with no violations'}."
