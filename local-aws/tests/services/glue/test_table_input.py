"""Names in the catalog."""

from __future__ import annotations

import pytest

from local_aws.services.glue.crawl.classify import DataFile, FileFormat
from local_aws.services.glue.crawl.grouping import PartitionFound, TableFound
from local_aws.services.glue.crawl.schema import Column
from local_aws.services.glue.crawl.table_input import Origin, partition_key_names, table_input, table_name

ORIGIN = Origin("crawler", "My.Bucket", "raw_")


def table(location: str) -> TableFound:
    file = DataFile(f"{location}a", 100, FileFormat("csv", delimiter="|"), (Column("a", "bigint"),), 7)
    return TableFound(location, (), (PartitionFound((), location, (file,)),))


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("x/Sales Data/", "raw_sales_data"),
        ("", "raw_my_bucket"),
        ("x/file.csv", "raw_file_csv"),
        (f"{'n' * 200}/", f"raw_{'n' * 124}"),
    ],
)
def test_a_table_is_named_after_its_folder_or_file(location: str, name: str) -> None:
    assert table_name(table(location), ORIGIN, ()) == name


def test_a_name_that_is_taken_gets_a_hash_of_the_location() -> None:
    names = {table_name(table(location), ORIGIN, ("raw_t",)) for location in ("a/t/", "b/t/")}

    assert len(names) == 2
    assert all(name.startswith("raw_t_") and len(name) == 38 for name in names)


def test_partition_keys_without_a_name_of_their_own_are_numbered() -> None:
    schema = (Column("year", "bigint"), Column("a", "string"))

    assert partition_key_names(["year", None, "day"], schema) == ["partition_0", "partition_1", "day"]


def test_a_table_carries_what_crawlers_measure() -> None:
    found = table_input(table("t/"), "t", ORIGIN)

    assert found["StorageDescriptor"]["Location"] == "s3://My.Bucket/t/"
    assert found["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"field.delim": "|"}
    measured = {
        name: found["Parameters"][name] for name in ("recordCount", "averageRecordSize", "sizeKey", "objectCount")
    }
    assert measured == {"recordCount": "7", "averageRecordSize": "14", "sizeKey": "100", "objectCount": "1"}
