"""What stands behind an endpoint: more and fewer instances, bounds of serverless ones, metrics, captured data."""

from __future__ import annotations

import base64
import functools
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.services import cloudwatch, sagemaker
from tests.conftest import RunningServer, running
from tests.services.sagemaker.examples import BUCKET, create_endpoint_config, create_model, ended, get, keys
from tests.waiting import wait_until

ROW = "0.9,0.2,0.3"
BUILDERS = (cloudwatch.build, sagemaker.build)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model_archive: bytes) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), BUILDERS) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        server.client("s3").create_bucket(Bucket=BUCKET)
        create_model(server, "model", model_archive)
        yield server


def _endpoint(server: RunningServer, name: str, **config: Any) -> str:
    create_endpoint_config(server, name, "model", **config)
    server.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert ended(server, "endpoint", name)["EndpointStatus"] == "InService"
    return name


def _invoke(server: RunningServer, name: str, body: str = ROW, **members: Any) -> str:
    request = {"EndpointName": name, "Body": body, "ContentType": "text/csv", **members}
    return server.client("sagemaker-runtime").invoke_endpoint(**request)["Body"].read().decode()


def _processes(server: RunningServer, name: str) -> int:
    """Count the model servers of an endpoint that run."""
    folders = server.context.jobs.folder("endpoints", name).iterdir()
    return sum((folder / "container").exists() for folder in folders)


def test_instances_are_added_and_taken_away_under_load(server: RunningServer) -> None:
    client, name = server.client("sagemaker"), _endpoint(server, "scaled")
    finish = threading.Event()

    def keep_asking() -> int:
        asked = 0
        while not finish.is_set():
            assert float(_invoke(server, name))
            asked += 1
        return asked

    def scale(count: int) -> dict[str, Any]:
        desired = [{"VariantName": "AllTraffic", "DesiredInstanceCount": count}]
        client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=desired)
        (variant,) = ended(server, "endpoint", name)["ProductionVariants"]
        return variant

    with ThreadPoolExecutor(3) as pool:
        askers = [pool.submit(keep_asking) for _ in range(3)]
        assert scale(3)["CurrentInstanceCount"] == 3
        assert _processes(server, name) == 3
        assert scale(1)["CurrentInstanceCount"] == 1
        finish.set()
        assert all(asker.result() for asker in askers)

    wait_until(lambda: _processes(server, name) == 1)


def test_update_retains_what_was_scaled(server: RunningServer) -> None:
    client, name = server.client("sagemaker"), _endpoint(server, "retained")
    create_endpoint_config(server, "retained-next", "model")
    desired = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 3.0}]
    client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=desired)
    ended(server, "endpoint", name)

    client.update_endpoint(EndpointName=name, EndpointConfigName="retained-next", RetainAllVariantProperties=True)

    (variant,) = ended(server, "endpoint", name)["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 3.0)


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        ({"VariantName": "AllTraffic", "DesiredInstanceCount": 5}, "must be 1 to 4 on this one host"),
        ({"VariantName": "other", "DesiredInstanceCount": 2}, "has the variant AllTraffic"),
    ],
)
def test_capacity_that_is_not_to_be_had_is_refused(server: RunningServer, desired: dict, words: str) -> None:
    name = f"refused-{len(words)}"
    _endpoint(server, name)

    with pytest.raises(ClientError, match=words):
        server.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[desired]
        )


def test_serverless_endpoint_throttles(server: RunningServer) -> None:
    name = _endpoint(server, "serverless", serverless=1)
    body = "\n".join([ROW] * 100_000)
    faults: list[str] = []

    def ask(_: int) -> bool:
        try:
            return bool(_invoke(server, name, body))
        except ClientError as error:
            faults.append(error.response["Error"]["Code"])
            return False

    with ThreadPoolExecutor(4) as pool:
        answered = list(pool.map(ask, range(4)))

    assert any(answered)
    assert set(faults) == {"ThrottlingException"}
    assert _invoke(server, name)


