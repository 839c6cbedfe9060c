"""The ClarifyCheck step in the form that the SDK writes: bias of labels, and of a model's predictions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.sagemaker.examples import tar_of, train_booster
from tests.services.sagemaker.pipelines.conftest import Bench
from tests.services.sagemaker.pipelines.definitions import BUCKET, IMAGE, ROLE, Node, definition

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
_WORK = "/opt/ml/processing"


def clarify_check(config: Any, data: Any, output: str, check_type: str = "DATA_BIAS", **members: Any) -> Node:
    """Return a ClarifyCheck step."""
    inputs = [("analysis_config", config, f"{_WORK}/input/config"), ("dataset", data, f"{_WORK}/input/data")]
    target = {"S3Uri": f"s3://{BUCKET}/{output}", "LocalPath": f"{_WORK}/output", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.c5.xlarge", "VolumeSizeInGB": 60}
    arguments = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": CLARIFY},
        "RoleArn": ROLE,
        "ProcessingInputs": [
            {
                "InputName": name,
                "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
            }
            for name, uri, path in inputs
        ],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "analysis_result", "S3Output": target}]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    node = {"Name": "Check", "Type": "ClarifyCheck", "Arguments": arguments, "CheckType": check_type}
    flags = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
    return {**node, **flags, "ModelPackageGroupName": None, "SuppliedBaselineConstraints": None, **members}


def put_config(bench: Bench, name: str, methods: dict[str, Any], **members: Any) -> str:
    """Upload an analysis configuration."""
    config = {
        "dataset_type": "text/csv",
        "headers": ["label", "group", "score"],
        "label": "label",
        "label_values_or_threshold": ["1"],
        "facet": [{"name_or_index": "group", "value_or_threshold": ["f"]}],
        "methods": {**methods, "report": {"name": "report", "title": "Analysis Report"}},
        **members,
    }
    return bench.put(f"clarify/{name}/analysis_config.json", json.dumps(config).encode())


def rows(positive_of_f: int, positive_of_m: int) -> bytes:
    """Return 25 rows of each group: with fewer, two labels would count as continuous."""
    counts = {"f": positive_of_f, "m": positive_of_m}
    lines = [f"{int(n < count)},{group},{n}" for group, count in counts.items() for n in range(25)]
    return "\n".join(lines).encode()


def test_bias_is_compared_with_the_supplied_baseline(bench: Bench) -> None:
    config = put_config(bench, "data", {"pre_training_bias": {"methods": ["CI", "DPL"]}})
    first = bench.put("clarify/first.csv", rows(5, 10))
    step = clarify_check(config, first, "clarify/first", SkipCheck=True, RegisterNewBaseline=True)
    status, steps = bench.run("clarify-first", definition(step))

    assert status == "Succeeded", steps["Check"].get("FailureReason")
    metadata = steps["Check"]["Metadata"]["ClarifyCheck"]
    baseline = f"s3://{BUCKET}/clarify/first/analysis.json"
    assert metadata["CalculatedBaselineConstraints"] == metadata["BaselineUsedForDriftCheckConstraints"] == baseline
    section = json.loads(bench.read(baseline))["pre_training_bias_metrics"]
    values = {metric["name"]: metric["value"] for metric in section["facets"]["group"][0]["metrics"]}
    assert values == {"CI": 0.0, "DPL": pytest.approx(0.2)}

    worse = bench.put("clarify/worse.csv", rows(2, 10))
    step = clarify_check(config, worse, "clarify/worse", SuppliedBaselineConstraints=baseline)
    status, steps = bench.run("clarify-worse", definition(step))

    report = f"s3://{BUCKET}/clarify/worse/constraint_violations.json"
    assert status == "Failed"
    assert steps["Check"]["FailureReason"] == f"ClientError: Clarify check failed. See violation report {report}"
    document = json.loads(bench.read(report))
    assert document["version"] == "1.0"
    assert [violation["metric_name"] for violation in document["violations"]] == ["DPL"]


def test_model_is_asked_for_its_predictions(bench: Bench) -> None:
    archive = bench.put("clarify/model.tar.gz", tar_of({"xgboost-model": bytes(train_booster(1).save_raw("ubj"))}))
    container = {"Image": IMAGE, "ModelDataUrl": archive}
    bench.client.create_model(ModelName="biased", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    # The model says 1 above one half, so it rejects all of f and accepts all of m.
    lines = [f"{n % 2},{group},{score}" for group, score in (("f", 0.1), ("m", 0.9)) for n in range(25)]
    config = put_config(
        bench,
        "model",
        {"post_training_bias": {"methods": ["DPPL", "AD"]}},
        excluded_columns=["group"],
        probability_threshold=0.5,
        predictor={"instance_type": "ml.m5.large", "initial_instance_count": 1, "accept_type": "text/csv"},
    )
    step = clarify_check(
        config,
        bench.put("clarify/model.csv", "\n".join(lines).encode()),
        "clarify/model-output",
        "MODEL_BIAS",
        ModelName="biased",
        SkipCheck=True,
        RegisterNewBaseline=True,
    )
    status, steps = bench.run("clarify-model", definition(step))

    assert status == "Succeeded", steps["Check"].get("FailureReason")
    section = json.loads(bench.read(f"s3://{BUCKET}/clarify/model-output/analysis.json"))["post_training_bias_metrics"]
    values = {metric["name"]: metric["value"] for metric in section["facets"]["group"][0]["metrics"]}
    # Of f 13 of 25 labels are 0, of m 12 of 25 are 1.
    assert values == pytest.approx({"AD": (12 - 13) / 25, "DPPL": 1.0})
    assert bench.client.list_endpoints()["Endpoints"] == []


def test_attributions_of_a_model_are_compared_with_the_supplied_baseline(bench: Bench) -> None:
    archive = bench.put("clarify/model.tar.gz", tar_of({"xgboost-model": bytes(train_booster(2).save_raw("ubj"))}))
    container = {"Image": IMAGE, "ModelDataUrl": archive}
    bench.client.create_model(ModelName="explained", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    members = {
        "headers": None,
        "label": 0,
        "predictor": {"instance_type": "ml.m5.large", "initial_instance_count": 1, "accept_type": "text/csv"},
    }
    config = put_config(bench, "explained", {"shap": {"baseline": [[0.1, 0.5]], "num_samples": 10}}, **members)
    data = bench.put("clarify/explained.csv", b"1,0.9,0.5\n0,0.2,0.4\n1,0.8,0.6\n")
    check = (config, data, "clarify/explained", "MODEL_EXPLAINABILITY")
    step = clarify_check(*check, ModelName="explained", SkipCheck=True, RegisterNewBaseline=True)
    status, steps = bench.run("clarify-explained", definition(step))

    assert status == "Succeeded", steps["Check"].get("FailureReason")
    analysis = json.loads(bench.read(f"s3://{BUCKET}/clarify/explained/analysis.json"))
    values = analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert list(values) == ["feature_0", "feature_1"]
    # The model looks at its first feature only.
    assert values["feature_0"] > 0.1 > abs(values["feature_1"])

    analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"] = {"feature_0": 0.0, "feature_1": 1.0}
    baseline = bench.put("clarify/other.json", json.dumps(analysis).encode())
    step = clarify_check(*check, ModelName="explained", SuppliedBaselineConstraints=baseline)
    status, steps = bench.run("clarify-drifted", definition(step))

    assert status == "Failed"
    report = json.loads(bench.read(f"s3://{BUCKET}/clarify/explained/constraint_violations.json"))
    assert [entry["constraint_check_type"] for entry in report["violations"]] == ["feature_attribution_drift_check"]


def test_analysis_that_is_not_done_fails_the_step_by_name(bench: Bench) -> None:
    config = put_config(bench, "pdp", {"pdp": {"grid_resolution": 5}})
    step = clarify_check(
        config,
        bench.put("clarify/pdp.csv", rows(1, 1)),
        "clarify/pdp-output",
        SkipCheck=True,
        RegisterNewBaseline=True,
    )
    status, steps = bench.run("clarify-pdp", definition(step))
    assert status == "Failed"
    assert "local_aws does not support the method pdp of Clarify's image" in steps["Check"]["FailureReason"]
