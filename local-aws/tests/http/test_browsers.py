"""A web page gets nothing: whatever a browser could send is refused, and no answer lets a page read it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer, running
from tests.http.test_signatures import FORM, Sent, list_streams, presigned, put, send, signed

BUCKET, KEY = "signed", "a b/ü+%.txt"
NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
BY_PAGES = {
    "form": {"Origin": "https://evil.example", **NAVIGATION},
    "private form": {"Origin": "null"},
    "own origin": {"Origin": "OWN"},
    "fetch": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    "same site": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    "same origin": {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "same-origin"},
    "image": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "socket": {"Sec-Fetch-Mode": "websocket", "Connection": "Upgrade", "Upgrade": "websocket"},
    "preflight": {"Access-Control-Request-Method": "PUT"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data")) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"content", ContentType="text/html")
        yield server


def from_page(server: RunningServer, request: Sent, by: str) -> Sent:
    for name, value in BY_PAGES[by].items():
        request = request.with_header(name, server.url if value == "OWN" else value)
    return request


@pytest.mark.parametrize("by", BY_PAGES)
def test_what_a_page_could_send_is_refused_even_if_it_is_signed(server: RunningServer, by: str) -> None:
    url = Sent("GET", presigned(server.environment, "s3v4"))
    for request in (url, list_streams(server.environment), put(server.environment)):
        assert send(server, request).status == 200
        answer = send(server, from_page(server, request, by))
        assert (answer.status, answer.code) == (403, "AccessDenied")
        assert b"content" not in answer.body
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_browser_may_open_a_presigned_url(server: RunningServer, method: str, version: str) -> None:
    target = presigned(server.environment, version, f"{method.lower()}_object")
    answer = send(server, Sent(method, target, NAVIGATION))
    assert (answer.status, answer.body) == (200, b"content" if method == "GET" else b"")
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_browser_may_open_nothing_else(server: RunningServer) -> None:
    target = presigned(server.environment, "s3v4", "put_object", Key="by-page")
    assert send(server, Sent("PUT", target, NAVIGATION, b"x")).code == "AccessDenied"
    assert send(server, Sent("GET", f"/{BUCKET}", NAVIGATION)).code == "AccessDenied"
    header = signed(server.environment, "s3", "GET", "/", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert send(server, header).status == 200
    answer = send(server, Sent("GET", "/", header.headers | NAVIGATION))
    assert b"a browser may only open presigned URLs" in answer.body
    wrong = presigned(server.environment, "s3v4").replace("X-Amz-Signature=", "X-Amz-Signature=0")
    assert send(server, Sent("GET", wrong, NAVIGATION)).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.1.evil.example:PORT", "evil.example:PORT"),
        *("0.0.0.0:PORT", "[::1]:PORT", "2130706433:PORT", "LOCALHOST.:PORT", "a@127.0.0.1:PORT", ""),
    ],
)
def test_a_name_that_was_pointed_at_loopback_is_refused(server: RunningServer, host: str) -> None:
    port = str(urlsplit(server.url).port)
    request = put(server.environment | {"AWS_ENDPOINT_URL": f"http://{host.replace('PORT', port) or 'x'}"})
    answer = send(server, request.with_header("Host", host.replace("PORT", port)))
    assert answer.status in (400, 403)
    assert b"is not loopback" in answer.body or answer.code == "BadRequest"


def test_localhost_is_a_name_of_loopback(server: RunningServer) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    assert send(server, put(server.environment | {"AWS_ENDPOINT_URL": url})).status == 200


@pytest.mark.parametrize("path", ["/", f"/{BUCKET}", f"/{BUCKET}/x"])
def test_no_preflight_is_answered(server: RunningServer, path: str) -> None:
    answer = send(server, Sent("OPTIONS", path, {"Origin": "https://a", "Access-Control-Request-Method": "PUT"}))
    assert (answer.status, answer.code) == (403, "AccessForbidden")
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_an_upload_by_a_form_is_refused_by_name(server: RunningServer) -> None:
    form = server.client("s3").generate_presigned_post(BUCKET, "by-form")
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in form["fields"].items()
    ]
    parts.append('--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ncontent\r\n--x--')
    body = "\r\n".join(parts).encode()
    answer = send(server, Sent("POST", f"/{BUCKET}", {"Content-Type": "multipart/form-data; boundary=x"}, body))
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert b"POST-policy uploads" in answer.body


@pytest.mark.parametrize(
    ("method", "members"),
    [
        (
            "put_bucket_cors",
            {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}},
        ),
        ("get_bucket_cors", {}),
        ("delete_bucket_cors", {}),
    ],
)
def test_cors_of_a_bucket_is_refused_by_name(server: RunningServer, method: str, members: dict) -> None:
    with pytest.raises(ClientError, match=r"NotImplemented.*s3:(Put|Get|Delete)BucketCors"):
        getattr(server.client("s3"), method)(Bucket=BUCKET, **members)


def test_a_text_form_that_names_a_service_in_its_query_creates_nothing(server: RunningServer) -> None:
    credential = "x%2F20260101%2Fus-east-1%2Fiam%2Faws4_request"
    body = b"Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=%7B%7D&x=\r\n"
    for content_type in ("text/plain", FORM):
        answer = send(server, Sent("POST", f"/?X-Amz-Credential={credential}", {"Content-Type": content_type}, body))
        assert answer.code in ("AccessDenied", "MissingAuthenticationToken")
    assert server.client("iam").list_policies(Scope="Local")["Policies"] == []
