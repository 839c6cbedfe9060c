"""Python functions that the SageMaker SDK runs as training jobs: its decorators ``@step`` and ``@remote``.

Such a job brings all that runs it: scripts that the SDK uploads as a channel, and pickles of the function and its
arguments, which the SDK inside the container loads. What is left to do here is to find the Python: one of the version
that has pickled the function, with the SDK. Source: ``remote_function/job.py`` of ``aws/sagemaker-python-sdk``.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from typing import Any

from local_aws.kernel.processes.python_environment import InterpreterError, describe_interpreter, find_interpreter
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.images.families import PYTHON
from local_aws.services.sagemaker.images.resolution import Image
from local_aws.services.sagemaker.jobs.sdk_scripts import FUNCTION_CHANNEL

ENVIRONMENT = {"LOGNAME": "root"}
"""Whom the SDK's scripts take themselves for, as in a container; any other user they give permissions with sudo."""

_SCRIPTS = f"/opt/ml/input/data/{FUNCTION_CHANNEL}"
_SDK = "sagemaker"


def is_remote_function(algorithm: Mapping[str, Any]) -> bool:
    """Return whether an ``AlgorithmSpecification`` runs a function by the SDK's scripts."""
    return any(argument.startswith(f"{_SCRIPTS}/") for argument in algorithm.get("ContainerEntrypoint", ()))


def with_caller_python(image: Image, algorithm: Mapping[str, Any]) -> Image:
    """Return the image with a Python that can load the function.

    Raises
    ------
    AwsError
        ``ValidationException`` if this machine has none.
    """
    arguments = algorithm.get("ContainerArguments", ())
    if (conda_environment := _option(arguments, "--job_conda_env")) is not None:
        return _in_conda(image, conda_environment)
    version = _option(arguments, "--client_python_version")
    if version is not None and version != _version(image.interpreter):
        interpreter = _find(version)
        if interpreter is None:
            raise invalid(
                f"local_aws cannot run the function: Python {version} has pickled it, {image.uri} is run by Python "
                f"{_version(image.interpreter)} here, and no python{version} is on the server's PATH or installed by "
                f"pyenv or uv; install one that has {_SDK}, or build the pipeline with Python "
                f"{_version(image.interpreter)}"
            )
        substitution = f"{PYTHON} {version}, {interpreter}, stands for the Python"
        image = replace(image, interpreter=interpreter, substitution=substitution)
    if not _installs_dependencies(arguments):
        _check_sdk(image.interpreter, _option(arguments, "--client_sagemaker_pysdk_version"))
    return image


def _option(arguments: Sequence[str], name: str) -> str | None:
    return next((value for option, value in itertools.pairwise(arguments) if option == name), None)


def _in_conda(image: Image, environment: str) -> Image:
    if shutil.which("conda") is None and shutil.which("mamba") is None:
        raise invalid(
            f"local_aws cannot run the function in conda environment {environment!r}: neither conda nor mamba is on "
            "the server's PATH; install one, or leave job_conda_env out"
        )
    return image


def _find(version: str) -> str | None:
    """Return the Python of a version as ``PATH`` names it, with what an environment of its own holds, else any."""
    on_path = shutil.which(f"python{version}")
    return on_path if on_path is not None and _version(on_path) == version else find_interpreter(version)


def _version(interpreter: str) -> str | None:
    try:
        return describe_interpreter(interpreter).version
    except InterpreterError:
        return None


def _installs_dependencies(arguments: Sequence[str]) -> bool:
    """Return whether the job may install the SDK itself; an old SDK does not say whether it does."""
    settings = _option(arguments, "--dependency_settings")
    if settings is None:
        return True
    try:
        return json.loads(settings).get("dependency_file") is not None
    except (ValueError, AttributeError):
        return True


def _check_sdk(interpreter: str, version: str | None) -> None:
    """Check that a Python has the SDK, and that its major version is the caller's: the modules have other names."""
    packages = list(describe_interpreter(interpreter).packages)
    installed = next((each.version for each in metadata.distributions(name=_SDK, path=packages)), None)
    if installed is not None and (version is None or installed.partition(".")[0] == version.partition(".")[0]):
        return
    wanted = _SDK if version is None else f"{_SDK}=={version}"
    raise invalid(
        f"local_aws cannot run the function: {interpreter} has {_SDK} {installed or 'not installed'}, and the function "
        f"needs {wanted}; install it there, or name it in the decorator's dependencies"
    )
