"""Reading what a transform job leaves of an AutoML model: one answer a line, in the order of the rows sent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from processing.decision import CLASSES, predicted_classes
from processing.exit_message import ProcessingError

_FIELDS = "predicted_label,probability"
_SUFFIX = "*.out"  # batch transform appends it to the name of the input object
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class AutoMLScores:
    """What an AutoML model answered.

    Attributes
    ----------
    scores
        Probability of class 1 for each row.
    labels
        The label that the model itself chose for each row.
    """

    scores: np.ndarray
    labels: np.ndarray

    @property
    def own_label_differs(self) -> int:
        """Rows whose label is not the one that the decision threshold gives: the model decides by another threshold."""
        return int((predicted_classes(self.scores) != self.labels).sum())


def read_automl_scores(folder: Path, expected_rows: int) -> AutoMLScores:
    """Read the answers of an AutoML model that gives its label and that label's probability.

    A model of Autopilot answers so with ``SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probability`` in its environment;
    the probability is that of the *predicted* label, whichever it is.

    Parameters
    ----------
    folder
        With the transform job's output for ``test_features/test.csv``, in sub-folders or not.
    expected_rows
        Rows that were sent.

    Returns
    -------
    AutoMLScores
        In the order of the rows that were sent.

    Raises
    ------
    ProcessingError
        If there is no output, the number of answers is another, or one of them is no label with a probability.
    """
    answers = list(read_answer_lines(folder))
    if len(answers) != expected_rows:
        raise ProcessingError(
            f"The transform output in {folder} has {len(answers)} line(s) for {expected_rows} test rows; score the "
            "output test_features/test.csv of the same run of engineer_features."
        )
    pairs = np.array([_label_and_probability(fields, place) for fields, place in answers])
    labels, probabilities = pairs[:, 0].astype(int), pairs[:, 1]
    return AutoMLScores(np.where(labels == 1, probabilities, 1 - probabilities), labels)


def read_answer_lines(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Read what a transform job left.

    Parameters
    ----------
    folder
        With the job's ``*.out`` files, in sub-folders or not.

    Yields
    ------
    tuple
        The fields of a line and where it stands, in the order of file names and lines.

    Raises
    ------
    ProcessingError
        If there is no output, or it is no text.
    """
    files = sorted(folder.rglob(_SUFFIX))
    if not files:
        raise ProcessingError(f"{folder} holds no {_SUFFIX} file: the transform job left no output.")
    for file in files:
        try:
            with file.open(encoding="utf-8", newline="") as lines:
                for number, fields in enumerate(csv.reader(lines), start=1):
                    yield [field.strip() for field in fields], f"Line {number} of {file}"
        except (UnicodeDecodeError, csv.Error) as error:
            raise ProcessingError(f"{file} is no CSV text ({error}): it is no output of a transform job.") from error


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
