"""``kill -9`` under mixed load, again and again: nothing acknowledged is lost, nothing is left lying about."""

from __future__ import annotations

import functools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from botocore.exceptions import ClientError

from tests.processes import ServerProcess
from tests.services.sagemaker.examples import BUCKET as MODELS
from tests.services.sagemaker.examples import (
    FEATURES,
    create_endpoint_config,
    create_model,
    tar_of,
    train_booster,
)
from tests.services.sagemaker.pipelines.definitions import BUCKET as PIPELINE_BUCKET
from tests.services.sagemaker.pipelines.definitions import definition, processing
from tests.soak.figures import Figure, quantile
from tests.soak.stores import BUCKET, DATABASE, STORES, Clients
from tests.soak.writers import DEAD, Writer
from tests.waiting import wait_until

RESTART_GOAL_SECONDS = 3.0
_SHARED_MACHINE_SECONDS = 15.0
"""What decides below the full scale: where others run too, 3 s say nothing."""
_LOAD_SECONDS = (0.3, 2.0)
_ORPHAN_SECONDS = 10.0
_TEMPLATE = (
    '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, '
    '"Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}, '
    '"Later": {"Type": "AWS::SQS::Queue", "DependsOn": "Topic"}}}'
)


class Load:
    """Everything that is written while the server may die.

    Parameters
    ----------
    seed
        Of what the writers choose.
    """

    def __init__(self, seed: int) -> None:
        self.writers = [
            Writer(f"w{number}", store, f"{seed} {kind}") for number, (kind, store) in enumerate(STORES.items())
        ]
        self.messages: set[str] = set()
        self.stacks: dict[str, bool] = {}
        self.executions: set[str] = set()
        self.updates = 0
        self._number = 0

    def run(self, server: ServerProcess, seconds: float) -> None:
        """Write for so long, kill the server, and wait until every client has noticed."""
        clients = clients_of(server)
        stop = threading.Event()
        works: list[Callable[[], None]] = [
            *[functools.partial(writer.write_until, stop, clients) for writer in self.writers],
            functools.partial(self._repeat, stop, self._send, clients),
            functools.partial(self._repeat, stop, self._stack, clients),
            functools.partial(self._repeat, stop, self._execute, clients),
            functools.partial(self._repeat, stop, self._update, clients),
        ]
        with ThreadPoolExecutor(len(works)) as pool:
            running = [pool.submit(work) for work in works]
            time.sleep(seconds)
            server.kill()
            stop.set()
            for work in running:
                work.result()

    def _repeat(self, stop: threading.Event, work: Callable[[Clients], None], clients: Clients) -> None:
        with suppress(*DEAD):
            while not stop.is_set():
                work(clients)

    def _send(self, clients: Clients) -> None:
        body = uuid.uuid4().hex
        if clients("sqs").send_message(QueueUrl=_queue(clients), MessageBody=body).get("MessageId"):
            self.messages.add(body)

    def _stack(self, clients: Clients) -> None:
        self._number += 1
        name = f"soak-stack-{self._number}"
        if clients("cloudformation").create_stack(StackName=name, TemplateBody=_TEMPLATE).get("StackId"):
            self.stacks[name] = True
        time.sleep(0.1)
        if self._number > 3:
            old = f"soak-stack-{self._number - 3}"
            with suppress(ClientError):
                clients("cloudformation").delete_stack(StackName=old)

    def _execute(self, clients: Clients) -> None:
        arn = clients("sagemaker").start_pipeline_execution(PipelineName="soak-runs").get("PipelineExecutionArn")
        if arn:
            self.executions.add(arn)
        time.sleep(0.2)

    def _update(self, clients: Clients) -> None:
        with suppress(ClientError):  # one update at a time
            config = f"soak-{self.updates % 2}"
            clients("sagemaker").update_endpoint(EndpointName="soak", EndpointConfigName=config)
            self.updates += 1
        time.sleep(0.2)


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Kill a server 100 times (scaled); return the figures."""
    chosen = random.Random(f"{seed} kills")
    kills = max(3, round(100 * scale))
    load = Load(seed)
    restarts: list[float] = []
    lost: list[str] = []
    orphans: list[str] = []
    server = ServerProcess(folder / "data")
    try:
        _prepare(server)
        for _ in range(kills):
            family = server.processes()[1:]
            load.run(server, chosen.uniform(*_LOAD_SECONDS))
            server = ServerProcess(folder / "data")
            restarts.append(server.start_seconds)
            clients = clients_of(server)
            for writer in load.writers:
                lost += writer.losses(clients)
            lost += _lost_of_the_rest(load, clients)
            orphans += orphaned_processes(family)
            orphans += _orphaned_files(server.data_dir, clients)
        clients = clients_of(server)
        for writer, store in zip(load.writers, STORES.values(), strict=True):
            there = {name for name in store.names(clients) if name.startswith(f"{writer.name}-")}
            orphans += [f"{name} was not acknowledged as there" for name in there - writer.expected()]
            lost += [f"{name} is not listed" for name in writer.expected() - there]
        lost += _undelivered(load, clients)
        orphans += _half_made(load, clients)
    finally:
        server.stop()
    writes = sum(writer.journal.writes for writer in load.writers)
    writes += len(load.messages) + len(load.stacks) + len(load.executions) + load.updates
    histogram = Counter(f"{int(seconds)}-{int(seconds) + 1} s" for seconds in restarts)
    return [
        Figure(f"{kills} kills: acknowledged writes", str(writes), "> 0", writes > 0),
        Figure(f"{kills} kills: lost", _counted(lost), "0", not lost),
        Figure(f"{kills} kills: orphans", _counted(orphans), "0", not orphans),
        Figure(
            f"{kills} kills: restart, median / worst",
            f"{quantile(restarts, 0.5):.1f} / {max(restarts):.1f} s",
            f"<= {RESTART_GOAL_SECONDS:.0f} s; decides below scale 1: {_SHARED_MACHINE_SECONDS:.0f} s",
            quantile(restarts, 0.5) <= (RESTART_GOAL_SECONDS if scale >= 1 else _SHARED_MACHINE_SECONDS),
        ),
        Figure("restart times", ", ".join(f"{bin}: {count}" for bin, count in sorted(histogram.items()))),
    ]


def clients_of(server: ServerProcess) -> Clients:
    """Return what makes each client of a server once."""
    return functools.cache(lambda service: server.client(service, max_pool_connections=20, read_timeout=60))


def _prepare(server: ServerProcess) -> None:
    clients = clients_of(server)
    for bucket in (BUCKET, MODELS, PIPELINE_BUCKET):
        clients("s3").create_bucket(Bucket=bucket)
    clients("glue").create_database(DatabaseInput={"Name": DATABASE})
    clients("sqs").create_queue(QueueName="soak")
    clients("sagemaker").create_pipeline(
        PipelineName="soak-runs",
        PipelineDefinition=definition(processing("A"), processing("B", DependsOn=["A"])),
        RoleArn="arn:aws:iam::123456789012:role/soak",
    )
    anything: Any = server
    for number in range(2):
        archive = tar_of({"xgboost-model": bytes(train_booster(FEATURES, number).save_raw("ubj"))})
        create_model(anything, f"soak-{number}", archive)
        create_endpoint_config(anything, f"soak-{number}", f"soak-{number}")
    clients("sagemaker").create_endpoint(EndpointName="soak", EndpointConfigName="soak-0")
    wait_until(lambda: _endpoint_status(clients) == "InService", "the endpoint")


def _endpoint_status(clients: Clients) -> str:
    return str(clients("sagemaker").describe_endpoint(EndpointName="soak")["EndpointStatus"])


def _queue(clients: Clients) -> str:
    return str(clients("sqs").get_queue_url(QueueName="soak").get("QueueUrl", ""))


def _lost_of_the_rest(load: Load, clients: Clients) -> list[str]:
    lost = []
    attributes = clients("sqs").get_queue_attributes(
        QueueUrl=_queue(clients), AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    if int(attributes["ApproximateNumberOfMessages"]) < len(load.messages):
        lost.append(f"{len(load.messages)} messages were taken, {attributes} are there")
    listed = {
        summary["PipelineExecutionArn"]
        for page in clients("sagemaker")
        .get_paginator("list_pipeline_executions")
        .paginate(PipelineName="soak-runs", PaginationConfig={"PageSize": 100})
        for summary in page["PipelineExecutionSummaries"]
    }
    lost += [f"{arn} is not listed" for arn in load.executions - listed]
    stacks = {
        stack["StackName"]
        for page in clients("cloudformation").get_paginator("list_stacks").paginate()
        for stack in page["StackSummaries"]
    }
    lost += [f"stack {name} is not listed" for name in load.stacks.keys() - stacks]
    if _endpoint_status(clients) in ("Failed", "OutOfService"):
        lost.append(f"the endpoint is {_endpoint_status(clients)}")
    return lost


def orphaned_processes(family: Iterable[psutil.Process]) -> list[str]:
    """Return the children of the killed server that have outlived it."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    left = [process for process in family if process.is_running()]
    while left and time.monotonic() < deadline:
        time.sleep(0.1)
        left = [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return [f"process {process.pid} has outlived its server" for process in left]


def _orphaned_files(data_dir: Path, clients: Clients) -> list[str]:
    """Return the files of S3 for which there is neither an object nor a part of an upload."""
    s3 = clients("s3")
    known = 0
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        known += sum(page["KeyCount"] for page in pages)
        for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
            parts = s3.list_parts(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            known += len(parts.get("Parts", []))
    files = [str(path) for path in (data_dir / "s3").rglob("*") if path.is_file()]
    return [f"{len(files)} files, {known} objects and parts: {sorted(files)[-1]}"] if len(files) != known else []


def _undelivered(load: Load, clients: Clients) -> list[str]:
    """Receive all messages; return those that were taken and do not come."""
    received: set[str] = set()
    while messages := clients("sqs").receive_message(QueueUrl=_queue(clients), MaxNumberOfMessages=10).get("Messages"):
        received |= {message["Body"] for message in messages}
        for message in messages:
            clients("sqs").delete_message(QueueUrl=_queue(clients), ReceiptHandle=message["ReceiptHandle"])
    return [f"message {body} is gone" for body in load.messages - received]


def _half_made(load: Load, clients: Clients) -> list[str]:
    """Delete all stacks; return what of them is left. Wait for executions and the endpoint to come to rest."""
    cloudformation = clients("cloudformation")

    def stacks() -> list[dict[str, Any]]:
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        return [stack for page in pages for stack in page["Stacks"]]

    wait_until(lambda: not [stack for stack in stacks() if "IN_PROGRESS" in stack["StackStatus"]], "stacks at rest")
    for stack in stacks():
        cloudformation.delete_stack(StackName=stack["StackName"])
    wait_until(lambda: not stacks(), "the end of all stacks")
    queues = clients("sqs").list_queues(QueueNamePrefix="soak-stack").get("QueueUrls", [])
    topics = [
        topic["TopicArn"] for topic in clients("sns").list_topics()["Topics"] if "soak-stack" in topic["TopicArn"]
    ]
    unfinished = [
        arn
        for arn in load.executions
        if clients("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
        == "Executing"
    ]
    wait_until(lambda: _endpoint_status(clients) == "InService", "an endpoint in service")
    return [*queues, *topics, *[f"{arn} still runs" for arn in unfinished]]


def _counted(findings: list[str]) -> str:
    return "0" if not findings else f"{len(findings)}: " + "; ".join(sorted(findings)[:5])
