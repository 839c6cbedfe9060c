"""Runs one invocation of a function: a child process in a folder of its own, with the function's role and log."""

from __future__ import annotations

import base64
import json
import math
import secrets
import shutil
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.limits import MB
from local_aws.kernel.principals import acting_as
from local_aws.kernel.processes.child import Command, Outcome
from local_aws.kernel.records import Record, now
from local_aws.services.lambda_.code_store import MOST_UNPACKED_BYTES, CodeStore
from local_aws.services.lambda_.invocation_folders import forget_old
from local_aws.services.lambda_.names import LATEST

INIT_SECONDS = 10.0
"""The service's bound on importing the handler; it does not count as the function's time."""

_GRACE_SECONDS = 2.0
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_TAIL_BYTES = 4096
_MOST_RESULT_BYTES = 16_000_000
"""More than a response of the largest size takes as a string in JSON."""
_LEAST_MEMORY_MB = 512
"""What is always allowed: this interpreter with pandas and boto3 needs 150 MB, with XGBoost twice that."""
_ROOM_MB = 512
"""The service's ``/tmp``."""


@dataclass(frozen=True)
class Result:
    """What an invocation gave.

    Parameters
    ----------
    payload
        The handler's answer, or the error, JSON.
    tail
        The end of the log, 4 KB at most.
    """

    payload: bytes
    failed: bool
    tail: bytes

    @property
    def error(self) -> str:
        """The error in one line."""
        details = json.loads(self.payload)
        return f"{details.get('errorType', 'Error')}: {details.get('errorMessage', '')}"

    @property
    def log_result(self) -> str:
        """The log's end, as ``LogResult`` gives it."""
        return base64.b64encode(self.tail).decode()


class Sandbox:
    """Runs invocations."""

    def __init__(self, context: Context, code: CodeStore) -> None:
        self._context = context
        self._code = code

    def run(self, function: Record, request_id: str, event: Any) -> Result:
        """Run one invocation to its end.

        Raises
        ------
        AwsError
            ``ServiceException`` when the server stops before the function has ended, ``ResourceConflictException`` when
            the function is changed or deleted at that moment.
        """
        name = function["FunctionName"]
        folder = self._context.jobs.folder("lambda", f"{name}/{request_id}")
        try:
            self._unpack(function, folder / "task")
            with acting_as(function["Role"], name):
                return self._run(function, request_id, event, folder)
        finally:
            for used in ("task", "tmp"):
                shutil.rmtree(folder / used, ignore_errors=True)
            for file in folder.glob("*.json"):
                file.unlink()
            forget_old(folder.parent)

    def give_up(self, function_name: str, request_id: str, reason: str) -> None:
        """Say in a function's log that an event is not delivered again."""
        folder = self._context.jobs.folder("lambda", f"{function_name}/{request_id}")
        with self._context.jobs.open_log(folder, f"/aws/lambda/{function_name}", _log_stream()) as log:
            log.write(f"local_aws gives up the event of request {request_id}: {reason}")

    def _unpack(self, function: Record, task: Path) -> None:
        try:
            self._code.unpack(function["FunctionName"], function["CodeSha256"], task)
        except FileNotFoundError:
            raise AwsError(
                "ResourceConflictException",
                f"{function['FunctionName']} was changed when it was about to run; invoke it again",
                409,
            ) from None

    def _run(self, function: Record, request_id: str, event: Any, folder: Path) -> Result:
        group, stream = function["LoggingConfig"]["LogGroup"], _log_stream()
        invocation = {
            "request_id": request_id,
            "function_arn": function["FunctionArn"],
            "timeout_seconds": function["Timeout"],
            "event": event,
        }
        (folder / "invocation.json").write_text(json.dumps(invocation), encoding="utf-8")
        lines = deque([f"START RequestId: {request_id} Version: {LATEST}"], maxlen=_TAIL_BYTES)
        with self._context.jobs.open_log(folder, group, stream) as log:
            log.write(lines[0])
        command = Command(
            job_id=f"lambda/{request_id}",
            # -P: the modules beside the bootstrap are not the function's.
            arguments=(
                *("python3", "-P", str(_BOOTSTRAP)),
                *(str(folder / "invocation.json"), str(folder / "result.json")),
            ),
            folder=folder,
            environment=self._environment(function, stream, folder / "task"),
            log_group=group,
            log_stream=stream,
            # The bootstrap keeps the time; this is for code that does not let it.
            timeout_seconds=INIT_SECONDS + function["Timeout"] + _GRACE_SECONDS,
            working_directory=folder / "task",
            memory_bytes=max(function["MemorySize"], _LEAST_MEMORY_MB) * MB,
            disk_bytes=MOST_UNPACKED_BYTES + _ROOM_MB * MB,
        )
        try:
            outcome = self._context.jobs.run(command, lambda line: lines.append(line[-_TAIL_BYTES:]))
        except RuntimeError as error:
            raise _stopping(function) from error
        if outcome.end == "stopped":
            raise _stopping(function)
        details = _details(folder / "result.json", outcome, request_id, function["Timeout"])
        last = [f"END RequestId: {request_id}", _report(function, request_id, details)]
        with self._context.jobs.open_log(folder, group, stream) as log:
            for line in last:
                log.write(line)
        tail = "\n".join([*lines, *last, ""]).encode()[-_TAIL_BYTES:]
        return Result(details["payload"].encode(), details["status"] != "finished", tail)

    def _environment(self, function: Record, stream: str, task: Path) -> dict[str, str]:
        name = function["FunctionName"]
        return {
            **function.get("Environment", {}).get("Variables", {}),
            **self._context.credentials.of_role(function["Role"], name),
            "_HANDLER": function["Handler"],
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function['Runtime']}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function["LoggingConfig"]["LogGroup"],
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "LAMBDA_TASK_ROOT": str(task),
            "TZ": ":UTC",
        }


def _details(path: Path, outcome: Outcome, request_id: str, timeout: int) -> dict[str, Any]:
    """Return what the bootstrap has written, or what its end says when it could not write."""
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


def _written(path: Path) -> dict[str, Any] | None:
    """Return the bootstrap's result; None when there is none, or when the function has put its own in that place."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_RESULT_BYTES:
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


def _report(function: Record, request_id: str, details: dict[str, Any]) -> str:
    duration, memory = details["duration_ms"], details["memory_mb"]
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {math.ceil(duration + details['init_ms'])} ms",
        f"Memory Size: {function['MemorySize']} MB",
        f"Max Memory Used: {memory} MB",
        f"Init Duration: {details['init_ms']:.2f} ms",
    ]
    if details["status"] == "timed-out":
        parts.append("Status: timeout")
    elif details["status"] == "exited":
        parts += ["Status: error", f"Error Type: {details['error_type']}"]
    return "\t".join(parts)


def _log_stream() -> str:
    return f"{now():%Y/%m/%d}/[{LATEST}]{secrets.token_hex(16)}"


def _stopping(function: Record) -> AwsError:
    return AwsError("ServiceException", f"the server stops before {function['FunctionName']} has ended", 500)
