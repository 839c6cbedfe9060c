"""The scored test rows as ``predictions.csv``, so that a reader of an evaluation can compute further figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from processing.exit_message import ProcessingError
from processing.feature_contract import LABEL

PREDICTIONS, VALIDATION_PREDICTIONS = "predictions.csv", "validation_predictions.csv"
SCORE, SCORE_WITHOUT = "score", "score_without_swing"
RULE, RULE_WITHOUT = "rule", "rule_without_swing"
RULE_SCORE, TABLE_SCORE = "rule_score", "table_score"
QUINTILE = "income_quintile"
_ROW = ("playground_key", "site_id", "borough", "level", LABEL)
_TEXT = ("playground_key", "site_id", "borough", "level", "name", QUINTILE)
_ALWAYS = (*_ROW, "name", QUINTILE, SCORE, RULE, RULE_WITHOUT, RULE_SCORE)
_NUMBERS = (LABEL, SCORE, SCORE_WITHOUT, RULE, RULE_WITHOUT, RULE_SCORE, TABLE_SCORE)


def write_predictions(test: pd.DataFrame, answers: dict[str, np.ndarray], folder: Path) -> None:
    """Write ``predictions.csv``, one line per test row, with a header and every digit of the scores.

    Parameters
    ----------
    test
        Rows of the scoring table, with the income quintile of each.
    answers
        By column: `SCORE`, `RULE`, `RULE_WITHOUT` and `RULE_SCORE`, and where there are such a model or table,
        `SCORE_WITHOUT` and `TABLE_SCORE`.
    """
    columns = test[[*_ROW, "name", QUINTILE]].assign(**answers)
    columns[LABEL] = columns[LABEL].astype(int)
    columns.to_csv(folder / PREDICTIONS, index=False, lineterminator="\n")


def write_validation_predictions(validation: pd.DataFrame, scores: np.ndarray, folder: Path) -> None:
    """Write ``validation_predictions.csv``: key, site, label and score of each validation row."""
    columns = validation[["playground_key", "site_id", LABEL]].assign(**{SCORE: scores.astype(float)})
    columns[LABEL] = columns[LABEL].astype(int)
    columns.to_csv(folder / VALIDATION_PREDICTIONS, index=False, lineterminator="\n")


def read_predictions(folder: Path) -> pd.DataFrame:
    """Read the scored test rows of an evaluation: text columns as text, an empty level as None.

    Raises
    ------
    ProcessingError
        The file is missing or is not as `write_predictions` writes it.
    """
    rows = _read(folder / PREDICTIONS, _ALWAYS)
    rows["level"] = rows["level"].where(rows["level"] != "", None)
    return rows


def read_validation_predictions(folder: Path) -> pd.DataFrame:
    """Read the scored validation rows of an evaluation; raise `ProcessingError` as `read_predictions` does."""
    return _read(folder / VALIDATION_PREDICTIONS, ("playground_key", "site_id", LABEL, SCORE))


def _read(file: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        rows = pd.read_csv(file, dtype=dict.fromkeys(_TEXT, str), keep_default_na=False, float_precision="round_trip")
    except (OSError, ValueError) as error:
        raise ProcessingError(f"Cannot read {file} ({error}); pass the output of processing.evaluate.") from error
    missing = [column for column in needed if column not in rows]
    if missing:
        raise ProcessingError(f"{file} lacks the column(s) {', '.join(missing)}; evaluate the model again.")
    numbers = [column for column in _NUMBERS if column in rows]
    wrong = [column for column in numbers if not pd.api.types.is_numeric_dtype(rows[column])]
    if wrong or rows.empty:
        raise ProcessingError(f"{file} has no rows, or text in {wrong}; evaluate the model again.")
    return rows
