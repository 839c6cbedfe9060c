"""Records, mini-batches and filters of batch transform."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from local_aws.kernel.errors import AwsError
from local_aws.kernel.limits import MB
from local_aws.services.sagemaker.jobs.csv_filters import compile_filter, parse_record, write_record
from local_aws.services.sagemaker.jobs.transform_batches import (
    RecordTooLargeError,
    Splitting,
    batch_records,
    read_records,
    read_whole,
)

LINE = Splitting("Line", "MultiRecord", 1)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", ["a", "b", "c", "d"]),
        ("", ["a", "b", "c", "d"]),
        ("$[*]", ["a", "b", "c", "d"]),
        ("$[1:]", ["b", "c", "d"]),
        ("$[:-1]", ["a", "b", "c"]),
        ("$[1:3]", ["b", "c"]),
        ("$[0]", ["a"]),
        ("$[0,-1]", ["a", "d"]),
        ("$[ 2 , 0 ]", ["c", "a"]),
    ],
)
def test_filter(path: str, expected: list[str]) -> None:
    assert compile_filter(path)(["a", "b", "c", "d"]) == expected


@pytest.mark.parametrize("path", ["$.features", "$['id']", "$[0:4:2]", "[1:]", "$[?(@>1)]"])
def test_path_that_is_none_for_csv(path: str) -> None:
    with pytest.raises(AwsError, match="picks nothing out of a CSV record"):
        compile_filter(path)


def test_quoted_fields_survive() -> None:
    line = '"Smith, Jane",5,"says ""hi"""'
    assert parse_record(line) == ["Smith, Jane", "5", 'says "hi"']
    assert write_record(parse_record(line)) == line


def test_records_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1\r\n\n2\n3\n\n\n")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert list(read_records(path, compressed=False)) == [b"1", b"", b"2", b"3"]
    assert list(read_records(packed, compressed=True)) == [b"1", b"", b"2", b"3"]


def test_batches_fill_the_limit() -> None:
    records = [b"x" * (MB // 4 - 1)] * 9
    assert [len(batch) for batch in batch_records(records, LINE)] == [4, 4, 1]


def test_single_records() -> None:
    splitting = Splitting("Line", "SingleRecord", 1)
    assert list(batch_records([b"1", b"2"], splitting)) == [[b"1"], [b"2"]]


def test_record_over_the_limit() -> None:
    with pytest.raises(RecordTooLargeError, match="record 2 is over MaxPayloadInMB=1"):
        list(batch_records([b"1", b"x" * MB], LINE))


def test_object_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * (MB + 1))
    with pytest.raises(RecordTooLargeError, match="set SplitType to Line"):
        read_whole(path, compressed=False, splitting=Splitting("None", "MultiRecord", 1))
