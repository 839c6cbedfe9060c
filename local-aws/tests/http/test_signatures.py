"""Each way of signing is taken, and no change of a signed part is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local_aws.kernel.folder_keys import FolderKeys
from local_aws.services import sts
from tests.clients import client_of
from tests.conftest import RunningServer, running

BUCKET, KEY, BODY = "signed", "a b/ü+%.txt", b"content"
ROLE = "arn:aws:iam::123456789012:role/worker"
JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (sts.build,)) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=BODY)
        yield server


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def with_header(self, name: str, value: str | None) -> Sent:
        """Return the request with a header changed, added or, for None, left out."""
        kept = {each: text for each, text in self.headers.items() if each.lower() != name.lower()}
        return replace(self, headers=kept if value is None else kept | {name: value})


@dataclass(frozen=True)
class Got:
    """What came back."""

    status: int
    code: str
    headers: Mapping[str, str]
    body: bytes


def send(server: RunningServer, request: Sent) -> Got:
    """Send a request as it is."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        is_chunked = "Transfer-Encoding" in request.headers
        length = {} if is_chunked else {"Content-Length": str(len(request.body))}
        headers = {"Host": urlsplit(server.url).netloc} | length | request.headers
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(request.body)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    code = response.headers.get("x-amzn-ErrorType") or next(iter(re.findall(r"<Code>(\w+)</Code>", body.decode())), "")
    return Got(response.status, code, dict(response.headers.items()), body)


def credentials(environment: Mapping[str, str]) -> Credentials:
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment.get("AWS_SESSION_TOKEN")
    )


def signed(
    environment: Mapping[str, str],
    service: str,
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    signer: type[SigV4Auth] = SigV4Auth,
    **options: Any,
) -> Sent:
    """Sign a request with botocore, as clients do."""
    url = environment["AWS_ENDPOINT_URL"] + target
    request = AWSRequest(method, url, dict(headers or {}), body)
    signer(credentials(environment), service, "us-east-1", **options).add_auth(request)
    sent = {"Host": urlsplit(url).netloc, **dict(request.headers.items())}
    return Sent(method, request.url.removeprefix(environment["AWS_ENDPOINT_URL"]), sent, body)


def list_streams(environment: Mapping[str, str], body: bytes = b"{}") -> Sent:
    headers = {"Content-Type": JSON, "X-Amz-Target": "Logs_20140328.DescribeLogGroups"}
    return signed(environment, "logs", "POST", "/", headers, body)


def who_am_i(environment: Mapping[str, str]) -> Sent:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    return signed(environment, "sts", "POST", "/", {"Content-Type": FORM}, body)


def put(environment: Mapping[str, str], key: str = "put", body: bytes = BODY) -> Sent:
    headers = {"x-amz-meta-colour": "red", "x-amz-meta-a_b": "c", "Content-Type": "text/plain"}
    return signed(environment, "s3", "PUT", f"/{BUCKET}/{key}", headers, body, S3SigV4Auth)


def list_objects(environment: Mapping[str, str]) -> Sent:
    return signed(environment, "s3", "GET", f"/{BUCKET}?list-type=2&prefix=a", signer=S3SigV4Auth)


def presigned(environment: Mapping[str, str], version: str, method: str = "get_object", **parameters: Any) -> str:
    client = client_of(environment, "s3", signature_version=version)
    parameters = {"Bucket": BUCKET, "Key": KEY, **parameters}
    url: str = client.generate_presigned_url(method, parameters, ExpiresIn=600)
    return url.removeprefix(environment["AWS_ENDPOINT_URL"])


def get_presigned(version: str) -> Callable[[Mapping[str, str]], Sent]:
    return lambda environment: Sent("GET", presigned(environment, version))


def put_presigned(version: str) -> Callable[[Mapping[str, str]], Sent]:
    def make(environment: Mapping[str, str]) -> Sent:
        target = presigned(environment, version, "put_object", Key="by-url", ContentType="text/plain")
        return Sent("PUT", target, {"Content-Type": "text/plain"}, BODY)

    return make


def identity_presigned(environment: Mapping[str, str]) -> Sent:
    target = "/?Action=GetCallerIdentity&Version=2011-06-15"
    return signed(environment, "sts", "GET", target, signer=SigV4QueryAuth, expires=60)


EMPTY = hashlib.sha256(b"").hexdigest()


