"""Processing jobs: files in, files out, the container's configuration, and every way to end."""

from __future__ import annotations

import json
from importlib import metadata

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    SCIKIT_LEARN_IMAGE,
    ended,
    get,
    keys,
    processing_request,
    put,
    s3_input,
    s3_output,
)

_COPY = """
import json, os, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:3])
for path in source.rglob("*.txt"):
    (target / path.name).write_text(path.read_text().upper())
config = pathlib.Path(os.environ["CONFIG"])
(target / "config.json").write_text((config / "processingjobconfig.json").read_text())
(target / "hosts.json").write_text((config / "resourceconfig.json").read_text())
pathlib.Path(os.environ["CONFIG"]).parent.joinpath("output/message").write_text("two files")
print("copied")
"""


def test_inputs_become_files_and_files_become_objects(server: RunningServer) -> None:
    put(server, "in/a.txt", "alpha")
    put(server, "in/deep/b.txt", "beta")
    request = processing_request(
        server,
        "copy",
        _COPY,
        "/opt/ml/processing/input/data",
        "/opt/ml/processing/output/result",
        Environment={"CONFIG": "/opt/ml/config"},
        ProcessingInputs=[s3_input(f"s3://{BUCKET}/in/", "/opt/ml/processing/input/data")],
        ProcessingOutputConfig={"Outputs": [s3_output(f"s3://{BUCKET}/out", "/opt/ml/processing/output/result")]},
    )

    arn = server.client("sagemaker").create_processing_job(**request)["ProcessingJobArn"]
    job = ended(server, "processing_job", "copy")

    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ProcessingJobArn"] == arn
    assert job["ExitMessage"] == "two files"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert keys(server, "out/") == ["out/a.txt", "out/b.txt", "out/config.json", "out/hosts.json"]
    assert get(server, "out/a.txt") == b"ALPHA"
    assert json.loads(get(server, "out/config.json"))["ProcessingJobName"] == "copy"
    assert json.loads(get(server, "out/hosts.json")) == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_substitute_of_an_image_is_the_exit_message_unless_the_script_has_one(server: RunningServer) -> None:
    request = processing_request(server, "substitute", "import sklearn; print(sklearn.__name__)")
    request["AppSpecification"]["ImageUri"] = SCIKIT_LEARN_IMAGE
    server.client("sagemaker").create_processing_job(**request)
    job = ended(server, "processing_job", "substitute")

    installed = metadata.version("scikit-learn")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == f"local_aws: scikit-learn {installed} stands for 0.23"


def test_job_has_pkg_resources_as_in_the_images(server: RunningServer) -> None:
    script = "import pkg_resources; print(pkg_resources.get_distribution('numpy').project_name)"
    server.client("sagemaker").create_processing_job(**processing_request(server, "distributions", script))

    job = ended(server, "processing_job", "distributions")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")


def test_log_goes_to_cloudwatch_under_sagemakers_names(server: RunningServer) -> None:
    server.client("sagemaker").create_processing_job(**processing_request(server, "talks", "print('hello log')"))
    ended(server, "processing_job", "talks")

    logs = server.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="talks/")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    assert stream["logStreamName"].startswith("talks/algo-1-")
    lines = [event["message"] for event in events]
    assert [line for line in lines if not line.startswith("local_aws: ")] == ["hello log"]


def test_failure_carries_the_tail_of_the_error(server: RunningServer) -> None:
    request = processing_request(
        server,
        "fails",
        "raise SystemExit('column MARS1 is missing')",
        ProcessingOutputConfig={"Outputs": [s3_output(f"s3://{BUCKET}/failed", "/opt/ml/processing/output/x")]},
    )
    server.client("sagemaker").create_processing_job(**request)

    job = ended(server, "processing_job", "fails")

    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: exit code 1: column MARS1 is missing"
    assert keys(server, "failed/") == []


