"""Transform jobs: a prefix of objects through a model, records in order, joined and filtered as asked."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import BUCKET, FEATURES, ROLE, create_model, ended, get, keys, put

ROWS = np.random.default_rng(5).random((40, FEATURES)).round(3)
LINES = [",".join(map(str, row)) for row in ROWS]


@pytest.fixture(scope="module")
def model(server: RunningServer, model_archive: bytes) -> str:
    """A model to transform with."""
    create_model(server, "transforms", model_archive)
    return "transforms"


def _request(name: str, source: str, **members: Any) -> dict[str, Any]:
    return {
        "TransformJobName": name,
        "ModelName": "transforms",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out/{name}", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }


def _run(server: RunningServer, request: dict[str, Any]) -> dict[str, Any]:
    server.client("sagemaker").create_transform_job(**request)
    return ended(server, "transform_job", request["TransformJobName"])


def test_every_object_of_the_prefix_is_scored_in_order(server: RunningServer, model: str, booster) -> None:
    put(server, "many/a.csv", "\n".join(LINES[:30]) + "\n")
    put(server, "many/deep/b.csv", "\n".join(LINES[30:]))

    job = _run(server, _request("many", f"s3://{BUCKET}/many/", BatchStrategy="MultiRecord", MaxPayloadInMB=1))

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert keys(server, "out/many/") == ["out/many/a.csv.out", "out/many/deep/b.csv.out"]
    expected = booster.inplace_predict(ROWS).tolist()
    assert [float(line) for line in get(server, "out/many/a.csv.out").splitlines()] == expected[:30]
    assert [float(line) for line in get(server, "out/many/deep/b.csv.out").splitlines()] == expected[30:]


def test_single_records_concurrently_keep_their_order(server: RunningServer, model: str, booster) -> None:
    put(server, "single/a.csv", "\n".join(LINES))
    request = _request("single", f"s3://{BUCKET}/single/a.csv", BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)

    assert _run(server, request)["TransformJobStatus"] == "Completed"

    scores = [float(line) for line in get(server, "out/single/a.csv.out").splitlines()]
    assert scores == booster.inplace_predict(ROWS).tolist()


def test_results_are_joined_with_their_records(server: RunningServer, model: str, booster) -> None:
    put(server, "join/a.csv", "\n".join(f'"site, {number}",{line}' for number, line in enumerate(LINES)))
    request = _request(
        "join",
        f"s3://{BUCKET}/join/",
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )

    job = _run(server, request)

    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    scores = booster.inplace_predict(ROWS).tolist()
    lines = get(server, "out/join/a.csv.out").decode().splitlines()
    assert lines == [f'"site, {number}",{score}' for number, score in enumerate(scores)]


def test_unsplit_object_is_one_request(server: RunningServer, model_archive: bytes) -> None:
    create_model(server, "selects", model_archive, environment={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label"})
    put(server, "whole/a.csv.gz", gzip.compress("\n".join(LINES).encode()))
    request = _request("whole", f"s3://{BUCKET}/whole/", ModelName="selects")
    request["TransformInput"] |= {"SplitType": "None", "CompressionType": "Gzip"}
    request["TransformOutput"]["Accept"] = "application/json"

    assert _run(server, request)["TransformJobStatus"] == "Completed"

    content = get(server, "out/whole/a.csv.gz.out")
    assert len(json.loads(content)["predictions"]) == len(LINES)
    assert content.endswith(b"}\n")


def test_refused_payload_fails_the_job_with_the_models_words(server: RunningServer, model: str) -> None:
    put(server, "header/a.csv", "x,y,z\n" + LINES[0])

    job = _run(server, _request("header", f"s3://{BUCKET}/header/"))

    assert job["TransformJobStatus"] == "Failed"
    assert "the model answered 415" in job["FailureReason"]
    assert "a.csv" in job["FailureReason"]
    assert keys(server, "out/header/") == []


def test_missing_input_fails_the_job(server: RunningServer, model: str) -> None:
    job = _run(server, _request("nothing", f"s3://{BUCKET}/nothing/"))

    assert job["TransformJobStatus"] == "Failed"
    assert f"s3://{BUCKET}/nothing/" in job["FailureReason"]


def test_stopped_job(server: RunningServer, model: str) -> None:
    put(server, "stop/a.csv", "\n".join(LINES))
    client = server.client("sagemaker")
    client.create_transform_job(**_request("stop", f"s3://{BUCKET}/stop/"))

    client.stop_transform_job(TransformJobName="stop")

    assert ended(server, "transform_job", "stop")["TransformJobStatus"] == "Stopped"


def test_listing_and_describing(server: RunningServer, model: str) -> None:
    put(server, "listed/a.csv", LINES[0])
    client = server.client("sagemaker")
    _run(server, _request("listed", f"s3://{BUCKET}/listed/"))

    (summary,) = client.list_transform_jobs(NameContains="listed")["TransformJobSummaries"]

    assert summary["TransformJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="Could not find transform job"):
        client.describe_transform_job(TransformJobName="nobody")
    with pytest.raises(client.exceptions.ResourceInUse):
        client.create_transform_job(**_request("listed", f"s3://{BUCKET}/listed/"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ModelName": "nobody"}, "Could not find model"),
        ({"MaxPayloadInMB": 0}, "chunked"),
        ({"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 3}, "must not exceed 100 MB"),
        ({"DataProcessing": {"InputFilter": "$.features"}}, "picks nothing out of a CSV record"),
        ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}, "InstanceCount must be 1"),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/x", "Accept": "application/json"},
            },
            "Accept must be text/csv",
        ),
        (
            {
                "TransformInput": {
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/x"}},
                    "SplitType": "RecordIO",
                }
            },
            "'RecordIO' .supported: None, Line",
        ),
    ],
)
def test_what_cannot_be_done_here_is_refused(server: RunningServer, model: str, change: dict, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        server.client("sagemaker").create_transform_job(**_request("refused", f"s3://{BUCKET}/x", **change))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_job_reads_writes_and_logs_as_its_models_role(server: RunningServer, model: str) -> None:
    put(server, "own/a.csv", LINES[0])
    assert _run(server, _request("own", f"s3://{BUCKET}/own/a.csv"))["TransformJobStatus"] == "Completed"
    lines = map(json.loads, (server.server.settings.data_dir / "calls.jsonl").read_text().splitlines())
    about = {"own/a.csv", "out/own/a.csv.out", "models/transforms/model.tar.gz", "/aws/sagemaker/TransformJobs"}
    callers = {
        (line["operation"], line["principal"])
        for line in lines
        if about & {line["request"].get("Key"), line["request"].get("logGroupName")}
    }
    assert {("GetObject", ROLE), ("PutObject", ROLE), ("PutLogEvents", ROLE)} <= callers
    assert {principal for operation, principal in callers if operation == "PutLogEvents"} == {ROLE}
