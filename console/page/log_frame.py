"""The frame that logs are shown in: a document with one script of its own, and an origin that is nobody's.

What jobs log is untrusted text. The page sends the lines into the frame as messages; the frame adds them as
text, and sends nothing back. Its policy names that script by its digest, so that no other would run if a line ever
became markup, and it reaches neither the page, nor the token, nor a network.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

PATH = "/log"
_DOCUMENT = Path(__file__).with_name("log_frame.html").read_text()


def _digest(tag: str) -> str:
    """Return the digest of an inline element of the document, as a policy names it."""
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", _DOCUMENT, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


_POLICY = (
    f"sandbox allow-scripts; default-src 'none'; script-src {_digest('script')}; style-src {_digest('style')}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def serve_log_frame(_: Request) -> Response:
    """Answer with the frame, which holds nothing yet."""
    return Response(_DOCUMENT, media_type="text/html", headers={"Content-Security-Policy": _POLICY})
