"""The scaler: it reads the policies' metric every few seconds, and changes instance counts."""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.kernel.work import SERVER_STOPPED, Loop
from local_aws.services.applicationautoscaling import targets
from local_aws.services.applicationautoscaling.policies import CONFIGURATION, of_target
from local_aws.services.applicationautoscaling.targets import IDENTITY, matches, variant_of

KIND = "scaling-activity"
_METRIC = {"Namespace": "AWS/SageMaker", "MetricName": "InvocationsPerInstance"}
"""What the predefined metric SageMakerVariantInvocationsPerInstance is in CloudWatch."""
_ROUND_SECONDS = 5.0
_FULFIL_SECONDS = 120.0
_FULFILMENT_POLL_SECONDS = 0.2
_KEPT = 200
_log = logging.getLogger(__name__)

_OUT_MINUTES = 3
_IN_MINUTES = 15
"""The minutes that Application Auto Scaling's alarms evaluate for scaling out and in."""
_IN_SHARE = 0.9
_COOLDOWN_SECONDS = 300


class Scaler:
    """Scales the targets that are registered, until it is stopped."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = context.records
        self._loop = Loop("application-autoscaling", self._round, finishes=False)

    def start(self) -> None:
        """Start; fail the activities that a killed server left under way."""
        for activity in self._records.list(KIND):
            if activity["StatusCode"] == "InProgress":
                self._end(activity["ActivityId"], "Failed", SERVER_STOPPED)
        self._loop.start(asked=True)

    def stop(self) -> None:
        """Stop within seconds."""
        self._loop.stop()

    def scale_now(self) -> None:
        """Scale the targets at once."""
        self._loop.ask()

    def activities(self, request: Request) -> Answer:
        """Serve DescribeScalingActivities, newest first."""
        activities = reversed(self._records.list(KIND))
        return {"ScalingActivities": [public(activity) for activity in activities if matches(activity, request)]}

    def _round(self) -> float | None:
        registered = self._records.list(targets.KIND)
        for target in registered:
            try:
                self._scale(target)
            except AwsError as error:
                _log.warning("%s is not scaled: %s", target["ResourceId"], error)
            except Exception:  # noqa: BLE001 (the boundary: one target must not end the scaling of the others)
                _log.exception("%s is not scaled", target["ResourceId"])
        # Without targets there is nothing to do until one is registered.
        return _ROUND_SECONDS if registered else None

    def _scale(self, target: Record) -> None:
        endpoint, variant = variant_of(self._context, target["ResourceId"])
        if endpoint["EndpointStatus"] != "InService":
            return
        current, minimum, maximum = variant["DesiredInstanceCount"], target["MinCapacity"], target["MaxCapacity"]
        if not minimum <= current <= maximum:
            bound, count = ("minimum", minimum) if current < minimum else ("maximum", maximum)
            self._set(target, count, f"{bound} capacity was set to {count}")
            return
        tracking = of_target(self._records, target["ResourceId"])
        if not tracking:
            return
        at = int(time.time())
        changed = self._changed(target)
        per_minute = self._per_minute(endpoint["EndpointName"], variant["VariantName"], at)
        counts = {
            policy["PolicyName"]: wanted(policy[CONFIGURATION], current, per_minute, at, changed) for policy in tracking
        }
        # Of several policies the one with the highest count wins.
        name, count = max(counts.items(), key=lambda item: item[1])
        count = min(max(count, minimum), maximum)
        if count != current:
            self._set(target, count, f"the target value of policy {name} was crossed")

    def _per_minute(self, endpoint: str, variant: str, at: int) -> dict[int, float]:
        end = datetime.fromtimestamp(at - at % 60, UTC)
        dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        answer = self._context.call(
            "cloudwatch",
            "GetMetricStatistics",
            {
                **_METRIC,
                "Dimensions": dimensions,
                "StartTime": end - timedelta(minutes=_IN_MINUTES),
                "EndTime": end,
                "Period": 60,
                "Statistics": ["Sum"],
            },
        )
        return {int(point["Timestamp"].timestamp()): point["Sum"] for point in answer["Datapoints"]}

    def _changed(self, target: Record) -> int:
        ends = [
            activity["EndTime"]
            for activity in self._records.list(KIND)
            if activity["ResourceId"] == target["ResourceId"] and "EndTime" in activity
        ]
        return int(max(ends).timestamp()) if ends else 0

    def _set(self, target: Record, count: int, cause: str) -> None:
        identity = str(uuid.uuid4())
        activity = {
            "ActivityId": identity,
            **{member: target[member] for member in IDENTITY},
            "Description": f"Setting desired instance count to {count}.",
            "Cause": cause,
            "StartTime": now(),
            "StatusCode": "InProgress",
            "StatusMessage": f"Setting desired instance count to {count}.",
        }
        self._records.insert(KIND, identity, activity)
        for old in self._records.list(KIND)[:-_KEPT]:
            self._records.delete(KIND, old["ActivityId"])
        _, endpoint, _, variant = target["ResourceId"].split("/")
        desired = [{"VariantName": variant, "DesiredInstanceCount": count}]
        request = {"EndpointName": endpoint, "DesiredWeightsAndCapacities": desired}
        try:
            self._context.call("sagemaker", "UpdateEndpointWeightsAndCapacities", request)
            reason = self._unfulfilled(target, count)
        except AwsError as error:
            reason = str(error)
        if reason is None:
            done = f"Successfully set desired instance count to {count}. Change successfully fulfilled by sagemaker."
            self._end(identity, "Successful", done)
        else:
            self._end(identity, "Failed", f"Failed to set desired instance count to {count}: {reason}")

    def _unfulfilled(self, target: Record, count: int) -> str | None:
        """Wait until the endpoint has its instances; return None, or why it does not."""
        deadline = time.monotonic() + _FULFIL_SECONDS
        while time.monotonic() < deadline:
            endpoint, variant = variant_of(self._context, target["ResourceId"])
            if endpoint["EndpointStatus"] != "Updating":
                done = variant["CurrentInstanceCount"] == count
                return None if done else str(endpoint.get("FailureReason", endpoint["EndpointStatus"]))
            if self._loop.is_stopping:
                return SERVER_STOPPED
            time.sleep(_FULFILMENT_POLL_SECONDS)
        return f"it was not fulfilled within {_FULFIL_SECONDS:.0f} s"

    def _end(self, identity: str, status: str, message: str) -> None:
        ended = {"StatusCode": status, "StatusMessage": message, "EndTime": now()}
        self._records.update(KIND, identity, lambda record: record.update(ended))


def wanted(policy: Mapping[str, Any], current: int, per_minute: Mapping[int, float], at: int, changed: int) -> int:
    """Return the instance count that a policy asks for.

    Parameters
    ----------
    per_minute
        Invocations per instance by the minute's start in seconds; a minute without data is not a key.
    at
        The present time, in seconds since the epoch.
    changed
        The time of the last change of the count; minutes before it do not count.
    """
    target = policy["TargetValue"]
    minute = at - at % 60
    values = [per_minute.get(minute - 60 * age) for age in range(1, _IN_MINUTES + 1) if minute - 60 * age >= changed]
    recent = [value for value in values[:_OUT_MINUTES] if value is not None]
    if len(recent) == _OUT_MINUTES and min(recent) > target:
        if at - changed < policy.get("ScaleOutCooldown", _COOLDOWN_SECONDS):
            return current
        return math.ceil(current * recent[0] / target)
    calm = [value for value in values if value is not None]
    if policy.get("DisableScaleIn") or len(calm) < _IN_MINUTES or max(calm) >= _IN_SHARE * target:
        return current
    if at - changed < policy.get("ScaleInCooldown", _COOLDOWN_SECONDS):
        return current
    return max(math.ceil(current * max(calm[:_OUT_MINUTES]) / target), 1)
