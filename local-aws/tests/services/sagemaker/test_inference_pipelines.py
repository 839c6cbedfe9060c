"""Models of several containers: what one answers is the next one's request, at endpoints and in transform jobs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    IMAGE,
    ROLE,
    SCIKIT_LEARN_IMAGE,
    create_endpoint_config,
    ended,
    get,
    keys,
    put,
    tar_of,
)
from tests.waiting import wait_until

_HALVES = """
import numpy as np
def model_fn(model_dir):
    return None
def input_fn(text, content_type):
    print("reads", content_type)
    return np.array([line.split(",") for line in text.splitlines()], dtype=float)
def predict_fn(rows, model):
    return rows / 2
"""
"""A script whose answers are written by the container's own function, in the type that it is asked for."""
_ROWS = np.random.default_rng(7).random((20, FEATURES)).round(3) * 2
_LINES = "\n".join(",".join(map(str, row)) for row in _ROWS)
_NAME = "in-series"


def _containers(server: RunningServer, model_archive: bytes) -> list[dict[str, Any]]:
    script = put(server, "models/halves/model.tar.gz", tar_of({"code/inference.py": _HALVES.encode()}))
    return [
        {
            "ContainerHostname": "halves",
            "Image": SCIKIT_LEARN_IMAGE,
            "ModelDataUrl": script,
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            },
        },
        {
            "ContainerHostname": "scores",
            "Image": IMAGE,
            "ModelDataUrl": put(server, "models/scores/model.tar.gz", model_archive),
        },
    ]


def _create(server: RunningServer, name: str, containers: list[dict[str, Any]], **members: Any) -> None:
    server.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=containers, **members)


@pytest.fixture(scope="module")
def model(server: RunningServer, model_archive: bytes) -> str:
    """An inference pipeline of a script and a built-in model."""
    containers = _containers(server, model_archive)
    _create(server, _NAME, containers, InferenceExecutionConfig={"Mode": "Serial"})
    return _NAME


@pytest.fixture(scope="module")
def endpoint(server: RunningServer, model: str) -> str:
    """An endpoint of it."""
    create_endpoint_config(server, model, model)
    server.client("sagemaker").create_endpoint(EndpointName=model, EndpointConfigName=model)
    description = ended(server, "endpoint", model)
    assert description["EndpointStatus"] == "InService", description.get("FailureReason")
    return model


def _invoke(server: RunningServer, name: str, body: str, **members: Any) -> dict[str, Any]:
    return server.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=body, **{"ContentType": "text/csv", **members}
    )


def test_scores_are_those_of_what_the_first_container_answers(
    server: RunningServer, endpoint: str, booster: Any
) -> None:
    expected = booster.inplace_predict(_ROWS / 2).tolist()
    answer = _invoke(server, endpoint, _LINES)
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert [float(line) for line in answer["Body"].read().decode().splitlines()] == expected
    # What the client accepts is the last container's matter: the first one writes CSV nevertheless.
    answer = _invoke(server, endpoint, _LINES, Accept="application/json")
    assert (answer["ContentType"], answer["Body"].read()[:15]) == ("application/json", b'{"predictions":')


def test_descriptions_name_all_containers(server: RunningServer, endpoint: str) -> None:
    client = server.client("sagemaker")
    described = client.describe_model(ModelName=_NAME)
    assert [each["ContainerHostname"] for each in described["Containers"]] == ["halves", "scores"]
    assert described["InferenceExecutionConfig"] == {"Mode": "Serial"}
    (variant,) = client.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    assert [each["SpecifiedImage"] for each in variant["DeployedImages"]] == [SCIKIT_LEARN_IMAGE, IMAGE]


@pytest.mark.parametrize(
    ("body", "container", "status", "words"),
    [("a,b,c", "halves", 500, "Internal Server Error"), ("1,2,3,4", "scores", 400, "Feature size of csv")],
)
def test_error_names_its_container(
    server: RunningServer, endpoint: str, body: str, container: str, status: int, words: str
) -> None:
    with pytest.raises(ClientError, match=rf"error \({status}\) from {container} with message") as caught:
        _invoke(server, endpoint, body)
    assert caught.value.response["OriginalStatusCode"] == status
    assert words in caught.value.response["OriginalMessage"]


