"""Parquet schemas in Hive's types."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_aws.services.glue.crawl.parquet_files import UnreadableFileError, hive_type, read_parquet_schema


@pytest.mark.parametrize(
    ("arrow", "hive"),
    [
        (pa.int8(), "tinyint"),
        (pa.int32(), "int"),
        (pa.int64(), "bigint"),
        (pa.uint32(), "bigint"),
        (pa.float32(), "float"),
        (pa.float64(), "double"),
        (pa.bool_(), "boolean"),
        (pa.large_string(), "string"),
        (pa.dictionary(pa.int32(), pa.string()), "string"),
        (pa.binary(), "binary"),
        (pa.date32(), "date"),
        (pa.timestamp("us", tz="UTC"), "timestamp"),
        (pa.decimal128(10, 2), "decimal(10,2)"),
        (pa.list_(pa.int64()), "array<bigint>"),
        (pa.map_(pa.string(), pa.float64()), "map<string,double>"),
        (pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]), "struct<a:bigint,b:array<string>>"),
        (pa.null(), "string"),
    ],
)
def test_types(arrow: pa.DataType, hive: str) -> None:
    assert hive_type(arrow) == hive


def test_a_type_that_hive_does_not_have_is_named() -> None:
    with pytest.raises(TypeError, match="duration"):
        hive_type(pa.duration("s"))


def test_names_are_lower_case_and_rows_are_counted(tmp_path: Path) -> None:
    pq.write_table(pa.table({"Prop_ID": ["B001", "B007"], "lat": [1.0, 2.0]}), tmp_path / "a.parquet")

    schema, records = read_parquet_schema(tmp_path / "a.parquet", "s3://b/a.parquet")

    assert [(column.name, column.type) for column in schema] == [("prop_id", "string"), ("lat", "double")]
    assert records == 2


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")

    with pytest.raises(UnreadableFileError, match=r"s3://b/a\.parquet is not a readable parquet file"):
        read_parquet_schema(tmp_path / "a.parquet", "s3://b/a.parquet")
