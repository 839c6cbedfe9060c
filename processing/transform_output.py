"""Reading the output of a transform job over an AutoML model: one answer per line, in the order of the rows sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from processing.answer_lines import SUFFIX, read_answer_lines
from processing.decision import CLASSES, predicted_classes
from processing.exit_message import ProcessingError
from processing.staging import HELD_OUT

_FIELDS = "predicted_label,probability"
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class AutoMLScores:
    """The probability of class 1 for each row, and the label that the model itself chose."""

    scores: np.ndarray
    labels: np.ndarray

    @property
    def own_label_differs(self) -> int:
        """Rows whose label is not that of the decision threshold: the model decides by another one."""
        return int((predicted_classes(self.scores) != self.labels).sum())


def read_automl_scores(folder: Path, sent: str, expected_rows: int) -> AutoMLScores:
    """Read an AutoML model's labels and their probabilities, in the order of the rows of the file sent.

    A model of Autopilot answers so with ``SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probability`` in its environment;
    the probability is that of the *predicted* label, whichever it is.

    Raises
    ------
    ProcessingError
        The folder holds no output, the number of answers is wrong, or one of them is not a label with a probability.
    """
    answers = list(read_answer_lines(folder, f"{sent}{SUFFIX}"))
    if len(answers) != expected_rows:
        raise ProcessingError(
            f"The transform output {sent}{SUFFIX} in {folder} has {len(answers)} line(s) for {expected_rows} rows; "
            f"score the output {HELD_OUT}/ of the same run of engineer_features."
        )
    pairs = np.array([_label_and_probability(fields, place) for fields, place in answers])
    labels, probabilities = pairs[:, 0].astype(int), pairs[:, 1]
    return AutoMLScores(np.where(labels == 1, probabilities, 1 - probabilities), labels)


def _label_and_probability(fields: list[str], place: str) -> tuple[float, float]:
    text = ",".join(fields)[:_SHOWN_CHARACTERS]
    try:
        label, probability = (float(field) for field in fields)
    except ValueError:
        raise ProcessingError(
            f"{place} is not {_FIELDS}: {text!r}. The model needs SAGEMAKER_INFERENCE_OUTPUT={_FIELDS} in its "
            "environment."
        ) from None
    if label not in CLASSES:
        raise ProcessingError(f"{place} has a label that is neither 0 nor 1: {text!r}.")
    if not 0 <= probability <= 1:  # false for NaN
        raise ProcessingError(f"{place} has a probability that is not between 0 and 1: {text!r}.")
    return label, probability
