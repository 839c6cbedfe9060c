"""The model server of a user's script, as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.services.sagemaker.serving.app import read_body
from local_aws.services.sagemaker.serving.scripts.script_models import Answer, ScriptModel

if TYPE_CHECKING:
    from local_aws.services.sagemaker.serving.app import Receive, Scope, Send

_NOT_FOUND = Answer(404, "text/plain", b"there are GET /ping and POST /invocations")


class ScriptApplication:
    """Answers requests to one script."""

    def __init__(self, model: ScriptModel, max_bytes: int) -> None:
        self._model = model
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await read_body(receive, self._max_bytes)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = self._answer(scope["method"], scope["path"], headers, body)
        lines = [(b"content-length", str(len(answer.content)).encode())]
        if answer.content_type:
            lines.append((b"content-type", answer.content_type.encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": answer.content})

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        if (method, path) == ("GET", "/ping"):
            return Answer(200, "", b"")
        if (method, path) == ("GET", "/execution-parameters"):
            return self._model.execution_parameters() or _NOT_FOUND
        if (method, path) != ("POST", "/invocations"):
            return _NOT_FOUND
        if body is None:
            return Answer(413, "text/plain", f"the body is over {self._max_bytes} bytes".encode())
        return self._model.invoke(body, headers)
