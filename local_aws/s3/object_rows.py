"""The durable row of an object: all that moto keeps of it beside its content."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from local_aws.context import ACCOUNT_ID
from local_aws.records import Record
from local_aws.s3.disk_key import DiskKey

_KEPT = ("storage_class", "encryption", "kms_key_id", "checksum_value", "checksum_type", "checksum_algorithm")
"""What moto keeps of an object beside content, ETag, time, metadata and tags."""


def row_of(bucket: str, key: str, found: DiskKey, tags: dict[str, str]) -> Record:
    """Give the row of an object."""
    path = found.file()
    status = path.stat()
    return {
        "Bucket": bucket,
        "Key": key,
        "Path": str(path),
        "Size": status.st_size,
        "ModifiedNs": status.st_mtime_ns,
        "ETag": found.etag.strip('"'),
        "LastModified": found.last_modified.replace(tzinfo=UTC),
        "Metadata": dict(found.metadata),
        "Tags": tags,
        **{name: getattr(found, name) for name in _KEPT},
    }


def key_of(row: Record, path: Path, region: str) -> DiskKey:
    """Give moto's object of a row, without its tags."""
    key = DiskKey(
        row["Key"],
        b"",
        ACCOUNT_ID,
        region,
        storage=row["storage_class"],
        etag=row["ETag"],
        bucket_name=row["Bucket"],
        encryption=row["encryption"],
        kms_key_id=row["kms_key_id"],
        checksum_value=row["checksum_value"],
        checksum_type=row["checksum_type"],
        _place=path,
    )
    key.contentsize = row["Size"]
    key.checksum_algorithm = row["checksum_algorithm"]
    key.last_modified = row["LastModified"].replace(tzinfo=None)
    key.set_metadata(dict(row["Metadata"]))
    return key


def is_unchanged(row: Record, path: Path) -> bool:
    """Tell whether a file is still the one that the row was written for."""
    status = path.stat()
    return bool(status.st_size == row["Size"] and status.st_mtime_ns == row["ModifiedNs"])
