"""Endpoint updates: no request dropped, traffic shifted in steps, taken back by alarms, and over a killed server."""

from __future__ import annotations

import functools
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from botocore.exceptions import ClientError

from local_aws.services import cloudwatch, sagemaker
from tests.clients import client_of, exported
from tests.conftest import RunningServer, running
from tests.services.sagemaker.examples import (
    BUCKET,
    FEATURES,
    IMAGE,
    ROLE,
    create_endpoint_config,
    create_model,
    ended,
    tar_of,
    train_booster,
)
from tests.waiting import wait_until

ROW = "0.9,0.2,0.3"
_SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("data"), (cloudwatch.build, sagemaker.build)) as server:
        server.client = functools.cache(server.client)  # type: ignore[method-assign]
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture(scope="module")
def scores(server: RunningServer) -> dict[str, float]:
    """Two models, with the score of `ROW` by each."""
    given = {}
    for seed, name in enumerate(("old", "new"), 1):
        booster = train_booster(FEATURES, seed)
        create_model(server, name, tar_of({"xgboost-model": bytes(booster.save_raw("ubj"))}))
        row = np.array([[float(field) for field in ROW.split(",")]])
        given[name] = float(booster.inplace_predict(row)[0])
    assert given["old"] != given["new"]
    return given


@pytest.fixture
def endpoint(
    server: RunningServer, scores: dict[str, float], request: pytest.FixtureRequest
) -> Iterator[Callable[..., str]]:
    """Return a function that creates an endpoint of ``old``, with configurations ``<name>-old`` and ``<name>-new``."""
    name = request.node.originalname.replace("_", "-")[:50]

    def make(instances: int = 1, new_instances: int | None = None) -> str:
        create_endpoint_config(server, f"{name}-old", "old", instances)
        create_endpoint_config(server, f"{name}-new", "new", new_instances or instances)
        server.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-old")
        assert ended(server, "endpoint", name)["EndpointStatus"] == "InService"
        return name

    yield make
    if server.context.records.get("endpoint", name):
        ended(server, "endpoint", name)
        server.client("sagemaker").delete_endpoint(EndpointName=name)


def _routing(kind: str = "ALL_AT_ONCE", wait: int = 0, last_wait: int = 0, alarm: str = "", **size: Any) -> dict:
    policy = {
        "TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **size},
        "TerminationWaitInSeconds": last_wait,
    }
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}} if alarm else {}
    return {"BlueGreenUpdatePolicy": policy, **rollback}


def _put_alarm(server: RunningServer, name: str, **members: Any) -> str:
    server.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "AWS/SageMaker",
            "MetricName": "Invocation4XXErrors",
            "Statistic": "Sum",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": 0.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            **members,
        }
    )
    return name


def _invoke(server: RunningServer, name: str, body: str = ROW) -> float:
    request = {"EndpointName": name, "Body": body, "ContentType": "text/csv"}
    return float(server.client("sagemaker-runtime").invoke_endpoint(**request)["Body"].read())


def _await_status(client: Any, name: str, status: str) -> dict[str, Any]:
    """Wait until the new fleet of an update is in a status."""

    def look() -> dict[str, Any] | None:
        summary: dict[str, Any] = client.describe_endpoint(EndpointName=name).get("PendingDeploymentSummary", {})
        variants = summary.get("ProductionVariants", [])
        return summary if variants and variants[0]["VariantStatus"][0]["Status"] == status else None

    found: dict[str, Any] = wait_until(look, f"an update of {name} that is {status}")
    return found


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class _Process:
    """The server as a process of its own."""

    def __init__(self, data_dir: Path, port: int) -> None:
        arguments = ["-m", "local_aws", "--port", str(port), "--data-dir", str(data_dir), "--with-stdin"]
        self._process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        self._environment = exported(self._process.stdout)
        return self

    def client(self, service: str) -> Any:
        return client_of(self._environment, service)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def test_thousand_requests_throughout_an_update(
    server: RunningServer, endpoint: Callable[..., str], scores: dict[str, float]
) -> None:
    name = endpoint()
    runtime, client = server.client("sagemaker-runtime"), server.client("sagemaker")
    answers: list[float] = []
    updated = threading.Event()

    def ask(count: int) -> None:
        for index in range(count):
            answer = runtime.invoke_endpoint(EndpointName=name, Body=ROW, ContentType="text/csv")
            answers.append(float(answer["Body"].read()))
            if index == count - 25:
                assert updated.wait(30)

    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask, 250) for _ in range(4)]
        client.update_endpoint(
            EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=_routing(wait=1, last_wait=1)
        )
        description = ended(server, "endpoint", name)
        updated.set()
        for asker in askers:
            asker.result()

    assert len(answers) == 1000
    assert set(answers) == set(scores.values())
    assert (answers[0], answers[-1]) == (scores["old"], scores["new"])
    assert description["EndpointConfigName"] == f"{name}-new"
    assert description["LastDeploymentConfig"] == _routing(wait=1, last_wait=1)
    assert "PendingDeploymentSummary" not in description


