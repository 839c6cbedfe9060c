"""Rows and files agree: after a kill at any step, with engines beside, and whatever links a job plants."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.http.call_log import CallLog
from local_aws.http.checksums import Received
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Records
from local_aws.services.s3 import content
from local_aws.services.s3.layout import Layout
from local_aws.services.s3.objects import StoredObjects
from local_aws.services.s3.store import Store, after, new_row
from tests.conftest import RunningServer, running

BUCKET = "bucket"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    records = Records(tmp_path / "records.sqlite")
    records.put("s3-bucket", BUCKET, {"Bucket": BUCKET})
    yield Store(Layout(tmp_path / "s3"), records)
    records.close()


def put(store: Store, key: str, body: bytes, **described: object) -> None:
    received = Received({})
    file, written = store.write(io.BytesIO(body), received)
    store.commit({**new_row(BUCKET, key, received), **described}, file, written)


def tags_of(store: Store, key: str) -> dict[str, str] | None:
    row = store.row(BUCKET, key)
    return None if row is None else row["Tags"]


def content_of(store: Store, key: str) -> bytes:
    _, descriptor = store.open(BUCKET, key)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def killed(root: Path, where: str, operation: str, key: str) -> int:
    """Put or delete in a child process that dies at a step; return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            store = Store(Layout(root / "s3"), Records(root / "records.sqlite"))
            owner, _, name = where.partition(".")
            part = {"layout": store.layout, "records": store.records}[owner]
            setattr(part, name, lambda *_arguments, **_named: os._exit(9))
            if operation == "put":
                put(store, key, b"after", Tags={"new": "1"})
            else:
                store.delete(BUCKET, key)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("key", ["k", "folder/k", "k/"])
@pytest.mark.parametrize(
    ("where", "operation", "expected"),
    [
        ("layout.place_for", "put", (b"before", {"old": "1"})),
        ("records.put", "put", (b"before", {"old": "1"})),
        ("layout.move", "put", (b"after", {"new": "1"})),
        ("layout.remove", "delete", (b"before", {"old": "1"})),
        ("records.delete", "delete", None),
    ],
)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    store: Store, tmp_path: Path, key: str, where: str, operation: str, expected: tuple | None
) -> None:
    put(store, key, b"before", Tags={"old": "1"})
    put(store, "other", b"other", Tags={"kept": "1"})
    assert killed(tmp_path, where, operation, key) == 9
    store.recover([BUCKET])
    tags = tags_of(store, key)
    assert (None if tags is None else (content_of(store, key), tags)) == expected
    assert (content_of(store, "other"), tags_of(store, "other")) == (b"other", {"kept": "1"})
    files = [path for path in (tmp_path / "s3").rglob("*") if path.is_file()]
    assert len(files) == (1 if expected is None else 2)


def test_a_restart_reads_no_content_that_did_not_change(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        put(store, f"k{number}", b"x")
    monkeypatch.setattr(store, "adopt", lambda *_: pytest.fail("content was read"))
    store.recover([BUCKET])


def test_a_full_disk_leaves_the_old_object(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "k", b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("move", "place_for"):
        with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
            patched.setattr(store.layout, name, full)
            put(store, "k", b"after")
        assert content_of(store, "k") == b"before"
        assert next(store.rows(BUCKET))["Size"] == 6
    assert list((store.layout.root / "incoming").iterdir()) == []


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with running(tmp_path) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"before")
        with monkeypatch.context() as patched, pytest.raises(ClientError, match="the disk of the data folder is full"):
            patched.setattr(content, "_write_all", full)
            s3.put_object(Bucket=BUCKET, Key="k", Body=b"after")
        assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"before"
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"after")


