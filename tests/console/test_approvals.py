"""When a version counts as one that serves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console import approvals
from console.registry import Package, Serving
from infrastructure.names import Names

NAMES = Names("", "123456789012", "us-east-1")
MOMENT = datetime(2026, 11, 3, tzinfo=UTC)


def state(status: str, package: str, moving_to: str = "") -> Serving:
    return Serving(status, package, moving_to, MOMENT, "", {})


@pytest.mark.parametrize(
    ("states", "serves"),
    [
        ([state("InService", "one")], True),
        ([state("InService", "two")], False),
        ([None], False),
        ([state("Failed", "one")], False),
        ([state("Deleting", "one")], False),
        ([state("Creating", "one"), state("InService", "one")], True),
        ([state("Creating", "one"), state("Failed", "one")], False),
        ([state("Updating", "two", "one"), state("Updating", "two", "one"), state("InService", "one")], True),
        ([state("Updating", "two", "one"), state("RollingBack", "two", "one"), state("InService", "two")], False),
        # Another one is on its way: this one has to be approved once more to stay.
        ([state("Updating", "one", "two")], False),
    ],
)
def test_what_serves_is_in_service_and_stays(
    monkeypatch: pytest.MonkeyPatch, states: list[Serving | None], serves: bool
) -> None:
    seen = iter(states)
    monkeypatch.setattr(approvals, "serving", lambda client, endpoint: next(seen))
    monkeypatch.setattr(approvals.time, "sleep", lambda seconds: None)
    chosen = Package("one", 1, "Approved", MOMENT, "", {})

    client: Any = None
    assert approvals.serves(client, NAMES, chosen) == serves
    assert list(seen) == []
