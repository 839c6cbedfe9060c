from __future__ import annotations

import pandas as pd

from processing.exploration import explore
from processing.processed_table import check_processed_table
from tests.processing.processed_tables import income_row, row


def test_playgrounds_and_zip_codes_count_once_however_many_rows_they_have():
    two_zips = {"zip_match": "list", "playground_key": "M1", "Prop_ID": "M1", "Level": "2", "Adaptive_Swing": "Y"}
    table = pd.DataFrame(
        [
            row(income_row("11222", 1, returns=100)),
            row(income_row("11222", 2, returns=50)),
            row(income_row("11222", 1, returns=100), **two_zips),
            row(income_row("11222", 2, returns=50), **two_zips),
            row(income_row("10001", 1, returns=7), **two_zips),
            row(playground_key="X1", Prop_ID="X1", zip_match="none", Level=None, Accessible="N", Adaptive_Swing=None),
            row(playground_key="X2", Prop_ID="X2", zip_match="none", Level=None, Accessible=None, lat=None, lon=None),
        ]
    )
    found = explore(check_processed_table(table, source="table"))
    assert found["levels"] == {"2": 1, "4": 1, "missing": 2}
    assert found["levels_by_adaptive_swing"] == {"N": {"4": 1, "missing": 1}, "Y": {"2": 1}, "missing": {"missing": 1}}
    assert found["ratings_by_borough"] == {
        "Bronx": {"levels 1-3": 0, "level 4": 0, "not accessible": 1, "unknown": 1},
        "Brooklyn": {"levels 1-3": 0, "level 4": 1, "not accessible": 0, "unknown": 0},
        "Manhattan": {"levels 1-3": 1, "level 4": 0, "not accessible": 0, "unknown": 0},
    }
    assert found["missing"] == {"Level": 2, "Accessible": 1, "Adaptive_Swing": 1, "lat": 1}
    assert found["income_match"] == {"exact": 1, "list": 1, "none": 2}
    assert found["zip_codes"] == 2
    assert found["returns_by_agi_bracket"] == {"1": 107, "2": 50, "3": 0, "4": 0, "5": 0, "6": 0}
