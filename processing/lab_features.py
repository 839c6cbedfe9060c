"""The `lab` feature set: the rows, label and 12 columns of the AWS lab, for comparison with its published figures.

Source: ``Predict_accessibility_using_ML.ipynb`` of aws-samples/amazon-sagemaker-predict-accessibility. Its oddities
stay: a playground has one row for each AGI bracket of its ZIP code, a park that lists several ZIP codes has no income,
a missing level is negative, and the borough is the first letter of the playground's id, "None" included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from processing.labels import adaptive_swing, borough_flags, lab_label
from processing.playground_features import describe_rows
from processing.processed_table import BRACKET, COUNT_COLUMNS, RETURNS, UNUSED_COUNT_COLUMNS
from processing.table_columns import KEY, LAB_COLUMNS

BOROUGH_LETTERS = "BMNQRX"
_LAB_COUNTS = (*COUNT_COLUMNS, LAB_COLUMNS["NUMDEP"])
"""Counts that the lab's rows must have; NUMDEP is in no feature."""
_NORMALIZED = ("num_of_joint_returns", "num_of_head_of_household_returns", "num_of_single_returns")


@dataclass(frozen=True)
class LabRows:
    """The lab's rows."""

    rows: pd.DataFrame
    """Scoring columns without `split`, then the features of the set."""
    joined: int
    joined_positive_fraction: float
    """Rows of the lab's join, and the fraction of them that is positive."""
    complete: int
    """Rows without a missing value."""
    dropped: dict[str, int]
    """Rows dropped, by reason, in the order of dropping."""
    lacking: list[str]
    """Columns of the lab's table that have no value here. No feature needs them, and no row is dropped for them."""


def build_lab_rows(table: pd.DataFrame) -> LabRows:
    """Build the lab's rows from a checked processed table: one per playground and AGI bracket, sorted by them."""
    joined = _lab_join(table)
    lacking = [column for column in UNUSED_COUNT_COLUMNS if table[column].isna().all()]
    counted = [column for column in _LAB_COUNTS if column not in lacking]
    incomplete = {
        "Adaptive_Swing missing": joined["Adaptive_Swing"].isna(),
        "Accessible missing": joined["Accessible"].isna(),
        "no income for the park's ZIP string": joined[[BRACKET, *counted]].isna().any(axis=1),
    }
    dropped: dict[str, int] = {}
    kept = pd.Series(True, index=joined.index)
    for reason, missing in incomplete.items():
        dropped[reason] = int((kept & missing).sum())
        kept &= ~missing
    rows = joined[kept]
    with_returns = rows[RETURNS] > 0
    dropped["no returns in the bracket"] = int((~with_returns).sum())
    return LabRows(
        rows=_with_features(rows[with_returns].reset_index(drop=True)),
        joined=len(joined),
        joined_positive_fraction=float(lab_label(joined["Level"]).mean()),
        complete=len(rows),
        dropped=dropped,
        lacking=lacking,
    )


def _lab_join(table: pd.DataFrame) -> pd.DataFrame:
    """Join on the raw ZIP string as the lab does: a park with a list of ZIP codes leaves one row without income."""
    listed = table["zip_match"] == "list"
    rows = table[~(listed & table.duplicated(KEY))].copy()
    rows.loc[rows["zip_match"] == "list", [BRACKET, *_LAB_COUNTS]] = np.nan
    return rows.sort_values([KEY, BRACKET], na_position="first", kind="stable", ignore_index=True)


def _with_features(rows: pd.DataFrame) -> pd.DataFrame:
    described = describe_rows(rows).assign(label=lab_label(rows["Level"]), label_known=1)
    features = pd.DataFrame(
        {
            "adaptive_swing": adaptive_swing(rows["Adaptive_Swing"]),
            "size_of_adjusted_gross_income": rows[BRACKET],
            "num_of_exemptions": rows["num_of_exemptions"],
            **{f"normalized_{count}": rows[count] / rows[RETURNS] for count in _NORMALIZED},
            **borough_flags(rows["Playground_ID"].map(lambda value: str(value)[0]), BOROUGH_LETTERS),
        }
    )
    return pd.concat([described, features], axis=1)
