"""What SageMaker's quotas allow an account, by the names that Service Quotas documents; its codes are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PERMISSIONS = ("servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas")
_SERVICE = "sagemaker"


@dataclass(frozen=True)
class Quota:
    """A quota; the code is Service Quotas' own."""

    name: str
    code: str
    value: int


@dataclass(frozen=True)
class Demand:
    """Instances for one kind of use."""

    use: str
    """What the names of quotas call it, such as ``processing job``."""
    types: tuple[str, ...]
    """Types that will do, in the order in which they are tried."""
    count: int
    """Number of instances without which nothing works."""
    at_once: int
    """Number of instances that are used side by side at most."""

    @property
    def quota_names(self) -> tuple[str, ...]:
        """The quotas of the types, in their order."""
        return tuple(f"{instance_type} for {self.use} usage" for instance_type in self.types)

    def is_unknown(self, quotas: Mapping[str, Quota]) -> bool:
        """Return whether a choice of types has no quota at all: Service Quotas then has other names than expected."""
        return len(self.types) > 1 and not any(name in quotas for name in self.quota_names)

    def allowed(self, quotas: Mapping[str, Quota]) -> str | None:
        """Return the first type with a sufficient quota, or that of an unknown demand; None if there is none."""
        if self.is_unknown(quotas):
            return self.types[0]
        for instance_type, name in zip(self.types, self.quota_names, strict=True):
            if name in quotas and quotas[name].value >= self.count:
                return instance_type
        return None

    def shortage(self, quotas: Mapping[str, Quota]) -> str:
        """Explain why no type is allowed."""
        listed = [f"'{name}' is {quotas[name].value}" for name in self.quota_names if name in quotas]
        if not listed:
            return f"SageMaker has no quota '{self.quota_names[0]}': check the type"
        return f"{', '.join(listed)}, and {self.count} is needed"

    def request(self, quotas: Mapping[str, Quota], region: str) -> str:
        """Return the command that asks for a sufficient quota of the first type; empty if there is none to raise."""
        quota = next((quotas[name] for name in self.quota_names if name in quotas), None)
        if quota is None:
            return ""
        return (
            f"aws service-quotas request-service-quota-increase --service-code {_SERVICE} --quota-code {quota.code} "
            f"--desired-value {max(self.count, self.at_once)} --region {region}"
        )


def sagemaker_quotas(client: Any, demands: Iterable[Demand]) -> dict[str, Quota]:
    """Return the quotas of these demands, by name, as they are applied to the account.

    A quota that was never changed may be missing from the applied ones, and then has AWS's default value. A name that
    neither list has is left out.
    """
    wanted = {name for demand in demands for name in demand.quota_names}
    quotas = _listed(client, "list_service_quotas", wanted)
    if wanted - quotas.keys():
        quotas = _listed(client, "list_aws_default_service_quotas", wanted) | quotas
    return quotas


def _listed(client: Any, operation: str, wanted: set[str]) -> dict[str, Quota]:
    pages = client.get_paginator(operation).paginate(ServiceCode=_SERVICE, PaginationConfig={"PageSize": 100})
    return {
        quota["QuotaName"]: Quota(quota["QuotaName"], quota["QuotaCode"], int(quota["Value"]))
        for page in pages
        for quota in page["Quotas"]
        if quota["QuotaName"] in wanted
    }
