"""S3 objects as files, through the S3 API and beside it."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.errors import AwsError
from local_aws.kernel.objects import split_uri
from local_aws.moto_side.snapshots import _Unpickler

BUCKET = "raw-bucket"
ODD_KEYS = ["a", "a/b", "a//b", "folder/", "../up", "x" * 300, "ünï/cödé key+=.txt"]


@pytest.fixture
def server(run_server, tmp_path: Path):
    with run_server(tmp_path / "data") as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


def keys(s3) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_an_object_is_a_file_under_its_own_name(server, tmp_path: Path) -> None:
    server.client("s3").put_object(Bucket=BUCKET, Key="parks/year=2026/p.parquet", Body=b"content")
    assert (tmp_path / "data/s3/buckets" / BUCKET / "parks/year=2026/p.parquet").read_bytes() == b"content"


def test_every_legal_key_is_kept_apart(server) -> None:
    s3 = server.client("s3")
    for key in ODD_KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in ODD_KEYS} == {
        key: key for key in ODD_KEYS
    }
    for key in ODD_KEYS:
        s3.delete_object(Bucket=BUCKET, Key=key)
    assert keys(s3) == []


def test_deleting_leaves_no_file_and_no_empty_folder(server, tmp_path: Path) -> None:
    s3 = server.client("s3")
    for name in "ab":
        s3.put_object(Bucket=BUCKET, Key=f"x/y/{name}", Body=b"1")
    s3.delete_object(Bucket=BUCKET, Key="x/y/a")
    folder = tmp_path / "data/s3/buckets" / BUCKET
    assert [path.name for path in (folder / "x/y").iterdir()] == ["b"]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "x/y/b"}]})
    assert list(folder.iterdir()) == []


def test_overwriting_replaces_content_and_etag(server) -> None:
    s3 = server.client("s3")
    first = s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")["ETag"]
    second = s3.put_object(Bucket=BUCKET, Key="k", Body=b"two!")["ETag"]
    found = s3.get_object(Bucket=BUCKET, Key="k")
    assert (found["Body"].read(), found["ETag"], found["ContentLength"]) == (b"two!", second, 4)
    assert first != second


def test_a_multipart_upload_becomes_one_file(server, tmp_path: Path) -> None:
    s3 = server.client("s3")
    content = os.urandom(17 << 20)
    s3.upload_fileobj(io.BytesIO(content), BUCKET, "big.bin")
    assert (tmp_path / "data/s3/buckets" / BUCKET / "big.bin").read_bytes() == content
    assert s3.head_object(Bucket=BUCKET, Key="big.bin")["ETag"].endswith('-3"')
    assert [path for name in ("incoming", "parts") for path in (tmp_path / "data/s3" / name).iterdir()] == []


def test_an_engines_files_become_objects_and_its_deletions_count(server) -> None:
    s3, objects = server.client("s3"), server.context.objects
    s3.put_object(Bucket=BUCKET, Key="t/old.parquet", Body=b"old")
    s3.put_object(Bucket=BUCKET, Key="t/changed.parquet", Body=b"before")
    folder = objects.bucket_folders()[BUCKET]
    (folder / "t/old.parquet").unlink()
    (folder / "t/changed.parquet").write_bytes(b"after the engine")
    (folder / "t/new.parquet").write_bytes(b"new")
    (folder / "t/.new.parquet.crc").write_bytes(b"crc")
    objects.rescan(BUCKET)
    assert keys(s3) == ["t/changed.parquet", "t/new.parquet"]
    assert s3.get_object(Bucket=BUCKET, Key="t/changed.parquet")["Body"].read() == b"after the engine"


def test_download_takes_one_object_or_all_below_a_prefix(server, tmp_path: Path) -> None:
    objects = server.context.objects
    for key in ("data/year=1/a.csv", "data/year=1/b.csv", "data/year=2/a.csv", "datax"):
        objects.put_bytes(BUCKET, key, key.encode())
    copied = objects.download(f"s3://{BUCKET}/data/", tmp_path / "all")
    assert sorted(path.relative_to(tmp_path / "all").as_posix() for path in copied) == [
        "year=1/a.csv",
        "year=1/b.csv",
        "year=2/a.csv",
    ]
    assert objects.download(f"s3://{BUCKET}/data/year=2", tmp_path / "bare") == [tmp_path / "bare/a.csv"]
    assert len(objects.download(f"s3://{BUCKET}/data/year=", tmp_path / "cut")) == 3
    assert (tmp_path / "cut/year=2/a.csv").read_text() == "data/year=2/a.csv"
    assert objects.download(f"s3://{BUCKET}/data/year=1/a.csv", tmp_path / "one") == [tmp_path / "one/a.csv"]
    with pytest.raises(AwsError, match="no object at or below"):
        objects.download(f"s3://{BUCKET}/nothing/", tmp_path / "none")


def test_download_refuses_a_key_that_leads_out(server, tmp_path: Path) -> None:
    server.client("s3").put_object(Bucket=BUCKET, Key="in/../../out", Body=b"x")
    with pytest.raises(AwsError, match="leads out"):
        server.context.objects.download(f"s3://{BUCKET}/in/", tmp_path / "job")


def test_upload_puts_every_file_of_a_folder(server, tmp_path: Path) -> None:
    (tmp_path / "model/plots").mkdir(parents=True)
    (tmp_path / "model/a.json").write_text("{}")
    (tmp_path / "model/plots/roc.png").write_bytes(b"png")
    server.context.objects.upload(tmp_path / "model", f"s3://{BUCKET}/out")
    assert keys(server.client("s3")) == ["out/a.json", "out/plots/roc.png"]


@pytest.mark.parametrize("uri", ["http://x/y", "s3://", "s3:///key", "bucket/key"])
def test_a_bad_uri_is_refused(uri: str) -> None:
    with pytest.raises(AwsError, match="not an S3 URI"):
        split_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://models/a/model one.tar.gz",
        "https://models.s3.amazonaws.com/a/model%20one.tar.gz",
        "https://models.s3.us-east-1.amazonaws.com/a/model%20one.tar.gz",
        "https://models.s3-us-east-1.amazonaws.com/a/model%20one.tar.gz",
        "https://s3.us-east-1.amazonaws.com/models/a/model%20one.tar.gz",
        "https://s3-us-east-1.amazonaws.com/models/a/model%20one.tar.gz",
    ],
)
def test_object_is_named_by_uri_or_address(uri: str) -> None:
    assert split_uri(uri) == ("models", "a/model one.tar.gz")


def test_a_missing_bucket_or_key_is_named(server) -> None:
    objects = server.context.objects
    with pytest.raises(AwsError, match="NoSuchBucket") as bucket:
        objects.list("nowhere")
    with pytest.raises(AwsError, match="NoSuchKey") as key:
        objects.get(BUCKET, "nothing")
    assert (bucket.value.members, key.value.members) == ({"BucketName": "nowhere"}, {"Key": "nothing"})


def test_a_bucket_is_removed_when_it_is_empty(server, tmp_path: Path) -> None:
    s3 = server.client("s3")
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
    s3.delete_object(Bucket=BUCKET, Key="k")
    s3.delete_bucket(Bucket=BUCKET)
    assert not (tmp_path / "data/s3/buckets" / BUCKET).exists()


def test_a_restart_keeps_objects_metadata_tags_roles_and_tables(run_server, tmp_path: Path) -> None:
    with run_server(tmp_path) as server:
        s3, iam, glue = server.client("s3"), server.client("iam"), server.client("glue")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"1", Metadata={"etag-of": "feed"}, Tagging="a=b", ContentType="x/y")
        before = s3.head_object(Bucket=BUCKET, Key="k")
        statement = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
        glue.create_database(DatabaseInput={"Name": "d"})
        glue.create_table(DatabaseName="d", TableInput={"Name": "t", "StorageDescriptor": {"Location": "s3://x/"}})
    with run_server(tmp_path) as server:
        s3 = server.client("s3")
        after = s3.head_object(Bucket=BUCKET, Key="k")
        same = ("ETag", "LastModified", "Metadata", "ContentType", "ContentLength")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
        assert server.client("iam").get_role(RoleName="r")["Role"]["RoleName"] == "r"
        assert server.client("glue").get_table(DatabaseName="d", Name="t")["Table"]["Name"] == "t"


def test_kill_dash_nine_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    def start() -> tuple[subprocess.Popen, dict]:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        environment: dict[str, str] = {}
        for line in process.stdout:
            if line.strip() == "ready":
                return process, environment
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                environment[name] = value
        raise AssertionError("the server did not start")

    def client(environment: dict, service: str):
        return boto3.session.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        ).client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])

    process, environment = start()
    s3 = client(environment, "s3")
    s3.create_bucket(Bucket=BUCKET)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="slow.bin")["UploadId"]
    part = s3.upload_part(Bucket=BUCKET, Key="slow.bin", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    for index in range(20):
        s3.put_object(Bucket=BUCKET, Key=f"k{index}", Body=str(index).encode())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    process, environment = start()
    try:
        s3 = client(environment, "s3")
        assert len(keys(s3)) == 20
        s3.complete_multipart_upload(
            Bucket=BUCKET,
            Key="slow.bin",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]},
        )
        assert s3.get_object(Bucket=BUCKET, Key="slow.bin")["Body"].read() == b"part"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_a_snapshot_cannot_carry_code() -> None:
    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    with pytest.raises(pickle.UnpicklingError, match=r"posix\.system"):
        _Unpickler(io.BytesIO(pickle.dumps(Evil()))).load()
    with pytest.raises(pickle.UnpicklingError):
        _Unpickler(io.BytesIO(b"cmoto.core.utils\nget_service_model\n.")).load()
