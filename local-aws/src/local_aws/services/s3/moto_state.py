"""Takes over buckets, objects and uploads of a data folder in which moto kept them.

They were a snapshot of moto's backend, and rows that hold moto's own names. Both are read once, and replaced.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from local_aws.http.checksums import COMPOSITE, FULL_OBJECT
from local_aws.kernel.objects import DEFAULT_TYPE
from local_aws.kernel.records import Record, now
from local_aws.services.s3.buckets import BUCKETS, UPLOADS
from local_aws.services.s3.multipart import part_key, upload_key
from local_aws.services.s3.store import OBJECTS, PARTS, Store, row_key

_SNAPSHOT, _OLD_OBJECTS, _OLD_UPLOADS = "moto-s3", "s3-object", "s3-upload-seen"
_HEADERS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "expires": "Expires",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
_META = "x-amz-meta-"
_PLAIN = {
    "collections": frozenset({"OrderedDict", "defaultdict"}),
    "datetime": frozenset({"datetime", "timedelta", "timezone"}),
    "requests.structures": frozenset({"CaseInsensitiveDict"}),
}


def take_over(store: Store) -> None:
    """Turn what moto kept into records of ours, all at once; nothing happens where there is nothing of it."""
    records = store.records
    snapshot, rows = records.get_blob(_SNAPSHOT), records.list(_OLD_OBJECTS)
    if snapshot is None and not rows:
        return
    state = {} if snapshot is None else _Unpickler(io.BytesIO(snapshot)).load()
    seen = {record["UploadId"]: record["At"] for record in records.list(_OLD_UPLOADS)}
    with records.together():
        for attributes in state.values():
            tags = vars(attributes["tagger"])["tags"]
            for name, bucket in attributes["buckets"].items():
                _put_bucket(store, name, vars(bucket), tags.get(f"arn:aws:s3:::{name}", {}))
                for upload_id, upload in vars(bucket)["multiparts"].items():
                    _put_upload(store, name, upload_id, vars(upload), seen.get(upload_id) or now())
        for row in rows:
            records.put(OBJECTS, row_key(row["Bucket"], row["Key"]), _object(row))
            records.delete(_OLD_OBJECTS, row_key(row["Bucket"], row["Key"]))
        for upload_id in seen:
            records.delete(_OLD_UPLOADS, upload_id)
        records.delete_blob(_SNAPSHOT)


def _put_bucket(store: Store, name: str, bucket: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    created = bucket["creation_date"].astimezone(UTC)
    store.records.put(BUCKETS, name, {"Bucket": name, "CreationDate": created, "Tags": dict(tags)})


def _put_upload(store: Store, bucket: str, upload_id: str, old: Mapping[str, Any], initiated: datetime) -> None:
    upload = {
        "Bucket": bucket,
        "Key": old["key_name"],
        "UploadId": upload_id,
        "Initiated": initiated,
        **_described(old["metadata"]),
        "Tags": dict(old["tags"] or {}),
        "Encryption": _encryption(old["sse_encryption"], old["kms_key_id"]),
        "Checksum": None,
    }
    store.records.put(UPLOADS, upload_key(upload), upload)
    for number, part in old["parts"].items():
        file = f"parts/{Path(vars(part)['path']).name}"
        status = store.layout.status(file)
        if status is not None:  # one whose file has gone was never acknowledged
            store.records.put(PARTS, part_key(upload, number), _part(number, vars(part), file, status.st_size))


def _part(number: int, old: Mapping[str, Any], file: str, size: int) -> Record:
    return {
        "PartNumber": number,
        "File": file,
        "Size": size,
        "ETag": old["_etag"],
        "Checksum": None,
        "LastModified": old["last_modified"].replace(tzinfo=UTC),
    }


def _object(old: Record) -> Record:
    aside = Path(old["Path"])
    is_aside = aside.parent.name == "odd" and aside.parent.parent.name == "s3"
    algorithm, value = old["checksum_algorithm"], old["checksum_value"]
    kind = old["checksum_type"] or (COMPOSITE if "-" in (value or "") else FULL_OBJECT)
    return {
        **{name: old[name] for name in ("Bucket", "Key", "Size", "ModifiedNs", "ETag", "LastModified", "Tags")},
        **_described(old["Metadata"]),
        "File": f"odd/{aside.name}" if is_aside else f"buckets/{old['Bucket']}/{old['Key']}",
        "Encryption": _encryption(old["encryption"], old["kms_key_id"]),
        "Checksum": {"Algorithm": algorithm, "Value": value, "Type": kind} if algorithm and value else None,
    }


def _described(metadata: Mapping[str, str]) -> Record:
    lowered = {name.lower(): value for name, value in metadata.items()}
    headers: dict[str, Any] = {_HEADERS[name]: value for name, value in lowered.items() if name in _HEADERS}
    if "Expires" in headers:
        try:
            headers["Expires"] = parsedate_to_datetime(headers["Expires"])
        except ValueError:
            del headers["Expires"]
    return {
        "Headers": {"ContentType": DEFAULT_TYPE, **headers},
        "Metadata": {name.removeprefix(_META): value for name, value in lowered.items() if name.startswith(_META)},
    }


def _encryption(algorithm: str | None, key: str | None) -> Record:
    if algorithm == "aws:kms":
        return {"ServerSideEncryption": algorithm, **({"SSEKMSKeyId": key} if key else {})}
    return {"ServerSideEncryption": "AES256"}


class _Thing(dict[Any, Any]):
    """Stands for an instance of any class of moto's: its items and attributes, and nothing that it does."""

    def __new__(cls, *_arguments: Any) -> _Thing:
        return dict.__new__(cls)

    def __init__(self, *_arguments: Any) -> None:
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, Mapping):
            vars(self).update(state)


class _Unpickler(pickle.Unpickler):
    """Reads plain values only: neither moto's code nor anybody else's is run."""

    def persistent_load(self, pid: str) -> Any:
        return _Thing()

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("moto.") or (module, name) == ("local_aws.s3.disk_key", "DiskKey"):
            return _Thing
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the snapshot of S3 names {module}.{name}, which no snapshot of ours holds")
