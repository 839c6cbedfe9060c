"""What a training job leaves in CloudWatch: its log as the SDK follows it, and its metrics as the SDK asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local_aws.services import cloudwatch, logs, sagemaker
from tests.conftest import RunningServer, running
from tests.services.sagemaker.examples import BUCKET, SCIKIT_LEARN_IMAGE, ended, training_request
from tests.waiting import wait_until

GROUP = "/aws/sagemaker/TrainingJobs"
_TALKS = "for number in range(3): print(f'[{number}]#011train-rmse:{2 - number}', flush=True)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with SageMaker, CloudWatch and its logs."""
    builders = (sagemaker.build, cloudwatch.build, logs.build)
    with running(tmp_path_factory.mktemp("data"), builders) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


def _follow(server: RunningServer, job: str) -> list[str]:
    """Read a job's log as ``fit(logs='All')`` does: to an empty page, each page by the token of the one before."""
    client = server.client("logs")
    streams = client.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix=f"{job}/", orderBy="LogStreamName", limit=1
    )
    assert "nextToken" not in streams
    (stream,) = (entry["logStreamName"] for entry in streams["logStreams"])
    token: dict[str, str] = {}
    messages: list[str] = []
    for _ in range(10):
        page = client.get_log_events(logGroupName=GROUP, logStreamName=stream, startTime=0, startFromHead=True, **token)
        if not page["events"]:
            return messages
        messages += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"]}
    raise AssertionError(f"the log of {job} does not end")


def _statistics(server: RunningServer, job: dict[str, Any], metric: str) -> list[float]:
    """Return a metric's values as ``TrainingJobAnalytics`` asks for them."""
    answer = server.client("cloudwatch").get_metric_statistics(
        Namespace=GROUP,
        MetricName=metric,
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
        StartTime=job["TrainingStartTime"],
        EndTime=job["TrainingEndTime"] + timedelta(minutes=1),
        Period=60,
        Statistics=["Average"],
    )
    return [point["Average"] for point in answer["Datapoints"]]


def test_log_is_followed_to_its_end_and_metrics_are_found(server: RunningServer) -> None:
    server.client("sagemaker").create_training_job(**training_request(server, "talks", _TALKS))
    job = ended(server, "training_job", "talks")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")

    assert [line for line in _follow(server, "talks") if "rmse" in line] == [
        f"[{number}]#011train-rmse:{2 - number}" for number in range(3)
    ]
    definitions = job["AlgorithmSpecification"]["MetricDefinitions"]
    (rmse,) = (entry for entry in definitions if entry["Name"] == "train:rmse")
    assert rmse["Regex"] == r".*\[[0-9]+\].*#011train-rmse:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    values = wait_until(lambda: _statistics(server, job, "train:rmse"), "the job's metrics")
    assert sum(values) / len(values) == pytest.approx(1, abs=1)
    assert _statistics(server, job, "validation:rmse") == []


def test_metrics_of_own_definitions_are_published(server: RunningServer) -> None:
    specification = {
        "TrainingImage": SCIKIT_LEARN_IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
    }
    request = training_request(server, "own", "print('score=0.5')", AlgorithmSpecification=specification)
    server.client("sagemaker").create_training_job(**request)
    job = ended(server, "training_job", "own")

    assert job["AlgorithmSpecification"] == specification
    assert wait_until(lambda: _statistics(server, job, "score"), "the job's metrics") == [0.5]
