"""Which instance types a deployment uses: those that the account's quotas allow, kept from one deployment to the next.

A type that changes would run steps again that the cache has, so a deployed type stays as long as its quota allows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
from botocore.exceptions import ClientError

from console.errors import CommandError
from console.progress import Progress
from infrastructure.refusals import is_denied
from infrastructure.service_quotas import PERMISSIONS, Demand, Quota, sagemaker_quotas
from pipelines.endpoint_settings import INSTANCE
from pipelines.instance_types import ENDPOINT, JOB_KINDS, SPOT_TRAINING, TRAINING, InstanceKind

JOB_TYPES = "job_instance_types"
"""The argument of ``get_pipeline`` for the types of jobs."""
ENDPOINT_TYPE = "endpoint_instance_type"
"""The argument for the type of an endpoint's instances."""
SPOT = "spot_training"
"""The argument for whether training runs on spot instances."""

_NOT_ALLOWED = f"Service Quotas refuses the caller, who lacks {' or '.join(PERMISSIONS)}"


def with_allowed_types(
    session: boto3.session.Session, kwargs: Mapping[str, Any], chosen: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Return arguments of ``get_pipeline`` whose instance types the account may use.

    Parameters
    ----------
    kwargs
        The arguments so far: what the previous deployment had, and what the user has chosen.
    chosen
        What the user has chosen, which no other type replaces.

    Raises
    ------
    CommandError
        A kind of use has no type with a sufficient quota; the log has the requests to send.
    """
    demands = instance_demands(kwargs, chosen)
    quotas = _quotas(session, tuple(demands.values()))
    if quotas is None:
        progress.done("quotas", f"not checked: {_NOT_ALLOWED}")
        return dict(kwargs)
    _require(tuple(demands.values()), quotas, session.region_name, "Nothing has been made")
    types = {name: demand.allowed(quotas) for name, demand in demands.items()}
    for name, demand in demands.items():
        if demand.is_unknown(quotas):
            progress.done(f"{demand.use} instances", f"not checked: Service Quotas has no '{demand.quota_names[0]}'")
        elif types[name] != demand.types[0]:
            first = quotas.get(demand.quota_names[0])
            reason = "is not listed" if first is None else f"is {first.value}"
            progress.done(f"{demand.use} instances", f"{types[name]}, for the quota of {demand.types[0]} {reason}")
    endpoint = {ENDPOINT_TYPE: types.pop(ENDPOINT_TYPE)} if ENDPOINT_TYPE in types else {}
    return {**kwargs, JOB_TYPES: types, **endpoint}


def require_allowed_types(session: boto3.session.Session, kwargs: Mapping[str, Any], remedy: str) -> None:
    """Raise `CommandError` if the account may no longer use the types that the deployed pipeline's jobs run on.

    Quotas that cannot be read do not stop a deployment: the first job shows the same.
    """
    types = kwargs.get(JOB_TYPES, {})
    demands = [_demand(kind, (types[name],)) for name, kind in _job_kinds(kwargs).items() if name in types]
    quotas = _quotas(session, demands) if demands else None
    if quotas is not None:
        _require(demands, quotas, session.region_name, remedy)


def instance_demands(kwargs: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Demand]:
    """Return what a deployment needs, by the argument that it becomes: the user's type, or else the list's.

    The deployed type comes first in the list. A serverless endpoint needs no instances.
    """
    return dict(_demands(kwargs, chosen))


def _demands(kwargs: Mapping[str, Any], chosen: Mapping[str, Any]) -> Iterator[tuple[str, Demand]]:
    deployed, asked = kwargs.get(JOB_TYPES, {}), chosen.get(JOB_TYPES, {})
    for name, kind in _job_kinds(kwargs).items():
        yield name, _demand(kind, _types(kind, asked.get(name), deployed.get(name)))
    if kwargs.get("endpoint_type", INSTANCE) == INSTANCE:
        types = _types(ENDPOINT, chosen.get(ENDPOINT_TYPE), kwargs.get(ENDPOINT_TYPE))
        yield ENDPOINT_TYPE, _demand(ENDPOINT, types, kwargs.get("endpoint_instance_count", 1))


def _job_kinds(kwargs: Mapping[str, Any]) -> dict[str, InstanceKind]:
    """Return the kinds of use that the jobs' instances have, by the names of their types."""
    spot = kwargs.get(SPOT, False)
    return {name: SPOT_TRAINING if kind is TRAINING and spot else kind for name, kind in JOB_KINDS.items()}


def _types(kind: InstanceKind, chosen: str | None, deployed: str | None) -> tuple[str, ...]:
    """Return the types to try, in order."""
    if chosen:
        return (chosen,)
    first = (deployed,) if deployed else ()
    return (*first, *(each for each in kind.types if each not in first))


def _demand(kind: InstanceKind, types: tuple[str, ...], count: int = 1) -> Demand:
    return Demand(kind.use, types, count, count * kind.at_once)


def _quotas(session: boto3.session.Session, demands: Sequence[Demand]) -> Mapping[str, Quota] | None:
    """Return the quotas of these demands; None if the caller may not ask for them."""
    try:
        return sagemaker_quotas(session.client("service-quotas"), demands)
    except ClientError as error:
        if not is_denied(error):
            raise
        return None


def _require(demands: Sequence[Demand], quotas: Mapping[str, Quota], region: str, remedy: str) -> None:
    """Raise `CommandError` if a demand has no type with a sufficient quota."""
    short = [demand for demand in demands if demand.allowed(quotas) is None]
    if not short:
        return
    reasons = "; ".join(demand.shortage(quotas) for demand in short)
    requests = "\n".join(filter(None, (demand.request(quotas, region) for demand in short)))
    advice = "These commands request what is missing; AWS may take days to answer:\n" if requests else ""
    raise CommandError("quotas", f"{reasons}. {remedy}", log=f"{advice}{requests}")