def test_what_an_engine_wrote_is_what_a_reader_gets(store: Store) -> None:
    put(store, "t/part", b"put", Tags={"a": "b"})
    (store.layout.root / "buckets" / BUCKET / "t/part").write_bytes(b"by the engine")
    assert content_of(store, "t/part") == b"by the engine"
    assert tags_of(store, "t/part") == {}
    (store.layout.root / "buckets" / BUCKET / "t/part").unlink()
    with pytest.raises(AwsError, match="NoSuchKey"):
        store.open(BUCKET, "t/part")


def test_a_put_during_a_rescan_keeps_its_metadata(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "k", b"first")
    visible = store.layout.visible

    def then_put(bucket: str) -> Iterator[tuple[str, str]]:
        found = list(visible(bucket))
        put(store, "k", b"second", Tags={"a": "b"})
        yield from found

    monkeypatch.setattr(store.layout, "visible", then_put)
    store.rescan(BUCKET)
    assert tags_of(store, "k") == {"a": "b"}


@pytest.mark.parametrize("kind", ["file", "folder", "fifo", "dangling"])
def test_links_and_pipes_in_a_bucket_are_no_objects_and_lead_nowhere(store: Store, tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    bucket = store.layout.bucket(BUCKET)
    put(store, "was-real", b"real")
    planted = {"file": outside / "secret", "folder": outside, "dangling": outside / "nothing"}
    for name in ("planted", "was-real"):
        (bucket / name).unlink(missing_ok=True)
        os.mkfifo(bucket / name) if kind == "fifo" else (bucket / name).symlink_to(planted[kind])
    store.rescan(BUCKET)
    objects = StoredObjects(store, CallLog(tmp_path / "calls.jsonl"))
    assert objects.list(BUCKET) == []
    with pytest.raises(AwsError, match="NoSuchKey"):
        objects.get(BUCKET, "was-real")
    for key in ("planted", "planted/secret", "planted/new"):
        put(store, key, b"mine")
        assert content_of(store, key) == b"mine"
        store.delete(BUCKET, key)
    assert [(path.name, path.read_bytes()) for path in outside.iterdir()] == [("secret", b"secret")]


def test_a_bucket_folder_that_is_a_link_is_not_followed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"1")
    (store.layout.root / "buckets" / BUCKET).symlink_to(tmp_path / "outside")
    store.rescan(BUCKET)
    assert list(store.rows(BUCKET)) == []
    put(store, "k", b"1")
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["file"]


def test_names_that_are_not_unicode_are_passed_over(store: Store) -> None:
    Path(os.fsdecode(os.fsencode(store.layout.bucket(BUCKET)) + b"/\xff")).write_bytes(b"1")
    store.rescan(BUCKET)
    assert list(store.rows(BUCKET)) == []


@pytest.mark.parametrize(
    ("prefix", "expected"), [("a", "b"), ("a/", "a0"), ("\ud7ff", "\ue000"), ("a\U0010ffff", "b"), ("é", "ê")]
)
def test_what_comes_after_a_prefix(prefix: str, expected: str) -> None:
    assert after(prefix) == expected


def test_a_reader_keeps_what_it_began_to_read(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        s3, size = server.client("s3"), 8 << 20
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"a" * size)
        body = s3.get_object(Bucket=BUCKET, Key="k")["Body"]
        beginning = body.read(1 << 16)
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"b" * size)
        assert beginning + body.read() == b"a" * size


def test_puts_and_reads_at_once_never_mix(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        _race(server)


def _race(server: RunningServer) -> None:
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"0" * 1000, Metadata={"of": "0"})
    wrong: list[str] = []

    def write(digit: str) -> None:
        client = server.client("s3")
        for _ in range(20):
            client.put_object(Bucket=BUCKET, Key="k", Body=digit.encode() * 1000, Metadata={"of": digit})

    def read() -> None:
        client = server.client("s3")
        for _ in range(40):
            found = client.get_object(Bucket=BUCKET, Key="k")
            if set(found["Body"].read().decode()) != {found["Metadata"]["of"]}:
                wrong.append(found["Metadata"]["of"])

    threads = [threading.Thread(target=write, args=(digit,)) for digit in "123"]
    threads += [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
