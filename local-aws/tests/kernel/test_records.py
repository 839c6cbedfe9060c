"""The durable record store."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_aws.kernel.records import Records, public


@pytest.fixture
def records(tmp_path: Path):
    store = Records(tmp_path / "records.sqlite")
    yield store
    store.close()


def test_a_record_survives_reopening_with_its_datetimes(records: Records, tmp_path: Path) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    records.put("job", "a", {"Name": "a", "Created": when, "Nested": [{"At": when}]})
    again = Records(tmp_path / "records.sqlite")
    assert again.get("job", "a") == {"Name": "a", "Created": when, "Nested": [{"At": when}]}
    again.close()


def test_records_are_listed_in_the_order_of_insertion_even_after_updates(records: Records) -> None:
    for name in "bca":
        records.insert("job", name, {"Name": name})
    records.update("job", "b", lambda record: record.update(Done=True))
    assert [record["Name"] for record in records.list("job")] == ["b", "c", "a"]
    assert records.list("other") == []


def test_insert_refuses_a_key_that_is_there(records: Records) -> None:
    records.insert("job", "a", {})
    with pytest.raises(KeyError):
        records.insert("job", "a", {})


def test_a_failing_change_leaves_the_record_as_it_was(records: Records) -> None:
    records.put("job", "a", {"State": "RUNNING"})

    def change(record: dict) -> None:
        record["State"] = "BROKEN"
        raise ValueError

    with pytest.raises(ValueError):
        records.update("job", "a", change)
    assert records.get("job", "a") == {"State": "RUNNING"}
    with pytest.raises(KeyError):
        records.update("job", "missing", change)


def test_delete_tells_whether_there_was_a_record(records: Records) -> None:
    records.put("job", "a", {})
    assert records.delete("job", "a")
    assert not records.delete("job", "a")


def test_public_strips_private_members() -> None:
    assert public({"Name": "a", "_pid": 1}) == {"Name": "a"}


def test_what_json_does_not_hold_is_refused(records: Records) -> None:
    with pytest.raises(TypeError, match="Path"):
        records.put("job", "a", {"Where": Path("x")})


def test_a_full_disk_is_told_and_raised(tmp_path: Path) -> None:
    told: list[sqlite3.Error] = []
    store = Records(tmp_path / "records.sqlite", told.append)
    store._connection.execute("PRAGMA max_page_count = 8")
    store.put("job", "a", {"Name": "a"})
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.put("job", "b", {"Name": "x" * 100_000})
    assert ["full" in str(error) for error in told] == [True]
    assert [record["Name"] for record in store.list("job")] == ["a"]
    store.close()


def test_changes_made_together_are_all_or_none(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    records = Records(path)
    records.insert("state", "a", {"is": "old"})
    with pytest.raises(ZeroDivisionError), records.together():
        records.put("state", "a", {"is": "new"})
        with records.together():
            records.insert("event", "e", {})
        raise ZeroDivisionError
    assert (records.get("state", "a"), records.list("event")) == ({"is": "old"}, [])
    with records.together():
        records.put("state", "a", {"is": "new"})
        with pytest.raises(KeyError):
            records.insert("state", "a", {})
        # A server that is killed here leaves neither.
        assert Records(path).get("state", "a") == {"is": "old"}
    assert Records(path).get("state", "a") == {"is": "new"}


def test_changes_made_together_are_seen_by_others_when_they_are_made(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.sqlite")
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(records.get("state", "a")))
    with records.together():
        records.insert("state", "a", {})
        reader.start()
        reader.join(0.05)
        assert seen == []
    reader.join(60)
    assert seen == [{}]


def test_each_yields_in_both_orders_what_list_returns(records: Records) -> None:
    for number in range(300):
        records.insert("thing", str(number), {"Number": number, "Parity": "odd" if number % 2 else "even"})
    records.insert("other", "1", {"Number": 1, "Parity": "odd"})
    odd = records.list("thing", {"Parity": "odd"})
    assert [record["Number"] for record in odd] == list(range(1, 300, 2))
    assert list(records.each("thing", {"Parity": "odd"})) == odd
    assert list(records.each("thing", newest_first=True)) == records.list("thing")[::-1]
    assert list(records.each("thing", {"Parity": "none"})) == []


def test_each_goes_on_when_what_it_yields_is_deleted(records: Records) -> None:
    for number in range(300):
        records.insert("thing", str(number), {"Number": number})
    for record in records.each("thing"):
        records.delete("thing", str(record["Number"]))
    assert records.list("thing") == []
