"""The definition of ``playground-accessibility-deploy``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pipelines.conftest import ROLE_ARN, check_golden
from tests.pipelines.definition_validator import find_problems
from tests.pipelines.outline import outline_of_variant, walk


@pytest.fixture
def deploy_definition(get_pipeline) -> dict[str, Any]:
    """The definition, built after the SDK has been imported offline."""
    from pipelines.accessibility import deploy_pipeline

    parsed: dict[str, Any] = json.loads(deploy_pipeline.get_pipeline("us-east-1", ROLE_ARN).definition())
    return parsed


def test_definition_is_the_reviewed_one(definition, deploy_definition):
    assert find_problems(deploy_definition) == []
    check_golden(outline_of_variant(definition, deploy_definition), "playground-accessibility-deploy")


def test_only_the_package_has_to_be_named(deploy_definition):
    required = [parameter["Name"] for parameter in deploy_definition["Parameters"] if "DefaultValue" not in parameter]

    assert required == ["ModelPackageArn"]


def test_nothing_is_made_unless_the_package_is_to_be_deployed(deploy_definition):
    resolve, should_deploy = deploy_definition["Steps"]

    assert resolve["Name"] == "ResolveDeployment"
    assert should_deploy["Arguments"]["Conditions"] == [
        {
            "Type": "Equals",
            "LeftValue": {"Get": "Steps.ResolveDeployment.OutputParameters['Decision']"},
            "RightValue": "Deploy",
        }
    ]
    assert should_deploy["Arguments"]["ElseSteps"] == []


def test_the_tail_is_that_of_the_pipeline_that_trains(deploy_definition, get_pipeline):
    training = json.loads(get_pipeline("us-east-1", ROLE_ARN).definition())
    theirs = {step["Name"]: step for step in walk(training["Steps"])}

    (step,) = (step for step in walk(deploy_definition["Steps"]) if step["Name"] == "DeployEndpoint")
    other = theirs["DeployEndpoint"]
    differs = {"ModelPackageArn", "ConfigName", "DataCaptureUrl"}
    assert step["Arguments"].keys() == other["Arguments"].keys()
    for name in step["Arguments"].keys() - differs:
        assert step["Arguments"][name] == other["Arguments"][name]
