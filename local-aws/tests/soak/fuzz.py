"""Malformed requests to every operation: each is answered, in AWS's own shapes, and none holds the server."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.fuzz.__main__ import documented_operations
from tests.fuzz.run import HANG_SECONDS
from tests.fuzz.run import run as send_malformed
from tests.fuzz.wire import RawRequest
from tests.processes import server_process
from tests.soak.figures import Figure

_REQUESTS = 10_000
_SHARED_MACHINE_SECONDS = 10.0
"""What counts as a hang below the full scale: where others run too, a second says nothing."""


def run(folder: Path, seed: int, scale: float) -> list[Figure]:
    """Send 10,000 malformed requests (scaled); return the figures."""
    with server_process(folder / "data") as server:
        report = send_malformed(server.environment, documented_operations(), seed, round(_REQUESTS * scale))
        lives = server.process.poll() is None
    longest = HANG_SECONDS if scale >= 1 else _SHARED_MACHINE_SECONDS
    hangs = [request for request, answer in report.hangs if answer.seconds > longest]
    bare = [request for request, _ in report.bare]
    faults = [request for request, _ in report.server_faults]
    silent = [request for request, _ in report.unanswered]
    sent = sum(report.statuses.values())
    return [
        Figure(f"{sent} malformed requests: answers without a code", _by_service(bare), "0", not bare),
        Figure("answers with a fault of the server's own", _by_service(faults), "0", not faults),
        Figure("without an answer", _by_service(silent), "0", not silent and lives),
        Figure(f"over {longest:.0f} s", _by_service(hangs), "0", not hangs),
    ]


def _by_service(requests: list[RawRequest]) -> str:
    counts = Counter(f"{request.service}:{request.operation}" for request in requests)
    named = ", ".join(f"{name} {count}" for name, count in counts.most_common(5))
    return f"{len(requests)}: {named}" if requests else "0"
