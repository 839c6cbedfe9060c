"""Processing jobs with Model Monitor's image: reports from a dataset, and violations of a baseline."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, ROLE, ended, get, keys, put, s3_input, s3_output, training_request

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_INPUT = "/opt/ml/processing/input/baseline_dataset_input"
_OUTPUT = "/opt/ml/processing/output"
_FILE = {"TrainingInputMode": "File"}
_ENVIRONMENT = {
    "dataset_format": '{"csv": {"header": true}}',
    "dataset_source": _INPUT,
    "output_path": _OUTPUT,
    "publish_cloudwatch_metrics": "Disabled",
}


def request(name: str, data: str, *inputs: dict[str, Any], **environment: str) -> dict[str, Any]:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE},
        "Environment": {**_ENVIRONMENT, **environment},
        "ProcessingInputs": [s3_input(data, _INPUT), *inputs],
        "ProcessingOutputConfig": {"Outputs": [s3_output(f"s3://{BUCKET}/{name}", _OUTPUT)]},
    }


def test_baseline_job_writes_statistics_and_constraints(server: RunningServer) -> None:
    data = put(server, "data/rows.csv", "age,city\n20,Bern\n30,Graz\n")
    server.client("sagemaker").create_processing_job(**request("baseline", data))
    job = ended(server, "processing_job", "baseline")

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "Completed: Job completed successfully."
    assert keys(server, "baseline/") == ["baseline/constraints.json", "baseline/statistics.json"]
    features = json.loads(get(server, "baseline/statistics.json"))["features"]
    assert [(each["name"], each["inferred_type"]) for each in features] == [("age", "Integral"), ("city", "String")]

    folder = "/opt/ml/processing/input/baseline"
    later = request(
        "later",
        put(server, "later/rows.csv", "age,city\n20,Bern\n,Rome\n"),
        s3_input(f"s3://{BUCKET}/baseline/constraints.json", f"{folder}/constraints"),
        s3_input(f"s3://{BUCKET}/baseline/statistics.json", f"{folder}/statistics"),
        baseline_constraints=f"{folder}/constraints/constraints.json",
        baseline_statistics=f"{folder}/statistics/statistics.json",
    )
    server.client("sagemaker").create_processing_job(**later)
    job = ended(server, "processing_job", "later")

    assert job["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 2 violations."
    violations = json.loads(get(server, "later/constraint_violations.json"))["violations"]
    assert [(each["feature_name"], each["constraint_check_type"]) for each in violations] == [
        ("age", "completeness_check"),
        ("city", "categorical_values_check"),
    ]


def test_paths_of_the_environment_are_rewritten_where_a_job_has_no_root(rewriting_server: RunningServer) -> None:
    data = put(rewriting_server, "data/rows.csv", "age\n20\n")
    rewriting_server.client("sagemaker").create_processing_job(**request("rewritten", data))
    job = ended(rewriting_server, "processing_job", "rewritten")

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "Completed: Job completed successfully."
    assert keys(rewriting_server, "rewritten/") == ["rewritten/constraints.json", "rewritten/statistics.json"]


def test_dataset_that_cannot_be_read_fails_the_job_with_the_reason(server: RunningServer) -> None:
    data = put(server, "broken/rows.csv", "age,city\n20\n")
    server.client("sagemaker").create_processing_job(**request("broken", data))
    job = ended(server, "processing_job", "broken")

    assert job["FailureReason"] == "AlgorithmError: exit code 1: rows.csv has 2 columns, but row 2 has 1"
    assert keys(server, "broken-out/") == []


def test_image_does_not_train(server: RunningServer) -> None:
    training = training_request(server, "monitor", "pass", AlgorithmSpecification={"TrainingImage": IMAGE, **_FILE})
    with pytest.raises(ClientError, match="is Model Monitor's image: it runs processing jobs and does not train"):
        server.client("sagemaker").create_training_job(**training)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"record_preprocessor_script": "/opt/ml/x.py"}, "local_aws does not support record_preprocessor_script"),
        ({"dataset_format": '{"sagemakerCaptureJson": {}}'}, "local_aws does not support dataset_format"),
        ({"analysis_type": "BIAS"}, "analysis_type must be one of DATA_QUALITY, MODEL_QUALITY; got 'BIAS'"),
    ],
)
def test_what_is_not_done_is_refused_by_name(server: RunningServer, environment: dict[str, str], words: str) -> None:
    with pytest.raises(ClientError, match=words):
        server.client("sagemaker").create_processing_job(**request("refused", "s3://b/k", **environment))
