"""The model server as an ASGI application: ``/ping``, ``/execution-parameters`` and ``/invocations``.

Source of the contract: ``serve.py`` of ``aws/sagemaker-xgboost-container`` and SageMaker's "Custom Inference Code
with Hosting Services".
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.old_pythons import Protocol
from local_aws.services.sagemaker.serving.errors import InvocationError, NotAcceptableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Scope = dict[str, Any]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

MEGABYTE = 1024 * 1024
CSV = "text/csv"
JSON = "application/json"
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
"""The container's variable for the type of the answer when the request leaves it open."""
LISTENS = "model server listens"
"""The line of its log by which the model server announces that it listens."""

_log = logging.getLogger(__name__)


class Model(Protocol):
    """What answers invocations."""

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[str, bytes]:
        """Answer an invocation: return the answer's content type and content.

        `content_type` and `accept` are the request's headers, empty when it has none. Records that cannot be read or
        scored, and answers that cannot be written, raise `InvocationError`.
        """


@dataclass(frozen=True)
class Limits:
    """The container's settings."""

    max_bytes: int = 6 * MEGABYTE


class ModelApplication:
    """Answers requests to one model."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._model = model
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await read_body(receive, self._limits.max_bytes)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status, content_type, content = self._answer(scope["method"], scope["path"], headers, body)
        answer_headers = [(b"content-length", str(len(content)).encode())]
        if content_type:
            answer_headers.append((b"content-type", content_type.encode()))
        await send({"type": "http.response.start", "status": status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, str, bytes]:
        if (method, path) == ("GET", "/ping"):
            return 200, "", b""
        if (method, path) == ("GET", "/execution-parameters"):
            return 200, JSON, json.dumps(self._execution_parameters()).encode()
        if (method, path) != ("POST", "/invocations"):
            return 404, "text/plain", b"there are GET /ping, GET /execution-parameters and POST /invocations"
        if body is None:
            return 413, "text/plain", f"the body is over {self._limits.max_bytes} bytes".encode()
        if not body:
            return 204, "", b""
        try:
            return (200, *self._model.answer(body, headers.get("content-type", ""), headers.get("accept", "")))
        except InvocationError as error:
            _log.warning("invocation answered with %s: %s", error.status, " ".join(str(error).split()))
            return error.status, "text/plain", str(error).encode()

    def _execution_parameters(self) -> dict[str, Any]:
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self._limits.max_bytes // MEGABYTE,
        }


def wanted_type(accept: str, default: str) -> str:
    """Return the media type that an Accept header asks for, in lower case; the default if it leaves that open."""
    wanted = accept.partition(";")[0].strip()
    return default if wanted in ("", "*/*") else wanted.lower()


def not_acceptable(accept: str, supported: Sequence[str]) -> NotAcceptableError:
    """Return the error for an Accept header that asks for none of the supported types."""
    return NotAcceptableError(
        f"Accept type {accept} is not supported. Please use supported accept types: {list(supported)}."
    )


async def read_body(receive: Receive, max_bytes: int) -> bytes | None:
    """Return the whole body; None, and nothing kept, when it is too large."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        piece = message.get("body", b"")
        size += len(piece)
        if size <= max_bytes:
            pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces) if size <= max_bytes else None
