"""AWS's validation of step arguments takes every step of every definition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pipelines.conftest import ROLE_ARN
from tests.pipelines.sdk_referee import refusals
from tests.pipelines.test_job_security import SECURITY


def test_every_step_of_the_pipeline_is_taken(definition):
    assert refusals(definition) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"enable_automl": False},
        {"endpoint_type": "Serverless"},
        {"traffic_routing": "LINEAR", "endpoint_instance_count": 2, "enable_data_capture": True},
        {"job_security": SECURITY, "spot_training": True},
    ],
)
def test_every_step_of_its_variants_is_taken(get_pipeline, settings):
    assert refusals(json.loads(get_pipeline("us-east-1", ROLE_ARN, **settings).definition())) == []


def test_every_step_of_the_deploy_pipeline_is_taken(get_pipeline):
    from pipelines.accessibility import deploy_pipeline

    assert refusals(json.loads(deploy_pipeline.get_pipeline("us-east-1", ROLE_ARN).definition())) == []


@pytest.mark.parametrize(
    ("type_name", "arguments", "refused"),
    [
        ("Endpoint", {"EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": {}}, "DeploymentConfig"),
        ("EndpointConfig", {"ProductionVariants": [], "DataCaptureConfig": {}}, "DataCaptureConfig"),
        ("EndpointConfig", {"ProductionVariants": [], "ExplainerConfig": {}}, "ExplainerConfig"),
        ("Training", {"RoleArn": "r", "TrainingImage": "i"}, "TrainingImage"),
    ],
)
def test_referee_names_what_sagemaker_pipelines_refuses(type_name: str, arguments: dict[str, Any], refused: str):
    (line,) = refusals({"Steps": [{"Name": "Step", "Type": type_name, "Arguments": arguments}]})

    assert refused in line
