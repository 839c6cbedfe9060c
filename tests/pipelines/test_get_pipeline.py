"""`get_pipeline` with other arguments than the defaults, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_functions import endpoint_requests
from lambda_functions.deployment_message import Request
from tests.pipelines.conftest import ROLE_ARN, check_golden
from tests.pipelines.definition_validator import find_problems
from tests.pipelines.outline import outline_of_variant, walk


def _definition(pipeline) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(pipeline.definition())
    return parsed


def test_prefix_and_region_go_through_every_name(get_pipeline):
    pipeline = get_pipeline("eu-west-1", ROLE_ARN, prefix="dev-")

    definition = _definition(pipeline)
    defaults = {parameter["Name"]: parameter.get("DefaultValue") for parameter in definition["Parameters"]}
    assert pipeline.name == "dev-playground-accessibility"
    assert defaults["EndpointName"] == "dev-playground-accessibility"
    assert defaults["ModelPackageGroupName"] == "dev-playground-accessibility"
    assert defaults["InputDataUrl"] == "s3://dev-playgrounds-processed-123456789012-eu-west-1/playgrounds_income/"
    assert "s3://dev-playgrounds-code-123456789012-eu-west-1/code/" in json.dumps(definition)
    resolve, engineer_features = definition["Steps"][:2]
    functions = "arn:aws:lambda:eu-west-1:123456789012:function:dev-playgrounds-"
    assert resolve["FunctionArn"] == f"{functions}resolve-data-version"
    job = engineer_features["Arguments"]
    assert {"Key": "Stack", "Value": "dev-playgrounds"} in job["Tags"]
    assert ".dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:" in job["AppSpecification"]["ImageUri"]
    assert find_problems(definition) == []


def test_explicit_names_win(get_pipeline):
    pipeline = get_pipeline(
        "us-east-1",
        ROLE_ARN,
        "my-bucket",
        code_bucket="my-code",
        pipeline_name="trial",
        input_data_url="s3://feeds/table/",
        tags={"team": "parks"},
    )

    definition = _definition(pipeline)
    text = json.dumps(definition)
    assert pipeline.name == "trial"
    assert definition["Parameters"][0]["DefaultValue"] == "s3://feeds/table/"
    assert "s3://my-bucket/trial" in text
    assert "s3://my-code/code/" in text
    assert "playgrounds-models" not in text and "playgrounds-code" not in text
    assert {"Key": "team", "Value": "parks"} in definition["Steps"][1]["Arguments"]["Tags"]


def test_definition_without_automl_is_the_reviewed_one(get_pipeline, definition):
    without_automl = _definition(get_pipeline("us-east-1", ROLE_ARN, enable_automl=False))

    assert find_problems(without_automl) == []
    assert "AutoML" not in json.dumps(without_automl)
    check_golden(outline_of_variant(definition, without_automl), "playground-accessibility-without-automl")


@pytest.mark.parametrize("role", [None, "", "playgrounds-role", "arn:aws:iam::123456789012:user/me"])
def test_role_must_be_the_arn_of_a_role(get_pipeline, role):
    with pytest.raises(ValueError, match="role ARN"):
        get_pipeline("us-east-1", role)


@pytest.mark.parametrize("name", ["under_score", "-start", "end-", "x" * 51])
def test_pipeline_name_must_fit_sagemaker(get_pipeline, name):
    with pytest.raises(ValueError, match="pipeline name"):
        get_pipeline("us-east-1", ROLE_ARN, pipeline_name=name)


def test_bucket_name_must_fit_s3(get_pipeline):
    with pytest.raises(ValueError, match="bucket name 'Dev-"):
        get_pipeline("us-east-1", ROLE_ARN, prefix="Dev-")


@pytest.mark.parametrize("routing", ["CANARY", "LINEAR"])
def test_a_part_of_the_traffic_cannot_be_shifted_on_one_instance(get_pipeline, routing):
    with pytest.raises(ValueError, match=f"{routing} shifts a part of the instances .* ask for 2 or more"):
        get_pipeline("us-east-1", ROLE_ARN, traffic_routing=routing)


def test_unknown_routing_is_refused(get_pipeline):
    with pytest.raises(ValueError, match="traffic_routing must be one of ALL_AT_ONCE, CANARY, LINEAR; got 'AT_RANDOM'"):
        get_pipeline("us-east-1", ROLE_ARN, traffic_routing="AT_RANDOM")


def test_unknown_endpoint_type_is_refused(get_pipeline):
    with pytest.raises(ValueError, match="endpoint_type must be one of Instance, Serverless; got 'Cloud'"):
        get_pipeline("us-east-1", ROLE_ARN, endpoint_type="Cloud")


def test_how_models_are_served_is_the_default_of_the_parameters(get_pipeline):
    pipeline = get_pipeline(
        "us-east-1",
        ROLE_ARN,
        bake_seconds=7,
        endpoint_type="Serverless",
        endpoint_instance_type="ml.c5.large",
        endpoint_instance_count=2,
        serverless_memory_in_mb=4096,
        serverless_max_concurrency=9,
        enable_data_capture=True,
    )

    defaults = {each["Name"]: each.get("DefaultValue") for each in _definition(pipeline)["Parameters"]}
    assert defaults.items() >= {
        ("BakeTimeInSeconds", 7),
        ("EndpointType", "Serverless"),
        ("EndpointInstanceType", "ml.c5.large"),
        ("EndpointInstanceCount", 2),
        ("EndpointMaxInstanceCount", 2),
        ("ServerlessMemoryInMB", 4096),
        ("ServerlessMaxConcurrency", 9),
        ("EnableDataCapture", True),
    }
    scaled = get_pipeline("us-east-1", ROLE_ARN, endpoint_max_instance_count=3)
    defaults = {each["Name"]: each.get("DefaultValue") for each in _definition(scaled)["Parameters"]}
    assert (defaults["EndpointInstanceCount"], defaults["EndpointMaxInstanceCount"]) == (1, 3)


def test_endpoint_settings_do_not_invalidate_cached_steps(get_pipeline, definition):
    changed = _definition(get_pipeline("us-east-1", ROLE_ARN, bake_seconds=7, endpoint_type="Serverless"))

    before, after = (
        {step["Name"]: step for step in walk(built["Steps"]) if "CacheConfig" in step}
        for built in (definition, changed)
    )
    assert before and before == after


@pytest.mark.parametrize("routing", ["ALL_AT_ONCE", "CANARY", "LINEAR"])
def test_function_reads_what_the_definition_sends(get_pipeline, routing):
    pipeline = get_pipeline("us-east-1", ROLE_ARN, prefix="dev-", traffic_routing=routing, endpoint_instance_count=2)

    definition = _definition(pipeline)
    assert find_problems(definition) == []
    defaults = {each["Name"]: each.get("DefaultValue") for each in definition["Parameters"]}
    (step,) = (step for step in walk(definition["Steps"]) if step["Name"] == "DeployEndpoint")
    arguments = {
        name: defaults.get(value["Get"].removeprefix("Parameters."), "a-name")
        if isinstance(value, dict) and "Get" in value
        else value
        for name, value in step["Arguments"].items()
    }
    update = endpoint_requests.update(Request.of({**arguments, "ConfigName": "config"}))
    policy = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert (policy["Type"], policy["WaitIntervalInSeconds"]) == (routing, 300)
    alarms = [alarm["AlarmName"] for alarm in update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]]
    assert alarms == ["dev-playgrounds-endpoint-errors", "dev-playgrounds-endpoint-latency"]
