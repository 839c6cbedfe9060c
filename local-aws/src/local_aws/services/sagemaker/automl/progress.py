"""The lines by which a search reports its progress to the server; everything else that it prints is log."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

_PREFIX = "@automl "

End = Literal["finished", "max-candidates", "out-of-time"]


@dataclass(frozen=True)
class Stage:
    """The search has come to a stage; `status` is the job's secondary status."""

    status: str


@dataclass(frozen=True)
class Trained:
    """A candidate is complete, its archive in the output folder."""

    name: str
    model: str
    metrics: dict[str, float]
    started: float
    ended: float


@dataclass(frozen=True)
class Dropped:
    """A model could not be trained; the search goes on without it."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """The search trains no more candidates, for the reason `end`."""

    end: End


Progress = Stage | Trained | Dropped | Ended

_KINDS: dict[str, type[Progress]] = {kind.__name__: kind for kind in (Stage, Trained, Dropped, Ended)}


def report(progress: Progress) -> None:
    """Print the line."""
    print(f"{_PREFIX}{json.dumps({'kind': type(progress).__name__, **asdict(progress)})}", flush=True)


def progress_in(line: str) -> Progress | None:
    """Return the progress that a line reports, or None; the last line of a killed search may be cut off."""
    if not line.startswith(_PREFIX):
        return None
    try:
        content = json.loads(line.removeprefix(_PREFIX))
    except ValueError:
        return None
    return _KINDS[content.pop("kind")](**content)
