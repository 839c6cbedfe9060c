"""What passes between a trigger that fires and the job run or crawl that it starts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from local_aws.kernel.records import Record


@dataclasses.dataclass(frozen=True)
class Firing:
    """One start by a trigger."""

    id: str
    trigger: str
    chain: str
    """The chain that it is part of, e.g. a workflow run; see `local_aws.services.glue.workflows.chains`."""
    predecessors: Sequence[Record] = ()
    """``PredecessorRuns``: the job runs whose ends made the trigger fire."""
