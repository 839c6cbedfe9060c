"""Loading the trained model from a training job's archive."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb

from processing.exit_message import ProcessingError
from processing.feature_contract import FeatureSet

ARCHIVE = "model.tar.gz"
MODEL_FILE = "xgboost-model"


def load_booster(model_dir: Path, features: FeatureSet) -> xgb.Booster:
    """Load the booster as the XGBoost container's serving code does: every tree of the archive's only file.

    It is read from memory: nothing of the archive is written to disk.

    Raises
    ------
    ProcessingError
        The archive or the model is not what serving needs, or the model was trained on other features.
    """
    archive = model_dir / ARCHIVE
    try:
        with tarfile.open(archive, "r:gz") as tar:
            files = {Path(member.name).as_posix(): member for member in tar.getmembers() if not member.isdir()}
            # Serving averages all visible files of the folder, so that a second one would change the scores.
            if list(files) != [MODEL_FILE]:
                raise ProcessingError(
                    f"{archive} holds {sorted(files)}; the serving container needs exactly one file, {MODEL_FILE}."
                )
            stream = tar.extractfile(files[MODEL_FILE])
            if stream is None:
                raise ProcessingError(f"{MODEL_FILE} in {archive} is not a regular file; train again.")
            raw = bytearray(stream.read())
    except (OSError, tarfile.TarError) as error:
        raise ProcessingError(
            f"Cannot read the model archive {archive} ({error}); pass the training job's output."
        ) from error
    try:
        booster = xgb.Booster(model_file=raw)
    except xgb.core.XGBoostError as error:
        raise ProcessingError(
            f"{MODEL_FILE} in {archive} is not an XGBoost model ({str(error).splitlines()[0]})."
        ) from error
    if booster.num_features() != len(features.features):
        raise ProcessingError(
            f"The model in {archive} takes {booster.num_features()} features, the feature set {features.name} has "
            f"{len(features.features)}; use the feature set that it was trained on."
        )
    return booster


def predict(booster: xgb.Booster, matrix: np.ndarray) -> np.ndarray:
    """Return the scores of a feature matrix, by all trees; the model has no names, the order is the contract's."""
    return booster.predict(xgb.DMatrix(matrix))
