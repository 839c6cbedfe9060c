"""Load on local_aws: clients at once, bursts of connections, idle connections: ``python -m benchmarks.load``.

Each client sends its next request when it has the answer to the one before. The requests are a mix of short calls to
STS, S3, SQS, Glue and SageMaker, signed beforehand, so that the clients' own work does not count; the ratios are within
one run, so that they mean the same on every machine.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config


@dataclass(frozen=True)
class SignedRequest:
    """A request that is ready to be sent any number of times."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Load:
    """What clients saw: seconds a request, requests that failed, requests per second."""

    seconds: list[float]
    failures: int
    per_second: float

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """The 99th percentile of the seconds."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return 1 if a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds a measurement")
    seconds = parser.parse_args(arguments).seconds
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as environment:
        port = urlsplit(environment["AWS_ENDPOINT_URL"]).port or 0
        requests = signed_mix(environment)
        closed_loop(port, requests, 1, 1.0)
        loads = {clients: closed_loop(port, requests, clients, seconds) for clients in (1, 16, 64)}
        burst = burst_of_connections(port, requests[0], 64)
        idle_ratio, median, median_among_idle = cost_of_idle_connections(port, requests[0], 500, seconds / 10)
    print("| clients | requests/s | median ms | p99 ms | failed |\n|---|---|---|---|---|")
    for clients, load in loads.items():
        times = f"{load.median * 1e3:.1f} | {load.p99 * 1e3:.1f}"
        print(f"| {clients} | {load.per_second:.0f} | {times} | {load.failures} |")
    figures = {
        "throughput of 64 clients / of one >= 0.9": (loads[64].per_second / loads[1].per_second, 0.9, None),
        "p99 / median of 64 clients <= 3": (loads[64].p99 / loads[64].median, None, 3.0),
        "requests failed = 0": (float(sum(load.failures for load in loads.values())), None, 0.0),
        "slowest of 64 new connections, ms <= 100": (burst * 1e3, None, 100.0),
        f"500 idle connections, {median * 1e3:.2f} -> {median_among_idle * 1e3:.2f} ms, ratio <= 1.2": (
            idle_ratio,
            None,
            1.2,
        ),
    }
    missed = 0
    for name, (value, least, most) in figures.items():
        is_met = (least is None or value >= least) and (most is None or value <= most)
        missed += not is_met
        print(f"{'ok    ' if is_met else 'MISSED'} {name}: {value:.2f}")
    return min(missed, 1)


@contextmanager
def served(data_dir: Path) -> Iterator[dict[str, str]]:
    """Run the server in a process of its own; give the variables that it prints."""
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(data_dir), "--with-stdin"]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        environment = {}
        for line in map(str.strip, process.stdout):
            if line == "ready":
                break
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                environment[name] = value
        try:
            yield environment
        finally:
            process.terminate()


def signed_mix(environment: dict[str, str]) -> list[SignedRequest]:
    """Make what the calls need; return the calls, signed."""
    clients = {name: _client(environment, name) for name in ("s3", "sts", "sqs", "glue", "sagemaker")}
    clients["s3"].create_bucket(Bucket="load-objects")
    clients["s3"].put_object(Bucket="load-objects", Key="read", Body=b"x" * 1000)
    queue = clients["sqs"].create_queue(QueueName="load")["QueueUrl"]
    clients["glue"].create_database(DatabaseInput={"Name": "load"})
    clients["sagemaker"].create_model_package_group(ModelPackageGroupName="load")
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("sts", "get_caller_identity", {}),
        ("s3", "put_object", {"Bucket": "load-objects", "Key": "written", "Body": b"x" * 1000}),
        ("s3", "get_object", {"Bucket": "load-objects", "Key": "read"}),
        ("sqs", "send_message", {"QueueUrl": queue, "MessageBody": "x"}),
        ("sqs", "receive_message", {"QueueUrl": queue, "WaitTimeSeconds": 0}),
        ("glue", "get_database", {"Name": "load"}),
        ("sagemaker", "describe_model_package_group", {"ModelPackageGroupName": "load"}),
    ]
    return [signed(clients[service], method, parameters) for service, method, parameters in calls]


def signed(client: Any, method: str, parameters: dict[str, Any]) -> SignedRequest:
    """Let a client sign a call, and return it unsent."""
    caught: list[AWSPreparedRequest] = []

    class CaughtError(Exception):
        pass

    def catch(request: AWSPreparedRequest, **_: Any) -> None:
        caught.append(request)
        raise CaughtError

    client.meta.events.register_first("before-send", catch)
    try:
        getattr(client, method)(**parameters)
    except CaughtError:
        pass
    finally:
        client.meta.events.unregister("before-send", catch)
    request = caught[0]
    url = urlsplit(request.url)
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
        if name.lower() != "expect"
    }
    target = url.path + (f"?{url.query}" if url.query else "")
    return SignedRequest(request.method, target, headers, body.encode() if isinstance(body, str) else body)


def closed_loop(port: int, requests: Sequence[SignedRequest], clients: int, seconds: float) -> Load:
    """Let clients, each on a connection of its own, send one request after the other."""
    times: list[list[float]] = [[] for _ in range(clients)]
    failures = [0] * clients
    begin = threading.Barrier(clients + 1)

    def send(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        begin.wait()
        end = time.perf_counter() + seconds
        index = number
        while time.perf_counter() < end:
            took, is_right = _timed(connection, requests[index % len(requests)])
            times[number].append(took)
            failures[number] += not is_right
            index += 1
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    flat = [value for one in times for value in one]
    return Load(flat, sum(failures), len(flat) / took)


def burst_of_connections(port: int, request: SignedRequest, connections: int) -> float:
    """Open connections at once; return the seconds until the slowest is open and has begun to be served."""
    begin = threading.Barrier(connections)
    times: list[float] = []

    def connect() -> None:
        begin.wait()
        started = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), 60):
            times.append(time.perf_counter() - started)

    threads = [threading.Thread(target=connect) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    first, _ = _timed(connection, request)
    connection.close()
    return max([*times, first])


def cost_of_idle_connections(
    port: int, request: SignedRequest, connections: int, seconds: float
) -> tuple[float, float, float]:
    """Return the ratio of the median request's time with and without idle connections, and both medians in seconds."""
    alone, among = [], []
    for _ in range(5):
        alone += closed_loop(port, [request], 1, seconds).seconds
        with ExitStack() as opened:
            for _ in range(connections):
                opened.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            among += closed_loop(port, [request], 1, seconds).seconds
    medians = statistics.median(alone), statistics.median(among)
    return medians[1] / medians[0], *medians


def _timed(connection: http.client.HTTPConnection, request: SignedRequest) -> tuple[float, bool]:
    started = time.perf_counter()
    try:
        connection.request(request.method, request.target, request.body, request.headers)
        answer = connection.getresponse()
        answer.read()
        is_right = answer.status == 200
    except (OSError, http.client.HTTPException):
        connection.close()
        is_right = False
    return time.perf_counter() - started, is_right


def _client(environment: dict[str, str], service: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


if __name__ == "__main__":
    sys.exit(main())
