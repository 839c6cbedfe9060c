"""The QualityCheck step in the form that the SDK writes: baselines, violations and the step's properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local_aws.services.sagemaker.pipelines.definition import parse_definition
from local_aws.services.sagemaker.pipelines.errors import DefinitionError
from local_aws.services.sagemaker.pipelines.steps import STEP_TYPES
from tests.services.sagemaker.examples import tar_of, train_booster
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import (
    BUCKET,
    IMAGE,
    ROLE,
    Node,
    definition,
    get,
    parameter,
    processing,
)

MONITOR = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_INPUT = "/opt/ml/processing/input/baseline_dataset_input"
_OUTPUT = "/opt/ml/processing/output"
_COUNTER: Iterator[int] = iter(range(1000))


def quality_check(data: Any, output: str, check_type: str = "DATA_QUALITY", **members: Any) -> Node:
    """Return a QualityCheck step."""
    place = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3Uri": data, "LocalPath": _INPUT}
    target = {"S3Uri": f"s3://{BUCKET}/{output}", "LocalPath": _OUTPUT, "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
    arguments = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": MONITOR},
        "RoleArn": ROLE,
        "ProcessingInputs": [{"InputName": "baseline_dataset_input", "AppManaged": False, "S3Input": place}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "quality_check_output", "S3Output": target}]},
        "Environment": {
            "output_path": _OUTPUT,
            "publish_cloudwatch_metrics": "Disabled",
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "dataset_source": _INPUT,
            **members.pop("environment", {}),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    node = {"Name": "Check", "Type": "QualityCheck", "Arguments": arguments, "CheckType": check_type}
    optional = ("ModelPackageGroupName", "SuppliedBaselineStatistics", "SuppliedBaselineConstraints")
    flags = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
    return {**node, **flags, **dict.fromkeys(optional), **members}


def run(bench: Bench, *steps: Node, **parameters: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Run a pipeline of steps."""
    return bench.run(f"quality-{next(_COUNTER)}", definition(*steps), **parameters)


@pytest.fixture(scope="module")
def baseline(bench: Bench) -> dict[str, str]:
    """A baseline that a first execution has calculated, as the members that supply it."""
    data = bench.put("quality/first.csv", b"age,city\n20,Bern\n30,Graz\n")
    step = quality_check(data, "quality/first", SkipCheck=True, RegisterNewBaseline=True)
    status, steps = run(bench, step)
    assert status == "Succeeded", steps["Check"].get("FailureReason")
    metadata = steps["Check"]["Metadata"]["QualityCheck"]
    uris = {kind: f"s3://{BUCKET}/quality/first/{kind.lower()}.json" for kind in ("Statistics", "Constraints")}
    assert metadata.pop("CheckJobArn").startswith("arn:aws:sagemaker:us-east-1:123456789012:processing-job/")
    assert metadata == {
        "CheckType": "DATA_QUALITY",
        "SkipCheck": True,
        "RegisterNewBaseline": True,
        **{f"CalculatedBaseline{kind}": uri for kind, uri in uris.items()},
        **{f"BaselineUsedForDriftCheck{kind}": uri for kind, uri in uris.items()},
    }
    return {f"SuppliedBaseline{kind}": uri for kind, uri in uris.items()}


def test_dataset_like_its_baseline_passes_and_later_steps_get_the_properties(
    bench: Bench, baseline: dict[str, str]
) -> None:
    data = bench.put("quality/same.csv", b"age,city\n21,Bern\n29,Graz\n")
    names = ("CalculatedBaselineStatistics", "BaselineUsedForDriftCheckConstraints")
    environment = {f"V{number}": get(f"Steps.Check.{name}") for number, name in enumerate(names)}
    code = (
        "import os; "
        f"assert os.environ['V0'] == 's3://{BUCKET}/quality/same/statistics.json'; "
        f"assert os.environ['V1'] == 's3://{BUCKET}/quality/first/constraints.json'"
    )
    later = processing("Later", code, environment=environment)
    status, steps = run(bench, quality_check(data, "quality/same", **baseline), later)

    assert status == "Succeeded", [step.get("FailureReason") for step in steps.values()]
    assert "ViolationReport" not in steps["Check"]["Metadata"]["QualityCheck"]


def test_violation_fails_the_step_in_the_words_of_aws(bench: Bench, baseline: dict[str, str]) -> None:
    data = bench.put("quality/worse.csv", b"age,city\n21,Bern\nold,Graz\n")
    status, steps = run(bench, quality_check(data, "quality/worse", **baseline))

    report = f"s3://{BUCKET}/quality/worse/constraint_violations.json"
    assert status == "Failed"
    reason = f"ClientError: Quality check failed. See violation report {report}"
    assert steps["Check"]["FailureReason"] == reason
    assert steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"] == report
    violations = json.loads(bench.read(report))["violations"]
    assert [(each["feature_name"], each["constraint_check_type"]) for each in violations] == [
        ("age", "data_type_check")
    ]


def test_violation_is_reported_only_where_the_step_says_so(bench: Bench, baseline: dict[str, str]) -> None:
    data = bench.put("quality/tolerated.csv", b"age\n21\n")
    status, steps = run(bench, quality_check(data, "quality/tolerated", FailOnViolation=False, **baseline))

    assert status == "Succeeded"
    report = steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"]
    assert json.loads(bench.read(report))["violations"][0]["constraint_check_type"] == "missing_column_check"


