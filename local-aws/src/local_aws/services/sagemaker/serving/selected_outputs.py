"""What the XGBoost container answers for each record where ``SAGEMAKER_INFERENCE_OUTPUT`` selects it.

Source of the contract: ``get_selected_predictions`` and ``encode_selected_predictions`` of ``serve_utils.py`` in
``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from local_aws.services.sagemaker.serving.app import CSV, JSON
from local_aws.services.sagemaker.xgboost_algorithm.recordio import write_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON_LINES = "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"

_BY_LABEL = ("predicted_label", "labels", "raw_score", "raw_scores")
_ALL = ("predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores")
_KEYS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie"), ("predicted_score",)
    ),
    **dict.fromkeys(("binary:logitraw", "binary:hinge", "multi:softmax"), _BY_LABEL),
    **dict.fromkeys(("binary:logistic", "multi:softprob"), _ALL),
}
"""What a model can answer, by its objective, in the order of the answer."""
_THRESHOLDS = {"binary:logistic": 0.5, "binary:logitraw": 0.0}


def select(scores: Any, keys: Sequence[str], objective: str, classes: int) -> list[dict[str, Any]]:
    """Return what is selected for each record, NaN for what the objective does not have.

    Parameters
    ----------
    scores
        Of shape (records,), or (records, classes) for ``multi:softprob``.

    Raises
    ------
    ValueError
        If nothing can be selected of the objective's predictions.
    """
    if objective not in _KEYS:
        raise ValueError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    known = [key for key in _KEYS[objective] if key in keys]
    unknown = [key for key in keys if key not in known]
    return [
        {**{key: _value(key, score, objective, classes) for key in known}, **dict.fromkeys(unknown, float("nan"))}
        for score in scores
    ]


def encode(predictions: Sequence[Mapping[str, Any]], keys: Sequence[str], media_type: str, *, batch: bool) -> bytes:
    """Return the selected predictions as JSON, JSON lines, recordio-protobuf or CSV.

    Parameters
    ----------
    batch
        Whether CSV ends with a newline, as in a transform job.
    """
    if media_type == JSON:
        return json.dumps({"predictions": predictions}).encode()
    if media_type == JSON_LINES:
        return "".join(json.dumps(prediction) + "\n" for prediction in predictions).encode()
    if media_type == RECORDIO:
        return write_labels(
            {key: value if isinstance(value, list) else [value] for key, value in prediction.items()}
            for prediction in predictions
        )
    if media_type == CSV:
        lines = [",".join(_field(prediction[key]) for key in keys) for prediction in predictions]
        return ("\n".join(lines) + ("\n" if batch else "")).encode()
    raise ValueError(f"Cannot encode selected predictions into accept type '{media_type}'.")


def _value(key: str, score: Any, objective: str, classes: int) -> Any:
    if key == "predicted_label":
        if objective == "multi:softprob":
            return int(np.argmax(score))
        return int(score > _THRESHOLDS[objective]) if objective in _THRESHOLDS else score.item()
    if key == "labels":
        return [0, 1] if objective.startswith("binary:") else list(range(classes))
    if key in ("probabilities", "raw_scores"):
        return score.tolist() if objective == "multi:softprob" else [1.0 - score.item(), score.item()]
    return max(score).item() if objective == "multi:softprob" else score.item()


def _field(value: Any) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)
