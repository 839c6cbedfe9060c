"""Runs one invocation of a function; a program of its own, started by `local_aws.services.lambda_.sandbox`.

It takes the place of Lambda's Python runtime: it imports the handler, calls it with the event and a context, and writes
the result to a file. Output goes to the log as it is printed.

Usage: ``bootstrap.py INVOCATION RESULT`` (both JSON files)
"""

import gc
import importlib
import json
import logging
import os
import resource
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

_MAX_RESPONSE_BYTES = 6_291_556


class InvocationError(Exception):
    """Raised when the handler cannot be found or its answer cannot be sent; has Lambda's name for that error."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class LambdaContext:
    """What a handler gets as its second argument."""

    def __init__(self, invocation: dict[str, Any], deadline: float) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.function_name: str = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version: str = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb: str = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name: str = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name: str = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn: str = invocation["function_arn"]
        # The Cognito identity of a mobile client, which no invocation has here.
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function times out."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


class ResultWriter:
    """Writes the result, once, and ends the process: threads that the handler left running end with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.started = time.monotonic()
        self.init_ms = 0.0

    def initialised(self) -> None:
        """Note that the handler has been imported: its own time starts now."""
        self.init_ms = (time.monotonic() - self.started) * 1000
        self.started = time.monotonic()

    def end(self, status: str, payload: str = "") -> NoReturn:
        """Write the result; a second caller waits for the end of the process."""
        with self._lock:
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            result = {
                "status": status,
                "payload": payload,
                "init_ms": self.init_ms,
                "duration_ms": (time.monotonic() - self.started) * 1000,
                # Bytes on macOS, kilobytes elsewhere.
                "memory_mb": used // (1024 * 1024 if sys.platform == "darwin" else 1024),
            }
            sys.stdout.flush()
            sys.stderr.flush()
            unfinished = self._path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(result), encoding="utf-8")
            unfinished.replace(self._path)
            os._exit(0)


def main() -> NoReturn:
    """Run the invocation that the command line names."""
    writer = ResultWriter(Path(sys.argv[2]))
    invocation = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    _set_up_logging(invocation["request_id"])
    # What is imported stays; to look through it for garbage would take a fifth of most invocations' time.
    gc.disable()
    try:
        handler = _find_handler(os.environ["_HANDLER"])
        gc.freeze()
        gc.enable()
        writer.initialised()
        seconds = invocation["timeout_seconds"]
        watchdog = threading.Timer(seconds, writer.end, ("timed-out",))
        watchdog.daemon = True
        watchdog.start()
        answer = handler(invocation["event"], LambdaContext(invocation, writer.started + seconds))
        payload = _payload(answer)
    except Exception as error:  # noqa: BLE001 (the boundary: whatever the function raises is its answer)
        writer.end("error", _failure(error, invocation["request_id"]))
    writer.end("finished", payload)


def _find_handler(name: str) -> Any:
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise InvocationError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InvocationError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        raise InvocationError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}"
        ) from error
    if not hasattr(module, function_name):
        raise InvocationError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return getattr(module, function_name)


def _payload(answer: Any) -> str:
    try:
        payload = json.dumps(answer)
    except (TypeError, ValueError) as error:
        raise InvocationError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    if len(payload) > _MAX_RESPONSE_BYTES:
        raise InvocationError(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({_MAX_RESPONSE_BYTES} bytes).",
        )
    return payload


def _failure(error: Exception, request_id: str) -> str:
    """Log an error and return it as the function's answer."""
    own = isinstance(error, InvocationError)
    error_type = error.error_type if isinstance(error, InvocationError) else type(error).__name__
    frames = [] if own else traceback.extract_tb(error.__traceback__)[1:]
    stack = traceback.format_list(frames)
    print(f"[ERROR] {error_type}: {error}")
    if stack:
        print("Traceback (most recent call last):")
        print("".join(stack).rstrip("\n"))
    return json.dumps(
        {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": stack}
    )


def _set_up_logging(request_id: str) -> None:
    """Add the runtime's handler and format to the root logger."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(
        f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


if __name__ == "__main__":
    main()
