"""What the server does with objects for a role leaves the line that the role's own call would leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.principals import acting_as
from tests.conftest import RunningServer, running

ROLE = "arn:aws:iam::123456789012:role/reading"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path) as server:
        server.client("s3").create_bucket(Bucket="data")
        server.client("s3").put_object(Bucket="data", Key="in/a.csv", Body=b"1")
        yield server


@pytest.fixture
def calls(server: RunningServer, tmp_path: Path) -> Callable[[], list[tuple[str, ...]]]:
    """Return the role's calls: operation, key or prefix, outcome."""

    def found() -> list[tuple[str, ...]]:
        lines = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
        return [
            (line["operation"], line["request"].get("Key", line["request"].get("Prefix")), line["outcome"])
            for line in lines
            if line["principal"] == ROLE
        ]

    return found


def test_a_download_lists_and_reads(server: RunningServer, calls, tmp_path: Path) -> None:
    with acting_as(ROLE):
        server.context.objects.download("s3://data/in/", tmp_path / "job")
    assert calls() == [("ListObjectsV2", "in/", "ok"), ("GetObject", "in/a.csv", "ok")]


def test_an_upload_writes(server: RunningServer, calls, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "b.csv").write_text("2")
    with acting_as(ROLE):
        server.context.objects.upload(tmp_path / "results", "s3://data/out")
        server.context.objects.put_bytes("data", "out/c.csv", b"3")
        server.context.objects.delete("data", "out/c.csv")
    assert calls() == [
        ("PutObject", "out/b.csv", "ok"),
        ("PutObject", "out/c.csv", "ok"),
        ("DeleteObject", "out/c.csv", "ok"),
    ]


def test_what_is_not_there_is_recorded_as_that(server: RunningServer, calls) -> None:
    with acting_as(ROLE), pytest.raises(AwsError):
        server.context.objects.get("data", "nothing")
    assert calls() == [("GetObject", "nothing", "NoSuchKey")]


def test_local_aws_own_work_leaves_no_line(server: RunningServer, tmp_path: Path) -> None:
    before = (tmp_path / "calls.jsonl").read_text()
    server.context.objects.list("data")
    server.context.objects.rescan("data")
    assert (tmp_path / "calls.jsonl").read_text() == before
