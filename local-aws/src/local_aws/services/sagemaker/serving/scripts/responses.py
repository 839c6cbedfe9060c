"""The answers of a serving script as HTTP responses."""

from __future__ import annotations

import json
from typing import Any

import werkzeug
from werkzeug.exceptions import InternalServerError

from local_aws.services.sagemaker.serving.scripts.arrays import JSON

_FLASK_TYPE = "text/html"


class Response(werkzeug.Response):
    """The ``worker.Response`` of ``sagemaker-containers``: JSON, unless told otherwise."""

    default_mimetype = JSON

    def __init__(
        self,
        response: Any = None,
        accept: str | None = None,
        status: int = 200,
        headers: Any = None,
        mimetype: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        super().__init__(response, status, headers, mimetype, None, direct_passthrough)


def as_flask_does(result: Any) -> werkzeug.Response:
    """Return what Flask makes of a view's result: text is HTML to it; what it cannot send raises TypeError."""
    if isinstance(result, werkzeug.Response):
        return result
    if isinstance(result, (dict, list)):
        return Response(f"{json.dumps(result)}\n")
    if isinstance(result, (str, bytes, bytearray)):
        return werkzeug.Response(result, mimetype=_FLASK_TYPE)
    raise TypeError(f"the serving script returned a {type(result).__name__}; return text, bytes or a Response")


def internal_server_error() -> werkzeug.Response:
    """Return Flask's answer when a view raises: a page that does not say why."""
    body = InternalServerError().get_body()
    return werkzeug.Response(body, 500, mimetype=_FLASK_TYPE)