def test_each_container_has_a_log_stream(server: RunningServer, endpoint: str) -> None:
    logs = server.client("logs")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    with pytest.raises(ClientError):
        _invoke(server, endpoint, "1,2,3,4")

    def read(container: str) -> str:
        streams = [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group)["logStreams"]]
        named = [stream for stream in streams if stream.endswith(f"/{container}")]
        return str([logs.get_log_events(logGroupName=group, logStreamName=stream)["events"] for stream in named])

    wait_until(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"], "the endpoint's log group")
    wait_until(lambda: "reads text/csv" in read("halves"), "the first container's log")
    wait_until(lambda: "invocation answered with 400" in read("scores"), "the second container's log")


def test_crashed_container_is_started_again_with_the_others(server: RunningServer, endpoint: str, booster: Any) -> None:
    jobs = server.context.jobs
    (instance,) = (path.name for path in jobs.folder("endpoints", endpoint).iterdir())

    assert jobs.stop(f"endpoint/{endpoint}/{instance}")

    with contextlib.suppress(server.client("sagemaker-runtime").exceptions.ModelError):
        _invoke(server, endpoint, "1,1,1")
    score = float(_invoke(server, endpoint, "1,1,1")["Body"].read())
    assert score == booster.inplace_predict(np.full((1, FEATURES), 0.5))[0]


def test_stopped_transform_job_ends_all_containers(server: RunningServer, model: str) -> None:
    put(server, "series-long/a.csv", "\n".join([_LINES] * 500))
    request = _transform_request("series-long", "series-long/a.csv", BatchStrategy="SingleRecord")
    client = server.client("sagemaker")
    client.create_transform_job(**request)
    wait_until(lambda: "TransformStartTime" in client.describe_transform_job(TransformJobName="series-long"), "a start")

    client.stop_transform_job(TransformJobName="series-long")

    assert ended(server, "transform_job", "series-long")["TransformJobStatus"] == "Stopped"
    assert not any(server.context.jobs.stop(f"transform-job/series-long{suffix}") for suffix in ("", "/scores"))


def test_transform_job(server: RunningServer, model: str, booster: Any) -> None:
    put(server, "series/a.csv", _LINES)
    _transform(server, "series", "series/a.csv")
    scores = [float(line) for line in get(server, "out/series/a.csv.out").splitlines()]
    assert scores == booster.inplace_predict(_ROWS / 2).tolist()
    left = Path(server.server.settings.data_dir, "jobs", "transform-jobs", "series")
    assert sorted(path.name for path in left.rglob("*") if path.is_dir()) == ["1-halves", "2-scores"]


def test_failed_transform_job_names_the_container(server: RunningServer, model: str) -> None:
    put(server, "series-bad/a.csv", "1,2,3,4")
    reason = _transform(server, "series-bad", "series-bad/a.csv", ModelClientConfig={"InvocationsMaxRetries": 0})
    assert "the model's container scores answered 400: Unable to evaluate payload" in reason
    assert keys(server, "out/series-bad/") == []


def _transform_request(name: str, key: str, **members: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{key}"}
    return {
        "TransformJobName": name,
        "ModelName": _NAME,
        "TransformInput": {"DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out/{name}", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }


def _transform(server: RunningServer, name: str, key: str, **members: Any) -> str:
    server.client("sagemaker").create_transform_job(**_transform_request(name, key, **members))
    return str(ended(server, "transform_job", name).get("FailureReason", ""))


def test_deleted_endpoint_leaves_logs_only(server: RunningServer, model: str, booster: Any) -> None:
    """The endpoint of a package of both containers, which have no names."""
    client = server.client("sagemaker")
    described = client.describe_model(ModelName=model)["Containers"]
    client.create_model_package_group(ModelPackageGroupName="series")
    package = client.create_model_package(
        ModelPackageGroupName="series",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [
                {name: each[name] for name in ("Image", "ModelDataUrl", "Environment") if name in each}
                for each in described
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    _create(server, "packaged", [{"ModelPackageName": package}])
    create_endpoint_config(server, "packaged", "packaged")
    client.create_endpoint(EndpointName="packaged", EndpointConfigName="packaged")
    assert ended(server, "endpoint", "packaged")["EndpointStatus"] == "InService"
    assert (
        float(_invoke(server, "packaged", "1,1,1")["Body"].read()) == booster.inplace_predict(np.full((1, 3), 0.5))[0]
    )
    with pytest.raises(ClientError, match=r"\(500\) from container-1 with"):
        _invoke(server, "packaged", "a,b,c")

    client.delete_endpoint(EndpointName="packaged")
    with contextlib.suppress(ClientError):
        while client.describe_endpoint(EndpointName="packaged"):
            pass
    folder = Path(server.server.settings.data_dir, "jobs", "endpoints", "packaged")
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {"log.txt"}


def test_container_that_does_not_start_is_named(server: RunningServer, model_archive: bytes) -> None:
    first, second = _containers(server, model_archive)
    second["ModelDataUrl"] = put(server, "models/broken/model.tar.gz", tar_of({"xgboost-model": b"no model"}))
    _create(server, "broken", [first, second])
    create_endpoint_config(server, "broken", "broken")
    server.client("sagemaker").create_endpoint(EndpointName="broken", EndpointConfigName="broken")

    description = ended(server, "endpoint", "broken")

    assert description["EndpointStatus"] == "Failed"
    assert "container scores: the model server did not start" in description["FailureReason"]


@pytest.mark.parametrize(
    ("names", "words"),
    [(("one", None), "must be given for every container"), (("one", "one"), "each another")],
)
def test_names_of_containers_are_all_given_and_differ(
    server: RunningServer, model_archive: bytes, names: tuple[str | None, ...], words: str
) -> None:
    containers = _containers(server, model_archive)
    for container, name in zip(containers, names, strict=True):
        container.pop("ContainerHostname")
        container |= {} if name is None else {"ContainerHostname": name}
    with pytest.raises(ClientError, match=words):
        _create(server, "names", containers)


def test_serverless_endpoint_of_several_containers_is_refused(server: RunningServer, model: str) -> None:
    with pytest.raises(ClientError, match="ServerlessConfig, and its model several containers"):
        create_endpoint_config(server, "serverless-series", model, serverless=1)
