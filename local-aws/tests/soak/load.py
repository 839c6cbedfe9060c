"""Many clients at once, each asking again as soon as it is answered: throughput, delays, and what is dropped."""

from __future__ import annotations

import http.client
import itertools
import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials

from tests.processes import ServerProcess, server_process
from tests.soak.figures import Figure, quantile
from tests.soak.kills import clients_of
from tests.soak.stores import BUCKET, DATABASE

_CLIENTS = (1, 16, 64)
_MOST = _CLIENTS[-1]
_ROUNDS = 4
"""A machine that others use makes a round worse, never better: the best one counts."""
_SECONDS = 10.0
_IDLE = 500
_RATIO = 0.9
_SPREAD = 3.0
_IDLE_COST = 0.2
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Run:
    """What clients have seen: the seconds of each call, how many failed, and for how long all ran."""

    calls: list[float]
    dropped: int
    seconds: float

    @property
    def throughput(self) -> float:
        """Calls per second."""
        return len(self.calls) / self.seconds


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Measure; return the figures."""
    del seed
    seconds = max(2.0, _SECONDS * scale)
    with server_process(folder / "data") as server:
        requests = _prepared(server)
        _closed_loop(server, requests, 4, 1.0)
        rounds = [
            {number: _closed_loop(server, requests, number, seconds) for number in _CLIENTS} for _ in range(_ROUNDS)
        ]
        at_once = _at_once(server, requests)
        cost = min(_cost_of_idle_connections(server, requests, seconds) for _ in range(_ROUNDS))
    figures = [_described(number, result) for number, result in rounds[-1].items()]
    dropped = sum(result.dropped for runs in rounds for result in runs.values())
    ratio = max(runs[_MOST].throughput / runs[1].throughput for runs in rounds)
    spread = min(quantile(runs[_MOST].calls, 0.99) / quantile(runs[_MOST].calls, 0.5) for runs in rounds)
    late = 1000 if scale >= 1 else 10_000  # on a machine that is shared, a second says nothing
    median, worst = quantile(at_once.calls, 0.5) * 1000, max(at_once.calls, default=math.inf) * 1000
    return [
        *figures,
        Figure("64 clients: throughput / that of one", f"{ratio:.2f}", f">= {_RATIO}", ratio >= _RATIO),
        Figure("64 clients: p99 / median", f"{spread:.1f}", f"<= {_SPREAD:.0f}", spread <= _SPREAD),
        Figure("dropped", str(dropped), "0", dropped == 0),
        Figure(
            "64 new connections at once: median / worst",
            f"{median:.0f} / {worst:.0f} ms, {at_once.dropped} dropped",
            f"worst <= {late / 1000:.0f} s, 0 dropped",
            worst <= late and not at_once.dropped,
        ),
        Figure(f"{_IDLE} idle connections add", f"{cost:+.0%}", f"<= {_IDLE_COST:.0%}", cost <= _IDLE_COST),
    ]


def _described(number: int, result: Run) -> Figure:
    median, late = (quantile(result.calls, share) * 1000 for share in (0.5, 0.99))
    return Figure(f"{number} clients", f"{result.throughput:.0f} a second, median {median:.1f} ms, p99 {late:.1f} ms")


def _prepared(server: ServerProcess) -> list[AWSPreparedRequest]:
    """Return short calls of several services, signed already: signing must not be what is measured."""
    clients = clients_of(server)
    clients("sqs").create_queue(QueueName="soak")
    clients("s3").create_bucket(Bucket=BUCKET)
    clients("s3").put_object(Bucket=BUCKET, Key="a", Body=b"a")
    clients("glue").create_database(DatabaseInput={"Name": DATABASE})
    json_type = {"Content-Type": "application/x-amz-json-1.1"}
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    calls: list[tuple[str, str, str, dict[str, str], bytes]] = [
        ("sqs", "POST", "/", {"X-Amz-Target": "AmazonSQS.GetQueueUrl", **json_type}, b'{"QueueName": "soak"}'),
        ("sts", "POST", "/", form_type, b"Action=GetCallerIdentity&Version=2011-06-15"),
        ("s3", "GET", f"/{BUCKET}/a", {}, b""),
        ("glue", "POST", "/", {"X-Amz-Target": "AWSGlue.GetDatabase", **json_type}, b'{"Name": "soak"}'),
        ("sagemaker", "POST", "/", {"X-Amz-Target": "SageMaker.ListPipelines", **json_type}, b"{}"),
    ]
    keys = Credentials(server.environment["AWS_ACCESS_KEY_ID"], server.environment["AWS_SECRET_ACCESS_KEY"])
    prepared = []
    for service, method, path, headers, body in calls:
        request = AWSRequest(method, f"{server.url}{path}", headers, body)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(keys, service, server.environment["AWS_REGION"]).add_auth(request)
        prepared.append(request.prepare())
    return prepared


def _call(connection: http.client.HTTPConnection, request: AWSPreparedRequest) -> None:
    path = urlsplit(request.url).path
    connection.request(request.method, path, request.body, dict(request.headers.items()))
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise http.client.HTTPException(f"{answer.status} {content[:200]!r}")


def _closed_loop(server: ServerProcess, requests: list[AWSPreparedRequest], number: int, seconds: float) -> Run:
    """Have clients call, each on a connection of its own, for so long."""
    calls: list[float] = []
    dropped: list[str] = []
    start = threading.Barrier(number + 1)

    def work(first: int) -> None:
        own = itertools.islice(itertools.cycle(requests), first, None)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_SECONDS)
        start.wait()
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            try:
                _call(connection, next(own))
                calls.append(time.monotonic() - begun)
            except (OSError, http.client.HTTPException) as error:
                dropped.append(str(error))
                connection.close()
        connection.close()

    with ThreadPoolExecutor(number) as pool:
        working = [pool.submit(work, position) for position in range(number)]
        start.wait()
        begun = time.monotonic()
        for each in working:
            each.result()
    return Run(calls, len(dropped), time.monotonic() - begun)


def _at_once(server: ServerProcess, requests: list[AWSPreparedRequest]) -> Run:
    """Have 64 clients connect and call once, all at the same time."""
    return _closed_loop(server, requests, _MOST, 0.001)


def _cost_of_idle_connections(server: ServerProcess, requests: list[AWSPreparedRequest], seconds: float) -> float:
    """Return the share by which the median of one client's calls grows beside idle connections."""
    without = quantile(_closed_loop(server, requests, 1, seconds).calls, 0.5)
    with _idle_connections(server, _IDLE):
        return quantile(_closed_loop(server, requests, 1, seconds).calls, 0.5) / without - 1


@contextmanager
def _idle_connections(server: ServerProcess, number: int) -> Iterator[None]:
    with ExitStack() as opened:
        for _ in range(number):
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=_TIMEOUT_SECONDS))
        time.sleep(0.5)
        yield
