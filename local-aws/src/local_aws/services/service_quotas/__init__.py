"""Service Quotas of SageMaker's instances: a machine has no such quotas, so all of them are one large number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from moto.core.utils import get_service_model

from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request, Service
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
    """Build the Service Quotas service."""
    return Service(
        {
            ("service-quotas", "ListServiceQuotas"): partial(_list, context),
            ("service-quotas", "GetServiceQuota"): partial(_get, context),
        }
    )


def _list(context: Context, request: Request) -> Answer:
    wanted = request.get("QuotaCode")
    found = [quota for quota in _quotas(context, request) if wanted in (None, quota["QuotaCode"])]
    items, token = page(found, request)
    return {"Quotas": items, **({"NextToken": token} if token else {})}


def _get(context: Context, request: Request) -> Answer:
    for quota in _quotas(context, request):
        if quota["QuotaCode"] == request["QuotaCode"]:
            return {"Quota": quota}
    raise AwsError("NoSuchResourceException", f"there is no quota {request['QuotaCode']} of {request['ServiceCode']}")


def _quotas(context: Context, request: Request) -> Iterator[Answer]:
    if request["ServiceCode"] != "sagemaker":
        raise AwsError(
            "NoSuchResourceException",
            f"local_aws knows quotas of the service sagemaker alone, none of {request['ServiceCode']!r}",
        )
    model = get_service_model("sagemaker")
    for use, shape in _USES.items():
        for instance_type in model.shape_for(shape).enum:
            name = f"{instance_type} for {use} usage"
            # AWS's own codes are nowhere listed; clients find a quota by its name.
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
