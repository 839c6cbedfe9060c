"""`get_pipeline` with other arguments than the defaults, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pipelines.conftest import ROLE_ARN, check_golden
from tests.pipelines.definition_validator import find_problems


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
    assert "s3://dev-playgrounds-models-123456789012-eu-west-1/code/" in json.dumps(definition)
    job = definition["Steps"][0]["Arguments"]
    assert {"Key": "Stack", "Value": "dev-playgrounds"} in job["Tags"]
    assert ".dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:" in job["AppSpecification"]["ImageUri"]
    assert find_problems(definition) == []


def test_explicit_names_win(get_pipeline):
    pipeline = get_pipeline(
        "us-east-1",
        ROLE_ARN,
        "my-bucket",
        pipeline_name="trial",
        input_data_url="s3://feeds/table/",
        tags={"team": "parks"},
    )

    definition = _definition(pipeline)
    text = json.dumps(definition)
    assert pipeline.name == "trial"
    assert definition["Parameters"][0]["DefaultValue"] == "s3://feeds/table/"
    assert "s3://my-bucket/trial" in text
    assert "playgrounds-models" not in text
    assert {"Key": "team", "Value": "parks"} in definition["Steps"][0]["Arguments"]["Tags"]


def test_definition_without_automl_is_the_reviewed_one(get_pipeline):
    definition = _definition(get_pipeline("us-east-1", ROLE_ARN, enable_automl=False))

    assert find_problems(definition) == []
    assert "AutoML" not in json.dumps(definition)
    check_golden(definition, "playground-accessibility-without-automl")


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


def test_deployment_can_stand_twice_in_one_definition(get_pipeline):
    """Branches cannot be rejoined, so that each champion needs a deployment of its own."""
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from pipelines.accessibility.deployment import deployment_steps
    from pipelines.accessibility.parameters import deployment_parameters
    from pipelines.accessibility.settings import build_settings

    base = get_pipeline("us-east-1", ROLE_ARN)
    settings = build_settings(
        region="us-east-1",
        role=ROLE_ARN,
        default_bucket=None,
        input_data_url=None,
        pipeline_name=None,
        prefix="",
        tags=None,
    )
    parameters = deployment_parameters(settings)
    deployments = [
        deployment_steps(
            settings,
            parameters,
            base.sagemaker_session,
            package_arn=f"arn:aws:sagemaker:us-east-1:123456789012:model-package/group/{version}",
            smoke_rows_url="s3://bucket/smoke",
            answer="score",
            suffix=suffix,
        )
        for version, suffix in ((1, "First"), (2, "Second"))
    ]

    pipeline = Pipeline(
        name="both",
        parameters=list(vars(parameters).values()),
        steps=[step for deployment in deployments for step in deployment],
        pipeline_experiment_config=None,
        sagemaker_session=base.sagemaker_session,
    )
    assert find_problems(_definition(pipeline)) == []
