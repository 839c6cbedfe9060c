"""Many clients at once, each asking again as soon as it is answered: throughput, delays, and what is dropped."""

from __future__ import annotations

import http.client
import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.processes import ServerProcess, server_process
from tests.soak.figures import Figure, quantile
from tests.soak.kills import clients_of

_CLIENTS = (1, 16, 64)
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
        clients_of(server)("sqs").create_queue(QueueName="soak")
        requests = _signed(server)
        _closed_loop(server, requests, 4, 1.0)
        runs = {number: _closed_loop(server, requests, number, seconds) for number in _CLIENTS}
        again = _closed_loop(server, requests, 1, seconds)
        figures = [_described(number, result) for number, result in runs.items()]
        alone = (runs[1].throughput + again.throughput) / 2
        most = runs[_CLIENTS[-1]]
        dropped = sum(result.dropped for result in runs.values())
        ratio, spread = most.throughput / alone, quantile(most.calls, 0.99) / quantile(most.calls, 0.5)
        at_once = _at_once(server, requests)
        without = quantile(_closed_loop(server, requests, 1, seconds).calls, 0.5)
        with _idle_connections(server, _IDLE):
            beside = quantile(_closed_loop(server, requests, 1, seconds).calls, 0.5)
        cost = beside / without - 1
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


def _signed(server: ServerProcess) -> AWSRequest:
    """Return a call that is signed already: signing must not be what is measured."""
    body = b'{"QueueName": "soak"}'
    headers = {"X-Amz-Target": "AmazonSQS.GetQueueUrl", "Content-Type": "application/x-amz-json-1.0"}
    request = AWSRequest("POST", f"{server.url}/", headers, body)
    keys = Credentials(server.environment["AWS_ACCESS_KEY_ID"], server.environment["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "sqs", server.environment["AWS_REGION"]).add_auth(request)
    return request


def _call(connection: http.client.HTTPConnection, request: AWSRequest) -> None:
    connection.request("POST", "/", request.data, dict(request.headers.items()))
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise http.client.HTTPException(f"{answer.status} {content[:200]!r}")


def _closed_loop(server: ServerProcess, request: AWSRequest, number: int, seconds: float) -> Run:
    """Have clients call, each on a connection of its own, for so long."""
    calls: list[float] = []
    dropped: list[str] = []
    start = threading.Barrier(number + 1)

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_SECONDS)
        start.wait()
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            try:
                _call(connection, request)
                calls.append(time.monotonic() - begun)
            except (OSError, http.client.HTTPException) as error:
                dropped.append(str(error))
                connection.close()
        connection.close()

    with ThreadPoolExecutor(number) as pool:
        working = [pool.submit(work) for _ in range(number)]
        start.wait()
        begun = time.monotonic()
        for each in working:
            each.result()
    return Run(calls, len(dropped), time.monotonic() - begun)


def _at_once(server: ServerProcess, request: AWSRequest) -> Run:
    """Have 64 clients connect and call once, all at the same time."""
    return _closed_loop(server, request, _CLIENTS[-1], 0.001)


@contextmanager
def _idle_connections(server: ServerProcess, number: int) -> Iterator[None]:
    with ExitStack() as opened:
        for _ in range(number):
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=_TIMEOUT_SECONDS))
        time.sleep(0.5)
        yield
