"""Lambda step ``ScaleEndpoint``: brings an endpoint's automatic scaling in line with the parameters."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError

POLICY_NAME = "invocations-per-instance"

_DIMENSION = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
_METRIC = "SageMakerVariantInvocationsPerInstance"
_SCALE_OUT_SECONDS, _SCALE_IN_SECONDS = 60, 300


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Register the variant as a scalable target, or deregister it.

    Parameters
    ----------
    event
        ``EndpointName``, ``VariantName``, ``MinInstanceCount``, ``MaxInstanceCount``, and ``InvocationsPerInstance``:
        the target of invocations per minute and instance. Nothing scales if the maximum is not above the minimum.
    """
    scaling = boto3.client("application-autoscaling")
    target = _target(event["EndpointName"], event["VariantName"])
    minimum, maximum = int(event["MinInstanceCount"]), int(event["MaxInstanceCount"])
    if maximum <= minimum:
        deregister(scaling, event["EndpointName"], event["VariantName"])
        return {"Scaling": f"none: {minimum} instances"}
    scaling.register_scalable_target(**target, MinCapacity=minimum, MaxCapacity=maximum)
    scaling.put_scaling_policy(
        **target,
        PolicyName=POLICY_NAME,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": float(event["InvocationsPerInstance"]),
            "PredefinedMetricSpecification": {"PredefinedMetricType": _METRIC},
            "ScaleOutCooldown": _SCALE_OUT_SECONDS,
            "ScaleInCooldown": _SCALE_IN_SECONDS,
        },
    )
    return {"Scaling": f"{minimum} to {maximum} instances"}


def deregister(scaling: Any, endpoint: str, variant: str) -> None:
    """Deregister a variant from automatic scaling; a variant that does not scale is not an error."""
    try:
        scaling.deregister_scalable_target(**_target(endpoint, variant))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectNotFoundException":
            raise


def _target(endpoint: str, variant: str) -> dict[str, str]:
    return {**_DIMENSION, "ResourceId": f"endpoint/{endpoint}/variant/{variant}"}
