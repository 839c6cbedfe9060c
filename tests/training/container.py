"""A training job's folder as SageMaker lays it out below /opt/ml, and the variables that the toolkit sets for it."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from pathlib import Path

from pipelines.code_assets import SOURCE_ARCHIVE, training_code

PROGRAM = "train.py"
HYPERPARAMETERS = {"max_depth": "4", "eta": "0.3", "num_round": "60", "early_stopping_rounds": "5", "seed": "11"}


def make_job_folder(folder: Path, features: Path) -> Path:
    """Lay out input channels, configuration, model and output folders of a job."""
    for channel in ("train", "validation"):
        shutil.copytree(features / channel, folder / "input" / "data" / channel)
    for output in ("model", "output/data", "code", "input/config"):
        (folder / output).mkdir(parents=True)
    return folder


def unpack_code(folder: Path) -> Path:
    """Unpack the training archive, and return the program in it."""
    with tarfile.open(fileobj=io.BytesIO(training_code().objects[SOURCE_ARCHIVE])) as archive:
        archive.extractall(folder, filter="data")
    return folder / PROGRAM


def contract_environment(job: Path) -> dict[str, str]:
    """The process's environment with the variables that script mode relies on."""
    return os.environ | {
        "SM_CHANNEL_TRAIN": str(job / "input" / "data" / "train"),
        "SM_CHANNEL_VALIDATION": str(job / "input" / "data" / "validation"),
        "SM_MODEL_DIR": str(job / "model"),
        "SM_OUTPUT_DIR": str(job / "output"),
        "SM_OUTPUT_DATA_DIR": str(job / "output" / "data"),
    }


def hyperparameter_arguments() -> list[str]:
    """The hyperparameters as the toolkit passes them to the script."""
    return [part for name, value in HYPERPARAMETERS.items() for part in (f"--{name}", value)]


def write_configuration(job: Path) -> None:
    """Write the three files of ``input/config``; the code is a tar file as ``sagemaker_submit_directory`` names one."""
    archive = job / SOURCE_ARCHIVE  # not in code/: the toolkit unpacks into an empty folder only
    archive.write_bytes(training_code().objects[SOURCE_ARCHIVE])
    channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    content = {
        "hyperparameters.json": HYPERPARAMETERS
        | {"sagemaker_program": PROGRAM, "sagemaker_submit_directory": str(archive)},
        "inputdataconfig.json": {"train": channel, "validation": channel},
        # The host must resolve: the toolkit waits for the name.
        "resourceconfig.json": {"current_host": "localhost", "hosts": ["localhost"], "network_interface_name": "lo"},
    }
    for name, value in content.items():
        (job / "input" / "config" / name).write_text(json.dumps(value))
