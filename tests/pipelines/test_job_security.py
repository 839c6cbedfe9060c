"""What an account demands of jobs reaches every job and model of both pipelines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.job_security import JobSecurity
from tests.pipelines.conftest import ROLE_ARN
from tests.pipelines.outline import walk

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
SECURITY = {
    "kms_key_arn": KEY,
    "subnet_ids": ["subnet-0f0f0f0f"],
    "security_group_ids": ["sg-0f0f0f0f"],
    "network_isolation": True,
}
VPC = {"Subnets": ["subnet-0f0f0f0f"], "SecurityGroupIds": ["sg-0f0f0f0f"]}
ISOLATED = {"EnableNetworkIsolation": True, "VpcConfig": VPC}


@pytest.fixture(scope="module")
def steps(get_pipeline) -> list[dict[str, Any]]:
    from pipelines.accessibility import deploy_pipeline

    builders = (get_pipeline, deploy_pipeline.get_pipeline)
    pipelines = [build("us-east-1", ROLE_ARN, job_security=SECURITY) for build in builders]
    return [step for pipeline in pipelines for step in walk(json.loads(pipeline.definition())["Steps"])]


def of_type(steps: list[dict[str, Any]], step_type: str) -> list[dict[str, Any]]:
    arguments = [step["Arguments"] for step in steps if step["Type"] == step_type]
    assert arguments
    return arguments


def test_processing_jobs(steps):
    for request in (*of_type(steps, "Processing"), *of_type(steps, "QualityCheck")):
        assert request["NetworkConfig"] == ISOLATED
        assert request["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY
        assert request.get("ProcessingOutputConfig", {"KmsKeyId": KEY})["KmsKeyId"] == KEY


def test_training_has_a_network_since_its_toolkit_fetches_setuptools(steps):
    (request,) = of_type(steps, "Training")
    assert (request["VpcConfig"], "EnableNetworkIsolation" in request) == (VPC, False)
    assert request["ResourceConfig"]["VolumeKmsKeyId"] == request["OutputDataConfig"]["KmsKeyId"] == KEY


def test_automl(steps):
    (request,) = of_type(steps, "AutoML")
    assert request["AutoMLJobConfig"]["SecurityConfig"] == {"VolumeKmsKeyId": KEY, "VpcConfig": VPC}
    assert request["OutputDataConfig"]["KmsKeyId"] == KEY


def test_models_and_transforms(steps):
    for request in of_type(steps, "Model"):
        assert {name: request[name] for name in ISOLATED} == ISOLATED
    for request in of_type(steps, "Transform"):
        assert request["TransformOutput"]["KmsKeyId"] == request["TransformResources"]["VolumeKmsKeyId"] == KEY


def test_endpoints(steps):
    assert {request["KmsKeyArn"] for request in of_type(steps, "Callback")} == {KEY}


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"subnet_ids": ["subnet-0f"]}, "takes both or neither"),
        ({"security_group_ids": ["sg-0f"]}, "takes both or neither"),
        ({"subnets": ["subnet-0f"]}, "no setting 'subnets'"),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(chosen, problem):
    with pytest.raises(ValueError, match=problem):
        JobSecurity.of(chosen)
