"""An AutoML candidate that answers as Autopilot's container does in ensembling mode.

Source of the contract: "Configure inference output in generated containers", SageMaker developer guide.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from autogluon.tabular import TabularPredictor

from local_aws.services.sagemaker.automl.columns import read_columns
from local_aws.services.sagemaker.automl.containers import MODEL_NAME, outputs
from local_aws.services.sagemaker.serving.app import CSV, DEFAULT_ACCEPT, JSON, not_acceptable, wanted_type
from local_aws.services.sagemaker.serving.errors import UnsupportedPayloadError
from local_aws.services.sagemaker.serving.records import read_records


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
        rows = self._rows(read_records(body, self._columns))
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
