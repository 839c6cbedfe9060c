"""Scripts of the SageMaker SDK that jobs bring, and that name ``/opt/ml``, with and without a root of the job's own.

Those here are short ones of our own, in the SDK's places.
"""

from __future__ import annotations

import pytest

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    SCIKIT_LEARN_IMAGE,
    channel,
    ended,
    get,
    processing_request,
    put,
    s3_input,
    s3_output,
    training_request,
)

_START = """#!/bin/bash
set -e
python3 /opt/ml/input/data/sm_drivers/scripts/environment.py
source /opt/ml/input/sm_training.env
cd /opt/ml/input/data/code
python3 train.py
"""
_ENVIRONMENT = """
SM_CHANNEL = "/opt/ml/input/data"
open("/opt/ml/input/sm_training.env", "w").write(f"export SM_CHANNEL_ROWS={SM_CHANNEL}/rows\\n")
"""
_TRAIN = """
import os, sys
(rows,) = os.listdir(os.environ["SM_CHANNEL_ROWS"])
sys.exit(f"trained on {rows}")
"""


@pytest.fixture(params=["own_root_server", "rewriting_server"])
def server(request: pytest.FixtureRequest) -> RunningServer:
    """A server whose jobs see ``/opt/ml`` in one of the ways."""
    running: RunningServer = request.getfixturevalue(request.param)
    return running


def test_training_script_is_started_by_the_sdks_scripts(server: RunningServer) -> None:
    put(server, "drivers/sm_train.sh", _START)
    put(server, "drivers/scripts/environment.py", _ENVIRONMENT)
    put(server, "code/train.py", _TRAIN)
    put(server, "rows/rows.csv", "1")
    request = training_request(server, "by-scripts", "")
    start = "/opt/ml/input/data/sm_drivers/sm_train.sh"
    request["AlgorithmSpecification"] = {
        "TrainingImage": SCIKIT_LEARN_IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", f"chmod +x {start} && {start}"],
    }
    del request["HyperParameters"]
    places = {"code": "code", "sm_drivers": "drivers", "rows": "rows"}
    channels = [channel(name, f"s3://{BUCKET}/{place}") for name, place in places.items()]

    server.client("sagemaker").create_training_job(**{**request, "InputDataConfig": channels})

    assert ended(server, "training_job", "by-scripts")["FailureReason"] == (
        "AlgorithmError: exit code 1: trained on rows.csv"
    )


def test_source_folder_is_entered_by_the_sdks_script(server: RunningServer) -> None:
    put(server, "runproc.sh", 'cd /opt/ml/processing/input/code/\npython3 summary.py "$@"\n')
    put(server, "source/summary.py", "import sys\nopen(f'{sys.argv[1]}/words.txt', 'w').write('summarised')\n")
    places = {"entrypoint": "runproc.sh", "code": "source"}
    inputs = [s3_input(f"s3://{BUCKET}/{key}", f"/opt/ml/processing/input/{name}") for name, key in places.items()]
    request = processing_request(server, "by-script", "", "/opt/ml/processing/summary")
    request["AppSpecification"]["ContainerEntrypoint"] = ["/bin/bash", "/opt/ml/processing/input/entrypoint/runproc.sh"]
    output = s3_output(f"s3://{BUCKET}/summary", "/opt/ml/processing/summary")

    server.client("sagemaker").create_processing_job(
        **{**request, "ProcessingInputs": inputs, "ProcessingOutputConfig": {"Outputs": [output]}}
    )

    job = ended(server, "processing_job", "by-script")
    assert job["ProcessingJobStatus"] == "Completed", job
    assert get(server, "summary/words.txt") == b"summarised"
