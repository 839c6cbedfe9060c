"""A request's WSGI environment."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import InputStream, WSGIEnvironment

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)

_SINGLE = frozenset({"host", "content-length", "content-type", "authorization", "expect", "origin"})
"""Headers that may occur once: with two it would be open which one counts."""
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://(?P<authority>[^/?#]*)")


class AmbiguousHeaderError(ValueError):
    """Raised for a duplicate of a header that may occur once, or the target names another host than ``Host`` does."""


def environ_of(scope: dict[str, Any], body: InputStream) -> WSGIEnvironment:
    """Return the environment of a request.

    Parameters
    ----------
    scope
        The request as ASGI describes it, with its undecoded target in ``scope["state"]["target"]``.
    body
        The request's body, of which ``Transfer-Encoding`` is undone; it ends by itself.

    Returns
    -------
    dict
        ``REQUEST_URI`` and ``RAW_URI`` hold the undecoded path and query. Metadata headers of S3's whose names have
        an underscore are listed as moto reads them; other headers with an underscore, which would pass for the ones
        with a hyphen, are left out.

    Raises
    ------
    AmbiguousHeaderError
        If one of the headers that decide what a request means is duplicated, or contradicts the target.
    """
    target = scope["state"]["target"].decode("latin-1")
    origin = _ORIGIN.match(target)
    target = target[origin.end() :] or "/" if origin else target
    server_host, server_port = scope["server"]
    client_host, client_port = scope["client"]
    preserved: dict[str, str] = {}
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server_host,
        "SERVER_PORT": str(server_port),
        "REMOTE_ADDR": client_host,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: preserved,
    }
    _add_headers(environ, preserved, scope["headers"])
    if origin and origin["authority"].lower() != environ.get("HTTP_HOST", "").lower():
        raise AmbiguousHeaderError(f"the target is at {origin['authority']}, the header Host names another")
    return environ


def _add_headers(environ: WSGIEnvironment, preserved: dict[str, str], headers: Sequence[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        key = environ_key_for_header(name)
        if "_" in name:
            if not should_preserve_original_header_name(name):
                continue
            preserved[key] = name
        if key in environ and name in _SINGLE:
            raise AmbiguousHeaderError(f"duplicate header {name}")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
