"""Files of a data folder that cannot be used are named, with what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from local_aws.kernel.errors import StartError
from local_aws.kernel.records import Records
from local_aws.server import Server
from local_aws.services.cloudwatch.datapoints import Datapoints


def filled(path: Path) -> bytes:
    """Make a store of some pages; return its content."""
    records = Records(path)
    for number in range(2000):
        records.insert("job", str(number), {"Name": "x" * 50})
    records.close()
    return path.read_bytes()


def refusal(path: Path) -> str:
    with pytest.raises(StartError) as caught:
        Records(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(content)
    message = refusal(path)
    assert "is damaged: file is not a database. Put a copy of it back, or remove it" in message
    assert path.read_bytes() == content


def test_truncated_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    content = filled(path)
    path.write_bytes(content[: len(content) // 2])
    assert "is damaged: " in refusal(path)


def test_store_with_a_broken_page_is_named(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    content = bytearray(filled(path))
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\x5a" * 4096
    path.write_bytes(content)
    assert "is damaged: " in refusal(path)


def test_newer_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "has version 99, and this local_aws supports 1: a newer release wrote it" in refusal(path)


def test_store_from_before_versions_opens(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    records = Records(path)
    assert len(records.list("job")) == 2000
    records.close()


def test_folder_in_the_place_of_the_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").mkdir()
    assert "cannot be opened: unable to open database file" in refusal(tmp_path / "records.sqlite")


def test_damaged_metrics_are_named_with_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite"
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(StartError, match="with it the metrics of the last days"):
        Datapoints(path)


def test_server_on_a_damaged_store_does_not_start(tmp_path: Path) -> None:
    """And lets go of the folder."""
    (tmp_path / "records.sqlite").write_bytes(b"garbage" * 1000)
    for _ in range(2):
        with pytest.raises(StartError, match="is damaged"):
            Server(tmp_path, ())
