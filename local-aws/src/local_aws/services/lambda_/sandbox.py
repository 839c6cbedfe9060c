"""Runs one invocation of a function: a child process in a folder of its own, with the function's role and log."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections import deque
from pathlib import Path
from typing import Any

from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.limits import MB
from local_aws.kernel.principals import acting_as
from local_aws.kernel.processes.command import Command
from local_aws.kernel.records import Record, now
from local_aws.kernel.work import SERVER_STOPPED
from local_aws.services.lambda_.code_store import MAX_UNPACKED_BYTES, CodeStore
from local_aws.services.lambda_.configuration import MAX_SECONDS, runtime_notes
from local_aws.services.lambda_.records import LATEST
from local_aws.services.lambda_.results import Result, read_details, report_line

KEPT_FOLDERS = 100
"""How many invocations of a function keep their folder with its log; CloudWatch Logs keeps all lines."""

_INIT_SECONDS = 10.0
"""The service's bound on importing the handler; it does not count as the function's time."""
_GRACE_SECONDS = 2.0
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_TAIL_BYTES = 4096
_MIN_MEMORY_MB = 512
"""What is always allowed: this interpreter with pandas and boto3 needs 150 MB, with XGBoost twice that."""
_TMP_MB = 512


class Sandbox:
    """Runs invocations."""

    def __init__(self, context: Context, code: CodeStore) -> None:
        self._context = context
        self._code = code

    def run(self, function: Record, request_id: str, event: Any) -> Result:
        """Run one invocation to its end.

        It raises ``ServiceException`` when the server stops meanwhile, and ``ResourceConflictException`` when the
        function is changed or deleted before it starts.
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
            _forget_old(folder.parent)

    def give_up(self, function_name: str, request_id: str, reason: str) -> None:
        """Write to a function's log that an event is not delivered again."""
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
            log_begun=True,
            # The bootstrap enforces the function's timeout; this one is for code that prevents it.
            timeout_seconds=_INIT_SECONDS + function["Timeout"] + _GRACE_SECONDS,
            working_directory=folder / "task",
            memory_bytes=max(function["MemorySize"], _MIN_MEMORY_MB) * MB,
            disk_bytes=MAX_UNPACKED_BYTES + _TMP_MB * MB,
            notes=runtime_notes(function["Runtime"]),
        )
        try:
            outcome = self._context.jobs.run(command, lambda line: lines.append(line[-_TAIL_BYTES:]))
        except RuntimeError as error:
            raise _stopped(function) from error
        if outcome.end == "stopped":
            raise _stopped(function)
        details = read_details(folder / "result.json", outcome, request_id, function["Timeout"])
        last = [f"END RequestId: {request_id}", report_line(function, request_id, details)]
        with self._context.jobs.open_log(folder, group, stream, begun=True) as log:
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


def _forget_old(function: Path) -> None:
    """Remove the oldest folders of a function; those of invocations that may still run stay."""
    with os.scandir(function) as entries:
        folders = sorted(((_changed(entry), entry.path) for entry in entries), reverse=True)
    for changed, path in folders[KEPT_FOLDERS:]:
        # No invocation runs longer than that: the folder of one that runs is not removed.
        if changed < time.time() - MAX_SECONDS - 60.0:
            shutil.rmtree(path, ignore_errors=True)


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile, at the end of another invocation
        return 0.0


def _log_stream() -> str:
    return f"{now():%Y/%m/%d}/[{LATEST}]{secrets.token_hex(16)}"


def _stopped(function: Record) -> AwsError:
    return AwsError("ServiceException", f"{function['FunctionName']}: {SERVER_STOPPED}", 500)
