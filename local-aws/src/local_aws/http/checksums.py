"""Checksums of contents: what a request claims, what arrived, and what a multipart upload makes of its parts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from local_aws.http.payload import Payload
from local_aws.kernel.errors import AwsError

if TYPE_CHECKING:
    from local_aws.http.crc import Crc

FULL_OBJECT, COMPOSITE = "FULL_OBJECT", "COMPOSITE"


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, function: Callable[[bytes, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def _crc_of(algorithm: str) -> Crc:
    """Return a CRC that is computed with NumPy, which is imported with the first rather than at the start."""
    from local_aws.http import crc

    return {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}[algorithm]


_DIGESTS: dict[str, Callable[[], _Digest]] = {
    "CRC32": lambda: _Crc(zlib.crc32, 4),
    "CRC32C": lambda: _Crc(_crc_of("CRC32C").update, 4),
    "CRC64NVME": lambda: _Crc(_crc_of("CRC64NVME").update, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}
ALGORITHMS = tuple(_DIGESTS)
_DIGEST_BYTES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16}


def member(algorithm: str) -> str:
    """Return the member of requests and answers that holds an algorithm's value."""
    return f"Checksum{algorithm}"


def claimed(request: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return algorithm and value of the one checksum that a request gives; None if it gives none.

    Raises
    ------
    AwsError
        ``InvalidRequest`` for more than one, or one that is not of its algorithm.
    """
    claims = [(algorithm, request[member(algorithm)]) for algorithm in ALGORITHMS if request.get(member(algorithm))]
    if len(claims) > 1:
        raise AwsError(
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    for algorithm, value in claims:
        # A multipart upload's composite checksum ends in the number of parts.
        _check_form(algorithm, value.partition("-")[0])
        return algorithm, value
    return None


class Received:
    """Digests of content as it comes in, held against what the request claims.

    Parameters
    ----------
    request
        ``ContentMD5``, ``Checksum…`` and ``ChecksumAlgorithm`` of it.
    payload
        The body, for the checksum that may follow it; None if there is none to follow.
    kept
        The algorithm whose value is to be kept, in place of the request's.

    Raises
    ------
    AwsError
        ``InvalidDigest`` or ``InvalidRequest`` for claims that are ill-formed.
    """

    def __init__(self, request: Mapping[str, Any], payload: Payload | None = None, kept: str | None = None) -> None:
        self._payload = payload
        self._claim = claimed(request)
        self._md5_claim = _claimed_md5(request.get("ContentMD5"))
        self._trailer = None if payload is None else _announced(payload.announced_trailers)
        named = str(request.get("ChecksumAlgorithm") or "").upper()
        if named and payload is not None and self._claim is None and self._trailer is None:
            raise AwsError(
                "InvalidRequest",
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
                "headers were found.",
            )
        self.claimed_algorithm = self._claim[0] if self._claim else self._trailer
        self.algorithm = kept or self.claimed_algorithm or named or None
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._digests = {name: _digest(name) for name in {self.algorithm, self.claimed_algorithm} if name}
        self._values: dict[str, str] = {}

    def update(self, piece: bytes) -> None:
        """Take the next piece of the content."""
        self._md5.update(piece)
        for digest in self._digests.values():
            digest.update(piece)

    def check(self) -> None:
        """Compare what came in with what was claimed."""
        if self._md5_claim not in (None, self._md5.digest()):
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        expected = self._claim[1] if self._claim else None
        if expected is None and self._trailer is not None and self._payload is not None:
            expected = self._payload.trailers.get(f"x-amz-checksum-{self._trailer.lower()}")
            if expected is None:
                raise AwsError("MalformedTrailerError", "The request body ends without the trailer that it announces.")
            _check_form(self._trailer, expected)
        values = self.finish()
        name = self.claimed_algorithm
        if name is not None and expected != values[name]:
            raise AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")

    def finish(self) -> dict[str, str]:
        """Return each checksum that was computed, in Base64, by algorithm."""
        if not self._values:
            self._values = {name: base64.b64encode(digest.digest()).decode() for name, digest in self._digests.items()}
        return self._values

    @property
    def checksum(self) -> dict[str, str] | None:
        """The checksum that is to be kept of a whole object: algorithm, value and type."""
        if self.algorithm is None:
            return None
        return {"Algorithm": self.algorithm, "Value": self.finish()[self.algorithm], "Type": FULL_OBJECT}

    @property
    def md5(self) -> str:
        """The MD5, in hex: the ETag of an object that was put in one piece."""
        return self._md5.hexdigest()


def check_body(headers: Mapping[str, str], body: bytes) -> None:
    """Check a body that was read whole against its ``Content-MD5`` and ``x-amz-checksum-…`` headers."""
    request = {member(name): headers.get(f"x-amz-checksum-{name.lower()}") for name in ALGORITHMS}
    request["ContentMD5"] = headers.get("Content-MD5")
    if any(request.values()):
        received = Received(request)
        received.update(body)
        received.check()


def multipart_type(algorithm: str, wanted: str | None) -> str:
    """Return the type of the checksum of a multipart upload."""
    _digest(algorithm)
    possible = [FULL_OBJECT] if algorithm == "CRC64NVME" else [COMPOSITE]
    if algorithm in ("CRC32", "CRC32C"):
        possible.append(FULL_OBJECT)
    if wanted is not None and wanted not in possible:
        raise AwsError(
            "InvalidRequest",
            f"The {wanted} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
        )
    return wanted or possible[0]


def whole(algorithm: str, kind: str, parts: Sequence[tuple[str, int]]) -> str:
    """Return the checksum of a multipart upload from value and size of its parts."""
    if kind == COMPOSITE:
        digest = _digest(algorithm)
        for value, _ in parts:
            digest.update(base64.b64decode(value))
        return f"{base64.b64encode(digest.digest()).decode()}-{len(parts)}"
    total, crc = 0, _crc_of(algorithm)
    for value, size in parts:
        total = crc.combine(total, int.from_bytes(base64.b64decode(value), "big"), size)
    return base64.b64encode(total.to_bytes(_DIGEST_BYTES[algorithm], "big")).decode()


def answered(checksum: Mapping[str, str] | None) -> dict[str, str]:
    """Return the members of an answer that tell a checksum."""
    if checksum is None:
        return {}
    return {member(checksum["Algorithm"]): checksum["Value"], "ChecksumType": checksum["Type"]}


def _digest(algorithm: str) -> _Digest:
    """Start a digest."""
    if algorithm not in _DIGESTS:
        raise AwsError(
            "NotImplemented", f"local_aws does not support {algorithm}; use one of {', '.join(ALGORITHMS)}", 501
        )
    return _DIGESTS[algorithm]()


def _claimed_md5(value: str | None) -> bytes | None:
    if value is None:
        return None
    decoded = _decoded(value)
    if decoded is None or len(decoded) != _DIGEST_BYTES["MD5"]:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    return decoded


def _announced(trailers: Iterable[str]) -> str | None:
    names = [name.removeprefix("x-amz-checksum-").upper() for name in trailers if name.startswith("x-amz-checksum-")]
    for name in names:
        if name not in _DIGESTS:
            raise AwsError(
                "InvalidRequest", f"The value specified in the x-amz-trailer header is not supported: {name}"
            )
    return names[0] if names else None


def _check_form(algorithm: str, value: str) -> None:
    decoded = _decoded(value)
    if decoded is None or len(decoded) != _DIGEST_BYTES[algorithm]:
        raise AwsError("InvalidRequest", f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
