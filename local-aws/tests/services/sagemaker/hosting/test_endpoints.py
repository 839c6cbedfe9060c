"""Endpoints: in service, changed under load, broken, restarted and gone; and what their invocation answers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningServer
from tests.services.sagemaker.examples import (
    FEATURES,
    IMAGE,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)
from tests.services.sagemaker.xgboost_algorithm.test_recordio import written

ROW = "0.9,0.2,0.3"
ENDPOINT = "scores"


@pytest.fixture(scope="module")
def endpoint(server: RunningServer, model_archive: bytes) -> Iterator[str]:
    """An endpoint in service."""
    create_model(server, ENDPOINT, model_archive)
    create_endpoint_config(server, ENDPOINT, ENDPOINT)
    server.client("sagemaker").create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
    description = ended(server, "endpoint", ENDPOINT)
    assert description["EndpointStatus"] == "InService", description.get("FailureReason")
    yield ENDPOINT


def _invoke(server: RunningServer, endpoint: str, body: str | bytes, **headers: str) -> str:
    answer = server.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, Body=body, **{"ContentType": "text/csv", **headers}
    )
    return answer["Body"].read().decode()


def _other_model(server: RunningServer, name: str, seed: int) -> float:
    """Create a model and configuration of that name; return the model's score of `ROW`."""
    booster = train_booster(FEATURES, seed)
    create_model(server, name, tar_of({"xgboost-model": bytes(booster.save_raw("ubj"))}))
    create_endpoint_config(server, name, name)
    return float(booster.inplace_predict(np.array([[float(field) for field in ROW.split(",")]]))[0])


def test_scores_are_the_models(server: RunningServer, endpoint: str, booster) -> None:
    rows = np.random.default_rng(1).random((500, FEATURES))
    rows[::7, 1] = np.nan
    body = "\n".join(",".join("" if np.isnan(value) else repr(float(value)) for value in row) for row in rows)

    scores = [float(line) for line in _invoke(server, endpoint, body).splitlines()]

    assert scores == booster.inplace_predict(rows).tolist()


def test_records_of_protobuf_are_scored(server: RunningServer, endpoint: str, booster) -> None:
    rows = np.random.default_rng(2).random((20, FEATURES)).astype(np.float32)

    answer = _invoke(server, endpoint, written(rows, np.zeros(20)), ContentType="application/x-recordio-protobuf")

    assert [float(line) for line in answer.splitlines()] == booster.inplace_predict(rows).tolist()


def test_image_and_variables_of_the_model_choose_the_answer(server: RunningServer, model_archive: bytes) -> None:
    old = IMAGE.rpartition(":")[0] + ":1.0-1-cpu-py3"
    create_model(server, "old", model_archive, image=old)
    selected = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"}
    create_model(server, "selecting", model_archive, image=old, environment=selected)
    answers = []
    for name in ("old", "selecting"):
        create_endpoint_config(server, name, name)
        server.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    for name in ("old", "selecting"):
        assert ended(server, "endpoint", name)["EndpointStatus"] == "InService"
        answers.append(_invoke(server, name, f"{ROW}\n{ROW}"))

    score = answers[0].split(",")[0]
    assert answers == [f"{score},{score}", f"1,{score}\n1,{score}"]


def test_answer_says_type_and_variant(server: RunningServer, endpoint: str) -> None:
    answer = server.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, Body=ROW, ContentType="text/csv", Accept="application/json", TargetVariant="AllTraffic"
    )

    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    (prediction,) = json.loads(answer["Body"].read())["predictions"]
    assert 0 < prediction["score"] < 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (ROW, {"ContentType": "application/json"}, 415, "not an accepted ContentType"),
        (f"a,b,c\n{ROW}", {}, 415, "please ensure data is in csv format"),
        (f"{ROW},1", {}, 400, "Feature size of csv inference data 4 is not consistent"),
        (ROW, {"Accept": "image/png"}, 406, "Accept type image/png is not supported"),
    ],
)
def test_refusal_of_the_container_is_a_model_error(
    server: RunningServer, endpoint: str, body: str, headers: dict[str, str], status: int, words: str
) -> None:
    runtime = server.client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        _invoke(server, endpoint, body, **headers)

    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == status
    assert words in answer["OriginalMessage"]
    assert f"Received client error ({status}) from primary" in answer["Error"]["Message"]
    assert answer["LogStreamArn"].endswith(f"/aws/sagemaker/Endpoints/{endpoint}")


