"""A job's own calls are those of the job's role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import xgboost

from local_aws import glue, sagemaker
from tests.local_aws.conftest import RunningServer, running
from tests.local_aws.glue.conftest import wait_until

ROLE = "arn:aws:iam::123456789012:role/working"
IMAGE = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{xgboost.__version__[:3]}-0"
SCRIPT = "import boto3; boto3.client('s3').list_objects_v2(Bucket='code', Prefix='{}')"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (glue.build, sagemaker.build)) as server:
        server.client("s3").create_bucket(Bucket="code")
        yield server


def caller_of_listing(server: RunningServer, prefix: str) -> str:
    """Give who listed a prefix, when somebody has."""

    def found() -> list[dict[str, Any]]:
        lines = (server.server.settings.data_dir / "calls.jsonl").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["request"].get("Prefix") == prefix]

    return wait_until(found)[0]["principal"]


@pytest.mark.parametrize("role", ["working", ROLE])
def test_a_glue_script_calls_as_its_jobs_role(server: RunningServer, role: str) -> None:
    name = role.rpartition("/")[0] or "by-name"
    server.client("s3").put_object(Bucket="code", Key="script.py", Body=SCRIPT.format(f"glue/{name}").encode())
    command = {"Name": "glueetl", "ScriptLocation": "s3://code/script.py", "PythonVersion": "3"}
    server.client("glue").create_job(Name=name, Role=role, Command=command, GlueVersion="5.1")
    server.client("glue").start_job_run(JobName=name)
    assert caller_of_listing(server, f"glue/{name}") == ROLE


def test_a_processing_script_calls_as_its_role(server: RunningServer) -> None:
    server.client("sagemaker").create_processing_job(
        ProcessingJobName="calls",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", SCRIPT.format("processing")]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )
    assert caller_of_listing(server, "processing") == ROLE


def test_a_training_script_calls_as_its_role(server: RunningServer) -> None:
    server.client("sagemaker").create_training_job(
        TrainingJobName="calls",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c"],
            "ContainerArguments": [SCRIPT.format("training")],
        },
        OutputDataConfig={"S3OutputPath": "s3://code/out"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert caller_of_listing(server, "training") == ROLE