def test_alarm_set_while_baking_rolls_back(
    server: RunningServer, endpoint: Callable[..., str], scores: dict[str, float]
) -> None:
    name = endpoint()
    client = server.client("sagemaker")
    alarm = _put_alarm(server, "drill", TreatMissingData="ignore")
    client.update_endpoint(
        EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=_routing(wait=60, alarm=alarm)
    )
    summary = _await_status(client, name, "Baking")
    assert summary["EndpointConfigName"] == f"{name}-new"
    assert _invoke(server, name) == scores["new"]
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        client.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-new")
    with pytest.raises(ClientError, match="Cannot delete in-progress endpoint"):
        client.delete_endpoint(EndpointName=name)

    server.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a drill")
    description = ended(server, "endpoint", name)

    assert description["EndpointStatus"] == "InService"
    assert description["EndpointConfigName"] == f"{name}-old"
    assert description["FailureReason"] == (
        "The update was rolled back: CloudWatch alarm drill is in state ALARM while the new fleet took 100% of the "
        "traffic."
    )
    assert _invoke(server, name) == scores["old"]
    with pytest.raises(ClientError, match=r"CloudWatch alarms of AutoRollbackConfiguration: nobody"):
        client.update_endpoint(
            EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=_routing(alarm="nobody")
        )

    client.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-new", RetainDeploymentConfig=True)
    refused = ended(server, "endpoint", name)

    assert "drill is in state ALARM before traffic was shifted" in refused["FailureReason"]
    assert refused["EndpointConfigName"] == f"{name}-old"


def test_alarm_on_the_endpoints_own_errors_rolls_back(server: RunningServer, endpoint: Callable[..., str]) -> None:
    name = endpoint()
    client = server.client("sagemaker")
    dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
    alarm = _put_alarm(server, "own-errors", Dimensions=dimensions)
    client.update_endpoint(
        EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=_routing(wait=60, alarm=alarm)
    )
    _await_status(client, name, "Baking")

    with pytest.raises(ClientError, match="Feature size"):
        _invoke(server, name, "1,2,3,4")
    description = ended(server, "endpoint", name)

    assert description["EndpointConfigName"] == f"{name}-old"
    assert "alarm own-errors is in state ALARM" in description["FailureReason"]


def test_endpoint_step_fails_with_the_reason_of_a_failed_update(
    server: RunningServer, endpoint: Callable[..., str]
) -> None:
    name = endpoint()
    client = server.client("sagemaker")
    create_model(server, "broken", b"not an archive")
    create_endpoint_config(server, f"{name}-broken", "broken", 1)
    arguments = {"EndpointName": name, "EndpointConfigName": f"{name}-broken"}
    steps = [{"Name": "Deploy", "Type": "Endpoint", "Arguments": arguments}]
    client.create_pipeline(
        PipelineName=name,
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": steps}),
        ClientRequestToken="t" * 32,
        RoleArn=ROLE,
    )
    arn = client.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]

    def failed_step() -> dict[str, Any] | None:
        (step,) = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"] or [{}]
        return step if step.get("StepStatus") == "Failed" else None

    step = wait_until(failed_step)
    assert client.describe_endpoint(EndpointName=name)["FailureReason"] in step["FailureReason"]


def test_canary_takes_half_of_two_instances(
    server: RunningServer, endpoint: Callable[..., str], scores: dict[str, float]
) -> None:
    name = endpoint(2)
    client = server.client("sagemaker")
    routing = _routing("CANARY", 4, CanarySize={"Type": "INSTANCE_COUNT", "Value": 1})
    client.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=routing)
    _await_status(client, name, "Baking")

    answers = [_invoke(server, name) for _ in range(40)]
    description = ended(server, "endpoint", name)

    assert {score: answers.count(score) for score in set(answers)} == {scores["old"]: 20, scores["new"]: 20}
    assert {_invoke(server, name) for _ in range(4)} == {scores["new"]}
    (variant,) = description["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)


def test_canary_of_one_instance_is_refused(server: RunningServer, endpoint: Callable[..., str]) -> None:
    name = endpoint()
    routing = _routing("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1})

    with pytest.raises(ClientError, match="at least 2 instances, and the variant has 1"):
        server.client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=routing
        )
    assert ended(server, "endpoint", name)["EndpointStatus"] == "InService"


def test_rolling_update_is_refused(server: RunningServer, endpoint: Callable[..., str]) -> None:
    name = endpoint()
    size = {"Type": "INSTANCE_COUNT", "Value": 1}
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 0}}
    with pytest.raises(ClientError, match=r"does not support DeploymentConfig\.RollingUpdatePolicy of UpdateEndpoint"):
        server.client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=f"{name}-new", DeploymentConfig=policy
        )


def test_killed_server_comes_back_with_the_old_model(
    tmp_path: Path, scores: dict[str, float], unused_port: int
) -> None:
    with _Process(tmp_path, unused_port) as process:
        client, s3 = process.client("sagemaker"), process.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for seed, name in enumerate(("old", "new"), 1):
            archive = tar_of({"xgboost-model": bytes(train_booster(FEATURES, seed).save_raw("ubj"))})
            s3.put_object(Bucket=BUCKET, Key=f"{name}.tar.gz", Body=archive)
            container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}.tar.gz"}
            client.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
            variant = {"VariantName": "v", "ModelName": name, "ServerlessConfig": _SERVERLESS}
            client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName="killed", EndpointConfigName="old")
        client.get_waiter("endpoint_in_service").wait(EndpointName="killed", WaiterConfig={"Delay": 1})
        client.update_endpoint(EndpointName="killed", EndpointConfigName="new", DeploymentConfig=_routing(wait=600))
        _await_status(client, "killed", "Baking")
        process.kill()

    with _Process(tmp_path, unused_port) as process:
        description = process.client("sagemaker").describe_endpoint(EndpointName="killed")
        answer = process.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="killed", Body=ROW, ContentType="text/csv"
        )

    assert (description["EndpointStatus"], description["EndpointConfigName"]) == ("InService", "old")
    assert description["FailureReason"].startswith("The update was rolled back: ")
    assert "PendingDeploymentSummary" not in description
    assert float(answer["Body"].read()) == scores["old"]
