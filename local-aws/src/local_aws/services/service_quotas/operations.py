"""The contract of Service Quotas for SageMaker's instances."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.services.service_quotas.quotas import INSTANCES, Quotas, names


def build(context: Context) -> Service:
    """Build the service."""
    quotas = Quotas.of_environment()
    table: Table = {
        "ListServiceQuotas": Operation(partial(_list, context, quotas.value), pages=Pages("Quotas")),
        "GetServiceQuota": partial(_get, context, quotas.value),
        "ListAWSDefaultServiceQuotas": Operation(partial(_list, context, _default), pages=Pages("Quotas")),
        "GetAWSDefaultServiceQuota": partial(_get, context, _default),
    }
    return Service(operations("service-quotas", table))


def _default(_name: str) -> int:
    return INSTANCES


def _list(context: Context, value: Callable[[str], int], request: Request) -> Answer:
    wanted = request.get("QuotaCode")
    return {"Quotas": (quota for quota in _quotas(context, value, request) if wanted in (None, quota["QuotaCode"]))}


def _get(context: Context, value: Callable[[str], int], request: Request) -> Answer:
    for quota in _quotas(context, value, request):
        if quota["QuotaCode"] == request["QuotaCode"]:
            return {"Quota": quota}
    raise AwsError("NoSuchResourceException", f"there is no quota {request['QuotaCode']} of {request['ServiceCode']}")


def _quotas(context: Context, value: Callable[[str], int], request: Request) -> Iterator[Answer]:
    if request["ServiceCode"] != "sagemaker":
        raise AwsError(
            "NoSuchResourceException",
            f"local_aws does not support quotas of the service {request['ServiceCode']!r} (supported: sagemaker)",
        )
    for name in names():
        # AWS does not list its codes; clients find a quota by its name.
        code = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
        yield {
            "ServiceCode": "sagemaker",
            "ServiceName": "Amazon SageMaker",
            "QuotaArn": context.settings.arn("servicequotas", f"sagemaker/{code}"),
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(value(name)),
            "Unit": "None",
            "Adjustable": False,
            "GlobalQuota": False,
        }
