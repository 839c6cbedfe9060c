from __future__ import annotations

import pandas as pd
import pytest

from processing.playground_features import build_playground_rows
from processing.processed_table import check_processed_table
from tests.processing.processed_tables import generated_table, income_row, row


def build(*rows: dict) -> pd.DataFrame:
    return build_playground_rows(check_processed_table(pd.DataFrame(rows), "test")).set_index("playground_key")


def test_income_is_summed_over_all_zip_codes_before_shares_are_taken():
    features = build(
        row(income_row("11201", 1, 100, num_of_single_returns=90), zip_match="list"),
        row(income_row("11201", 6, 100, num_of_single_returns=10), zip_match="list"),
        row(income_row("11205", 1, 200, num_of_single_returns=100), zip_match="list"),
    ).loc["B001-01"]
    assert features["returns"] == 400
    assert features["exemptions"] == 800
    assert features["single_share"] == pytest.approx(0.5)
    assert features["joint_share"] == pytest.approx(0.25)
    assert features["head_of_household_share"] == pytest.approx(0.1)
    assert features["agi_1_share"] == pytest.approx(0.75)
    assert features["agi_6_share"] == pytest.approx(0.25)
    assert features["agi_3_share"] == 0


def test_a_school_playground_without_income_keeps_its_row_with_missing_income():
    features = build(row(), row(playground_key="s", Prop_ID="Q", School_ID="Q006", Playground_ID=None)).loc["s"]
    assert features["jointly_operated"] == 1
    assert features["borough_q"] == 1
    assert features["borough"] == "Queens"
    assert features["site_id"] == "Q006"
    assert features[["returns", "single_share", "agi_1_share"]].isna().all()


def test_zip_codes_without_any_return_have_counts_but_no_shares():
    features = build(row(income_row("11201", 1, 0))).loc["B001-01"]
    assert features["returns"] == 0
    assert pd.isna(features["single_share"])


def test_no_playground_is_dropped_and_each_has_one_row():
    table = check_processed_table(generated_table(60), "test")
    assert build_playground_rows(table)["playground_key"].tolist() == sorted(set(table["playground_key"]))
