"""What an invocation gave: the bootstrap's result, or what its end says when it could not write one."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.kernel.processes.child import Outcome
from local_aws.kernel.records import Record

_MAX_RESULT_BYTES = 16_000_000
"""More than a response of the largest size takes as a string in JSON."""


@dataclass(frozen=True)
class Result:
    """What an invocation gave."""

    payload: bytes
    """The handler's answer, or the error, JSON."""
    failed: bool
    tail: bytes
    """The end of the log, 4 KB at most."""

    @property
    def error(self) -> str:
        """The error in one line."""
        details = json.loads(self.payload)
        return f"{details.get('errorType', 'Error')}: {details.get('errorMessage', '')}"

    @property
    def log_result(self) -> str:
        """The log's end, as ``LogResult`` shows it."""
        return base64.b64encode(self.tail).decode()


def read_details(path: Path, outcome: Outcome, request_id: str, timeout: int) -> dict[str, Any]:
    """Return status, payload, times and memory of an invocation whose process has ended."""
    details = None if outcome.breach else _written(path)
    if details is None:
        status = "timed-out" if outcome.end == "timed-out" else "exited"
        details = {"status": status, "init_ms": 0.0, "duration_ms": outcome.seconds * 1000, "memory_mb": 0}
    if details["status"] == "timed-out":
        message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
        details["payload"] = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message})
        details["duration_ms"] = timeout * 1000
    elif details["status"] == "exited":
        out_of_memory = outcome.breach.startswith("OutOfMemory")
        details["error_type"] = "Runtime.OutOfMemory" if out_of_memory else "Runtime.ExitError"
        message = f"RequestId: {request_id} Error: {_exit_reason(outcome)}"
        details["payload"] = json.dumps({"errorType": details["error_type"], "errorMessage": message})
    return details


def report_line(function: Record, request_id: str, details: dict[str, Any]) -> str:
    """Return the log's REPORT line."""
    duration, init = details["duration_ms"], details["init_ms"]
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {math.ceil(duration + init)} ms",
        f"Memory Size: {function['MemorySize']} MB",
        f"Max Memory Used: {details['memory_mb']} MB",
        f"Init Duration: {init:.2f} ms",
    ]
    if details["status"] == "timed-out":
        parts.append("Status: timeout")
    elif details["status"] == "exited":
        parts += ["Status: error", f"Error Type: {details['error_type']}"]
    return "\t".join(parts)


def _written(path: Path) -> dict[str, Any] | None:
    """Return the bootstrap's result; None when there is none, or when the function has put its own in that place."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_RESULT_BYTES:
            return None
        details = json.loads(path.read_text(encoding="utf-8"))
        texts, numbers = ("status", "payload"), ("init_ms", "duration_ms", "memory_mb")
        is_whole = all(isinstance(details[name], str) for name in texts)
        is_whole &= all(isinstance(details[name], int | float) for name in numbers)
        json.loads(details["payload"] or "null")
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return details if is_whole else None


def _exit_reason(outcome: Outcome) -> str:
    code = outcome.exit_code
    if outcome.breach:
        return f"Runtime exited with error: signal: killed ({outcome.breach})"
    if code == 0:
        return "Runtime exited without providing a reason"
    signal = -code if code < 0 else code - 128
    return f"Runtime exited with error: {f'signal: {signal}' if signal > 0 else f'exit status {code}'}"
