"""The models of a model folder, scored together, and the answers of the XGBoost container: a score per record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import xgboost
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.serving.app import JSON
from local_aws.services.sagemaker.serving.decoding import Matrix, decode
from local_aws.services.sagemaker.serving.errors import BadPayloadError


class Ensemble:
    """Every model file of a folder; the scores are the mean over the models, each with all its trees.

    A folder without a model, or with one that cannot be loaded, raises ValueError. Pickled models are not loaded: a
    pickle can run any code.
    """

    def __init__(self, model_dir: Path) -> None:
        files = sorted(path for path in model_dir.iterdir() if path.is_file() and not path.name.startswith("."))
        if not files:
            raise ValueError(f"Unable to load model: {model_dir} holds no model file")
        self._models = [_Model(path) for path in files]

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records; `kind` is the payload's type for messages, ``csv`` or ``libsvm``.

        Returns
        -------
        ndarray
            Shape (records,), or (records, classes) for multi-class probabilities.
        """
        try:
            scores = [model.predict(matrix, kind) for model in self._models]
        except xgboost.core.XGBoostError as error:
            raise BadPayloadError(f"Unable to evaluate payload provided: {error}") from error
        return scores[0] if len(scores) == 1 else np.mean(scores, axis=0)


class _Model:
    """One model file."""

    def __init__(self, path: Path) -> None:
        self._booster = xgboost.Booster()
        try:
            self._booster.load_model(path)
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ValueError(
                f"Unable to load model: {path.name} is not a model in XGBoost's native format (pickled models are not "
                f"loaded here; use Booster.save_model): {str(error).splitlines()[0]}"
            ) from error
        self._booster.set_param("nthread", 1)
        self._features = self._booster.num_features()
        learner = json.loads(self._booster.save_config())["learner"]
        self._has_trees = learner["gradient_booster"]["name"] != "gblinear"

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records with all trees."""
        fitted = self._fitted(matrix, kind)
        if self._has_trees:
            return self._booster.inplace_predict(fitted, validate_features=False)
        return self._booster.predict(xgboost.DMatrix(fitted), validate_features=False)

    def _fitted(self, matrix: Matrix, kind: str) -> Matrix:
        """Check the number of columns; sparse records may lack the last ones."""
        rows, columns = matrix.shape
        if isinstance(matrix, csr_matrix) and columns < self._features:
            return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=(rows, self._features))
        if columns != self._features:
            raise BadPayloadError(
                f"Unable to evaluate payload provided: Feature size of {kind} inference data {columns} is not "
                f"consistent with feature size of trained model {self._features}."
            )
        return matrix


class Scorer(Protocol):
    """A model of numeric records."""

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records; see `Ensemble.predict`."""


class ScoreAnswers:
    """Answers invocations with scores."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def answer(self, body: bytes, content_type: str, accept: str) -> bytes:
        """Answer an invocation; see `app.Model.answer`."""
        return _encode(self._scorer.predict(*decode(body, content_type)), accept)


def _encode(scores: npt.NDArray[np.float32], accept: str) -> bytes:
    """Return the scores: one per line, or ``{"predictions": [{"score": …}, …]}``."""
    values = scores.tolist()
    if accept == JSON:
        return json.dumps({"predictions": [{"score": value} for value in values]}).encode()
    return ("\n".join(map(str, values)) + "\n").encode()
