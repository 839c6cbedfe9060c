"""The most calls per second of processor time among 10 and among 1,000 records: ``python -m benchmarks.listings``."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_aws.kernel.records import now
from local_aws.server import Server
from local_aws.services import cloudwatch, sagemaker, sqs

_FEW, _MANY = 10, 1000
_CALLS = 150
_LEAST_RATIO = 0.8
_PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/listed"


def main() -> int:
    """Print the table, and return 1 if a listing is slower than it may be."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), (cloudwatch.build, sagemaker.build, sqs.build))
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            rates = {count: _rates(server, count) for count in (_FEW, _MANY)}
        finally:
            server.stop()
            thread.join()
    print(f"| operation | per second of {_FEW} | of {_MANY} | ratio |\n|---|---|---|---|")
    ratios = {name: rates[_MANY][name] / rates[_FEW][name] for name in rates[_FEW]}
    for name, ratio in ratios.items():
        print(f"| {name} | {rates[_FEW][name]:.0f} | {rates[_MANY][name]:.0f} | {ratio:.2f} |")
    return int(min(ratios.values()) < _LEAST_RATIO)


def _rates(server: Server, count: int) -> dict[str, float]:
    """Return the calls per second of each operation, with `count` records of each kind."""
    environment = server.settings.client_environment()
    clients = {name: _client(environment, name) for name in ("sagemaker", "sqs")}
    records = server.context.records
    if records.get("pipeline", "listed") is None:
        records.insert(
            "pipeline", "listed", {"PipelineName": "listed", "PipelineArn": _PIPELINE, "CreationTime": now()}
        )
    clients["sqs"].create_queue(QueueName="listed", Attributes={"VisibilityTimeout": "0"})
    url = clients["sqs"].get_queue_url(QueueName="listed")["QueueUrl"]
    for number in range(len(records.list("pipeline-execution")), count):
        arn = f"{_PIPELINE}/execution/{number:012}"
        execution = {"PipelineArn": _PIPELINE, "PipelineExecutionArn": arn, "PipelineExecutionStatus": "Succeeded"}
        records.insert("pipeline-execution", arn, {**execution, "CreationTime": now(), "_steps": [], "_parameters": {}})
        name = f"listed-{number}"
        model = {"ModelName": name, "ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"}
        records.insert("model", name, {**model, "CreationTime": now()})
        clients["sqs"].send_message(QueueUrl=url, MessageBody=name)
    calls: dict[str, Callable[[], Any]] = {
        "ListPipelineExecutions": lambda: clients["sagemaker"].list_pipeline_executions(
            PipelineName="listed", MaxResults=10
        ),
        "ListModels": lambda: clients["sagemaker"].list_models(MaxResults=10),
        "ReceiveMessage": lambda: clients["sqs"].receive_message(QueueUrl=url),
    }
    return {name: 1 / min(_seconds(call) for _ in range(_CALLS)) for name, call in calls.items()}


def _seconds(call: Callable[[], Any]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def _client(environment: dict[str, str], service: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


if __name__ == "__main__":
    sys.exit(main())
