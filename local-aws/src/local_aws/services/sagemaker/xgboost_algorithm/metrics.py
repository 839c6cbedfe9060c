"""The evaluation metrics that the container adds to XGBoost's own.

Source: ``metrics/custom_metrics.py`` of ``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    import numpy.typing as npt
    import xgboost

    from local_aws.services.sagemaker.images.versions import Version

    Labels: TypeAlias = npt.NDArray[Any]
    Score: TypeAlias = Callable[[Labels, Labels], float]


def custom_metrics() -> dict[str, tuple[Score, bool]]:
    """Return the metrics by name, each with whether it compares classes; scikit-learn is slow to import."""
    from sklearn import metrics

    classes: Mapping[str, Score] = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f1": partial(metrics.f1_score, average="macro"),
        "f1_binary": partial(metrics.f1_score, average="binary"),
        "f1_macro": partial(metrics.f1_score, average="macro"),
        "precision": metrics.precision_score,
        "precision_macro": partial(metrics.precision_score, average="macro"),
        "precision_micro": partial(metrics.precision_score, average="micro"),
        "recall": metrics.recall_score,
        "recall_macro": partial(metrics.recall_score, average="macro"),
        "recall_micro": partial(metrics.recall_score, average="micro"),
    }
    numbers: Mapping[str, Score] = {
        "mae": metrics.mean_absolute_error,
        "mse": metrics.mean_squared_error,
        "r2": metrics.r2_score,
        "rmse": lambda labels, predictions: float(np.sqrt(metrics.mean_squared_error(labels, predictions))),
    }
    return {
        **{name: (score, True) for name, score in classes.items()},
        **{name: (score, False) for name, score in numbers.items()},
    }


def custom_names(version: Version) -> frozenset[str]:
    """Return the names of the metrics that the container of a version computes itself."""
    return frozenset(
        {
            *("accuracy", "f1", "mse"),
            *(("f1_binary", "f1_macro", "r2") if version >= (1, 2) else ()),
            *(_SINCE_1_3 if version >= (1, 3) else ()),
        }
    )


_SINCE_1_3 = (
    *("balanced_accuracy", "rmse", "mae", "precision", "precision_macro", "precision_micro"),
    *("recall", "recall_macro", "recall_micro"),
)


def evaluation(names: Iterable[str], objective: str, *, margins: bool) -> Callable[..., list[tuple[str, float]]]:
    """Return the function with which XGBoost computes these metrics from predictions.

    Parameters
    ----------
    margins
        Whether XGBoost hands over margins, not what the objective makes of them.
    """
    chosen = [(name, *custom_metrics()[name]) for name in names]

    def evaluate(predictions: Labels, matrix: xgboost.DMatrix) -> list[tuple[str, float]]:
        labels = matrix.get_label()
        predicted = (
            (predictions > 0.0).astype(int) if margins and predictions.ndim == 1 else _classes(predictions, objective)
        )
        return [
            (name, float(score(labels, predicted if of_classes else predictions))) for name, score, of_classes in chosen
        ]

    return evaluate


def _classes(predictions: Labels, objective: str) -> Labels:
    """Return the classes that predictions stand for: margins, probabilities by class, or the classes themselves."""
    if predictions.ndim > 1:
        return np.argmax(predictions, axis=-1)
    if objective == "multi:softmax":
        return predictions.astype(int)
    threshold = 0.5 if objective in ("binary:logistic", "binary:hinge", "reg:logistic") else 0.0
    return (predictions > threshold).astype(int)
