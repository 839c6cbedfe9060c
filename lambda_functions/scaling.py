"""Automatic scaling of an endpoint's instances."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

POLICY_NAME = "invocations-per-instance"

_DIMENSION = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
_METRIC = "SageMakerVariantInvocationsPerInstance"
_SCALE_OUT_SECONDS, _SCALE_IN_SECONDS = 60, 300


def scale(scaling: Any, endpoint: str, variant: str, *, minimum: int, maximum: int, invocations: float) -> str:
    """Register a variant as a scalable target, or deregister it if `maximum` is not above `minimum`.

    `invocations` is the target of invocations per minute and instance. Return what holds now, in words.
    """
    if maximum <= minimum:
        deregister(scaling, endpoint, variant)
        return f"none: {minimum} instances"
    target = _target(endpoint, variant)
    scaling.register_scalable_target(**target, MinCapacity=minimum, MaxCapacity=maximum)
    scaling.put_scaling_policy(
        **target,
        PolicyName=POLICY_NAME,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": invocations,
            "PredefinedMetricSpecification": {"PredefinedMetricType": _METRIC},
            "ScaleOutCooldown": _SCALE_OUT_SECONDS,
            "ScaleInCooldown": _SCALE_IN_SECONDS,
        },
    )
    return f"{minimum} to {maximum} instances"


def deregister(scaling: Any, endpoint: str, variant: str) -> None:
    """Deregister a variant from automatic scaling; a variant that does not scale is not an error."""
    try:
        scaling.deregister_scalable_target(**_target(endpoint, variant))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectNotFoundException":
            raise


def _target(endpoint: str, variant: str) -> dict[str, str]:
    return {**_DIMENSION, "ResourceId": f"endpoint/{endpoint}/variant/{variant}"}
