"""An AutoML candidate that answers as Autopilot's container does in ensembling mode.

Source of the contract: "Configure inference output in generated containers", SageMaker developer guide.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from autogluon.tabular import TabularPredictor

from local_aws.services.sagemaker.automl.columns import MISSING, Column, read_columns
from local_aws.services.sagemaker.automl.containers import MODEL_NAME, outputs
from local_aws.services.sagemaker.serving.app import CSV, DEFAULT_ACCEPT, JSON, not_acceptable, wanted_type
from local_aws.services.sagemaker.serving.errors import BadPayloadError, UnsupportedPayloadError

_MISSING = frozenset(MISSING)


class AutoGluonModel:
    """One model of a predictor; the container's variables say which, and what its answers hold.

    The model folder is unpickled: the caller has checked that a job of this server has made it. A folder without the
    predictor or the model raises ValueError.
    """

    def __init__(self, model_dir: Path, environment: Mapping[str, str]) -> None:
        self._outputs = outputs(environment)
        self._default_accept = environment.get(DEFAULT_ACCEPT, CSV)
        self._model = environment.get(MODEL_NAME, "")
        try:
            self._columns = read_columns(model_dir)
            self._predictor = TabularPredictor.load(str(model_dir), verbosity=0)
        except (OSError, AssertionError) as error:
            raise ValueError(f"Unable to load model: {error}") from error
        if self._model not in self._predictor.model_names():
            available = ", ".join(self._predictor.model_names())
            raise ValueError(
                f"Unable to load model: {MODEL_NAME} is {self._model!r}, and the archive holds {available}"
            )
        self._predictor.persist(models=[self._model], max_memory=None)
        self._labels = [str(label) for label in self._predictor.class_labels]

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[str, bytes]:
        """Answer an invocation; see `app.Model.answer`."""
        wanted = wanted_type(accept, self._default_accept)
        if wanted not in (CSV, JSON):
            raise not_acceptable(accept, (CSV, JSON))
        if content_type.partition(";")[0].strip().lower() not in ("", CSV):
            raise UnsupportedPayloadError(f"{content_type} is not an accepted ContentType: {CSV}.")
        rows = self._rows(_read_records(body, self._columns))
        if wanted == JSON:
            predictions = [dict(zip(self._outputs, row, strict=True)) for row in rows]
            return JSON, json.dumps({"predictions": predictions}).encode()
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return CSV, text.getvalue().encode()

    def _rows(self, records: pd.DataFrame) -> list[list[Any]]:
        """Return the outputs for each record."""
        probabilities = self._predictor.predict_proba(records, model=self._model)
        predicted = [str(label) for label in self._predictor.predict_from_proba(probabilities)]
        values = probabilities.to_numpy(dtype=float).tolist()
        columns: dict[str, list[Any]] = {
            "predicted_label": predicted,
            "probability": [row[self._labels.index(label)] for label, row in zip(predicted, values, strict=True)],
            "probabilities": values,
            "labels": [self._labels] * len(values),
        }
        return [list(row) for row in zip(*(columns[key] for key in self._outputs), strict=True)]


def _read_records(body: bytes, columns: Sequence[Column]) -> pd.DataFrame:
    """Read CSV without a header, its columns in the order of the training data.

    Returns
    -------
    DataFrame
        One row per record, one column of each feature's name and kind.
    """
    try:
        records = [record for record in csv.reader(body.decode().splitlines()) if record]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnsupportedPayloadError(f"Loading csv data failed: {error}") from error
    for number, record in enumerate(records, 1):
        if len(record) != len(columns):
            raise BadPayloadError(
                f"Unable to evaluate payload provided: record {number} has {len(record)} fields, and the model "
                f"{len(columns)} features: {', '.join(column.name for column in columns)}"
            )
    fields = zip(*records, strict=True) if records else ([] for _ in columns)
    return pd.DataFrame({column.name: _values(column, values) for column, values in zip(columns, fields, strict=True)})


def _values(column: Column, fields: Sequence[str]) -> pd.Series:
    if column.kind == "text":
        return pd.Series([None if field in _MISSING else field for field in fields], dtype=object)
    try:
        numbers = [float("nan") if field.strip() in _MISSING else float(field) for field in fields]
    except ValueError as error:
        raise BadPayloadError(
            f"Unable to evaluate payload provided: feature {column.name!r} is a number: {error}; send no header"
        ) from error
    if any(number in (float("inf"), float("-inf")) for number in numbers):
        raise BadPayloadError(f"Unable to evaluate payload provided: feature {column.name!r} is infinite")
    return pd.Series(numbers, dtype=float)
