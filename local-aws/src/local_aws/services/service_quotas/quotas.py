"""The quotas of SageMaker's instances: large numbers, unless the server's environment sets others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from moto.core.utils import get_service_model

from local_aws.kernel.errors import AwsError, StartError

VARIABLE: Final = "LOCAL_AWS_QUOTAS"
INSTANCES: Final = 1000
"""One server runs any number of jobs and endpoints of one instance side by side; how fast is the machine's matter."""

PROCESSING, TRANSFORM, ENDPOINT = "processing job", "transform job", "endpoint"
TRAINING, SPOT_TRAINING = "training job", "spot training job"
_TYPES: Final = {
    PROCESSING: "ProcessingInstanceType",
    TRAINING: "TrainingInstanceType",
    SPOT_TRAINING: "TrainingInstanceType",
    TRANSFORM: "TransformInstanceType",
    ENDPOINT: "ProductionVariantInstanceType",
}


@dataclass(frozen=True)
class Quotas:
    """The account's quotas."""

    chosen: Mapping[str, int]
    """Numbers of instances by a pattern of quota names, in which ``*`` stands for any text; the last one that fits
    decides."""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Quotas:
        """Return the quotas that the variable ``LOCAL_AWS_QUOTAS`` sets: ``NAME=NUMBER``, separated by commas.

        Raises
        ------
        StartError
            An entry has another form, or no quota has its name.
        """
        chosen = {}
        for entry in filter(None, map(str.strip, environment.get(VARIABLE, "").split(","))):
            pattern, _, number = (part.strip() for part in entry.partition("="))
            if not (number.isascii() and number.isdecimal()):
                raise StartError(f"{VARIABLE} must be NAME=NUMBER entries, separated by commas; got {entry!r}")
            if not any(fnmatchcase(name, pattern) for name in names()):
                example = quota_name("ml.m5.large", PROCESSING)
                raise StartError(f"{VARIABLE}: no quota is called {pattern!r}; they are called like {example!r}")
            chosen[pattern] = int(number)
        return cls(chosen)

    def value(self, name: str) -> int:
        """Return a quota."""
        fitting = [value for pattern, value in self.chosen.items() if fnmatchcase(name, pattern)]
        return fitting[-1] if fitting else INSTANCES

    def require(self, use: str, instance_type: str | None, count: int, in_use: Callable[[], int]) -> None:
        """Refuse more instances than the quota allows.

        Parameters
        ----------
        instance_type
            None for what runs without instances of a type.
        count
            The number of further instances that are asked for.
        in_use
            Counts those of the type that are used already; called for a quota that the environment sets.
        """
        if instance_type is None or count == 0:
            return
        name = quota_name(instance_type, use)
        quota = self.value(name)
        if quota == INSTANCES:
            return
        used = in_use()
        if used + count > quota:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{name}' is {quota} Instances, with current utilization of {used} "
                f"Instances and a request delta of {count} Instances. Please use AWS Service Quotas to request an "
                "increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an "
                "increase for this quota.",
            )


def quota_name(instance_type: str, use: str) -> str:
    """Return the name that AWS has for the quota of an instance type."""
    return f"{instance_type} for {use} usage"


def names() -> Iterator[str]:
    """Yield the names of all quotas."""
    model = get_service_model("sagemaker")
    for use, shape in _TYPES.items():
        for instance_type in model.shape_for(shape).enum:
            yield quota_name(instance_type, use)
