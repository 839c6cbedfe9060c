from __future__ import annotations

import pandas as pd
import pytest

from processing.lab_features import build_lab_rows
from processing.processed_table import check_processed_table, lab_join_rows
from tests.processing.processed_tables import income_row, row


@pytest.fixture
def table() -> pd.DataFrame:
    """One playground of every kind the lab's protocol treats differently."""
    exact = [income_row("11222", bracket, returns) for bracket, returns in ((1, 100), (6, 0))]
    listed = [income_row(zipcode, bracket) for zipcode in ("11201", "11205") for bracket in (1, 2)]
    return check_processed_table(
        pd.DataFrame(
            [
                *(row(one) for one in exact),
                *(row(one, playground_key="no-id", Playground_ID=None, Level=None) for one in exact),
                *(row(one, playground_key="no-swing", Adaptive_Swing="") for one in exact),
                *(row(one, playground_key="listed", zip_match="list") for one in listed),
                row(playground_key="no-zip", zip_match="none"),
                *(row(one, playground_key="unrated", Accessible=None, Level=None) for one in exact),
            ]
        ),
        "test",
    )


def test_rows_are_dropped_for_the_labs_reasons_and_counted(table):
    lab = build_lab_rows(table)
    assert lab.joined == lab_join_rows(table) == 10
    assert lab.dropped == {
        "Adaptive_Swing missing": 2,
        "Accessible missing": 2,
        "no income for the park's ZIP string": 2,
        "no returns in the bracket": 2,
    }
    assert lab.complete == 4
    assert lab.rows["playground_key"].tolist() == ["B001-01", "no-id"]
    assert lab.joined_positive_fraction == pytest.approx(6 / 10)


def test_a_park_that_lists_zip_codes_has_one_row_without_income_in_the_labs_join(table):
    assert (table["playground_key"] == "listed").sum() == 4
    assert build_lab_rows(table).dropped["no income for the park's ZIP string"] == 2  # "listed" and "no-zip"


def test_the_borough_of_a_missing_playground_id_is_the_n_of_none(table):
    rows = build_lab_rows(table).rows.set_index("playground_key")
    assert list(rows.loc["no-id", ["borough_b", "borough_n"]]) == [0, 1]
    assert list(rows.loc["B001-01", ["borough_b", "borough_n"]]) == [1, 0]


def test_a_missing_level_is_a_known_negative(table):
    rows = build_lab_rows(table).rows.set_index("playground_key")
    assert list(rows.loc["no-id", ["label", "label_known"]]) == [0, 1]


def test_counts_are_normalized_by_the_returns_of_the_bracket(table):
    first = build_lab_rows(table).rows.iloc[0]
    assert first["normalized_num_of_single_returns"] == pytest.approx(0.5)
    assert first["normalized_num_of_joint_returns"] == pytest.approx(0.25)
    assert first["normalized_num_of_head_of_household_returns"] == pytest.approx(0.1)
    assert first[["num_of_exemptions", "size_of_adjusted_gross_income"]].tolist() == [200, 1]


def test_a_column_of_the_labs_that_no_feature_needs_drops_no_row_when_it_lacks_and_is_named(table):
    complete = build_lab_rows(table)
    without = build_lab_rows(check_processed_table(table.drop(columns="num_of_dependents"), "test"))
    assert "num_of_dependents" not in complete.lacking
    assert "num_of_dependents" in without.lacking
    pd.testing.assert_frame_equal(without.rows, complete.rows)
