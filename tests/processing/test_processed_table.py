from __future__ import annotations

import pandas as pd
import pytest

from processing.exit_message import ProcessingError
from processing.processed_table import newest_complete_partition, read_processed_table
from tests.processing.processed_tables import (
    generated_table,
    income_row,
    row,
    write_partition,
    write_unfinished_partition,
)


@pytest.fixture
def table() -> pd.DataFrame:
    return generated_table(20)


def test_the_newest_complete_partition_is_found_by_date_not_by_text(tmp_path, table):
    for day in ("year=2026/month=9/day=30", "year=2026/month=10/day=01", "year=2025/month=12/day=31"):
        write_partition(table, tmp_path / day)
    write_unfinished_partition(table, tmp_path / "year=2026/month=11/day=01")
    assert newest_complete_partition(tmp_path).label == "2026-10-01"


def test_the_files_of_one_partition_are_taken_as_they_are(tmp_path, table):
    write_partition(table, tmp_path)
    assert len(read_processed_table(newest_complete_partition(tmp_path))) == len(table)


def test_parts_of_a_partition_are_joined_even_where_one_has_no_income(tmp_path, table):
    without = table[table["zip_match"] == "none"]
    write_partition(table[table["zip_match"] != "none"].astype({"num_of_returns": "int64"}), tmp_path)
    without.to_parquet(tmp_path / "part-00001.parquet")
    read = read_processed_table(newest_complete_partition(tmp_path))
    assert len(read) == len(table)
    assert read["num_of_returns"].isna().sum() == len(without)


@pytest.mark.parametrize("partitions", [0, 1])
def test_without_a_complete_partition_the_sentence_counts_what_was_found(tmp_path, table, partitions):
    if partitions:
        write_unfinished_partition(table, tmp_path / "year=2026/month=01/day=02")
    with pytest.raises(ProcessingError, match=rf"no complete partition.*found {partitions} partition"):
        newest_complete_partition(tmp_path)


def test_a_missing_column_is_named(tmp_path, table):
    partition = write_partition(table.drop(columns=["Level", "zip_match"]), tmp_path)
    with pytest.raises(ProcessingError, match=r"lacks the column\(s\) Level, zip_match"):
        read_processed_table(partition)


def test_an_empty_table_is_refused(tmp_path, table):
    with pytest.raises(ProcessingError, match="has no rows"):
        read_processed_table(write_partition(table.head(0), tmp_path))


def test_a_file_that_is_no_parquet_is_refused(tmp_path, table):
    partition = write_partition(table, tmp_path)
    (tmp_path / "part-00000.parquet").write_bytes(b"<html>not found</html>")
    with pytest.raises(ProcessingError, match="not a readable parquet"):
        read_processed_table(partition)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([row(income_row("11222", 1)), row(income_row("11222", 1))], r"1 row\(s\).*repeat"),
        ([row(zip_match="near")], r"zip_match.*'near'"),
        ([row(playground_key="")], "playground_key.*empty in 1 row"),
        ([row(income_row("11222", 1) | {"num_of_returns": "**"})], "num_of_returns.*not numeric"),
    ],
)
def test_values_that_contradict_the_tables_description_are_refused(tmp_path, rows, complaint):
    with pytest.raises(ProcessingError, match=complaint):
        read_processed_table(write_partition(pd.DataFrame(rows), tmp_path))


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([row(Level="5"), row(Level="5", playground_key="B2")], r"'Level' must be one of 1, 2, 3, 4; it holds '5' \(2"),
        ([row(Adaptive_Swing="Yes")], "'Adaptive_Swing' must be one of Y, N"),
        ([row(Prop_ID="Z001")], "'Prop_ID' must be an id"),
        (
            [row(income_row("11222", 7))],
            r"'size_of_adjusted_gross_income' must be one of 1, 2, 3, 4, 5, 6; it holds '7'",
        ),
        ([row(income_row("11222", 1, num_of_exemptions=-1))], "'num_of_exemptions' must be a whole number of persons"),
    ],
)
def test_values_outside_their_domain_are_refused(tmp_path, rows, complaint):
    with pytest.raises(ProcessingError, match=complaint):
        read_processed_table(write_partition(pd.DataFrame(rows), tmp_path))


def test_blanks_and_case_are_no_part_of_a_code(tmp_path):
    rows = [row(Prop_ID="b001 ", Level="4 ", Accessible=" y", Adaptive_Swing="n")]
    read = read_processed_table(write_partition(pd.DataFrame(rows), tmp_path))
    assert read[["Prop_ID", "Level", "Accessible", "Adaptive_Swing"]].to_numpy().tolist() == [["B001", "4", "Y", "N"]]


def test_empty_strings_count_as_missing(tmp_path):
    read = read_processed_table(write_partition(pd.DataFrame([row(Adaptive_Swing="", Level="")]), tmp_path))
    assert read[["Adaptive_Swing", "Level"]].isna().all(axis=None)
