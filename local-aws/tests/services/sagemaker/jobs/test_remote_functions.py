"""Training jobs by which the SageMaker SDK runs a function: the Python that they get, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.kernel.processes.python_environment import find_interpreter
from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, SCIKIT_LEARN_IMAGE, channel, ended, put, training_request

_CHANNEL = "sagemaker_remote_function_bootstrap"
_HERE = "{}.{}".format(*sys.version_info)
_DRIVER = """
set -eu
python /opt/ml/input/data/sagemaker_remote_function_bootstrap/bootstrap.py "$@"
"""
_BOOTSTRAP = """
import getpass, sys
arguments = " ".join(sys.argv[1:5])
version = "{}.{}".format(*sys.version_info)
open("/opt/ml/output/failure", "w").write(f"{getpass.getuser()} ran {version} {arguments}")
sys.exit(1)
"""


def _request(server: RunningServer, name: str, **options: str) -> dict[str, Any]:
    """Return the request of a job that runs scripts with the SDK's names; options are the arguments' values."""
    for file, content in (("job_driver.sh", _DRIVER), ("bootstrap.py", _BOOTSTRAP)):
        put(server, f"{name}/{_CHANNEL}/{file}", content)
    values = {
        "client_python_version": _HERE,
        "dependency_settings": json.dumps({"dependency_file": "requirements.txt"}),
        **options,
    }
    request = training_request(server, name, "")
    request["AlgorithmSpecification"] = {
        "TrainingImage": SCIKIT_LEARN_IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash", f"/opt/ml/input/data/{_CHANNEL}/job_driver.sh"],
        "ContainerArguments": [word for option, value in values.items() for word in (f"--{option}", value)],
    }
    del request["HyperParameters"]
    return {**request, "InputDataConfig": [channel(_CHANNEL, f"s3://{BUCKET}/{name}/{_CHANNEL}")]}


@pytest.mark.parametrize("mode", ["own_root_server", "rewriting_server"])
def test_scripts_of_the_sdk_find_their_folders_and_are_run_as_root(request: pytest.FixtureRequest, mode: str) -> None:
    server: RunningServer = request.getfixturevalue(mode)
    server.client("sagemaker").create_training_job(**_request(server, "runs"))
    job = ended(server, "training_job", "runs")

    arguments = f'--client_python_version {_HERE} --dependency_settings {{"dependency_file": "requirements.txt"}}'
    assert job["FailureReason"] == f"AlgorithmError: root ran {_HERE} {arguments}, exit code: 1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"client_python_version": "3.5"},
            f"Python 3.5 has pickled it, .*scikit-learn.* is run by Python {_HERE} here.*build the pipeline with",
        ),
        (
            {"dependency_settings": '{"dependency_file": null}', "client_sagemaker_pysdk_version": "1.72.0"},
            "has sagemaker .*, and the function needs sagemaker==1.72.0; install it there, or name it in",
        ),
        ({"job_conda_env": "lab"}, "conda environment 'lab': neither conda nor mamba is on the server's PATH"),
    ],
)
def test_function_that_no_python_here_can_load_is_refused(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], words: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_training_job(**_request(server, "refused", **options))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def _other_python() -> str:
    """Return the version of another Python on the PATH; skip the test without one."""
    for version in ("3.10", "3.12", "3.13", "3.11"):
        path = shutil.which(f"python{version}")
        if version != _HERE and path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return version
    pytest.skip("no other Python is on the PATH")


def test_function_of_another_python_is_run_by_that_python(server: RunningServer) -> None:
    version = _other_python()
    server.client("sagemaker").create_training_job(**_request(server, "other", client_python_version=version))
    job = ended(server, "training_job", "other")

    assert job["FailureReason"].startswith(f"AlgorithmError: root ran {version} --client_python_version {version}")
    path = shutil.which(f"python{version}")
    words = f"Python {version}, {path}, stands for the Python of {SCIKIT_LEARN_IMAGE}"
    assert words in job["SecondaryStatusTransitions"][0]["StatusMessage"]


def test_python_behind_a_stand_in_of_pyenv_runs_a_function(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = next((v for v in ("3.10", "3.12", "3.13", "3.11") if v != _HERE and find_interpreter(v)), None)
    if version is None:
        pytest.skip("there is no other Python")
    stand_in = tmp_path / f"python{version}"
    stand_in.write_text(f"#!/bin/sh\necho 'pyenv: python{version}: command not found' >&2\nexit 127\n")
    stand_in.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    server.client("sagemaker").create_training_job(**_request(server, "behind", client_python_version=version))

    failure = ended(server, "training_job", "behind")["FailureReason"]
    assert failure.startswith(f"AlgorithmError: root ran {version} --client_python_version {version}")


def test_sdk_of_the_callers_major_version_is_enough(server: RunningServer) -> None:
    try:
        major = metadata.version("sagemaker").partition(".")[0]
    except metadata.PackageNotFoundError:
        pytest.skip("the SageMaker SDK is not installed")
    options = {"dependency_settings": '{"dependency_file": null}', "client_sagemaker_pysdk_version": f"{major}.0.1"}

    server.client("sagemaker").create_training_job(**_request(server, "installed", **options))

    assert ended(server, "training_job", "installed")["FailureReason"].startswith("AlgorithmError: root ran")
