"""Slices by income: fifths of the rows by the share of returns under $25,000, and the rows without income data."""

from __future__ import annotations

import pandas as pd

from processing.feature_contract import FeatureSet

NO_INCOME = "no income data"
_NAMES = ("1 (highest incomes)", "2", "3", "4", "5 (lowest incomes)")
_ORDERED_BY = {"playground": "agi_1_share", "lab": "normalized_num_of_joint_returns"}
"""What orders places by income: the share of low incomes; of a lab row, which has one bracket, that of joint ones."""


def income_quintiles(rows: pd.DataFrame, features: FeatureSet) -> pd.Series:
    """Return each row's fifth; rows of the same income share one, so that the fifths may differ in size."""
    column = rows[_ORDERED_BY[features.name]].astype(float)
    order = column if features.name == "playground" else -column
    fifths = (order.rank(method="average", pct=True) * len(_NAMES)).apply(lambda place: max(0, -(-place // 1) - 1))
    return fifths.map(dict(enumerate(_NAMES))).fillna(NO_INCOME)
