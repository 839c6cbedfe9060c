"""Requests for tuning jobs: of a script that prints its score at once, and of the built-in XGBoost."""

from __future__ import annotations

from typing import Any

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, IMAGE, ROLE, SCIKIT_LEARN_IMAGE, channel, put, tar_of
from tests.waiting import wait_until

SCORE = "import sys; values = dict(zip(sys.argv[1::2], sys.argv[2::2])); print('score:', values['-x'])"
"""A script whose score is its hyperparameter ``x``."""
X = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "10"}]}


def config(strategy: str, ranges: dict[str, Any], jobs: int | None, parallel: int = 1, **members: Any) -> dict:
    """Return a ``HyperParameterTuningJobConfig`` that maximizes ``score``."""
    limits = {"MaxParallelTrainingJobs": parallel}
    return {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": limits if jobs is None else {**limits, "MaxNumberOfTrainingJobs": jobs},
        "ParameterRanges": ranges,
        **members,
    }


def script_definition(server: RunningServer, name: str, script: str = SCORE) -> dict[str, Any]:
    """Upload a script, and return a ``TrainingJobDefinition`` that runs it."""
    source = put(server, f"code/{name}/sourcedir.tar.gz", tar_of({"train.py": script.encode()}))
    return {
        "StaticHyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": source},
        "AlgorithmSpecification": {
            "TrainingImage": SCIKIT_LEARN_IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score: ([0-9.]+)"}],
        },
        **_resources(),
    }


def xgboost_definition(server: RunningServer, name: str) -> dict[str, Any]:
    """Upload rows, and return a ``TrainingJobDefinition`` that trains the built-in XGBoost on them."""
    rows = "1,0.9,0.1\n0,0.1,0.2\n1,0.8,0.3\n0,0.3,0.9\n" * 10
    uri = put(server, f"{name}/rows.csv", rows)
    return {
        "StaticHyperParameters": {"num_round": "2", "objective": "binary:logistic"},
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "InputDataConfig": [{**channel(kind, uri), "ContentType": "text/csv"} for kind in ("train", "validation")],
        **_resources(),
    }


def _resources() -> dict[str, Any]:
    return {
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/tuned"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def describe(server: RunningServer, name: str) -> dict[str, Any]:
    """Return the description of a tuning job."""
    description: dict[str, Any] = server.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )
    return description


def ended(server: RunningServer, name: str) -> dict[str, Any]:
    """Wait for the end of a tuning job; return its description."""

    def end() -> dict[str, Any] | None:
        job = describe(server, name)
        return None if job["HyperParameterTuningJobStatus"] in ("InProgress", "Stopping") else job

    return wait_until(end, f"the end of tuning job {name}")
