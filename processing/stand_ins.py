"""Features that stand in for each other: two flags that are nearly always set together.

A model may read one for the other, so that what one of them seems to carry may be the other's. Flags are the features
with the values 0 and 1, and for every group of features with missing values whether a row lacks them.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from processing.feature_contract import LABEL, FeatureSet

MISSING_SUFFIX = " missing"
ASSOCIATED = 0.7  # the least phi coefficient, in absolute value, of two flags that stand in for each other


def flags(rows: pd.DataFrame, features: FeatureSet) -> dict[str, np.ndarray]:
    """Return the flags of rows that vary, as 0/1 by name; that of a missing group is called ``<group> missing``."""
    columns: dict[str, np.ndarray] = {}
    for group, members in features.feature_groups.items():
        values = rows[list(members)].to_numpy(dtype=float, na_value=np.nan)
        present = values[~np.isnan(values)]
        if set(np.unique(present)) <= {0.0, 1.0}:
            columns |= {name: np.nan_to_num(values[:, place]) for place, name in enumerate(members)}
        columns[group + MISSING_SUFFIX] = np.isnan(values).all(axis=1).astype(float)
    return {name: column for name, column in columns.items() if 0 < column.sum() < len(column)}


def find_stand_ins(rows: pd.DataFrame, features: FeatureSet) -> list[dict[str, Any]]:
    """Measure which flags of the labelled rows stand in for each other.

    Returns
    -------
    list of dict
        Pairs, the closest first: `flags`, each with name, rows and the positive fraction of its rows; `phi`, the
        correlation of the two; `both`, the rows that have both.
    """
    labels = rows[LABEL].to_numpy(dtype=float)
    columns = flags(rows, features)
    pairs = []
    for first, second in combinations(columns, 2):
        phi = float(np.corrcoef(columns[first], columns[second])[0, 1])
        if abs(phi) >= ASSOCIATED:
            pairs.append(
                {
                    "flags": [
                        {
                            "name": name,
                            "rows": int(columns[name].sum()),
                            "positive_fraction": float(labels[columns[name] == 1].mean()),
                        }
                        for name in (first, second)
                    ],
                    "phi": phi,
                    "both": int((columns[first] * columns[second]).sum()),
                }
            )
    return sorted(pairs, key=lambda pair: -abs(pair["phi"]))


def stand_in_names(pairs: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the names of each pair's flags."""
    return [tuple(flag["name"] for flag in pair["flags"]) for pair in pairs]
