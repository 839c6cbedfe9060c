"""Memory of the server: after many calls of every kind, and while a large object goes up and down."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from boto3.s3.transfer import TransferConfig

from tests.processes import ServerProcess, server_process
from tests.soak.figures import Figure
from tests.soak.kills import clients_of
from tests.soak.stores import BUCKET, DATABASE, STORES, Clients

_MB = 1_000_000
_TRANSFER_GOAL = 150
"""MB above idle while an object goes up or down."""
_CALLS_GOAL = 15
"""MB above what the first calls have left, after all of them."""
_WARM_UP = 1_000
_OVERWRITES = 30
"""A server that keeps what was overwritten grows by these."""
_SHARES = {"S3 object": 4, "S3 multipart object": 0}
_LOOK_SECONDS = 0.02
_WRITERS = 8


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Measure; return the figures."""
    with server_process(folder / "data") as server:
        _prepare(clients_of(server))
        return [*_calls(server, seed, scale), *_transfers(server, folder, scale)]


def _prepare(clients: Clients) -> None:
    clients("s3").create_bucket(Bucket=BUCKET)
    clients("glue").create_database(DatabaseInput={"Name": DATABASE})
    clients("sqs").create_queue(QueueName="soak")


def _transfers(server: ServerProcess, folder: Path, scale: float) -> list[Figure]:
    """Send and fetch 1 GiB (scaled, but no less than what must not fit in the goal)."""
    size = max(int(2**30 * scale), 400 * 2**20)
    sent, fetched = folder / "sent", folder / "fetched"
    block = random.Random(size).randbytes(2**20)
    with sent.open("wb") as file:
        for _ in range(size // len(block)):
            file.write(block)
    s3 = server.client("s3", max_pool_connections=20, read_timeout=120)
    config = TransferConfig(max_concurrency=10)
    s3.put_object(Bucket=BUCKET, Key="warm", Body=b"")
    figures = []
    for what, transfer in (
        ("up", lambda: s3.upload_file(str(sent), BUCKET, "large", Config=config)),
        ("down", lambda: s3.download_file(BUCKET, "large", str(fetched), Config=config)),
        ("up in one PUT", lambda: _put(s3, sent)),
    ):
        idle = resident(server)
        started = time.monotonic()
        with peak(server) as highest:
            transfer()
        seconds = time.monotonic() - started
        above = (highest[0] - idle) // _MB
        label = f"{size // 2**20} MiB {what}: peak above idle"
        figures.append(
            Figure(label, f"{above} MB ({seconds:.0f} s)", f"<= {_TRANSFER_GOAL} MB", above <= _TRANSFER_GOAL)
        )
    same = _equal(sent, fetched)
    figures.append(Figure("what came down is what went up", "yes" if same else "no", "yes", same))
    return figures


def _put(s3: object, sent: Path) -> None:
    with sent.open("rb") as body:
        s3.put_object(Bucket=BUCKET, Key="at-once", Body=body)  # type: ignore[attr-defined]


def _calls(server: ServerProcess, seed: int, scale: float) -> list[Figure]:
    """Make 20,000 calls of every kind; what memory grows by after the first ones is what they have left."""
    calls = max(2 * _WARM_UP, round(20_000 * scale))
    clients = clients_of(server)
    _mixed(clients, f"{seed} first", _WARM_UP, "a")
    time.sleep(1)
    before = resident(server)
    _mixed(clients, f"{seed} rest", calls - _WARM_UP, "b")
    time.sleep(1)
    after = resident(server)
    grown = (after - before) / _MB
    return [
        Figure(f"{calls} mixed calls: memory afterwards", f"{after // _MB} MB"),
        Figure(
            f"{calls} mixed calls: growth after the first {_WARM_UP}",
            f"{grown:.0f} MB",
            f"<= {_CALLS_GOAL} MB",
            grown <= _CALLS_GOAL,
        ),
    ]


def _mixed(clients: Clients, seed: str, calls: int, prefix: str) -> None:
    """Create, look at and delete things of all kinds, so that as many are there afterwards as before."""

    def work(number: int) -> None:
        chosen = random.Random(f"{seed} {number}")
        queue = clients("sqs").get_queue_url(QueueName="soak")["QueueUrl"]
        kinds = [store for kind, store in STORES.items() for _ in range(_SHARES.get(kind, 1))]
        made = 0
        while made < calls // _WRITERS:
            store, name = chosen.choice(kinds), f"w{prefix}{number}-{made}"
            store.put(clients, name, "1", is_new=True)
            for value in range(_OVERWRITES):
                store.put(clients, name, f"{value}", is_new=False)
            store.get(clients, name)
            store.delete(clients, name)
            clients("sqs").send_message(QueueUrl=queue, MessageBody=name)
            for message in clients("sqs").receive_message(QueueUrl=queue).get("Messages", []):
                clients("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            made += 6 + _OVERWRITES

    with ThreadPoolExecutor(_WRITERS) as pool:
        for done in [pool.submit(work, number) for number in range(_WRITERS)]:
            done.result()


def resident(server: ServerProcess) -> int:
    """Return the resident memory of the server's own process, bytes."""
    return int(psutil.Process(server.process.pid).memory_info().rss)


@contextmanager
def peak(server: ServerProcess) -> Iterator[list[int]]:
    """Watch the server's memory for the time of the block; the list's one member is the highest, bytes."""
    highest = [resident(server)]
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_SECONDS):
            highest[0] = max(highest[0], resident(server))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield highest
    finally:
        done.set()
        watching.join()


def _equal(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        while piece := first.read(2**20):
            if piece != second.read(2**20):
                return False
        return not second.read(1)
