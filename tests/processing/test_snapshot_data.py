"""The snapshot: features are made of the rows that Model Monitor has checked."""

from __future__ import annotations

import pandas as pd
import pandas.testing

from processing import snapshot_data
from processing.processed_table import check_processed_table, newest_complete_partition, read_processed_table
from processing.snapshot_data import quality_rows
from tests.processing.processed_tables import generated_table, income_row, row, write_partition


def snapshot(folder):
    """Run the script on a folder of partitions; return its outputs."""
    output = folder / "output"
    assert snapshot_data.main(["--input-dir", str(folder / "data"), "--output-dir", str(output)]) == 0
    return output / "table", pd.read_csv(output / "quality" / "processed_table.csv", dtype=str)


def test_table_is_the_newest_partition_and_the_csv_has_its_rows(tmp_path):
    write_partition(generated_table(30), tmp_path / "data" / "year=2026" / "month=9" / "day=30")
    newest = write_partition(generated_table(40), tmp_path / "data" / "year=2026" / "month=11" / "day=3")

    table, rows = snapshot(tmp_path)

    copied = newest_complete_partition(table)
    assert copied.label == "2026-11-03"
    pandas.testing.assert_frame_equal(read_processed_table(copied), read_processed_table(newest))
    assert len(rows) == len(read_processed_table(newest))
    assert [path.name for path in table.glob("year=*/*")] == ["month=11"]


def test_single_partition_is_its_own_table(tmp_path):
    write_partition(generated_table(30), tmp_path / "data")

    table, _ = snapshot(tmp_path)

    assert len(read_processed_table(newest_complete_partition(table))) > 30


def test_codes_stay_as_they_are_written_and_numbers_are_of_one_type(tmp_path):
    """A whole number among fractions would be a violation."""
    rows = [
        row(income_row("11222", 1), Level="4", playground_key="a", lat="40.7288"),
        row(playground_key="b", School_ID="K001", Prop_ID="B", Level=None, lat="41"),
    ]
    write_partition(pd.DataFrame(rows), tmp_path / "data")

    _, checked = snapshot(tmp_path)

    assert checked["Level"].tolist()[0] == "4"
    assert checked["Level"].isna().tolist() == [False, True]
    assert checked["jointly_operated"].tolist() == ["N", "Y"]
    assert checked["borough"].tolist() == ["Brooklyn", "Brooklyn"]
    assert checked["num_of_returns"].tolist()[0] == "100.0"
    assert checked["lat"].tolist() == ["40.7288", "41.0"]


def test_identifiers_and_names_are_left_out():
    table = check_processed_table(generated_table(30), source="test")

    assert not set(quality_rows(table)) & {"playground_key", "Prop_ID", "School_ID", "Name", "zipcode"}
