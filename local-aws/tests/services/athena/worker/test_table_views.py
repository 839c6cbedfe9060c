"""Reading the files of tables: Parquet by name, text as Hive's SerDes read it, partitions from the catalog."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_aws.services.athena.sql.type_names import catalog_type
from local_aws.services.athena.worker.engine import QuerySpecification, run
from local_aws.services.athena.worker.table_source import (
    Column,
    DataFile,
    Partition,
    TableFormat,
    TableSource,
    TextLayout,
)
from tests.services.athena.queries import BOUNDS, DATABASE, texts, work

_COMMAS = TextLayout()


def column(name: str, type_: str) -> Column:
    parsed = catalog_type(type_)
    return Column(name, parsed.duckdb(), parsed.trino())


def table(
    files: list[Path], columns: dict[str, str], format_: TableFormat = "parquet", layout: TextLayout = _COMMAS
) -> TableSource:
    data = tuple(DataFile(f"s3://bucket/{file.name}", str(file)) for file in files)
    described = tuple(column(name, type_) for name, type_ in columns.items())
    return TableSource(DATABASE, "t", format_, described, (), (Partition((), data),), layout)


def parquet(folder: Path, name: str, **columns: object) -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def test_parquet_columns_are_found_by_name_in_any_case(tmp_path: Path) -> None:
    files = [
        parquet(tmp_path, "a.parquet", Zip=["1"], other=[1]),
        parquet(tmp_path, "b.parquet", visits=pa.array([7], pa.int32()), ZIP=["2"]),
    ]
    source = table(files, {"visits": "bigint", "zip": "string", "gone": "double"})

    assert sorted(texts("SELECT * FROM t", tmp_path, (source,))) == [["", "1", ""], ["7", "2", ""]]


def test_parquet_times_are_read_as_utc(tmp_path: Path) -> None:
    moment = dt.datetime(2020, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    file = parquet(tmp_path, "a.parquet", at=pa.array([moment], pa.timestamp("us", tz="Europe/Berlin")))

    assert texts("SELECT at FROM t", tmp_path, (table([file], {"at": "timestamp"}),)) == [["2020-01-01 10:00:00.000"]]


@pytest.mark.parametrize(
    ("values", "declared", "parquet_type", "athena_type"),
    [
        (pa.array([1]), "double", "INT64", "double"),
        (pa.array([1]), "int", "INT64", "integer"),
        (pa.array(["1"]), "bigint", "BINARY", "bigint"),
        (pa.array([1.5]), "string", "DOUBLE", "varchar"),
    ],
)
def test_parquet_file_of_another_type_is_named(
    values: pa.Array, declared: str, parquet_type: str, athena_type: str, tmp_path: Path
) -> None:
    file = parquet(tmp_path, "wrong.parquet", x=values)

    failure = work("SELECT x FROM t", tmp_path, (table([file], {"x": declared}),)).failure

    assert failure == {
        "code": "HIVE_BAD_DATA",
        "kind": "data",
        "message": f"Field x's type {parquet_type} in parquet file s3://bucket/wrong.parquet is incompatible with "
        f"type {athena_type} defined in table schema",
    }


def test_partition_values_come_from_the_catalog(tmp_path: Path) -> None:
    files = [parquet(tmp_path, f"{year}.parquet", n=[year]) for year in (2016, 2017)]
    partitions = tuple(
        Partition((value,), (DataFile("s3://b/x", str(file)),)) for value, file in zip(("16", None), files, strict=True)
    )
    source = TableSource(DATABASE, "t", "parquet", (column("n", "bigint"),), (column("y", "int"),), partitions)

    assert texts("SELECT n, y FROM t ORDER BY n", tmp_path, (source,)) == [["2016", "16"], ["2017", ""]]
    assert texts("SELECT n FROM t WHERE y = 16", tmp_path, (source,)) == [["2016"]]


@pytest.mark.parametrize("format_", ["parquet", "delimited"])
def test_partitions_whose_paths_have_their_values_are_read_together(format_: TableFormat, tmp_path: Path) -> None:
    partitions = []
    for year, month in (("2016", "01"), ("2016", "02"), ("2017", "01")):
        folder = tmp_path / f"year={year}" / f"month={month}"
        folder.mkdir(parents=True)
        if format_ == "parquet":
            file = parquet(folder, "rows.parquet", n=[int(year)])
        else:
            file = folder / "rows.csv"
            file.write_text(f"n\n{year}\n")
        partitions.append(Partition((year, month), (DataFile("s3://b/x", str(file)),)))
    source = TableSource(
        DATABASE,
        "t",
        format_,
        (column("n", "bigint"),),
        (column("year", "int"), column("month", "string")),
        tuple(partitions),
        TextLayout(",", header_lines=1),
    )

    assert texts("SELECT * FROM t WHERE month = '01' ORDER BY year", tmp_path, (source,)) == [
        ["2016", "2016", "01"],
        ["2017", "2017", "01"],
    ]


def test_partitions_that_a_filter_excludes_are_not_read(tmp_path: Path) -> None:
    big = parquet(tmp_path, "big.parquet", n=pa.array(range(200_000)))
    small = parquet(tmp_path, "small.parquet", n=pa.array(range(10)))
    partitions = tuple(
        Partition((value,), (DataFile("s3://b/x", str(file)),)) for value, file in (("big", big), ("small", small))
    )
    source = TableSource(DATABASE, "t", "parquet", (column("n", "bigint"),), (column("p", "string"),), partitions)

    everything = work("SELECT sum(n) FROM t", tmp_path, (source,)).bytes_scanned
    a_part = work("SELECT sum(n) FROM t WHERE p = 'small'", tmp_path, (source,)).bytes_scanned

    assert 0 < a_part < everything / 5


def test_table_without_files_is_empty(tmp_path: Path) -> None:
    assert texts("SELECT * FROM t", tmp_path, (table([], {"a": "string", "b": "array<int>"}),)) == []


DELIMITED = TextLayout(separator=",", null="\\N", header_lines=1)


def test_delimited_text_has_no_quotes_and_reads_bad_fields_as_null(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('n,s,d,b,day\n1,"a,2.5,true,2020-01-02\nx,,1e3,TRUE,later\n1.5,\\N\n-7,b,NaN,t,2020-1-2,extra\n')
    source = table(
        [file], {"n": "bigint", "s": "string", "d": "double", "b": "boolean", "day": "date"}, "delimited", DELIMITED
    )

    rows = texts("SELECT *, s IS NULL FROM t", tmp_path, (source,))

    assert rows == [
        ["1", '"a', "2.5", "true", "2020-01-02", "false"],
        ["", "", "1000.0", "true", "", "false"],
        ["", "", "", "", "", "true"],
        ["-7", "b", "NaN", "", "2020-01-02", "false"],
    ]


def test_delimited_text_with_windows_line_ends_gzip_and_an_escape(tmp_path: Path) -> None:
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"h\r\na\\,b|1\r\nc\\\\|2\r\n"))
    source = table([packed], {"s": "string", "n": "int"}, "delimited", TextLayout("|", escape="\\", header_lines=1))
    comma = table([packed], {"s": "string"}, "delimited", TextLayout(",", escape="\\", header_lines=1))

    assert texts("SELECT * FROM t", tmp_path, (source,)) == [["a\\,b", "1"], ["c\\", "2"]]
    assert texts("SELECT * FROM t", tmp_path, (comma,)) == [["a,b|1"], ["c\\|2"]]


def test_quoted_text_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('1,"a, ""b"" \\"c",\n"2",plain,"x"\n')
    source = table([file], {"n": "bigint", "s": "string", "e": "string"}, "quoted", TextLayout(",", '"', "\\"))

    assert texts("SELECT * FROM t", tmp_path, (source,)) == [["1", 'a, "b" "c', ""], ["2", "plain", "x"]]


def test_quoted_text_fails_on_a_bad_number(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('"1"\n""\n')
    source = table([file], {"n": "bigint"}, "quoted", TextLayout(",", '"', "\\"))

    failure = work("SELECT sum(n) FROM t", tmp_path, (source,)).failure

    assert failure is not None
    assert failure["duckdb"]["exception_message"] == "HIVE_BAD_DATA: Error parsing field value '' for field 0"


def test_quoted_text_counts_days_and_milliseconds(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text('"18262","1577836800500"\n')
    source = table([file], {"d": "date", "t": "timestamp"}, "quoted", TextLayout(",", '"', "\\"))

    assert texts("SELECT * FROM t", tmp_path, (source,)) == [["2020-01-01", "2020-01-01 00:00:00.500"]]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM glob('/*')",
    ],
)
def test_worker_reads_only_the_files_of_its_tables(sql: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret")

    result = run(QuerySpecification(sql.format(folder=tmp_path), BOUNDS), tmp_path)

    assert result.failure is not None
    assert "file system operations are disabled" in result.failure["duckdb"]["exception_message"]
