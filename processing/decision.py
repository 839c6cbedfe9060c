"""From scores to classes, and the confusion matrix; imports nothing heavier than numpy."""

from __future__ import annotations

import numpy as np

from processing.feature_contract import DECISION_THRESHOLD

CLASSES = (0, 1)


def predicted_classes(scores: np.ndarray) -> np.ndarray:
    """Return 1 where a score reaches the decision threshold, else 0."""
    return (scores >= DECISION_THRESHOLD).astype(int)


def confusion(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, int]]:
    """Return the confusion matrix as SageMaker writes it: by actual class, then by predicted class."""
    predicted = predicted_classes(scores)
    return {
        str(actual): {str(answer): int(((labels == actual) & (predicted == answer)).sum()) for answer in CLASSES}
        for actual in CLASSES
    }
