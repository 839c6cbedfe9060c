"""A table that is worse than that of the approved model stops before features are made of it, unless it is accepted."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from tests.end_to_end.conftest import Demo
from tests.end_to_end.executions import PIPELINE, ended, pages_of, start
from tests.waiting import wait_until

PROCESSED = "playgrounds-processed-123456789012-us-east-1"
GROUP = "checked-data"
DAMAGED = "damaged/playgrounds_income/year=2026/month=1/day=1"


@pytest.fixture(scope="module")
def damaged(demo: Demo) -> str:
    """The demo's processed table without every third answer about the swing, as an execution takes it."""
    s3 = demo.client("s3")
    keys = [found["Key"] for found in pages_of(s3, "list_objects_v2", "Contents", Bucket=PROCESSED)]
    (key,) = [key for key in keys if key.endswith(".parquet") and key.startswith("playgrounds_income/")]
    table = pd.read_parquet(io.BytesIO(s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read()))
    table.loc[::3, "Adaptive_Swing"] = None
    body = io.BytesIO()
    table.to_parquet(body, index=False)
    s3.put_object(Bucket=PROCESSED, Key=f"{DAMAGED}/part.parquet", Body=body.getvalue())
    s3.put_object(Bucket=PROCESSED, Key=f"{DAMAGED}/_SUCCESS", Body=b"")
    return f"s3://{PROCESSED}/damaged/playgrounds_income/"


@pytest.fixture(scope="module")
def approved(demo: Demo) -> str:
    """The approved model of a group of the tests' own, with the baselines of the demo's."""
    client = demo.client("sagemaker")
    package = client.describe_model_package(ModelPackageName=demo.summary["model_package_arn"])
    specification = package["InferenceSpecification"]
    (container,) = specification["Containers"]
    specification["Containers"] = [{name: container[name] for name in ("Image", "ModelDataUrl")}]
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    answer = client.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus="Approved",
        InferenceSpecification=specification,
        DriftCheckBaselines=package["DriftCheckBaselines"],
    )
    return str(answer["ModelPackageArn"])


def test_damaged_table_stops_before_features_with_the_figures_and_the_remedy(
    demo: Demo, damaged: str, approved: str
) -> None:
    execution, steps = ended(demo, start(demo, PIPELINE, InputDataUrl=damaged, ModelPackageGroupName=GROUP))

    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "EngineerFeatures" not in steps
    check = steps["CheckDataQuality"]["Metadata"]["QualityCheck"]
    assert check["SkipCheck"] is False
    bucket, _, key = check["ViolationReport"].removeprefix("s3://").partition("/")
    violations = json.loads(demo.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())["violations"]
    said = steps["RequireDataQuality"]["FailureReason"]
    (completeness,) = [each for each in violations if each["constraint_check_type"] == "completeness_check"]
    assert completeness["feature_name"] == "Adaptive_Swing"
    assert completeness["description"].strip(" !") in said
    assert approved in said
    assert "SkipDataQualityCheck=true" in said
    assert len(said) <= 1024


def test_change_that_is_right_is_accepted_by_a_parameter(demo: Demo, damaged: str, approved: str) -> None:
    accepted = {"InputDataUrl": damaged, "ModelPackageGroupName": GROUP, "SkipDataQualityCheck": "true"}
    arn = start(demo, PIPELINE, **accepted)
    client = demo.client("sagemaker")

    def steps() -> dict[str, str]:
        listed = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return {step["StepName"]: step["StepStatus"] for step in listed}

    wait_until(lambda: "EngineerFeatures" in steps(), "features of accepted data")
    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    ended(demo, arn)

    assert steps()["RequireDataQuality"] == "Succeeded"
