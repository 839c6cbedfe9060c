"""The algorithm as a program: ``python -m local_aws.services.sagemaker.xgboost_algorithm --version 1.0``.

It stands for the XGBoost container without a user's script, under the contract of training jobs: configuration and
channels in ``/opt/ml/input``, the model in ``/opt/ml/model``, the reason of a failure in ``/opt/ml/output/failure``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

from local_aws.services.sagemaker.images.versions import numbers
from local_aws.services.sagemaker.xgboost_algorithm.callbacks import ModelWriter
from local_aws.services.sagemaker.xgboost_algorithm.channels import check_channels, read_channel
from local_aws.services.sagemaker.xgboost_algorithm.errors import AlgorithmError, UserError
from local_aws.services.sagemaker.xgboost_algorithm.hyperparameters import validate
from local_aws.services.sagemaker.xgboost_algorithm.training import Data, Places, train

_LOG_FORMAT = "[%(asctime)s:%(levelname)s] %(message)s"
_WEIGHS_BOTH = (1, 2)
"""Since when ``csv_weights`` counts for the validation channel too."""
_TOOLKIT = "sagemaker_algorithm_toolkit.exceptions"


def main(arguments: list[str] | None = None) -> int:
    """Train the model of a job; a failure's reason is in its file and in the log."""
    parser = argparse.ArgumentParser(description="Train by SageMaker's built-in XGBoost algorithm.")
    parser.add_argument("--version", required=True, help="the version of the image, such as 1.0")
    parser.add_argument("--pickle", action="store_true", help="write the model as a pickle")
    parser.add_argument("--base", type=Path, default=Path("/opt/ml"), help="the folder of the job's files")
    options = parser.parse_args(arguments)
    logging.basicConfig(format=_LOG_FORMAT, datefmt="%Y-%m-%d:%H:%M:%S", level=logging.INFO, stream=sys.stdout)
    try:
        run(options.base, options.version, pickles=options.pickle)
    except (UserError, AlgorithmError) as error:
        reason = f"framework error: \n{_TOOLKIT}.{type(error).__name__}: {error}"
        (options.base / "output" / "failure").write_text(reason)
        logging.error("Reporting training FAILURE\n%s", reason)
        return 1
    return 0


def run(base: Path, version: str, *, pickles: bool) -> None:
    """Train the model of the job whose files are in `base`."""
    image = numbers(version)
    values = validate(_configuration(base, "hyperparameters"), image)
    channels = _configuration(base, "inputdataconfig")
    content_type = check_channels(channels)
    data = base / "input" / "data"
    weighted = values.get("csv_weights") == 1
    matrix = read_channel([data / "train"], content_type, weighted=weighted)
    if matrix is None:
        raise UserError(f"No data in training channel path {data / 'train'}")
    validation = whole = None
    if "validation" in channels:
        validation = read_channel([data / "validation"], content_type, weighted=weighted and image >= _WEIGHS_BOTH)
        if validation is None:
            raise UserError(f"No data in validation channel path {data / 'validation'}")
        if "_kfold" in values:
            logging.info("Read both train and validation data into one DMatrix")
            whole = read_channel([data / "train", data / "validation"], content_type, weighted=weighted)
    logging.info("Single node training.")
    places = Places(ModelWriter(base / "model", pickles=pickles), base / "output" / "data", _checkpoints(base))
    train(values, image, Data(matrix, validation, whole), places)


def _checkpoints(base: Path) -> Path | None:
    """Return the folder of checkpoints; None for a job without."""
    file = base / "input" / "config" / "checkpointconfig.json"
    return Path(json.loads(file.read_text())["LocalPath"]) if file.is_file() else None


def _configuration(base: Path, name: str) -> dict[str, Any]:
    return json.loads((base / "input" / "config" / f"{name}.json").read_text())


if __name__ == "__main__":
    sys.exit(main())
