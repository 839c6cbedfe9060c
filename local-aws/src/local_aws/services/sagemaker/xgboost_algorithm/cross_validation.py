"""The k-fold cross-validation that hyperparameters ``_kfold`` and ``_num_cv_round`` ask for.

A model for each fold is trained and kept. Source: ``algorithm_mode/train.py`` and ``prediction_utils.py`` of
``aws/sagemaker-xgboost-container``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

_FILE = "predictions.csv"


def splits(
    labels: npt.NDArray[Any], folds: int, repeats: int, *, stratified: bool
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Yield the rows to train on and those to validate by, fold by fold, as scikit-learn draws them."""
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    splitter = RepeatedStratifiedKFold if stratified else RepeatedKFold
    rows = np.zeros((len(labels), 1))
    yield from splitter(n_splits=folds, n_repeats=repeats).split(rows, labels if stratified else None)


class Predictions:
    """The predictions of rows by the models that were not trained on them.

    Parameters
    ----------
    classes
        Whether labels are classes, whose predictions are the most frequent class and the mean of its probability.
    """

    def __init__(self, labels: npt.NDArray[Any], *, classes: bool) -> None:
        self._labels = labels
        self._classes = classes
        self._values: list[list[float]] = [[] for _ in labels]
        self._probabilities: list[list[float]] = [[] for _ in labels]

    def record(self, rows: npt.NDArray[Any], predictions: npt.NDArray[Any]) -> None:
        """Take the predictions of the rows of a fold."""
        values = predictions
        if self._classes and predictions.ndim > 1:
            values = np.argmax(predictions, axis=-1)
            predictions = predictions[np.arange(len(values)), values]
        elif self._classes:
            values = 1 * (predictions > 0.5)
        for row, value, probability in zip(rows, values, predictions):  # noqa: B905 (for Pythons before 3.10)
            self._values[row].append(float(value))
            self._probabilities[row].append(float(probability))

    def save(self, folder: Path) -> Path:
        """Write a line per row: its label, its probability if labels are classes, its prediction."""
        columns = [self._labels]
        if self._classes:
            columns += [np.mean(self._probabilities, axis=1), np.array([_mode(values) for values in self._values])]
        else:
            columns.append(np.mean(self._values, axis=1))
        folder.mkdir(parents=True, exist_ok=True)
        np.savetxt(folder / _FILE, np.column_stack(columns), delimiter=",", fmt="%f")
        return folder / _FILE


def metrics_line(rounds: int, results: Sequence[Mapping[str, Mapping[str, Sequence[float]]]]) -> str:
    """Return the line with the means of the folds' last metrics."""
    parts = [
        f"\t{data}-{metric}:{np.mean([result[data][metric][-1] for result in results]):.5f}"
        for metric in results[0]["train"]
        for data in results[0]
    ]
    return f"[{rounds}]{''.join(parts)}"


def _mode(values: list[float]) -> float:
    """Return the most frequent value, the smallest of several."""
    return min(set(values), key=lambda value: (-values.count(value), value))
