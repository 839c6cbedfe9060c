"""The container that serves a candidate: its image and its variables, as Autopilot's ensembling mode gives them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.registries import DEEP_LEARNING

OUTPUTS = ("predicted_label", "probability", "probabilities", "labels")
"""What an answer can hold."""

MODEL_NAME = "MODEL_NAME"
INFERENCE_OUTPUT = "SAGEMAKER_INFERENCE_OUTPUT"

_PROGRAM = "tabular_serve.py"
_DEFAULT_OUTPUT = OUTPUTS[0]


def inference_image(version: str, region: str) -> str:
    """Return the image of AWS's deep learning containers for a version of AutoGluon and this Python."""
    tag = f"{version}-cpu-py{sys.version_info.major}{sys.version_info.minor}-ubuntu22.04"
    return f"{DEEP_LEARNING[region]}.dkr.ecr.{region}.amazonaws.com/autogluon-inference:{tag}"


def inference_environment(model: str) -> dict[str, str]:
    """Return the variables of a candidate's container."""
    return {
        MODEL_NAME: model,
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        INFERENCE_OUTPUT: _DEFAULT_OUTPUT,
        "SAGEMAKER_INFERENCE_SUPPORTED": ",".join(OUTPUTS),
        "SAGEMAKER_PROGRAM": _PROGRAM,
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }


def outputs(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the answers of a container hold, in their order; anything outside `OUTPUTS` raises ValueError."""
    keys = tuple(key.strip() for key in environment.get(INFERENCE_OUTPUT, _DEFAULT_OUTPUT).split(","))
    unknown = [key for key in keys if key not in OUTPUTS]
    if unknown:
        raise ValueError(f"{INFERENCE_OUTPUT} has {', '.join(map(repr, unknown))}; choose from {', '.join(OUTPUTS)}")
    return keys


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise ``ValidationException`` for variables that the model server here does not act on."""
    if not environment.get(MODEL_NAME):
        raise invalid(f"{MODEL_NAME} is required: copy the candidate's whole environment")
    if environment.get("SAGEMAKER_PROGRAM", _PROGRAM) != _PROGRAM:
        raise invalid(
            f"SAGEMAKER_PROGRAM={environment['SAGEMAKER_PROGRAM']!r} asks for serving by another script; local_aws "
            f"supports only {_PROGRAM}, which serves Autopilot's candidates"
        )
    try:
        outputs(environment)
    except ValueError as error:
        raise invalid(str(error)) from error
