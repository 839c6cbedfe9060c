"""Documents that jobs wrote, shown in a frame that is not the page.

A report is HTML written by somebody else: with the page's origin, its scripts could act as the user. A frame cannot
send the token, so the page asks for a ticket, with the token, and the frame takes the document for it: once, and soon.
The answer's own policy runs no script, reaches no network, and gives the document an origin of its own, wherever it is
opened.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

PATH = "/document/"
_SECONDS = 30.0
_TICKETS = 20
_TYPES = {
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
}
_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Document:
    """The content of a document, by the end of its name."""

    content: bytes
    media_type: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Document:
        """Return a file as a document; what no frame draws is plain text."""
        return cls(content, _TYPES.get(name.rpartition(".")[2].lower(), "text/plain; charset=utf-8"))


class Tickets:
    """Documents that wait for their frame."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[float, Document]] = {}
        self._lock = threading.Lock()

    def issue(self, document: Document) -> str:
        """Keep a document for a short time and return the path from which it can be fetched once."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_expired()
            while len(self._documents) >= _TICKETS:
                self._documents.pop(next(iter(self._documents)))
            self._documents[ticket] = (time.monotonic() + _SECONDS, document)
        return f"{PATH}{ticket}"

    def redeem(self, ticket: str) -> Document | None:
        """Return the document of a ticket, None if the ticket is used or expired."""
        with self._lock:
            self._drop_expired()
            _, document = self._documents.pop(ticket, (0.0, None))
        return document

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for ticket in [ticket for ticket, (until, _) in self._documents.items() if until < now]:
            del self._documents[ticket]


def serve_document(request: Request) -> Response:
    """Answer a frame with the document of its ticket."""
    tickets: Tickets = request.app.state.tickets
    document = tickets.redeem(request.path_params["ticket"])
    if document is None:
        return Response("This document was shown already: open it from the page again.", 404, media_type="text/plain")
    return Response(document.content, media_type=document.media_type, headers={"Content-Security-Policy": _POLICY})
