"""AWS's published schema of pipeline definitions, with its patches, has all that our definitions say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pipelines.conftest import ROLE_ARN
from tests.pipelines.published_schema import published, refusals
from tests.pipelines.test_job_security import SECURITY

VARIANTS: list[dict[str, Any]] = [
    {},
    {"enable_automl": False},
    {"endpoint_type": "Serverless"},
    {"traffic_routing": "LINEAR", "endpoint_instance_count": 2, "enable_data_capture": True},
    {"job_security": SECURITY, "spot_training": True},
]
PATCHES = published()["patches"]


@pytest.fixture(scope="module")
def definitions(get_pipeline) -> list[dict[str, Any]]:
    from pipelines.accessibility import deploy_pipeline

    builders = (get_pipeline, deploy_pipeline.get_pipeline)
    return [json.loads(build("us-east-1", ROLE_ARN, **each).definition()) for build in builders for each in VARIANTS]


def test_every_variant_of_both_pipelines_is_taken(definitions):
    assert [line for definition in definitions for line in refusals(definition)] == []


@pytest.mark.parametrize("patch", PATCHES, ids=[patch["where"] for patch in PATCHES])
def test_each_patch_has_a_reason_and_is_needed(definitions, patch):
    others = [each for each in PATCHES if each is not patch]

    assert patch["reason"]
    assert any(refusals(definition, others) for definition in definitions)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        ({"Type": "Endpoint", "Arguments": {"EndpointConfigName": "c", "DeploymentConfig": {}}}, "no DeploymentConfig"),
        ({"Type": "Endpoint", "Arguments": {"EndpointName": "e"}}, "lacks EndpointConfigName"),
        (
            {"Type": "EndpointConfig", "Arguments": {"ProductionVariants": [], "DataCaptureConfig": {}}},
            "no DataCaptureConfig",
        ),
        ({"Type": "Callback", "Arguments": {}}, "lacks SqsQueueUrl"),
        ({"Type": "Callback", "SqsQueueUrl": {"Get": "Parameters.Queue"}}, "SqsQueueUrl takes no Get"),
        ({"Type": "Fail", "Arguments": {}, "RetryPolicies": []}, "no RetryPolicies"),
        (
            {"Type": "Training", "Arguments": {"StoppingCondition": {"MaxRuntime": 1}}},
            "StoppingCondition has no MaxRunt",
        ),
        ({"Type": "Training", "Arguments": {"EnableManagedSpotTraining": "true"}}, "'true', not boolean"),
        ({"Type": "Training", "Arguments": {"ResourceConfig": {"InstanceCount": True}}}, "True, not integer"),
        ({"Type": "Training", "Arguments": {}, "RetryPolicies": [{"ExceptionType": ["Any"]}]}, "'Any', not one of"),
        ({"Type": "Training", "Arguments": {"Tags": {}}}, "Tags is not a list"),
        ({"Type": "Condition", "Arguments": {"Conditions": [{"Type": "Above"}]}}, "no condition Above"),
        (
            {"Type": "Condition", "Arguments": {"Conditions": [{"Type": "Equals", "LeftValue": []}]}},
            "lacks RightValue",
        ),
        (
            {"Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [{"Type": "Condition", "Name": "Inner"}]}},
            "no Condition step in a branch",
        ),
        ({"Type": "Abort", "Arguments": {}}, "no steps of type Abort"),
    ],
)
def test_referee_names_what_the_schema_does_not_have(step, refusal):
    if step["Type"] == "Condition":
        for inner in step["Arguments"].get("IfSteps", ()):
            inner["Arguments"] = {"Conditions": []}

    assert [line for line in refusals({"Steps": [{"Name": "Step", **step}]}) if refusal in line]
