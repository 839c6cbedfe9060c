"""What the processed table holds, before feature engineering: counts of playgrounds and of tax returns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from processing.labels import POSITIVE_LEVEL, borough_names
from processing.processed_table import BRACKET, RETURNS
from processing.table_columns import KEY, ZIP_MATCHES
from processing.value_domains import AGI_BRACKETS

MISSING = "missing"
RATINGS = ("levels 1-3", "level 4", "not accessible", "unknown")
_FACILITY_FIELDS = ("Level", "Accessible", "Adaptive_Swing", "lat")


def explore(table: pd.DataFrame) -> dict[str, Any]:
    """Count the playgrounds and returns of a checked processed table, each once, however many rows they are in.

    Returns
    -------
    dict
        `levels` and `levels_by_adaptive_swing`: playgrounds by level ("missing" included);
        `ratings_by_borough`: playgrounds by borough and `RATINGS`;
        `missing`: playgrounds that lack a field of the feed;
        `income_match`: playgrounds by `zip_match`;
        `zip_codes`: ZIP codes with income data; `returns_by_agi_bracket`: their returns.
    """
    playgrounds = table.drop_duplicates(KEY)
    level = playgrounds["Level"].fillna(MISSING)
    swing = playgrounds["Adaptive_Swing"].fillna(MISSING)
    income = table[table[BRACKET].notna()].drop_duplicates(["zipcode", BRACKET])
    returns = income.groupby(BRACKET)[RETURNS].sum()
    return {
        "levels": _counts(level),
        "levels_by_adaptive_swing": {answer: _counts(level[swing == answer]) for answer in sorted(swing.unique())},
        "ratings_by_borough": _ratings_by_borough(playgrounds),
        "missing": {field: int(playgrounds[field].isna().sum()) for field in _FACILITY_FIELDS},
        "income_match": {match: int((playgrounds["zip_match"] == match).sum()) for match in ZIP_MATCHES},
        "zip_codes": int(income["zipcode"].nunique()),
        "returns_by_agi_bracket": {str(bracket): int(returns.get(float(bracket), 0)) for bracket in AGI_BRACKETS},
    }


def _counts(values: pd.Series) -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}


def _ratings_by_borough(playgrounds: pd.DataFrame) -> dict[str, dict[str, int]]:
    level, accessible = playgrounds["Level"], playgrounds["Accessible"]
    rating = pd.Series("unknown", index=playgrounds.index)
    rating[accessible == "N"] = "not accessible"
    rating[level.notna()] = "levels 1-3"
    rating[level == POSITIVE_LEVEL] = "level 4"
    boroughs = borough_names(playgrounds["Prop_ID"])
    return {
        borough: {name: int(((boroughs == borough) & (rating == name)).sum()) for name in RATINGS}
        for borough in sorted(boroughs.unique())
    }
