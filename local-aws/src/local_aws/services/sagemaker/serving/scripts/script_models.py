"""Models that are served by a user's script, behind the two toolkits of SageMaker's framework containers.

``sagemaker-containers`` (scikit-learn, XGBoost) is a Flask application: whatever a function raises is logged, and
answered with Flask's page of status 500. ``sagemaker-inference`` (PyTorch) answers with the error's text and traceback,
and lets a script choose the status by ``BaseInferenceToolkitError``. One ASGI application stands before both.
"""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_aws.old_pythons import Protocol
from local_aws.services.sagemaker.serving.app import read_body
from local_aws.services.sagemaker.serving.scripts.arrays import JSON, UTF8_TYPES
from local_aws.services.sagemaker.serving.scripts.module import Functions
from local_aws.services.sagemaker.serving.scripts.responses import Response, as_flask_does, internal_server_error

if TYPE_CHECKING:
    from local_aws.services.sagemaker.serving.app import Receive, Scope, Send

_ANY = "*/*"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    content_type: str
    content: bytes


_NOT_FOUND = Answer(404, "text/plain", b"there are GET /ping and POST /invocations")


class ScriptModel(Protocol):
    """What answers requests to a serving script."""

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer an invocation; the names of headers are in lower case."""

    def execution_parameters(self) -> Answer | None:
        """Answer ``/execution-parameters``; None if the container does not."""


class InferenceError(Exception):
    """The ``BaseInferenceToolkitError`` of ``sagemaker-inference``, raised by scripts to choose the answer's status."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        self.status_code = status_code
        self.message = message
        self.phrase = phrase
        super().__init__(status_code, message, phrase)


class FlaskModel:
    """A model behind ``sagemaker-containers``."""

    def __init__(self, functions: Functions, model_dir: Path) -> None:
        self._functions = functions
        self._model = functions.model_fn(str(model_dir))

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer an invocation."""
        content_type = headers.get("content-type") or JSON
        accept = _accept(headers)
        return _guarded(lambda: self._transform(_content(body, content_type), content_type, accept))

    def execution_parameters(self) -> Answer | None:
        """Answer by the script's function, if it has one."""
        function = self._functions.execution_parameters_fn
        return None if function is None else _guarded(function)

    def _transform(self, content: Any, content_type: str, accept: str) -> Any:
        functions = self._functions
        if functions.transform_fn is not None:
            result = functions.transform_fn(self._model, content, content_type, accept)
        else:
            prediction = functions.predict_fn(functions.input_fn(content, content_type), self._model)
            result = functions.output_fn(prediction, accept)
        return Response(result[0], mimetype=result[1]) if isinstance(result, tuple) else result


class ToolkitModel:
    """A model behind ``sagemaker-inference``, whose functions may take a context as their last argument."""

    def __init__(self, functions: Functions, model_dir: Path) -> None:
        self._functions = functions
        self._model = _call(functions.model_fn, str(model_dir))

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer an invocation."""
        accept = _accept(headers)
        try:
            content_type = headers.get("content-type", "")
            result = self._transform(_content(body, content_type), content_type, accept)
            content, accept = result if isinstance(result, tuple) else (result, accept)
            return Answer(200, accept, content.encode() if isinstance(content, str) else bytes(content))
        except Exception as error:  # noqa: BLE001 (the boundary: whatever a script raises is answered)
            trace = traceback.format_exc()
            print(trace, flush=True)
            status, message = (
                (error.status_code, error.message) if isinstance(error, InferenceError) else (500, str(error))
            )
            return Answer(status, "", f"{message or 'Invalid Request'}\n{trace}".encode())

    def execution_parameters(self) -> Answer | None:
        """Return None: the container does not answer it."""
        return None

    def _transform(self, content: Any, content_type: str, accept: str) -> Any:
        functions = self._functions
        if functions.transform_fn is not None:
            return _call(functions.transform_fn, self._model, content, content_type, accept)
        prediction = _call(functions.predict_fn, _call(functions.input_fn, content, content_type), self._model)
        return _call(functions.output_fn, prediction, accept)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that may take a context beside its arguments."""
    count = len(inspect.signature(function).parameters)
    if count == len(arguments) + 1:
        return function(*arguments, None)
    if count == len(arguments):
        return function(*arguments)
    raise TypeError(f"{function.__name__} takes {count} arguments but {len(arguments)} were given.")


def _guarded(view: Callable[[], Any]) -> Answer:
    """Answer a request by a view as Flask does."""
    try:
        response = as_flask_does(view())
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.get_data())
    except Exception:  # noqa: BLE001 (the boundary: whatever a script raises is answered)
        traceback.print_exc()
        error = internal_server_error()
        return Answer(error.status_code, error.headers["Content-Type"], error.get_data())


def _content(body: bytes, content_type: str) -> str | bytes:
    return body.decode() if content_type in UTF8_TYPES else body


def _accept(headers: Mapping[str, str]) -> str:
    accept = headers.get("accept", "")
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON) if accept in ("", _ANY) else accept


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
