"""Odd values, bodies, headers and paths."""

from __future__ import annotations

import gzip
import json
from random import Random
from typing import Any

DEEP = 100_000

BODIES: tuple[bytes, ...] = (
    b"",
    b"[]",
    b'"x"',
    b"null",
    b"true",
    b"1",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"{",
    b'{"a":',
    b'{"a":1}}',
    b"{'a':1}",
    b'{"a":1,"a":2}',
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP,
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"\xff\xfe\x00",
    b'{"a":"\xff\xfe"}',
    b'{"\\ud800":"\\udfff"}',
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
    gzip.compress(b"{}", mtime=0),
    b"<",
    b"<a>",
    b"<a></b>",
    b"<a/>",
    b"<?xml version='1.0' encoding='nonsense'?><a/>",
    b"<?xml version='1.0' encoding='utf-16'?><a/>",
    b"<a>\xff</a>",
    b"<a>&undefined;</a>",
    b"<a>" * 20_000,
    b"<a>" * 20_000 + b"</a>" * 20_000,
    b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    b"<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'>"
    + b"".join(b"<!ENTITY x%d '%s'>" % (n, b"&x%d;" % (n - 1) * 10 if n else b"&x;" * 10) for n in range(12))
    + b"]><a>&x11;</a>",
    b"Action=",
    b"Action=ListTopics&Action=ListQueues",
    b"=&=&=",
    b"&" * 10_000,
    b"%zz=%",
    b"Action=%ff&Version=%00",
    b"a=b&" * 20_000,
)

VALUES: tuple[Any, ...] = (
    None,
    [],
    {},
    "",
    " ",
    "x",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 100_000,
    "../../etc/passwd",
    "arn:aws:",
    "arn:aws:iam::123456789012:role/",
    "%s%n{0}{}",
    "2026-99-99T99:99:99Z",
    "not a date",
    "-1",
    "1e999",
    -1,
    0,
    1 << 31,
    1 << 63,
    10**30,
    -(10**30),
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    True,
    False,
    [None],
    [[]],
    [[[[[[]]]]]],
    {"": ""},
    {"a": None},
    ["x"] * 2000,
    {str(number): "x" for number in range(2000)},
)

HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", ""),
    ("Content-Type", "text/plain"),
    ("Content-Type", "application/json"),
    ("Content-Type", "application/x-amz-json-1.0"),
    ("Content-Type", "application/x-amz-json-1.1"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=nonsense"),
    ("Content-Type", "multipart/form-data; boundary="),
    ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", "application/xml; charset=\xff"),
    ("Content-Encoding", "gzip"),
    ("Content-Encoding", "aws-chunked"),
    ("Content-MD5", "not base64"),
    ("X-Amz-Target", ""),
    ("X-Amz-Target", "x"),
    ("X-Amz-Target", "x.y.z"),
    ("X-Amz-Target", "." * 1000),
    ("X-Amz-Decoded-Content-Length", "x"),
    ("X-Amz-Decoded-Content-Length", "-1"),
    ("X-Amz-Copy-Source", "%"),
    ("X-Amz-Copy-Source", "/"),
    ("X-Amz-Copy-Source-Range", "bytes=9-1"),
    ("X-Amz-Tagging", "a=b&a=b&="),
    ("X-Amz-Metadata-Directive", "x"),
    ("X-Amz-Checksum-Crc32", "x"),
    ("X-Amz-Sdk-Checksum-Algorithm", "x"),
    ("X-Amz-Trailer", "x"),
    ("X-Amz-Acl", "x"),
    ("X-Amz-Invocation-Type", "x"),
    ("X-Amz-Client-Context", "x"),
    ("X-Amz-Meta-", "x"),
    ("X-Amz-Meta-A", "\xff\xfe"),
    ("Range", "bytes=-"),
    ("Range", "bytes=9-1,2-3"),
    ("Range", "bytes=0-" + "9" * 5000),
    ("If-Modified-Since", "not a date"),
    ("If-Match", '"'),
    ("Accept", "\xff"),
    ("Expect", "200-maybe"),
    ("X-Long", "x" * 30_000),
)

TARGETS: tuple[str, ...] = (
    "/",
    "//",
    "/%",
    "/%zz",
    "/%00",
    "/%ff%fe",
    "/..",
    "/../../etc/passwd",
    "/%2e%2e/%2f",
    "/a/../b",
    "/?",
    "/?=",
    "/?a=%ff",
    "/?list-type=x&max-keys=x",
    "/?max-keys=99999999999999999999",
    "/?uploads&uploadId=x&partNumber=x",
    "/?X-Amz-Algorithm=x",
    "/?versionId=" + "x" * 5000,
    "/" + "a" * 5000,
    "/" + "a/" * 3000,
    "/2015-03-31/functions/",
    "/2015-03-31/functions/%ff/invocations",
    "/endpoints//invocations",
    "/endpoints/%00/invocations",
)

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")


def odd_value(random: Random) -> Any:
    """Return one of the odd values, or one that nests deeply."""
    if random.random() < 0.03:
        value: Any = 0
        for _ in range(random.choice((100, 500))):
            value = [value] if random.random() < 0.5 else {"a": value}
        return value
    return random.choice(VALUES)


def spoil(random: Random, tree: Any) -> Any:
    """Return a tree of JSON with an odd value somewhere, a member more or a member less."""
    if random.random() < 0.25 or not isinstance(tree, dict | list) or not tree:
        return odd_value(random)
    if isinstance(tree, list):
        index = random.randrange(len(tree))
        return [spoil(random, each) if number == index else each for number, each in enumerate(tree)]
    name = random.choice(list(tree))
    if random.random() < 0.1:
        return {key: value for key, value in tree.items() if key != name}
    if random.random() < 0.1:
        return {**tree, random.choice(("", "x", name.lower(), "__proto__")): odd_value(random)}
    return {**tree, name: spoil(random, tree[name])}


def json_text(value: Any) -> bytes:
    """Return JSON, with the constants that are none and with lone surrogates as escapes."""
    return json.dumps(value).encode()
