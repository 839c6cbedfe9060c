"""Checks, while a body is read, that it is the one that was signed.

Source of the chunks' format: "Signature calculations for the Authorization header: transferring a payload in multiple
chunks" of Amazon S3's API reference, with its page on trailing headers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from local_aws.http.signatures.claims import Claim
from local_aws.http.signatures.refusals import refusal
from local_aws.http.signatures.signers import Signer, same
from local_aws.kernel.errors import AwsError

UNSIGNED = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_AND_TRAILER = f"{SIGNED_CHUNKS}-TRAILER"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_EMPTY = hashlib.sha256(b"").hexdigest()
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_CHUNK_SIGNATURE = b"chunk-signature="


class BodyCheck:
    """Checks a body as it is read; this base class accepts any.

    Each method may raise `AwsError`, with which the body is refused: whoever reads must not have done anything with it
    before its end.
    """

    def start_chunk(self, extension: bytes) -> None:
        """See the header of a chunk of an ``aws-chunked`` body, what is after the size and its ``;``."""

    def update(self, piece: bytes) -> None:
        """See a piece of the decoded body."""

    def end_chunk(self) -> None:
        """Check the end of a chunk; the last one is empty."""

    def end(self, trailers: dict[str, str]) -> None:
        """Check the end of the body, and the headers that came after it, names in lower case."""


class Sha256Check(BodyCheck):
    """Compares the body with its hash, which was signed."""

    def __init__(self, stated: str) -> None:
        self._stated = stated
        self._hash = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        """See a piece of the decoded body."""
        self._hash.update(piece)

    def end(self, trailers: dict[str, str]) -> None:
        """Compare the hashes."""
        del trailers
        if not same(self._hash.hexdigest(), self._stated):
            raise refusal("body", "The provided 'x-amz-content-sha256' header does not match what was computed.", "s3")


class ChunkSignatures(BodyCheck):
    """Verifies the signature of each chunk, each of which covers the one before, and that of the trailer.

    Parameters
    ----------
    has_trailer
        Whether a trailer, with a signature of its own, comes after the last chunk.
    """

    def __init__(self, claim: Claim, signer: Signer, *, has_trailer: bool) -> None:
        self._claim = claim
        self._signer = signer
        self._has_trailer = has_trailer
        self._previous = claim.signature
        self._stated = ""
        self._hash = hashlib.sha256()

    def start_chunk(self, extension: bytes) -> None:
        """Read the chunk's signature."""
        stated = extension.strip()
        if not stated.startswith(_CHUNK_SIGNATURE):
            raise self._mismatch("a chunk has no signature")
        self._stated = stated.removeprefix(_CHUNK_SIGNATURE).decode("latin-1")
        self._hash = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        """See a piece of the decoded body."""
        self._hash.update(piece)

    def end_chunk(self) -> None:
        """Verify the chunk."""
        self._verify("PAYLOAD", f"{_EMPTY}\n{self._hash.hexdigest()}", self._stated, "a chunk's signature is wrong")

    def end(self, trailers: dict[str, str]) -> None:
        """Verify the trailer, and take its signature out of it."""
        stated = trailers.pop(_TRAILER_SIGNATURE, None)
        if not self._has_trailer:
            if trailers or stated is not None:
                raise self._mismatch("there is a trailer, which the request does not announce")
            return
        hashed = hashlib.sha256(_canonical(trailers).encode()).hexdigest()
        self._verify("TRAILER", hashed, stated or "", "the trailer's signature is wrong")

    def _verify(self, kind: str, hashes: str, stated: str, problem: str) -> None:
        head = f"AWS4-HMAC-SHA256-{kind}\n{self._claim.timestamp}\n{self._claim.scope}\n{self._previous}\n"
        if not same(self._signer.sign(head + hashes), stated):
            raise self._mismatch(problem)
        self._previous = stated

    def _mismatch(self, problem: str) -> AwsError:
        return refusal("mismatch", f"The signature of the request body does not match: {problem}", "s3")


def body_check(claim: Claim, signer: Signer, stated: str) -> BodyCheck:
    """Return the check for the body of a request to S3.

    Parameters
    ----------
    stated
        The header ``x-amz-content-sha256``.

    Raises
    ------
    AwsError
        For a header with an unknown value.
    """
    if stated in (UNSIGNED, UNSIGNED_CHUNKS):
        return BodyCheck()
    if stated in (SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER):
        return ChunkSignatures(claim, signer, has_trailer=stated == SIGNED_CHUNKS_AND_TRAILER)
    if _SHA256.fullmatch(stated):
        return Sha256Check(stated)
    if "ECDSA" in stated:
        raise AwsError("NotImplemented", "local_aws does not support Signature Version 4A: sign with version 4", 501)
    known = (UNSIGNED, UNSIGNED_CHUNKS, SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER)
    raise AwsError(
        "InvalidArgument", f"x-amz-content-sha256 must be one of {', '.join(known)}, or a valid sha256 value."
    )


def _canonical(trailers: Mapping[str, str]) -> str:
    return "".join(f"{name}:{value}\n" for name, value in trailers.items())
