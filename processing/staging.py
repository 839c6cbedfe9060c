"""Writing what feature engineering stages: CSV for training, parquet for SQL, ten rows for the smoke test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from processing.feature_contract import LABEL, SMOKE_ROWS, SPLITS, TEST, TRAIN, VALIDATION, FeatureSet, scoring_schema
from processing.shuffled_rows import shuffled_rows

HELD_OUT = "held_out"
TEST_FILE, VALIDATION_FILE, SHUFFLES_FILE = "test.csv", "validation.csv", "shuffles.csv"

_ARROW_TYPES = {"string": pa.string(), "double": pa.float64(), "int": pa.int32()}


def to_contract(rows: pd.DataFrame, features: FeatureSet) -> pd.DataFrame:
    """Return the columns of `scoring_schema`, feature values in XGBoost's precision.

    Every feature becomes a double that float32 represents exactly. The text of a CSV, a parquet file and a SQL argument
    then all lead to the same float32 in the model, and so to the same score.
    """
    rows = rows[[name for name, _ in scoring_schema(features)]].copy()
    for feature in features.features:
        if feature.dtype == "double":
            rows[feature.name] = rows[feature.name].astype(np.float32).astype(np.float64)
    return rows


def write_splits(rows: pd.DataFrame, features: FeatureSet, output_dir: Path) -> None:
    """Write the labelled rows as CSV, label first.

    The output folder gets ``train/``, ``validation/`` and ``test/`` without header, ``automl/``: the training rows with
    one (the validation rows choose between models, so that no model trains on them), and ``held_out/``: what a
    transform job scores, features alone. These are the test and the validation rows in the order of the scoring table,
    and copies of test rows with features shuffled, see `processing.shuffled_rows`.
    """
    columns = [LABEL, *features.feature_names]
    for split in SPLITS:
        _write_csv(rows.loc[rows["split"] == split, columns], output_dir / split / f"{split}.csv", header=False)
    _write_csv(rows.loc[rows["split"] == TRAIN, columns], output_dir / "automl" / "train.csv", header=True)
    held_out = output_dir / HELD_OUT
    for split, name in ((TEST, TEST_FILE), (VALIDATION, VALIDATION_FILE)):
        _write_csv(rows.loc[rows["split"] == split, list(features.feature_names)], held_out / name, header=False)
    _write_csv(pd.DataFrame(shuffled_rows(rows, features)), held_out / SHUFFLES_FILE, header=False)


def write_scoring(rows: pd.DataFrame, features: FeatureSet, output_dir: Path) -> None:
    """Write all rows, unlabelled ones included, as ``scoring/scoring.parquet`` with the types of the contract."""
    schema = pa.schema([(name, _ARROW_TYPES[athena]) for name, athena in scoring_schema(features)])
    folder = output_dir / "scoring"
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), folder / "scoring.parquet")


def write_smoke_rows(rows: pd.DataFrame, features: FeatureSet, output_dir: Path) -> None:
    """Write ten rows of features, evenly spread over the table, as ``smoke/smoke.csv`` without header."""
    spread = np.linspace(0, len(rows) - 1, SMOKE_ROWS).round().astype(int)
    _write_csv(rows.iloc[spread][list(features.feature_names)], output_dir / "smoke" / "smoke.csv", header=False)


def _write_csv(rows: pd.DataFrame, file: Path, *, header: bool) -> None:
    """Write CSV with every digit of a double and nothing for a missing value, as the XGBoost container reads it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(file, index=False, header=header, lineterminator="\n")
