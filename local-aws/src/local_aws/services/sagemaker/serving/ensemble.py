"""The models of a model folder, scored together."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.images.versions import numbers
from local_aws.services.sagemaker.serving.decoding import LIBSVM
from local_aws.services.sagemaker.serving.errors import BadPayloadError
from local_aws.services.sagemaker.serving.pickles import is_pickle

if TYPE_CHECKING:
    import numpy.typing as npt

    from local_aws.services.sagemaker.serving.decoding import Matrix


class Ensemble:
    """The model files of a folder; their scores are averaged, and votes of classes counted.

    A folder without a model, or with one that cannot be loaded, raises ValueError. Pickled models are loaded, which can
    run any code: the caller has checked where they come from, or that this process has a root of its own.

    Parameters
    ----------
    all_models
        Whether all models score, as long as ``SAGEMAKER_INFERENCE_ENSEMBLE`` is not false, or only the first.

    Attributes
    ----------
    objective
        What the models were trained for, such as ``binary:logistic``.
    classes
        The number of classes, 0 if the objective is not one of several.
    """

    def __init__(self, model_dir: Path, *, all_models: bool = True) -> None:
        files = sorted(path for path in model_dir.iterdir() if path.is_file() and not path.name.startswith("."))
        if not files:
            raise ValueError(f"Unable to load model: {model_dir} holds no model file")
        self._models = [_Model(path) for path in (files if all_models else files[:1])]
        self.objective = self._models[0].objective
        self.classes = self._models[0].classes

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records; `kind` is the payload's type: ``csv``, ``libsvm`` or ``recordio-protobuf``.

        Returns
        -------
        ndarray
            Shape (records,), or (records, classes) for multi-class probabilities.
        """
        try:
            scores = [model.predict(matrix, kind) for model in self._models]
        except xgboost.core.XGBoostError as error:
            raise BadPayloadError(f"Unable to evaluate payload provided: {error}") from error
        if len(scores) == 1:
            return scores[0]
        return _votes(np.array(scores)) if self.objective in _CLASS_OBJECTIVES else np.mean(scores, axis=0)


def _votes(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the class that most models have, the smallest of several."""
    classes = np.unique(scores)
    counts = np.array([(scores == each).sum(axis=0) for each in classes])
    return classes[np.argmax(counts, axis=0)]


_CLASS_OBJECTIVES = ("multi:softmax", "binary:hinge")
_PREDICTS_IN_PLACE = (1, 4)
"""Since when XGBoost scores arrays as they are, by a range of rounds."""


class _Model:
    """One model file."""

    def __init__(self, path: Path) -> None:
        self._is_pickle = is_pickle(path)
        self._booster = _unpickled(path) if self._is_pickle else _loaded(path)
        best = self._booster.attr("best_iteration") if self._is_pickle else None
        self._rounds = (0, 0) if best is None else (0, int(best) + 1)
        self._booster.set_param({"nthread": 1})
        learner = _learner(self._booster)
        self._features = int(learner["learner_model_param"]["num_feature"])
        self._has_trees = learner["gradient_booster"]["name"] != "gblinear"
        self.objective = str(learner["objective"]["name"])
        self.classes = int(learner["learner_model_param"].get("num_class", 0))

    def predict(self, matrix: Matrix, kind: str) -> npt.NDArray[np.float32]:
        """Score records with all trees; a pickled model with those to its best iteration, as its container does."""
        fitted = self._fitted(matrix, kind)
        if _INSTALLED < _PREDICTS_IN_PLACE:
            trees = getattr(self._booster, "best_ntree_limit", 0)
            return self._booster.predict(xgboost.DMatrix(fitted), ntree_limit=trees, validate_features=False)
        if self._has_trees:
            return self._booster.inplace_predict(fitted, self._rounds, validate_features=False)
        return self._booster.predict(xgboost.DMatrix(fitted), validate_features=False)

    def _fitted(self, matrix: Matrix, kind: str) -> Matrix:
        """Check the number of columns, and give the records those that the model has.

        XGBoost takes records that lack the last columns. For a pickled model the container takes CSV and recordio that
        lack one, and libsvm of one more, since its indices may count from 1.
        """
        rows, columns = matrix.shape
        if self._is_pickle:
            fits = columns <= self._features + 1 if kind == LIBSVM else self._features - 1 <= columns <= self._features
        else:
            fits = columns <= self._features
        if not fits:
            raise BadPayloadError(
                f"Unable to evaluate payload provided: Feature size of {kind} inference data {columns} is not "
                f"consistent with feature size of trained model {self._features}."
            )
        if columns == self._features:
            return matrix
        if not isinstance(matrix, csr_matrix):
            return np.column_stack((matrix, np.full((rows, self._features - columns), np.nan)))
        if columns > self._features:
            return matrix[:, : self._features]  # No tree asks for the last column.
        return csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=(rows, self._features))


def _learner(booster: xgboost.Booster) -> Any:
    """Return what a model says about itself; before XGBoost 1.0 it says nothing but its features' names."""
    if hasattr(booster, "save_config"):
        return json.loads(booster.save_config())["learner"]
    count = len(booster.feature_names or ())
    return {
        "learner_model_param": {"num_feature": count},
        "gradient_booster": {"name": ""},
        "objective": {"name": ""},
    }


_INSTALLED = numbers(xgboost.__version__)
_NO_JSON = "header[0] == '{'"
_BINARY_FORMAT = (
    f"XGBoost {xgboost.__version__} no longer reads the binary format that old versions pickled; unpickle it with "
    "XGBoost 2.1, and save it with save_model('model.ubj')"
)
"""Source: the release notes of XGBoost 3.1, which drops the format."""


def _loaded(path: Path) -> xgboost.Booster:
    booster = xgboost.Booster()
    try:
        booster.load_model(str(path))
    except (xgboost.core.XGBoostError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"Unable to load model: {path.name} is neither a model in XGBoost's native format nor a pickle: {reason}"
        ) from error
    return booster


def _unpickled(path: Path) -> xgboost.Booster:
    try:
        booster = pickle.loads(path.read_bytes())
    except Exception as error:
        reason = _BINARY_FORMAT if _NO_JSON in str(error) else error
        raise ValueError(f"Unable to load model: {path.name} cannot be unpickled: {reason}") from error
    if not isinstance(booster, xgboost.Booster):
        raise ValueError(f"Unable to load model: {path.name} holds a pickled {type(booster).__name__}, not a Booster")
    return booster