def chunked(environment: Mapping[str, str], trailer: str = "", *, size: int = 8) -> Sent:
    """Upload in signed chunks, by the formulas of S3's API reference."""
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")

    class Chunks(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return kind

    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": str(len(BODY * 3)),
        **({"X-Amz-Trailer": trailer.partition(":")[0]} if trailer else {}),
    }
    request = signed(environment, "s3", "PUT", f"/{BUCKET}/chunked", headers, b"", Chunks)
    stamp = request.headers["X-Amz-Date"]
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{environment['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    previous = request.headers["Authorization"].rpartition("=")[2]

    def sign(name: str, hashes: str) -> str:
        nonlocal previous
        text = f"AWS4-HMAC-SHA256-{name}\n{stamp}\n{scope}\n{previous}\n{hashes}"
        previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        return previous

    content, body = BODY * 3, b""
    for start in (*range(0, len(content), size), len(content)):
        chunk = content[start : start + size]
        signature = sign("PAYLOAD", f"{EMPTY}\n{hashlib.sha256(chunk).hexdigest()}")
        body += f"{len(chunk):x};chunk-signature={signature}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    if trailer:
        signature = sign("TRAILER", hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
        body += f"{trailer}\r\nx-amz-trailer-signature:{signature}\r\n".encode()
    return replace(request, body=body + b"\r\n")


def unsigned_chunks(environment: Mapping[str, str]) -> Sent:
    class Chunks(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": "7",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
    }
    request = signed(environment, "s3", "PUT", f"/{BUCKET}/chunked", headers, b"", Chunks)
    trailer = f"x-amz-checksum-crc32:{crc32(BODY)}".encode()
    return replace(request, body=b"7\r\n" + BODY + b"\r\n0\r\n" + trailer + b"\r\n\r\n")


def crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4)).decode()


CRC32 = f"x-amz-checksum-crc32:{crc32(BODY * 3)}"
WAYS: dict[str, Callable[[Mapping[str, str]], Sent]] = {
    "JSON": list_streams,
    "query": who_am_i,
    "query presigned": identity_presigned,
    "S3 GET": list_objects,
    "S3 PUT": put,
    "S3 V4 URL": get_presigned("s3v4"),
    "S3 V4 URL PUT": put_presigned("s3v4"),
    "S3 V2 URL": get_presigned("s3"),
    "S3 V2 URL PUT": put_presigned("s3"),
    "signed chunks": chunked,
    "signed chunks, trailer": lambda environment: chunked(environment, CRC32),
    "unsigned chunks": unsigned_chunks,
}


@pytest.fixture(params=["user", "role"])
def environment(server: RunningServer, request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables of the user, or of a role's session."""
    keys = server.context.credentials.of_role(ROLE, "test") if request.param == "role" else {}
    return server.environment | keys


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_signing_is_taken(server: RunningServer, environment: dict[str, str], way: str) -> None:
    answer = send(server, WAYS[way](environment))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("way", WAYS)
def test_another_secret_is_refused(server: RunningServer, environment: dict[str, str], way: str) -> None:
    answer = send(server, WAYS[way](environment | {"AWS_SECRET_ACCESS_KEY": "local"}))
    assert answer.code == ("InvalidSignatureException" if way == "JSON" else "SignatureDoesNotMatch")
    assert answer.status == (400 if way == "JSON" else 403)


@pytest.mark.parametrize("way", WAYS)
def test_an_unknown_key_is_refused_with_the_remedy(server: RunningServer, way: str) -> None:
    answer = send(server, WAYS[way](server.environment | {"AWS_ACCESS_KEY_ID": "AKIAOTHER"}))
    code = {"JSON": "UnrecognizedClientException"}.get(way, "InvalidAccessKeyId")
    assert answer.code == ("InvalidClientTokenId" if way.startswith("query") else code)
    assert b"this folder has another key: run eval again" in answer.body


@pytest.mark.parametrize("token", [None, "local"])
@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_or_missing_session_token_is_refused(server: RunningServer, way: str, token: str | None) -> None:
    keys = server.environment | server.context.credentials.of_role(ROLE, "test")
    del keys["AWS_SESSION_TOKEN"]
    answer = send(server, WAYS[way](keys | ({"AWS_SESSION_TOKEN": token} if token else {})))
    code = {"JSON": "UnrecognizedClientException"}.get(way, "InvalidToken")
    assert answer.code == ("InvalidClientTokenId" if way.startswith("query") else code)


def test_a_session_token_with_the_users_key_is_refused(server: RunningServer) -> None:
    answer = send(server, who_am_i(server.environment | {"AWS_SESSION_TOKEN": "local"}))
    assert (answer.status, answer.code) == (403, "InvalidClientTokenId")


def test_one_role_cannot_sign_as_another(server: RunningServer) -> None:
    own = server.context.credentials.of_role(ROLE, "test")
    other = server.context.credentials.of_role("arn:aws:iam::123456789012:role/admin", "test")
    assert len({own["AWS_SECRET_ACCESS_KEY"], other["AWS_SECRET_ACCESS_KEY"]}) == 2
    for stolen in ({}, {"AWS_SESSION_TOKEN": other["AWS_SESSION_TOKEN"]}):
        pretending = server.environment | own | {"AWS_ACCESS_KEY_ID": other["AWS_ACCESS_KEY_ID"]} | stolen
        answer = send(server, who_am_i(pretending))
        assert answer.code == "SignatureDoesNotMatch"


Change = Callable[[Sent], Sent]


def header(name: str, value: str | None) -> Change:
    return lambda request: request.with_header(name, value)


def target(old: str, new: str) -> Change:
    return lambda request: replace(request, target=request.target.replace(old, new, 1))


def authorization(old: str, new: str) -> Change:
    return lambda request: request.with_header(
        "Authorization", re.sub(old, new, request.headers["Authorization"], count=1)
    )


def body(old: bytes, new: bytes) -> Change:
    return lambda request: replace(request, body=request.body.replace(old, new, 1))


def method(name: str) -> Change:
    return lambda request: replace(request, method=name)


CHANGES: list[tuple[str, Change]] = [
    ("JSON", header("X-Amz-Target", "Logs_20140328.DeleteLogGroup")),
    ("JSON", header("X-Amz-Target", None)),
    ("JSON", header("Content-Type", "application/x-amz-json-1.0")),
    ("JSON", header("X-Amz-Security-Token", "other")),
    ("JSON", header("X-Amz-Content-SHA256", EMPTY)),
    ("JSON", header("X-Amz-Date", "20200101T000000Z")),
    ("JSON", header("X-Amz-Date", None)),
    ("JSON", header("Host", "localhost:1")),
    ("JSON", body(b"{}", b'{"limit": 1}')),
    ("JSON", target("/", "/other")),
    ("JSON", target("/", "/?Action=DeleteTopic")),
    ("JSON", method("PUT")),
    ("JSON", authorization("/logs/", "/glue/")),
    ("JSON", authorization("us-east-1", "eu-west-1")),
    ("JSON", authorization(r"/\d{8}/", "/20200101/")),
    ("JSON", authorization(r"SignedHeaders=[^,]+", "SignedHeaders=host;x-amz-date;x-amz-target")),
    ("JSON", authorization(r"SignedHeaders=content-type;host;", "SignedHeaders=content-type;")),
    ("JSON", authorization(r";x-amz-target", "")),
    ("JSON", authorization(r"Signature=.", "Signature=")),
    ("JSON", authorization(r"(Signature=\S+)", r"\g<1>0")),
    ("JSON", authorization(r"Signature=\S+", "Signature=ü")),
    ("JSON", authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
    ("JSON", header("X-Amz-Copy-Source", "/a/b")),
    ("query", body(b"GetCallerIdentity", b"AssumeRole")),
    ("query", target("/", "/?Action=AssumeRole")),
    ("query presigned", target("GetCallerIdentity", "AssumeRole")),
    ("query presigned", target("X-Amz-Expires=60", "X-Amz-Expires=61")),
    ("query presigned", lambda request: replace(request, method="POST", body=b"Action=AssumeRole")),
    ("S3 GET", target("prefix=a", "prefix=b")),
    ("S3 GET", target("prefix=a", "prefix=a&delimiter=/")),
    ("S3 GET", target("list-type=2&", "")),
    ("S3 GET", target(f"/{BUCKET}", "/other")),
    ("S3 GET", method("DELETE")),
    ("S3 GET", header("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")),
    ("S3 GET", header("X-Amz-Content-SHA256", None)),
    ("S3 GET", header("X-Amz-Expected-Bucket-Owner", "123456789012")),
    ("S3 PUT", body(b"content", b"Content")),
    ("S3 PUT", header("x-amz-meta-colour", "blue")),
    ("S3 PUT", header("x-amz-meta-size", "big")),
    ("S3 PUT", lambda request: request.with_header("x-amz-meta-colour", None).with_header("x-amz-meta_colour", "red")),
    ("S3 PUT", lambda request: request.with_header("x-amz-meta-a_b", None).with_header("x-amz-meta-a-b", "c")),
    ("S3 PUT", header("x-amz-copy-source", "/a/b")),
    ("S3 PUT", header("Content-Type", "text/html")),
    ("S3 PUT", target("/put", "/Put")),
    ("S3 PUT", target("/put", "/%70ut")),
    ("S3 PUT", target("/put", "/put?tagging")),
    ("S3 V4 URL", target("/a%20b", "/a%20c")),
    ("S3 V4 URL", target("X-Amz-Expires=600", "X-Amz-Expires=6000")),
    ("S3 V4 URL", target("X-Amz-Expires=600", "X-Amz-Expires=600&X-Amz-Expires=6000")),
    ("S3 V4 URL", target("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=")),
    ("S3 V4 URL", target("%2Fs3%2F", "%2Fsts%2F")),
    ("S3 V4 URL", target("?", "?acl&")),
    ("S3 V4 URL", target("?", "?response-content-type=text%2Fhtml&")),
    ("S3 V4 URL", method("DELETE")),
    ("S3 V4 URL", header("x-amz-acl", "public-read")),
    ("S3 V4 URL", header("Host", "localhost:1")),
    ("S3 V4 URL", header("Authorization", "AWS4-HMAC-SHA256 Credential=a")),
    ("S3 V4 URL PUT", header("Content-Type", "text/html")),
    ("S3 V4 URL PUT", header("x-amz-copy-source", "/a/b")),
    ("S3 V2 URL", target("/a%20b", "/a%20c")),
    ("S3 V2 URL", target("Expires=", "Expires=9")),
    ("S3 V2 URL", target("?", "?tagging&")),
    ("S3 V2 URL", target("?", "?attributes&")),
    ("S3 V2 URL", target("?", "?response-content-type=text%2Fhtml&")),
    ("S3 V2 URL", method("PUT")),
    ("S3 V2 URL", header("x-amz-acl", "public-read")),
    ("S3 V2 URL", header("Content-Type", "text/html")),
    ("S3 V2 URL PUT", header("Content-Type", "text/html")),
    ("S3 V2 URL PUT", header("x-amz-copy-source", "/a/b")),
    ("signed chunks", body(b"content", b"Content")),
    ("signed chunks", body(b"8;chunk-signature=", b"8;chunk-signature=0")),
    ("signed chunks", body(b"8;chunk", b"8;other")),
    ("signed chunks", lambda request: replace(request, body=re.sub(rb"0;chunk-s.*", b"", request.body, flags=re.S))),
    ("signed chunks", lambda request: replace(request, body=request.body[:-2] + b"x-amz-meta-a:b\r\n\r\n")),
    ("signed chunks", lambda request: replace(request, body=request.body.split(b"8;", 1)[0] + request.body[95:])),
    ("signed chunks, trailer", body(crc32(BODY * 3).encode(), b"AAAAAA==")),
    ("signed chunks, trailer", body(b"trailer-signature:", b"trailer-signature:0")),
    ("signed chunks, trailer", body(b"x-amz-trailer-signature", b"x-amz-trailer-signaturf")),
    ("unsigned chunks", header("X-Amz-Decoded-Content-Length", "8")),
]


@pytest.mark.parametrize(("way", "change"), CHANGES)
def test_no_change_of_a_signed_part_is_taken(server: RunningServer, way: str, change: Change) -> None:
    request = WAYS[way](server.environment)
    changed = change(request)
    assert changed != request
    before = server.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents")
    answer = send(server, changed)
    assert answer.status in (400, 403, 501), answer.body
    assert answer.code, answer.body
    assert b"InternalFailure" not in answer.body
    assert server.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents") == before


@dataclass
class Clock:
    """Signs as if it were another time."""

    offset: timedelta

    def __enter__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        moment = datetime.now(UTC) + self.offset
        self._patch.setattr("botocore.auth.get_current_datetime", lambda: moment)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()


@pytest.mark.parametrize("minutes", [-14, 14])
@pytest.mark.parametrize("way", ["JSON", "query", "S3 PUT"])
def test_clocks_may_differ_a_little(server: RunningServer, way: str, minutes: int) -> None:
    with Clock(timedelta(minutes=minutes)):
        request = WAYS[way](server.environment)
    assert send(server, request).status == 200


@pytest.mark.parametrize("minutes", [-16, 16])
@pytest.mark.parametrize(
    ("way", "code"),
    [("JSON", "InvalidSignatureException"), ("query", "SignatureDoesNotMatch"), ("S3 PUT", "RequestTimeTooSkewed")],
)
def test_a_request_is_good_for_a_quarter_of_an_hour(server: RunningServer, way: str, code: str, minutes: int) -> None:
    with Clock(timedelta(minutes=minutes)):
        request = WAYS[way](server.environment)
    answer = send(server, request)
    assert answer.code == code
    assert b"too large" in answer.body


@pytest.mark.parametrize(
    ("seconds", "status"), [(-590, 200), (-610, 403), (1000, 403), (800, 200)], ids=["old", "over", "early", "skewed"]
)
def test_a_presigned_url_is_good_for_its_time(server: RunningServer, seconds: int, status: int) -> None:
    with Clock(timedelta(seconds=seconds)):
        request = WAYS["S3 V4 URL"](server.environment)
    assert send(server, request).status == status


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_ends(server: RunningServer, version: str) -> None:
    client = client_of(server.environment, "s3", signature_version=version)
    url = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": KEY}, ExpiresIn=-1)
    answer = send(server, Sent("GET", url.removeprefix(server.url)))
    assert answer.status in (400, 403)
    assert answer.code in ("AccessDenied", "AuthorizationQueryParametersError")


@pytest.mark.parametrize("seconds", ["0", "604801", "x", "٣", ""])
def test_a_presigned_url_lasts_a_week_at_most(server: RunningServer, seconds: str) -> None:
    request = target("X-Amz-Expires=600", f"X-Amz-Expires={quote(seconds)}")(WAYS["S3 V4 URL"](server.environment))
    answer = send(server, request)
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (Sent("GET", f"/{BUCKET}/a"), 403, "AccessDenied"),
        (Sent("POST", "/", {"Content-Type": FORM}, b"Action=GetCallerIdentity"), 403, "MissingAuthenticationToken"),
        (Sent("POST", "/", {"Content-Type": JSON}, b"{}"), 403, "MissingAuthenticationTokenException"),
        (Sent("GET", f"/{BUCKET}/a", {"Authorization": "AWS local:c2ln"}), 501, "NotImplemented"),
        (Sent("GET", f"/{BUCKET}/a", {"Authorization": "Bearer x"}), 501, "NotImplemented"),
        (Sent("GET", f"/{BUCKET}/a", {"Authorization": "AWS4-HMAC-SHA256 x"}), 400, "AuthorizationHeaderMalformed"),
        (
            Sent("GET", "/?X-Amz-Credential=a%2F20260101%2Fus-east-1%2Fsts%2Faws4_request"),
            403,
            "AccessDenied",
        ),
        (Sent("GET", f"/{BUCKET}/a?X-Amz-Algorithm=AWS4-HMAC-SHA256"), 400, "AuthorizationQueryParametersError"),
        (Sent("GET", f"/{BUCKET}/a?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"), 501, "NotImplemented"),
        (Sent("GET", f"/{BUCKET}/a?AWSAccessKeyId=local"), 403, "AccessDenied"),
        (Sent("GET", f"/{BUCKET}/a?AWSAccessKeyId=a&Signature=b&Expires=٣"), 403, "AccessDenied"),
        (Sent("GET", f"/{BUCKET}/a?AWSAccessKeyId=a&X-Amz-Algorithm=b"), 400, "InvalidArgument"),
    ],
)
def test_what_is_not_signed_well_is_refused(server: RunningServer, request_: Sent, status: int, code: str) -> None:
    answer = send(server, replace(request_, target=quote(request_.target, safe="/?&=%")))
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "value", ["x", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"]
)
def test_a_payload_of_an_unknown_kind_is_refused(server: RunningServer, value: str) -> None:
    class Signer(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return value

    answer = send(server, signed(server.environment, "s3", "PUT", f"/{BUCKET}/x", body=BODY, signer=Signer))
    assert answer.code == ("InvalidArgument" if value == "x" else "NotImplemented")


def test_the_same_session_has_other_keys_in_another_folder(server: RunningServer) -> None:
    key_id = server.context.credentials.of_role(ROLE, "test")["AWS_ACCESS_KEY_ID"]
    keys = FolderKeys(bytes(32)).session_environment(key_id)
    with pytest.raises(ClientError) as caught:
        client_of(server.environment | keys, "sts").get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_signatures_of_botocores_default_session_are_taken(server: RunningServer, monkeypatch: Any) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session().client("s3", config=Config(s3={"payload_signing_enabled": False}))
    key = "é/#?&;'\""
    client.put_object(Bucket=BUCKET, Key=key, Body=BODY, Metadata={"a_b": "c"}, ContentDisposition='a; b="c  d"')
    assert client.get_object(Bucket=BUCKET, Key=key, Range="bytes=0-3")["Body"].read() == BODY[:4]
