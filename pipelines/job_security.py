"""What an account may demand of every job and model: a key, a network, isolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class JobSecurity:
    """How jobs and models are kept apart; each method returns the members of a request, none for what is not asked.

    Raises
    ------
    ValueError
        SageMaker takes subnets and security groups together only.
    """

    kms_key_arn: str = ""
    """Key of volumes and results; empty for SageMaker's own keys."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    """The network of jobs and models, which must reach S3, and PyPI for the training: SageMaker's toolkit fetches
    setuptools there. Empty for SageMaker's own."""
    network_isolation: bool = False
    """Whether processing jobs and models have no network at all. Training and AutoML need one."""

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> JobSecurity:
        """Return these settings, with defaults for the others; raise `ValueError` for an unknown setting."""
        names = [field.name for field in fields(cls)]
        if unknown := sorted(chosen.keys() - set(names)):
            raise ValueError(f"job_security has no setting {unknown[0]!r}; it has {', '.join(names)}")
        lists = {name: tuple(chosen[name]) for name in ("subnet_ids", "security_group_ids") if name in chosen}
        return cls(**{**chosen, **lists})

    def __post_init__(self) -> None:
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            raise ValueError(
                f"subnet_ids {list(self.subnet_ids)} and security_group_ids {list(self.security_group_ids)}: SageMaker "
                "takes both or neither"
            )

    def volume_key(self) -> dict[str, Any]:
        """Return the member of a job's cluster."""
        return {"VolumeKmsKeyId": self.kms_key_arn} if self.kms_key_arn else {}

    def result_key(self) -> dict[str, Any]:
        """Return the member of a job's output."""
        return {"KmsKeyId": self.kms_key_arn} if self.kms_key_arn else {}

    def network(self) -> dict[str, Any]:
        """Return the member ``VpcConfig``."""
        if not self.subnet_ids:
            return {}
        return {"VpcConfig": {"Subnets": list(self.subnet_ids), "SecurityGroupIds": list(self.security_group_ids)}}

    def isolation(self) -> dict[str, Any]:
        """Return the member ``EnableNetworkIsolation``."""
        return {"EnableNetworkIsolation": True} if self.network_isolation else {}
