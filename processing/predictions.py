"""The scored test rows as ``predictions.csv``, so that a reader of an evaluation can compute further figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from processing.exit_message import ProcessingError
from processing.feature_contract import LABEL

PREDICTIONS = "predictions.csv"
SCORE, SCORE_WITHOUT = "score", "score_without_swing"
RULE, RULE_WITHOUT = "rule", "rule_without_swing"
_ROW = ("playground_key", "site_id", "borough", "level", LABEL)
_ALWAYS = (*_ROW, SCORE, RULE, RULE_WITHOUT)


def write_predictions(
    test: pd.DataFrame,
    scores: np.ndarray,
    scores_without: np.ndarray | None,
    rule: np.ndarray,
    rule_without: np.ndarray,
    folder: Path,
) -> None:
    """Write ``predictions.csv``, one line per test row, with a header and every digit of the scores.

    Parameters
    ----------
    scores, scores_without
        Of the model, and of the one without the label-defining features where there is one.
    rule, rule_without
        Classes by the best one-feature rule, of all features and of those without.
    """
    columns = test[list(_ROW)].copy()
    columns[LABEL] = columns[LABEL].astype(int)
    columns[SCORE] = scores.astype(float)
    if scores_without is not None:
        columns[SCORE_WITHOUT] = scores_without.astype(float)
    columns[RULE] = rule
    columns[RULE_WITHOUT] = rule_without
    columns.to_csv(folder / PREDICTIONS, index=False, lineterminator="\n")


def read_predictions(folder: Path) -> pd.DataFrame:
    """Read the scored test rows of an evaluation: text columns as text, an empty level as None.

    Raises
    ------
    ProcessingError
        The file is missing or is not as `write_predictions` writes it.
    """
    file = folder / PREDICTIONS
    text = dict.fromkeys(("playground_key", "site_id", "borough", "level"), str)
    try:
        rows = pd.read_csv(file, dtype=text, keep_default_na=False, float_precision="round_trip")
    except (OSError, ValueError) as error:
        raise ProcessingError(f"Cannot read {file} ({error}); pass the output of processing.evaluate.") from error
    missing = [column for column in _ALWAYS if column not in rows]
    if missing:
        raise ProcessingError(f"{file} lacks the column(s) {', '.join(missing)}; evaluate the model again.")
    numbers = [column for column in (LABEL, SCORE, SCORE_WITHOUT, RULE, RULE_WITHOUT) if column in rows]
    wrong = [column for column in numbers if not pd.api.types.is_numeric_dtype(rows[column])]
    if wrong or rows.empty:
        raise ProcessingError(f"{file} has no rows, or text in {wrong}; evaluate the model again.")
    rows["level"] = rows["level"].where(rows["level"] != "", None)
    return rows
