"""A data folder in which moto kept S3's records is taken over when the server starts."""

from __future__ import annotations

import io
import json
import os
import pickle
import sqlite3
from pathlib import Path

import pytest

from local_aws.services.s3.moto_state import _Unpickler
from tests.conftest import running

BUCKET = "old-raw"
UPLOAD = "rutj4ep16t9Qlr9Nimst419jCzgjWWpHKfrfiOP2Bda2PflCYayKatvg"
FILES = {
    "buckets/old-raw/parks/year=2026/p.csv": b"content",
    "buckets/old-raw/a": b"A",
    "buckets/old-raw/sum": b"123",
    "odd/3a78e51c11bc38bc01c5c51eea5b4b582192d9b1e1052489e9c16f00067bd52d": b"AB",
    "odd/0cff9d5596095ea7552c14ae0fba43c75a0b2250f9df47008ba59f70f52f805f": b"",
    "parts/fb22d34faaad4e148e520704a9dd095a": b"part",
}
DUMP = Path(__file__).with_name("moto_folder.sql")
"""The records of a folder that was made with moto's S3: two buckets, five objects, an unfinished upload."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder as it was."""
    for name, content in FILES.items():
        path = tmp_path / "s3" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "s3/buckets/old-empty").mkdir()
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    connection.executescript(DUMP.read_text())
    for (document,) in connection.execute("SELECT document FROM records WHERE kind = 's3-object'"):
        row = json.loads(document)
        path = tmp_path / "s3" / row["Path"].partition("/s3/")[2]
        os.utime(path, ns=(row["ModifiedNs"], row["ModifiedNs"]))
    connection.close()
    return tmp_path


def test_buckets_objects_and_uploads_are_there_with_what_they_had(folder: Path) -> None:
    for _ in range(2):
        with running(folder) as server:
            s3 = server.client("s3")
            assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["old-empty", BUCKET]
            assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == [{"Key": "team", "Value": "parks"}]
            keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
            assert keys == ["a", "a/b", "folder/", "parks/year=2026/p.csv", "sum"]
            found = s3.get_object(Bucket=BUCKET, Key="parks/year=2026/p.csv")
            assert (found["Body"].read(), found["Metadata"]) == (b"content", {"source": "feed"})
            assert (found["ContentType"], found["CacheControl"], found["TagCount"]) == ("text/csv", "no-cache", 2)
            assert found["LastModified"].isoformat() == "2026-11-29T00:38:56+00:00"
            assert found["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
            assert s3.get_object(Bucket=BUCKET, Key="a/b")["Body"].read() == b"AB"
            head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
            assert head["ChecksumSHA256"] == "pmWkWSBCL51Bfkhn79xPuKBKHz//H6B+mY6G9/eieuM="
            (upload,) = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
            assert (upload["UploadId"], upload["Key"]) == (UPLOAD, "slow.bin")


def test_an_upload_goes_on(folder: Path) -> None:
    with running(folder) as server:
        s3, place = server.client("s3"), {"Bucket": BUCKET, "Key": "slow.bin"}
        (part,) = s3.list_parts(**place, UploadId=UPLOAD)["Parts"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**place, UploadId=UPLOAD, MultipartUpload=parts)
        found = s3.get_object(**place)
        assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"part", "x/y", {"m": "v"})
        assert s3.get_object_tagging(**place)["TagSet"] == [{"Key": "t", "Value": "u"}]


def test_the_snapshot_cannot_carry_code() -> None:
    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    with pytest.raises(pickle.UnpicklingError, match=r"posix\.system"):
        _Unpickler(io.BytesIO(pickle.dumps(Evil()))).load()
