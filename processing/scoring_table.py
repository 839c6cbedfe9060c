"""Reading the scoring table that feature engineering writes; imports neither XGBoost nor scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from processing.exit_message import ProcessingError
from processing.feature_contract import SPLITS, FeatureSet, scoring_schema


def read_scoring_table(scoring_dir: Path, features: FeatureSet) -> pd.DataFrame:
    """Read all rows of a feature set's scoring table, with the columns of `scoring_schema`.

    Raises
    ------
    ProcessingError
        The table is missing or lacks a column.
    """
    columns = [name for name, _ in scoring_schema(features)]
    files = sorted(scoring_dir.glob("*.parquet"))
    if not files:
        raise ProcessingError(f"{scoring_dir} holds no parquet file; pass the output scoring/ of engineer_features.")
    try:
        return pa.concat_tables([pq.read_table(file, columns=columns) for file in files]).to_pandas()
    except (pa.ArrowInvalid, KeyError) as error:
        raise ProcessingError(
            f"{scoring_dir} is not a scoring table of the feature set {features.name}: {error}"
        ) from error


def labelled_splits(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the labelled rows of train, validation and test; raise `ProcessingError` if a split is empty."""
    labelled = rows[rows["label_known"] == 1]
    splits = {split: labelled[labelled["split"] == split].reset_index(drop=True) for split in SPLITS}
    empty = [split for split, members in splits.items() if members.empty]
    if empty:
        raise ProcessingError(f"The scoring table has no labelled row in: {', '.join(empty)}.")
    return splits


def feature_matrix(rows: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Return features as XGBoost takes them: float32, in the order of the names, NaN for missing."""
    return rows[list(names)].to_numpy(dtype=np.float32, na_value=np.nan)
