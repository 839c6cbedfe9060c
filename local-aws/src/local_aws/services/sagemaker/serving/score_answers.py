"""The XGBoost container's answers: a score for each record."""

from __future__ import annotations

import json
from typing import Protocol

import numpy as np
import numpy.typing as npt

from local_aws.services.sagemaker.serving.app import JSON
from local_aws.services.sagemaker.serving.decoding import Matrix, decode


class Scorer(Protocol):
    """What scores records."""

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records; see `ensemble.Ensemble.predict`."""


class ScoreAnswers:
    """Answers invocations with scores."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def answer(self, body: bytes, content_type: str, accept: str) -> bytes:
        """Answer an invocation; see `app.Model.answer`."""
        return _encode(self._scorer.predict(*decode(body, content_type)), accept)


def _encode(scores: npt.NDArray[np.float32], accept: str) -> bytes:
    """Write scores: one a line, or ``{"predictions": [{"score": …}, …]}``."""
    values = scores.tolist()
    if accept == JSON:
        return json.dumps({"predictions": [{"score": value} for value in values]}).encode()
    return ("\n".join(map(str, values)) + "\n").encode()