def test_missing_input_fails_the_job(server: RunningServer) -> None:
    source = s3_input(f"s3://{BUCKET}/nothing/here", "/opt/ml/processing/input/data")
    server.client("sagemaker").create_processing_job(
        **processing_request(server, "no-input", "pass", ProcessingInputs=[source])
    )

    job = ended(server, "processing_job", "no-input")

    assert job["ProcessingJobStatus"] == "Failed"
    assert f"s3://{BUCKET}/nothing/here" in job["FailureReason"]


def test_stop_ends_the_process(server: RunningServer) -> None:
    client = server.client("sagemaker")
    client.create_processing_job(**processing_request(server, "sleeps", "import time; time.sleep(60)"))

    client.stop_processing_job(ProcessingJobName="sleeps")
    job = ended(server, "processing_job", "sleeps")

    assert job["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        client.stop_processing_job(ProcessingJobName="sleeps")


def test_time_limit_stops_the_job(server: RunningServer) -> None:
    request = processing_request(
        server, "too-long", "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1}
    )
    server.client("sagemaker").create_processing_job(**request)

    job = ended(server, "processing_job", "too-long")

    assert job["ProcessingJobStatus"] == "Stopped"
    assert job["FailureReason"].startswith("MaxRuntimeExceeded")


def test_name_is_unique(server: RunningServer) -> None:
    client = server.client("sagemaker")
    client.create_processing_job(**processing_request(server, "once", "pass"))

    with pytest.raises(client.exceptions.ResourceInUse):
        client.create_processing_job(**processing_request(server, "once", "pass"))


def test_unknown_job(server: RunningServer) -> None:
    with pytest.raises(ClientError, match="Could not find requested job with name: nobody") as caught:
        server.client("sagemaker").describe_processing_job(ProcessingJobName="nobody")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_listing_filters_sorts_and_pages(server: RunningServer) -> None:
    client = server.client("sagemaker")
    for name in ("list-a", "list-b", "list-c"):
        client.create_processing_job(**processing_request(server, name, "pass"))
        ended(server, "processing_job", name)

    first = client.list_processing_jobs(NameContains="list-", StatusEquals="Completed", MaxResults=2)
    second = client.list_processing_jobs(
        NameContains="list-", StatusEquals="Completed", MaxResults=2, NextToken=first["NextToken"]
    )
    backwards = client.list_processing_jobs(NameContains="list-", SortBy="Name", SortOrder="Descending")

    assert _names(first) == ["list-a", "list-b"]
    assert _names(second) == ["list-c"]
    assert "NextToken" not in second
    assert _names(backwards) == ["list-c", "list-b", "list-a"]
    assert client.list_processing_jobs(NameContains="list-", StatusEquals="Failed")["ProcessingJobSummaries"] == []


def _names(listing: dict) -> list[str]:
    return [entry["ProcessingJobName"] for entry in listing["ProcessingJobSummaries"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AppSpecification": {"ImageUri": "python:3"}}, "it is not the URI of an image in ECR"),
        (
            {
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
                }
            },
            "InstanceCount must be 1",
        ),
        ({"ExperimentConfig": {"ExperimentName": "x"}}, "does not support ExperimentConfig"),
        ({"ProcessingInputs": [s3_input("s3://b/k", "/data")]}, "not below /opt/ml/processing"),
        ({"ProcessingInputs": [s3_input("s3://b/k", "/opt/ml/processing/../../x")]}, "not below /opt/ml/processing"),
    ],
)
def test_what_cannot_be_done_here_is_refused(server: RunningServer, change: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_processing_job(**{**processing_request(server, "refused", "pass"), **change})
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_continuous_upload_is_refused(server: RunningServer) -> None:
    output = s3_output(f"s3://{BUCKET}/out", "/opt/ml/processing/output/x")
    output["S3Output"]["S3UploadMode"] = "Continuous"
    request = processing_request(server, "continuous", "pass", ProcessingOutputConfig={"Outputs": [output]})

    with pytest.raises(ClientError, match=r"'Continuous'.*EndOfJob"):
        server.client("sagemaker").create_processing_job(**request)