def test_baseline_of_the_latest_approved_model_is_used(bench: Bench, baseline: dict[str, str]) -> None:
    bench.client.create_model_package_group(ModelPackageGroupName="quality")
    data = bench.put("quality/approved.csv", b"age,city\nx,Bern\n")
    step = quality_check(data, "quality/approved", ModelPackageGroupName="quality")
    status, steps = run(bench, step)
    assert status == "Failed"
    assert "There is no baseline for the DATA_QUALITY check" in steps["Check"]["FailureReason"]

    files = {
        kind: {"ContentType": "application/json", "S3Uri": baseline[f"SuppliedBaseline{kind}"]}
        for kind in ("Statistics", "Constraints")
    }
    bench.client.create_model_package(
        ModelPackageGroupName="quality",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": bench.put("quality/model.tar.gz", b"")}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        DriftCheckBaselines={"ModelDataQuality": files},
    )
    status, steps = run(bench, step)
    assert steps["Check"]["FailureReason"].startswith("ClientError: Quality check failed. See violation report")
    metadata = steps["Check"]["Metadata"]["QualityCheck"]
    assert metadata["BaselineUsedForDriftCheckConstraints"] == baseline["SuppliedBaselineConstraints"]
    assert metadata["ModelPackageGroupName"] == "quality"


def test_model_quality_is_checked_against_supplied_constraints(bench: Bench) -> None:
    bound = {"threshold": 0.4, "comparison_operator": "GreaterThanThreshold"}
    constraints = bench.put("quality/mae.json", json.dumps({"regression_constraints": {"mae": bound}}).encode())
    data = bench.put("quality/scores.csv", b"label,score\n1,1\n2,3\n")
    step = quality_check(
        data,
        "quality/scores",
        "MODEL_QUALITY",
        environment={
            "analysis_type": "MODEL_QUALITY",
            "problem_type": "Regression",
            "ground_truth_attribute": "label",
            "inference_attribute": "score",
        },
        SuppliedBaselineStatistics=constraints,
        SuppliedBaselineConstraints=get("Parameters.Baseline"),
        FailOnViolation=None,
    )
    text = definition(step, parameters=(parameter("Baseline", default=constraints),))
    status, _ = bench.run("quality-scores", text)

    assert status == "Failed"
    statistics = json.loads(bench.read(f"s3://{BUCKET}/quality/scores/statistics.json"))
    assert statistics["regression_metrics"]["mae"]["value"] == 0.5
    (violation,) = json.loads(bench.read(f"s3://{BUCKET}/quality/scores/constraint_violations.json"))["violations"]
    assert violation["description"] == "Metric mae with 0.5 was GreaterThanThreshold 0.4"


def test_second_run_of_the_same_check_is_cached(bench: Bench, baseline: dict[str, str]) -> None:
    data = bench.put("quality/cached.csv", b"age,city\n21,Bern\n29,Graz\n")
    cache = {"Enabled": True, "ExpireAfter": "P1D"}
    first = quality_check(data, "quality/cached", CacheConfig=cache, **baseline)
    bench.create("quality-cached", definition(first))
    arn = bench.start("quality-cached")
    assert bench.finish(arn) == "Succeeded"

    again = bench.start("quality-cached")
    assert bench.finish(again) == "Succeeded"
    step = bench.steps(again)["Check"]
    assert step["CacheHitResult"] == {"SourcePipelineExecutionArn": arn}
    assert step["Metadata"] == bench.steps(arn)["Check"]["Metadata"]


def test_batch_transform_is_monitored_by_a_check_that_follows_it(bench: Bench) -> None:
    """The SDK's ``MonitorBatchTransformStep`` is these two steps."""
    archive = bench.put("quality/xgboost.tar.gz", tar_of({"xgboost-model": bytes(train_booster(1).save_raw("ubj"))}))
    container = {"Image": IMAGE, "ModelDataUrl": archive}
    bench.client.create_model(ModelName="monitored", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    data = bench.put("quality/batch.csv", b"0.1\n0.9\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}}
    transform = {
        "Name": "Monitored-transform",
        "Type": "Transform",
        "Arguments": {
            "ModelName": "monitored",
            "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/quality/scored", "AssembleWith": "Line"},
            "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
        },
    }
    check = quality_check(
        f"s3://{BUCKET}/quality/scored",
        "quality/monitored",
        environment={"dataset_format": '{"csv": {"header": false}}'},
        Name="Monitored-monitoring",
        DependsOn=["Monitored-transform"],
        SkipCheck=True,
        RegisterNewBaseline=True,
    )
    status, steps = run(bench, transform, check)

    assert status == "Succeeded", [step.get("FailureReason") for step in steps.values()]
    statistics = json.loads(bench.read(f"s3://{BUCKET}/quality/monitored/statistics.json"))
    assert [feature["inferred_type"] for feature in statistics["features"]] == ["Fractional"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"check_type": "BIAS"}, "CheckType must be one of DATA_QUALITY, MODEL_QUALITY; got 'BIAS'"),
        ({"SkipCheck": "no"}, "SkipCheck must be a boolean; got 'no'"),
        ({"SuppliedBaseline": "s3://b/k"}, "unknown property 'SuppliedBaseline' of a step of type QualityCheck"),
        ({"environment": {"post_analytics_processor_script": "/x.py"}}, "does not support post_analytics_processor"),
    ],
)
def test_definition_that_cannot_be_run_is_refused(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(DefinitionError, match=f"step 'Check': .*{reason}"):
        parse_definition(definition(quality_check("s3://b/k", "x", **members)), STEP_TYPES)
