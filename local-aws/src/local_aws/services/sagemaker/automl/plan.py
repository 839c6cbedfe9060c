"""What a search is to do: written by the server, read by the search program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Channel:
    """Input data on disk."""

    folder: str
    source: str
    compressed: bool


@dataclass(frozen=True)
class Plan:
    """One search."""

    target: str
    objective: str
    """One of `objectives.OBJECTIVES`."""
    training: Channel
    validation: Channel | None
    """The input; without validation data candidates are judged by cross-validation."""
    validation_fraction: float | None
    """Share of the training data to judge candidates by; None for none."""
    algorithms: tuple[str, ...] | None
    """The API's names of the algorithms to use; None for all."""
    max_candidates: int | None
    """Maximum number of candidates, the ensemble included; None for all."""
    seconds_per_candidate: float | None
    """Bound on the training of one candidate; None for none."""
    seconds: float
    deadline: float
    """The time that the search has, and its end as seconds since the epoch."""
    output: str
    """The output folder; see `artifacts`."""

    def write(self, path: Path) -> None:
        """Write the plan to a file."""
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read a plan from a file."""
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        document["training"] = Channel(**document["training"])
        if document["validation"] is not None:
            document["validation"] = Channel(**document["validation"])
        if document["algorithms"] is not None:
            document["algorithms"] = tuple(document["algorithms"])
        return cls(**document)
