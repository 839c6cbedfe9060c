"""Bodies in S3's own encoding, with the checksum in a trailer or in a header, as SDKs send them over TLS."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from typing import Any

import pytest

from local_aws.http import crc
from local_aws.http.checksums import Received
from local_aws.http.payload import Payload
from local_aws.kernel.errors import AwsError
from local_aws.services.s3.objects import StoredObjects
from local_aws.services.s3.store import Store

BODY = bytes(range(256)) * 5000


def chunked(body: bytes, trailer: str = "") -> bytes:
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return chunks + b"0\r\n" + (f"{trailer}\r\n".encode() if trailer else b"") + b"\r\n"


def received(store: Store, trailer: str | None, claimed: str = "", **request: Any) -> str:
    """Return the error code with which a body ends; ok if it is taken."""
    value = f"{trailer}:{claimed}" if trailer else ""
    announced = [trailer] if trailer else []
    payload = Payload(io.BytesIO(chunked(BODY, value)), len(BODY), is_chunked=True, announced_trailers=announced)
    try:
        file, content = store.write(payload, Received(request, payload))
    except AwsError as error:
        return error.code
    assert (store.layout.path(file).read_bytes(), content.size) == (BODY, len(BODY))
    return "ok"


def store_of(server: Any) -> Store:
    objects = server.context.objects
    assert isinstance(objects, StoredObjects)
    return objects.store


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


CASES = {
    "crc32": zlib.crc32(BODY).to_bytes(4, "big"),
    "crc32c": crc.CRC32C.update(BODY).to_bytes(4, "big"),
    "crc64nvme": crc.CRC64NVME.update(BODY).to_bytes(8, "big"),
    "sha1": hashlib.sha1(BODY, usedforsecurity=False).digest(),
    "sha256": hashlib.sha256(BODY).digest(),
}


@pytest.mark.parametrize("algorithm", CASES)
def test_a_trailer_is_verified(server: Any, algorithm: str) -> None:
    store, trailer, digest = store_of(server), f"x-amz-checksum-{algorithm}", CASES[algorithm]
    assert received(store, trailer, b64(digest), ChecksumAlgorithm=algorithm.upper()) == "ok"
    assert received(store, trailer, b64(bytes(len(digest)))) == "BadDigest"
    assert received(store, trailer, "nonsense") == "InvalidRequest"


def test_what_is_announced_must_come(server: Any) -> None:
    store = store_of(server)
    payload = Payload(
        io.BytesIO(chunked(BODY)), len(BODY), is_chunked=True, announced_trailers=["x-amz-checksum-crc32"]
    )
    with pytest.raises(AwsError, match="MalformedTrailerError"):
        store.write(payload, Received({}, payload))
    assert received(store, None, ChecksumAlgorithm="CRC32") == "InvalidRequest"
    assert received(store, None) == "ok"
    assert received(store, "x-amz-checksum-xxhash64", "AA==") == "InvalidRequest"


def test_crcs_are_those_of_their_catalogue() -> None:
    check = b"123456789"
    assert (crc.CRC32.update(check), crc.CRC32C.update(check)) == (0xCBF43926, 0xE3069283)
    assert crc.CRC64NVME.update(check) == 0xAE8B14860A799888


@pytest.mark.parametrize("size", [0, 1, 255, 1023, 1024, 1025, 5000, 1 << 20, (1 << 20) + 7])
def test_a_crc_of_pieces_is_that_of_the_whole(size: int) -> None:
    data = (BODY * 2)[:size]
    assert crc.CRC32.update(data, 5) == zlib.crc32(data, 5)
    cut = size // 3
    pieces = crc.CRC64NVME.update(data[cut:], crc.CRC64NVME.update(data[:cut]))
    assert pieces == crc.CRC64NVME.update(data)
    first, second = crc.CRC32C.update(data[:cut]), crc.CRC32C.update(data[cut:])
    assert crc.CRC32C.combine(first, second, size - cut) == crc.CRC32C.update(data)
