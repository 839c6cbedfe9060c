"""Scaling policies: the target for the invocations per minute of an instance."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from local_aws.contracts.members import unsupported_error
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, Records, now
from local_aws.services.applicationautoscaling import targets
from local_aws.services.applicationautoscaling.targets import matches, require

KIND = "scaling-policy"
CONFIGURATION = "TargetTrackingScalingPolicyConfiguration"
_METRIC = "SageMakerVariantInvocationsPerInstance"
POLICY = tuple(
    f"{CONFIGURATION}.{member}"
    for member in (
        *("TargetValue", "PredefinedMetricSpecification", "ScaleOutCooldown", "ScaleInCooldown", "DisableScaleIn"),
    )
)
"""The members of a policy's configuration that are honoured."""


class Policies:
    """Puts, describes and deletes target-tracking policies."""

    def __init__(self, context: Context, on_change: Callable[[], None]) -> None:
        self._records = context.records
        self._settings = context.settings
        self._on_change = on_change

    def put(self, request: Request) -> Answer:
        """Serve PutScalingPolicy. It has no alarms in CloudWatch: the scaler reads the metric."""
        if "PolicyType" not in request:
            raise unsupported_error("PolicyType StepScaling, the default", "PutScalingPolicy")
        configuration = request.get(CONFIGURATION, {})
        metric = configuration.get("PredefinedMetricSpecification", {})
        if metric.get("PredefinedMetricType") != _METRIC or configuration["TargetValue"] <= 0:
            raise AwsError("ValidationException", f"{CONFIGURATION} needs a TargetValue over 0 of {_METRIC} here")
        require(self._records.get(targets.KIND, request["ResourceId"]), request, "scalable target")
        key = _key(request)
        before = self._records.get(KIND, key)
        arn = f"scalingPolicy:{uuid.uuid4()}:resource/{request['ResourceId']}:policyName/{request['PolicyName']}"
        fresh = {"PolicyARN": self._settings.arn("autoscaling", arn), "CreationTime": now(), "Alarms": []}
        self._records.put(KIND, key, {**fresh, **(before or {}), **request})
        self._on_change()
        return {"PolicyARN": (before or fresh)["PolicyARN"], "Alarms": []}

    def describe(self, request: Request) -> Answer:
        """Serve DescribeScalingPolicies."""
        names = request.get("PolicyNames")
        policies = [
            policy
            for policy in self._records.list(KIND)
            if matches(policy, request) and (not names or policy["PolicyName"] in names)
        ]
        return {"ScalingPolicies": policies}

    def delete(self, request: Request) -> Answer:
        """Serve DeleteScalingPolicy."""
        require(self._records.get(KIND, _key(request)), request, f"scaling policy {request['PolicyName']}")
        self._records.delete(KIND, _key(request))
        return {}

    def deregister(self, request: Request) -> Answer:
        """Serve DeregisterScalableTarget; its policies go with it, its instances stay as they are."""
        resource = request["ResourceId"]
        require(self._records.get(targets.KIND, resource), request, "scalable target")
        # The target last: killed in between, it is still there, and a second request removes what is left.
        for policy in of_target(self._records, resource):
            self._records.delete(KIND, _key(policy))
        self._records.delete(targets.KIND, resource)
        return {}


def of_target(records: Records, resource_id: str) -> list[Record]:
    """Return the policies of a target."""
    return [policy for policy in records.list(KIND) if policy["ResourceId"] == resource_id]


def _key(request: Request) -> str:
    return f"{request['ResourceId']} {request['PolicyName']}"
