"""Which instances jobs and endpoints run on: one row per kind of use, its types in the order of preference.

New accounts may have a quota of 0 for some types, so ``playgrounds deploy`` takes the first that the account may use.
Standard library only, so that the command need not import the SageMaker SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class InstanceKind:
    """A kind of use that has quotas of its own."""

    use: str
    """What the names of SageMaker's quotas call it."""
    parameter: str
    """The pipelines' parameter whose default the chosen type is."""
    types: tuple[str, ...]
    """Types that are enough for this project's data, those to try first in front."""
    at_once: int
    """Number of instances that are used side by side."""

    @property
    def default(self) -> str:
        """The type to use if nothing is known of the account."""
        return self.types[0]


PROCESSING = InstanceKind(
    "processing job",
    "ProcessingInstanceType",
    (
        *("ml.m5.large", "ml.t3.large", "ml.t3.xlarge", "ml.m5.xlarge", "ml.c5.xlarge", "ml.m4.xlarge"),
        *("ml.c4.xlarge", "ml.m5.2xlarge", "ml.t3.medium"),
    ),
    at_once=2,  # XGBoost and AutoML are evaluated side by side
)
TRAINING = InstanceKind(
    "training job",
    "TrainingInstanceType",
    (
        *("ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.m4.xlarge", "ml.c4.xlarge", "ml.t3.large"),
        *("ml.t3.xlarge", "ml.m5.2xlarge"),
    ),
    at_once=1,
)
SPOT_TRAINING = replace(TRAINING, use="spot training job")
"""What replaces `TRAINING` in a deployment that trains on spot instances: they have quotas of their own."""
TRANSFORM = InstanceKind(
    "transform job",
    "TransformInstanceType",
    ("ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.m4.xlarge", "ml.c4.xlarge", "ml.m5.2xlarge"),
    at_once=1,
)
ENDPOINT = InstanceKind(
    "endpoint",
    "EndpointInstanceType",
    (
        *("ml.m5.large", "ml.c5.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.m4.xlarge", "ml.c4.large"),
        *("ml.t2.large", "ml.t2.medium"),
    ),
    at_once=2,  # an update starts the new fleet beside the old one
)
KINDS = (PROCESSING, TRAINING, TRANSFORM, ENDPOINT)


@dataclass(frozen=True)
class JobInstanceTypes:
    """The types that the pipelines' jobs run on, as arguments of ``get_pipeline``; an endpoint's is its own setting."""

    processing: str = PROCESSING.default
    training: str = TRAINING.default
    transform: str = TRANSFORM.default

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> JobInstanceTypes:
        """Return these types, with defaults for the others; raise `ValueError` for a kind that jobs do not have."""
        if unknown := sorted(chosen.keys() - JOB_KINDS.keys()):
            raise ValueError(f"job_instance_types must name {', '.join(JOB_KINDS)}; got {unknown[0]!r}")
        return cls(**chosen)


JOB_KINDS = dict(zip((each.name for each in fields(JobInstanceTypes)), (PROCESSING, TRAINING, TRANSFORM), strict=True))
"""The kinds by their names in :class:`JobInstanceTypes`."""
