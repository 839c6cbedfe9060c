"""Who may call the page's server: nobody without the token, and nobody from another page."""

from __future__ import annotations

import pytest

from console.page import documents
from console.page.documents import Document, Tickets
from tests.console.page.serving import TOKEN

CALLS = [
    "/api/session",
    "/api/overview",
    "/api/queries",
    "/api/decision",
    "/api/documents",
    "/api/queries/1/csv",
    "/api/x",
]


def test_page_itself_may_call(page):
    assert page.get("/api/session").json["account"] == "123456789012"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", CALLS)
def test_no_call_without_the_token(page, method, path):
    own = {"Host": page.own_headers["Host"]}
    for headers in (own, own | {"Authorization": f"Bearer {TOKEN}x"}, own | {"Authorization": f"Basic {TOKEN}"}):
        assert page.send(method, path, headers).status == 401
    assert page.send(method, f"{path}?token={TOKEN}", own | {"Cookie": f"token={TOKEN}"}).status == 401


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/api/session"])
@pytest.mark.parametrize(
    "host", ["localhost:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", "attacker.example:{port}", ""]
)
def test_other_hosts_are_refused(page, path, host):
    assert page.send("GET", path, page.own_headers | {"Host": host.format(port=page.port)}).status in (400, 403)


@pytest.mark.parametrize(
    "origin", ["https://attacker.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:{port}"]
)
@pytest.mark.parametrize("path", ["/", "/static/app.js", "/api/session"])
def test_other_origins_are_refused_even_with_the_token(page, path, origin):
    reply = page.send("GET", path, page.own_headers | {"Origin": origin.format(port=page.port)})
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers


def test_cross_site_loads_are_refused_but_a_link_to_the_page_works(page):
    foreign = {"Host": page.own_headers["Host"], "Sec-Fetch-Site": "cross-site"}
    assert page.send("GET", "/static/app.js", foreign).status == 403
    assert page.send("GET", "/", foreign).status == 200


def test_preflight_from_elsewhere_grants_nothing(page):
    asking = {
        "Host": page.own_headers["Host"],
        "Origin": "https://attacker.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    reply = page.send("OPTIONS", "/api/decision", asking)
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_without_the_token_there_is_the_shell_and_no_more(page):
    own = {"Host": page.own_headers["Host"]}
    shell = page.send("GET", "/", own)
    assert shell.status == 200
    assert b"123456789012" not in shell.body
    assert page.send("GET", "/static/views/sql.js", own).status == 200
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/docs", "/static/"):
        assert page.send("GET", path, own).status in (404, 405)


@pytest.mark.parametrize(
    "path", ["/", "/static/style.css", "/static/missing.js", "/api/session", "/api/missing", "/missing"]
)
@pytest.mark.parametrize("with_token", [True, False])
def test_every_answer_has_the_headers(page, path, with_token):
    headers = page.own_headers if with_token else {"Host": page.own_headers["Host"]}
    answer = page.send("GET", path, headers).headers
    policy = {part.split()[0]: part.split()[1:] for part in answer["content-security-policy"].split("; ")}
    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in answer["content-security-policy"]
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["cache-control"] == "no-store"
    assert "set-cookie" not in answer


def test_websockets_are_refused(page):
    asking = page.own_headers | {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    assert page.send("GET", "/api/session", asking).status in (200, 403)  # as any request: nothing is upgraded
    assert page.send("GET", "/missing", asking).status == 404


def test_document_is_served_once_and_can_run_nothing(page):
    path = page.tickets.issue(Document.of("report.html", b"<script>parent.document</script>"))
    own = {"Host": page.own_headers["Host"]}
    reply = page.send("GET", path, own)
    assert reply.status == 200
    policy = reply.headers["content-security-policy"].split("; ")
    assert "sandbox" in policy  # neither scripts nor the origin
    assert "default-src 'none'" in policy
    assert not [part for part in policy if part.startswith(("script-src", "connect-src"))]
    assert page.send("GET", path, own).status == 404
    assert page.send("GET", f"{documents.PATH}guess", own).status == 404


def test_what_is_no_document_is_plain_text():
    assert Document.of("page.HTML", b"").media_type == "text/html; charset=utf-8"
    for name in ("log.txt", "data.json", "script.js", "page.xhtml", "noext"):
        assert Document.of(name, b"").media_type == "text/plain; charset=utf-8"


def test_ticket_expires(monkeypatch):
    tickets = Tickets()
    ticket = tickets.issue(Document.of("a.html", b"a")).removeprefix(documents.PATH)
    monkeypatch.setattr(documents.time, "monotonic", lambda: 1e12)
    assert tickets.redeem(ticket) is None


def test_aws_that_does_not_answer_is_said(page):
    reply = page.get("/api/tables")
    assert reply.status == 502
    assert "is local_aws up?" in reply.json["error"]["reason"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "'sql' is missing"),
        (b'{"sql": " "}', "write a statement"),
    ],
)
def test_bad_bodies_are_answered_with_what_is_wrong(page, body, reason):
    reply = page.send("POST", "/api/queries", page.own_headers, body)
    assert reply.status == 409
    assert reason in reply.json["error"]["reason"]


def test_too_large_a_body_is_refused(page):
    assert page.send("POST", "/api/queries", page.own_headers, b" " * 1_100_000).status == 409