def test_metrics_of_invocations(server: RunningServer) -> None:
    name = _endpoint(server, "measured")
    for _ in range(5):
        _invoke(server, name)
    with pytest.raises(ClientError):
        _invoke(server, name, "1,2,3,4")
    start = datetime.now(UTC) - timedelta(minutes=2)

    def statistics(metric: str) -> dict[str, float]:
        names = ("Sum", "SampleCount", "Maximum")
        found = server.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}],
            StartTime=start,
            EndTime=start + timedelta(minutes=4),
            Period=600,
            Statistics=list(names),
        )["Datapoints"]
        return {key: sum(point[key] for point in found) for key in names}

    wait_until(lambda: statistics("Invocations")["Sum"] >= 6)

    assert statistics("Invocations")["Sum"] == statistics("InvocationsPerInstance")["Sum"] == 6
    assert statistics("Invocation4XXErrors")["Sum"] == 1
    assert statistics("Invocation5XXErrors") == {"Sum": 0, "SampleCount": 6, "Maximum": 0}
    assert 0 < statistics("ModelLatency")["Maximum"] < 5e6
    assert statistics("OverheadLatency")["SampleCount"] == 6


def _captured(server: RunningServer, prefix: str, count: int) -> list[dict[str, Any]]:
    """Wait for captured invocations."""

    def captured() -> list[dict[str, Any]] | None:
        lines = [line for key in keys(server, prefix) for line in get(server, key).splitlines()]
        return [json.loads(line) for line in lines] if len(lines) >= count else None

    found: list[dict[str, Any]] = wait_until(captured, f"the capture of {count} invocations")
    return found


def _capture(prefix: str, **members: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/{prefix}",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        **members,
    }


def test_invocations_are_captured(server: RunningServer) -> None:
    headers = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
    config = _capture("captured", CaptureContentTypeHeader=headers)
    name = _endpoint(server, "captured", DataCaptureConfig=config)
    status = server.client("sagemaker").describe_endpoint(EndpointName=name)["DataCaptureConfig"]
    assert (status["CaptureStatus"], status["CurrentSamplingPercentage"]) == ("Started", 100)

    answers = [_invoke(server, name, InferenceId="one"), _invoke(server, name, Accept="application/json")]
    first, second = _captured(server, "captured/", 2)

    assert first["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": ROW, "encoding": "CSV"},
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "data": answers[0],
            "encoding": "CSV",
        },
    }
    assert first["eventVersion"] == "0"
    assert first["eventMetadata"]["inferenceId"] == "one"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["eventMetadata"]["inferenceTime"])
    assert second["captureData"]["endpointOutput"]["encoding"] == "JSON"
    assert second["captureData"]["endpointOutput"]["data"] == answers[1]
    pattern = r"captured/captured/AllTraffic/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl"
    assert all(re.fullmatch(pattern, key) for key in keys(server, "captured/"))


def test_captured_sample_is_base64_when_no_type_is_listed(server: RunningServer) -> None:
    config = _capture("sampled", InitialSamplingPercentage=50, CaptureOptions=[{"CaptureMode": "Input"}])
    name = _endpoint(server, "sampled", DataCaptureConfig=config)
    for _ in range(60):
        _invoke(server, name)

    first, *_ = found = _captured(server, "sampled/", 10)

    assert list(first["captureData"]) == ["endpointInput"]
    assert first["captureData"]["endpointInput"]["encoding"] == "BASE64"
    assert base64.b64decode(first["captureData"]["endpointInput"]["data"]).decode() == ROW
    time.sleep(2.5)
    assert len(found) <= len(_captured(server, "sampled/", 10)) < 55


def test_orderly_stop_loses_no_capture(tmp_path: Path, model_archive: bytes) -> None:
    with running(tmp_path, BUILDERS) as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        create_model(server, "model", model_archive)
        _endpoint(server, "stopped", DataCaptureConfig=_capture("stopped"))
        for _ in range(3):
            _invoke(server, "stopped")

    with running(tmp_path, BUILDERS) as server:
        assert len(_captured(server, "stopped/", 3)) == 3
        _invoke(server, "stopped")
        assert len(_captured(server, "stopped/", 4)) == 4
