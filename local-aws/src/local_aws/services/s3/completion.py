"""How an upload is completed: the parts that a request chooses, and the ETag and checksum of the whole."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.http.checksums import claimed, whole
from local_aws.kernel.context import Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record

_MIN_PART_BYTES = 5 << 20


def algorithm_of(upload: Record) -> str | None:
    """Return the checksum algorithm that an upload was created with, None without one."""
    return upload["Checksum"] and upload["Checksum"]["ChecksumAlgorithm"]


def chosen_parts(request: Request, upload: Record, stored: Mapping[int, Record]) -> list[Record]:
    """Return the parts that a request completes an upload with."""
    wanted = (request.get("MultipartUpload") or {}).get("Parts") or []
    if not wanted:
        raise AwsError("InvalidRequest", "You must specify at least one part")
    if any("PartNumber" not in entry or "ETag" not in entry for entry in wanted):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed: Parts need PartNumber and ETag")
    numbers = [entry["PartNumber"] for entry in wanted]
    if any(second <= first for first, second in itertools.pairwise(numbers)):
        raise AwsError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
        )
    chosen = []
    for entry in wanted:
        part = stored.get(entry["PartNumber"])
        if part is None or entry["ETag"].strip('"') != part["ETag"] or not _is_same(entry, upload, part):
            raise AwsError(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
                "specified entity tag may not match the part's entity tag.",
                members={
                    "ETag": entry["ETag"].strip('"'),
                    "PartNumber": str(entry["PartNumber"]),
                    "UploadId": upload["UploadId"],
                },
            )
        chosen.append(part)
    for part in chosen[:-1]:
        if part["Size"] < _MIN_PART_BYTES:
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                members={
                    "ETag": part["ETag"],
                    "MinSizeAllowed": str(_MIN_PART_BYTES),
                    "PartNumber": str(part["PartNumber"]),
                    "ProposedSize": str(part["Size"]),
                },
            )
    return chosen


def upload_etag(parts: Sequence[Record]) -> str:
    """Return the ETag of an upload: the MD5 of its parts' MD5s, and their number."""
    digest = hashlib.md5(b"".join(bytes.fromhex(part["ETag"]) for part in parts), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(parts)}"


def upload_checksum(request: Request, upload: Record, parts: Sequence[Record]) -> Record | None:
    """Return the checksum of the whole; None if the upload was created without an algorithm."""
    claim = claimed(request)
    if upload["Checksum"] is None:
        if claim is not None:
            raise AwsError("InvalidRequest", f"The upload was created without a checksum algorithm; got {claim[0]}")
        return None
    algorithm, kind = upload["Checksum"]["ChecksumAlgorithm"], upload["Checksum"]["ChecksumType"]
    if request.get("ChecksumType") not in (None, kind):
        raise AwsError(
            "InvalidRequest", f"The upload was created using the {kind} checksum mode; got {request['ChecksumType']}"
        )
    value = whole(algorithm, kind, [(part["Checksum"], part["Size"]) for part in parts])
    if claim is not None and claim[0] != algorithm:
        raise AwsError("InvalidRequest", f"The upload was created using the {algorithm} algorithm; got {claim[0]}")
    if claim is not None and claim[1].partition("-")[0] != value.partition("-")[0]:
        raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return {"Algorithm": algorithm, "Value": value, "Type": kind}


def _is_same(entry: Mapping[str, Any], upload: Record, part: Record) -> bool:
    """Return whether the checksum that an entry may name is the one kept of the part."""
    claim = claimed(entry)
    return claim is None or claim[0] != algorithm_of(upload) or claim[1] == part["Checksum"]
