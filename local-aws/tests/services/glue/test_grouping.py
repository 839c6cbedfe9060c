"""Which files become which tables and partitions."""

from __future__ import annotations

from local_aws.services.glue.crawl.classify import DataFile, FileFormat
from local_aws.services.glue.crawl.grouping import TableFound, find_tables
from local_aws.services.glue.crawl.schema import Column

PARQUET = FileFormat("parquet")


def file(key: str, columns: str = "a b c", file_format: FileFormat = PARQUET) -> DataFile:
    return DataFile(key, 100, file_format, tuple(Column(name, "string") for name in columns.split()), 10)


def outline(tables: list[TableFound]) -> dict[str, tuple]:
    return {
        table.location: (table.keys, sorted(partition.values for partition in table.partitions)) for table in tables
    }


def test_hive_folders_are_partitions_of_the_folder_above() -> None:
    days = [file(f"sales/year=2019/month={month}/day={day}/x") for month in ("Jan", "Feb") for day in (1, 2)]

    found = outline(find_tables(days, "sales/"))

    values = [("2019", "Feb", "1"), ("2019", "Feb", "2"), ("2019", "Jan", "1"), ("2019", "Jan", "2")]
    assert found == {"sales/": (("year", "month", "day"), values)}


def test_a_bucket_of_different_feeds_has_a_table_each() -> None:
    files = [
        file("income/year=2016/income.parquet", "state zipcode n1"),
        file("parks/year=2026/month=01/day=02/parks.parquet", "prop_id name zip"),
        file("playgrounds/year=2026/month=01/day=02/playgrounds.parquet", "prop_id level accessible lat lon"),
    ]

    assert outline(find_tables(files, "")) == {
        "income/": (("year",), [("2016",)]),
        "parks/": (("year", "month", "day"), [("2026", "01", "02")]),
        "playgrounds/": (("year", "month", "day"), [("2026", "01", "02")]),
    }


def test_one_partitioned_table_in_a_bucket_keeps_its_own_name() -> None:
    found = find_tables([file("income_by_zip/year=2026/month=01/day=02/part-0.parquet")], "")

    assert list(outline(found)) == ["income_by_zip/"]


def test_unnamed_folders_of_similar_files_are_partitions() -> None:
    files = [file("folder1/t1/p1/f"), file("folder1/t1/p2/f"), file("folder1/t2/p4/f"), file("folder1/t2/p5/f")]

    assert outline(find_tables(files, "folder1/")) == {
        "folder1/": ((None, None), [("t1", "p1"), ("t1", "p2"), ("t2", "p4"), ("t2", "p5")])
    }


def test_a_column_that_comes_later_does_not_split_a_table() -> None:
    files = [file("t/day=1/f", "a b c d"), file("t/day=2/f", "a b c d e")]

    (table,) = find_tables(files, "t/")

    assert [column.name for column in table.schema] == ["a", "b", "c", "d", "e"]
    assert [len(partition.schema) for partition in table.partitions] == [4, 5]


def test_dissimilar_partitions_are_tables_unless_schemas_are_combined() -> None:
    files = [file("t/year=2017/f", "a b"), file("t/year=2018/f", "c d")]

    assert list(outline(find_tables(files, "t/"))) == ["t/year=2017/", "t/year=2018/"]
    assert outline(find_tables(files, "t/", combine=True)) == {"t/": (("year",), [("2017",), ("2018",)])}


def test_a_few_strangers_join_the_majority() -> None:
    files = [file(f"t/f{at}", "a b") for at in range(8)] + [file(f"t/g{at}", "c d") for at in range(2)]

    (table,) = find_tables(files, "t/")

    assert (table.location, len(table.files)) == ("t/", 10)


def test_a_folder_of_different_files_has_a_table_a_file() -> None:
    files = [file("t/a.csv", "a b"), file("t/b.csv", "c d")]

    assert outline(find_tables(files, "t/")) == {"t/a.csv": ((), [()]), "t/b.csv": ((), [()])}


def test_formats_do_not_mix() -> None:
    csv = FileFormat("csv", "gzip", ",", True)

    assert len(find_tables([file("t/a"), file("t/b", file_format=csv)], "t/", combine=True)) == 2


def test_files_beside_folders_are_tables_of_their_own() -> None:
    files = [file("t/loose.parquet"), file("t/k=1/f"), file("t/k=2/f")]

    assert list(outline(find_tables(files, "t/"))) == ["t/k=1/", "t/k=2/", "t/loose.parquet"]


def test_folders_partitioned_differently_are_not_one_table() -> None:
    files = [file("t/a=1/f"), file("t/b=1/f")]

    assert list(outline(find_tables(files, "t/"))) == ["t/a=1/", "t/b=1/"]


def test_no_files_no_tables() -> None:
    assert find_tables([], "t/") == []
