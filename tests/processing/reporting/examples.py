"""Evaluations worked by hand, for tests of what is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from processing.reporting.inputs import Evaluation


def evaluation(
    name: str = "XGBoost",
    *,
    labels: Sequence[int] | np.ndarray,
    scores: Sequence[float] | np.ndarray,
    sites: Sequence[str] | None = None,
    boroughs: Sequence[str] | None = None,
    columns: dict[str, Any] | None = None,
    **report: Any,
) -> Evaluation:
    """An evaluation of a few rows; each is its own site in Brooklyn unless said otherwise.

    `columns` are further columns of its test rows.
    """
    rows = pd.DataFrame(
        {
            "playground_key": [str(number) for number in range(len(labels))],
            "site_id": sites if sites is not None else [f"s{number}" for number in range(len(labels))],
            "borough": boroughs if boroughs is not None else ["Brooklyn"] * len(labels),
            "level": "4",
            "label": np.array(labels),
            "score": np.array(scores, dtype=float),
        }
    ).assign(**(columns or {}))
    return Evaluation(name, report, {}, rows, rows)