def test_empty_body_has_an_empty_answer(server: RunningServer, endpoint: str) -> None:
    answer = server.context.call("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": endpoint, "Body": b""})

    assert answer == {"Body": b"", "InvokedProductionVariant": "AllTraffic"}


@pytest.mark.filterwarnings("ignore:.*code 413 does not match an error shape")
def test_body_over_6_mb_is_refused(server: RunningServer, endpoint: str) -> None:
    with pytest.raises(ClientError) as caught:
        _invoke(server, endpoint, b"1" * (6 * 1024 * 1024 + 1))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)


def test_unknown_endpoint_and_variant(server: RunningServer, endpoint: str) -> None:
    runtime = server.client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ValidationError, match="Endpoint nobody of account 123456789012 not found"):
        _invoke(server, "nobody", ROW)
    with pytest.raises(runtime.exceptions.ValidationError, match="Variant other not found"):
        _invoke(server, endpoint, ROW, TargetVariant="other")


def test_update_drops_no_request(server: RunningServer, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    before = _other_model(server, "before", 1)
    after = _other_model(server, "after", 2)
    client.create_endpoint(EndpointName="updated", EndpointConfigName="before")
    ended(server, "endpoint", "updated")
    scores: list[float] = []
    faults: list[Exception] = []
    finish = threading.Event()

    def keep_asking() -> None:
        while not finish.is_set():
            try:
                scores.append(float(_invoke(server, "updated", ROW)))
            except ClientError as error:
                faults.append(error)

    askers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for asker in askers:
        asker.start()
    client.update_endpoint(EndpointName="updated", EndpointConfigName="after")
    description = ended(server, "endpoint", "updated")
    first_after = float(_invoke(server, "updated", ROW))
    finish.set()
    for asker in askers:
        asker.join()

    assert not faults
    assert before != after
    assert set(scores) <= {before, after}
    assert scores[0] == before
    assert first_after == after
    assert description["EndpointConfigName"] == "after"


def test_failed_update_keeps_what_was_served(server: RunningServer, model_archive: bytes) -> None:
    client = server.client("sagemaker")
    score = _other_model(server, "sound", 3)
    create_model(server, "broken", tar_of({"xgboost-model": b"no model at all"}))
    create_endpoint_config(server, "broken", "broken")
    client.create_endpoint(EndpointName="kept", EndpointConfigName="sound")
    ended(server, "endpoint", "kept")

    client.update_endpoint(EndpointName="kept", EndpointConfigName="broken")
    description = ended(server, "endpoint", "kept")

    assert description["EndpointStatus"] == "InService"
    assert description["EndpointConfigName"] == "sound"
    assert "Unable to load model" in description["FailureReason"]
    assert float(_invoke(server, "kept", ROW)) == score


@pytest.mark.parametrize(
    ("files", "environment", "words"),
    [
        ({"xgboost-model": b"no model at all"}, {}, "Unable to load model: xgboost-model"),
        ({".hidden": b""}, {}, "holds no model file"),
        ({}, {"SAGEMAKER_PROGRAM": ""}, "SAGEMAKER_PROGRAM is set and empty"),
    ],
)
def test_model_that_cannot_be_served_fails_the_endpoint(
    server: RunningServer, model_archive: bytes, files: dict[str, bytes], environment: dict[str, str], words: str
) -> None:
    name = "fails-" + "-".join(word.lower() for word in words.split()[:4]).strip(":")
    name = name.replace("_", "-")
    create_model(server, name, tar_of(files) if files else model_archive, environment)
    create_endpoint_config(server, name, name)
    client = server.client("sagemaker")

    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    description = ended(server, "endpoint", name)

    assert description["EndpointStatus"] == "Failed"
    assert words in description["FailureReason"]
    with pytest.raises(ClientError, match="is Failed and takes no requests"):
        _invoke(server, name, ROW)
    with pytest.raises(ClientError, match="Cannot update Failed endpoint"):
        client.update_endpoint(EndpointName=name, EndpointConfigName=name)


def test_crashed_model_server_is_started_again(server: RunningServer) -> None:
    score = _other_model(server, "crashes", 4)
    server.client("sagemaker").create_endpoint(EndpointName="crashes", EndpointConfigName="crashes")
    ended(server, "endpoint", "crashes")
    jobs = server.context.jobs
    (generation,) = (path.name for path in jobs.folder("endpoints", "crashes").iterdir())

    assert jobs.stop(f"endpoint/crashes/{generation}")

    with contextlib.suppress(server.client("sagemaker-runtime").exceptions.ModelError):
        _invoke(server, "crashes", ROW)
    assert float(_invoke(server, "crashes", ROW)) == score


def test_deleted_endpoint_is_gone(server: RunningServer) -> None:
    client = server.client("sagemaker")
    _other_model(server, "leaving", 5)
    client.create_endpoint(EndpointName="leaving", EndpointConfigName="leaving")
    ended(server, "endpoint", "leaving")

    client.delete_endpoint(EndpointName="leaving")

    with pytest.raises(ClientError, match=r"not found|is Deleting"):
        _invoke(server, "leaving", ROW)
    client.get_waiter("endpoint_deleted").wait(EndpointName="leaving", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    with pytest.raises(ClientError, match=r'Could not find endpoint "arn:.*:endpoint/leaving"'):
        client.describe_endpoint(EndpointName="leaving")
    client.create_endpoint(EndpointName="leaving", EndpointConfigName="leaving")
    assert ended(server, "endpoint", "leaving")["EndpointStatus"] == "InService"


def test_endpoint_that_is_being_changed_is_left_alone(server: RunningServer) -> None:
    client = server.client("sagemaker")
    _other_model(server, "busy", 6)
    client.create_endpoint(EndpointName="busy", EndpointConfigName="busy")

    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        client.update_endpoint(EndpointName="busy", EndpointConfigName="busy")
    with pytest.raises(ClientError, match="Cannot delete in-progress endpoint"):
        client.delete_endpoint(EndpointName="busy")
    assert ended(server, "endpoint", "busy")["EndpointStatus"] == "InService"


def test_serverless_endpoint(server: RunningServer) -> None:
    client = server.client("sagemaker")
    score = _other_model(server, "serverless", 7)
    client.create_endpoint_config(
        EndpointConfigName="serverless-config",
        ProductionVariants=[
            {
                "VariantName": "All",
                "ModelName": "serverless",
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
            }
        ],
    )
    client.create_endpoint(EndpointName="serverless", EndpointConfigName="serverless-config")

    description = ended(server, "endpoint", "serverless")

    (variant,) = description["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["MaxConcurrency"] == 5
    assert float(_invoke(server, "serverless", ROW)) == score


def test_serverless_endpoint_goes_onto_instances_and_not_back(server: RunningServer) -> None:
    client = server.client("sagemaker")
    _other_model(server, "grown", 8)
    create_endpoint_config(server, "grown-serverless", "grown", serverless=2)
    client.create_endpoint(EndpointName="grown", EndpointConfigName="grown-serverless")
    ended(server, "endpoint", "grown")

    client.update_endpoint(EndpointName="grown", EndpointConfigName="grown")
    (variant,) = ended(server, "endpoint", "grown")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], "CurrentServerlessConfig" in variant) == (1, False)

    with pytest.raises(ClientError, match=r"instance-based endpoint .* to a serverless one; create a new") as caught:
        client.update_endpoint(EndpointName="grown", EndpointConfigName="grown-serverless")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    description = client.describe_endpoint(EndpointName="grown")
    assert (description["EndpointStatus"], description["EndpointConfigName"]) == ("InService", "grown")


def test_config_that_is_not_there(server: RunningServer) -> None:
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        server.client("sagemaker").create_endpoint(EndpointName="none", EndpointConfigName="nobody")
