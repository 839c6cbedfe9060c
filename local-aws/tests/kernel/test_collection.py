"""Collections: records of one kind with their API's errors."""

from pathlib import Path

import pytest

from local_aws.kernel.collection import Collection
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records


@pytest.fixture
def records(tmp_path: Path):
    store = Records(tmp_path / "records.sqlite")
    yield store
    store.close()


@pytest.fixture
def changes() -> list[tuple[Record | None, Record]]:
    return []


@pytest.fixture
def jobs(records: Records, changes: list[tuple[Record | None, Record]]) -> Collection:
    return Collection(
        records,
        "job",
        missing=lambda key: AwsError("NotFound", key),
        taken=lambda key: AwsError("InUse", key),
        on_change=lambda before, after: changes.append((before, after)),
    )


def test_taken_and_missing_keys_raise_the_api_errors(jobs: Collection) -> None:
    jobs.add("a", {"Name": "a"})
    with pytest.raises(AwsError, match="InUse: a"):
        jobs.add("a", {})
    for call in (jobs.get, jobs.remove, lambda key: jobs.change(key, lambda record: None)):
        with pytest.raises(AwsError, match="NotFound: b"):
            call("b")
    assert jobs.find("b") is None
    assert not jobs.discard("b")


def test_changes_are_noted_with_the_record_before(jobs: Collection, changes: list[object]) -> None:
    jobs.add("a", {"Name": "a", "Tags": []})
    jobs.change("a", lambda record: record["Tags"].append("x"))
    jobs.put("a", {"Name": "a"})
    assert changes == [
        (None, {"Name": "a", "Tags": []}),
        ({"Name": "a", "Tags": []}, {"Name": "a", "Tags": ["x"]}),
        ({"Name": "a", "Tags": ["x"]}, {"Name": "a"}),
    ]


def test_change_that_raises_leaves_the_record(jobs: Collection, changes: list[object]) -> None:
    jobs.add("a", {"Name": "a"})

    def change(record: Record) -> None:
        record["Name"] = "b"
        raise AwsError("Refused", "")

    with pytest.raises(AwsError, match="Refused"):
        jobs.change("a", change)
    assert jobs.get("a") == {"Name": "a"}
    assert len(changes) == 1


def test_failing_observer_undoes_the_change(records: Records) -> None:
    def observe(before: Record | None, after: Record) -> None:
        raise AwsError("NoEvent", "")

    jobs = Collection(records, "job", lambda key: AwsError("NotFound", key), on_change=observe)
    with pytest.raises(AwsError, match="NoEvent"):
        jobs.add("a", {})
    assert jobs.find("a") is None
