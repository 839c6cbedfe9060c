"""The contract of Service Quotas for SageMaker's instances: a machine has no quotas, so each is a large number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from moto.core.utils import get_service_model

from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError

INSTANCES = 1000.0
"""One server runs any number of jobs and endpoints of one instance side by side; how fast is the machine's matter."""

_USES = {
    "processing job": "ProcessingInstanceType",
    "training job": "TrainingInstanceType",
    "transform job": "TransformInstanceType",
    "endpoint": "ProductionVariantInstanceType",
}


def build(context: Context) -> Service:
    """Build the service."""
    table: Table = {
        "ListServiceQuotas": Operation(partial(_list, context), pages=Pages("Quotas")),
        "GetServiceQuota": partial(_get, context),
    }
    return Service(operations("service-quotas", table))


def _list(context: Context, request: Request) -> Answer:
    wanted = request.get("QuotaCode")
    return {"Quotas": (quota for quota in _quotas(context, request) if wanted in (None, quota["QuotaCode"]))}


def _get(context: Context, request: Request) -> Answer:
    for quota in _quotas(context, request):
        if quota["QuotaCode"] == request["QuotaCode"]:
            return {"Quota": quota}
    raise AwsError("NoSuchResourceException", f"there is no quota {request['QuotaCode']} of {request['ServiceCode']}")


def _quotas(context: Context, request: Request) -> Iterator[Answer]:
    if request["ServiceCode"] != "sagemaker":
        raise AwsError(
            "NoSuchResourceException",
            f"local_aws does not support quotas of the service {request['ServiceCode']!r} (supported: sagemaker)",
        )
    model = get_service_model("sagemaker")
    for use, shape in _USES.items():
        for instance_type in model.shape_for(shape).enum:
            name = f"{instance_type} for {use} usage"
            # AWS does not list its codes; clients find a quota by its name.
            code = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
            yield {
                "ServiceCode": "sagemaker",
                "ServiceName": "Amazon SageMaker",
                "QuotaArn": context.settings.arn("servicequotas", f"sagemaker/{code}"),
                "QuotaCode": code,
                "QuotaName": name,
                "Value": INSTANCES,
                "Unit": "None",
                "Adjustable": False,
                "GlobalQuota": False,
            }
