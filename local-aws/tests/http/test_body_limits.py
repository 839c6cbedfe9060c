"""Bodies are as large as AWS takes them; a larger one is refused before it is held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.http.body_limits import body_limit
from tests.conftest import RunningServer, running
from tests.http.test_signatures import FORM, JSON, Sent, send, signed

MB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data")) as server:
        server.client("s3").create_bucket(Bucket="bucket")
        yield server


def request(server: RunningServer, service: str, body: bytes) -> Sent:
    if service == "s3":
        headers, target = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, "/bucket?delete="
    else:
        headers, target = {"Content-Type": FORM if service == "sts" else JSON}, "/"
    return signed(server.environment, service, "POST", target, headers, body)


@pytest.mark.parametrize(
    ("service", "limit", "status", "code"),
    [
        ("s3", 4 * MB, 400, "MaxMessageLengthExceeded"),
        ("sqs", 3 * MB, 413, "RequestEntityTooLarge"),
        ("sts", MB, 413, "RequestEntityTooLarge"),
        ("glue", 5 * MB, 413, "RequestEntityTooLarge"),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_services_limit_is_refused(
    server: RunningServer, service: str, limit: int, status: int, code: str, announced: bool
) -> None:
    assert body_limit(service) == limit
    body = b" " * (limit + 1)
    sent = request(server, service, body)
    if not announced:
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        sent = Sent(sent.method, sent.target, {**sent.headers, "Transfer-Encoding": "chunked"}, chunk)
    answer = send(server, sent)
    assert (answer.status, answer.code) == (status, code)
    assert f"{limit} bytes".encode() in answer.body
