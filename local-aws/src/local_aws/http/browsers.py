"""What a web page could have sent is refused, whatever it is signed with; so is all of CORS."""

from __future__ import annotations

from wsgiref.types import WSGIEnvironment

from local_aws.kernel.errors import AwsError

_NAVIGATES = frozenset({"GET", "HEAD"})
_BY_PAGES = ("HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS")


def refuse_pages(environ: WSGIEnvironment, port: int) -> bool:
    """Refuse a request that a web page may have made.

    A browser adds ``Origin`` or ``Sec-Fetch-…`` to what a page sends, and pages cannot take them off. Names that point
    at loopback without being its own are refused too: a page could come from such a name.

    Parameters
    ----------
    port
        The server's.

    Returns
    -------
    bool
        True for a browser that opens a URL by itself, which only a valid presigned one may be.

    Raises
    ------
    AwsError
        ``AccessDenied``, ``AccessForbidden`` for a preflight, ``NotImplemented`` for a POST-policy upload.
    """
    host = environ.get("HTTP_HOST", "")
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        raise AwsError("AccessDenied", f"host {host!r} is not loopback; use http://127.0.0.1:{port}", 403)
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        raise AwsError("AccessForbidden", "CORSResponse: local_aws does not support CORS", 403)
    for name in _BY_PAGES:
        if name in environ:
            header = name.removeprefix("HTTP_").replace("_", "-").title()
            raise AwsError("AccessDenied", f"requests of web pages are refused: this one has the header {header}", 403)
    if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
        message = "local_aws does not support POST-policy uploads (browser forms): PUT the object to a presigned URL"
        raise AwsError("NotImplemented", message, 501)
    if not any(name.startswith("HTTP_SEC_FETCH_") for name in environ):
        return False
    if method in _NAVIGATES and environ.get("HTTP_SEC_FETCH_MODE") == "navigate":
        return True
    raise AwsError("AccessDenied", "requests of web pages are refused: this one has Sec-Fetch headers", 403)
