"""Who may talk to the page's server: whoever has the token, from the page itself.

The server acts with its user's credentials, and every web page and every user of the machine can reach its port. So a
call needs the token, in a header: a browser sends no such header across origins without asking first, and nobody
answers. Cookies would not do, since all ports of a host share them. Host and Origin are compared exactly, against DNS
names that an attacker points at loopback.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"
"""Start of the paths that need the token: all but the static files and the single-use documents."""

_SAME_ORIGIN = frozenset({"same-origin", "none"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Middleware that refuses calls from elsewhere and puts the security headers on every answer.

    Parameters
    ----------
    app
        Handles the calls that pass.
    origin
        The page's own, such as ``http://127.0.0.1:4680``.
    token
        Required as ``Authorization: Bearer <token>`` below `API`.
    """

    def __init__(self, app: ASGIApp, origin: str, token: str) -> None:
        self._app = app
        self._origin = origin
        self._host = origin.partition("://")[2]
        self._authorization = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it; connections of other kinds than HTTP are refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the page does not support {scope['type']} connections")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["path"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, path: str, headers: Headers) -> JSONResponse | None:
        """Return the answer to a call that may not pass, None for one that may."""
        if headers.getlist("host") != [self._host]:
            return _refused(403, f"this server answers requests for {self._origin} only")
        if headers.get("origin", self._origin) != self._origin:
            return _refused(403, "requests from other origins are refused")
        if headers.get("sec-fetch-site", "none") not in _SAME_ORIGIN and path != "/":
            return _refused(403, "requests from other sites are refused")
        if not path.startswith(API):
            return None
        sent = headers.get("authorization", "").encode()
        if not hmac.compare_digest(sent, self._authorization):
            return _refused(401, "the token is missing or not this server's: open the address that the terminal shows")
        return None


def _refused(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": {"what": "request", "reason": reason}}, status)
