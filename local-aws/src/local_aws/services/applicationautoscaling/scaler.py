"""The thread that scales: looks at the policies' metric every few seconds, and changes instance counts."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from local_aws.contracts.honoured import only
from local_aws.contracts.paging import page
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record, now, public
from local_aws.services.applicationautoscaling import targets
from local_aws.services.applicationautoscaling.policies import CONFIGURATION, of_target
from local_aws.services.applicationautoscaling.targets import IDENTITY, check_identity, matches, variant_of
from local_aws.services.applicationautoscaling.tracking import IN_MINUTES, wanted
from local_aws.services.sagemaker.hosting.metrics import NAMESPACE

KIND = "scaling-activity"
_LOOK_SECONDS = 5.0
_STOP_SECONDS = 5.0
_FULFIL_SECONDS = 120.0
_KEPT = 200
_log = logging.getLogger(__name__)


class Scaler:
    """Scales the targets that are registered, until it is stopped."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = context.records
        self._some = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="application-autoscaling", daemon=True)

    def start(self) -> None:
        """Begin; an activity that a killed server left is over."""
        for activity in self._records.list(KIND):
            if activity["StatusCode"] == "InProgress":
                self._end(activity["ActivityId"], "Failed", "the server ended before the change was fulfilled")
        self._thread.start()
        self.look()

    def stop(self) -> None:
        """End within seconds."""
        self._stopping.set()
        self._some.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def look(self) -> None:
        """Look at the targets at once."""
        self._some.set()

    def activities(self, request: Request) -> Answer:
        """Serve DescribeScalingActivities, newest first."""
        check_identity(request)
        only(request, {*IDENTITY, "MaxResults", "NextToken"}, "DescribeScalingActivities")
        found = [public(activity) for activity in reversed(self._records.list(KIND)) if matches(activity, request)]
        items, token = page(found, request, default=50)
        return {"ScalingActivities": items, **({"NextToken": token} if token else {})}

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Without targets there is nothing to look at until one is registered.
            self._some.wait(_LOOK_SECONDS if self._records.list(targets.KIND) else None)
            self._some.clear()
            if self._stopping.is_set():
                return
            for target in self._records.list(targets.KIND):
                try:
                    self._look_at(target)
                except AwsError as error:
                    _log.warning("%s is not scaled: %s", target["ResourceId"], error)
                except Exception:  # noqa: BLE001 (the boundary: one target must not end the scaling of the others)
                    _log.exception("%s is not scaled", target["ResourceId"])

    def _look_at(self, target: Record) -> None:
        endpoint, variant = variant_of(self._context, target["ResourceId"])
        if endpoint["EndpointStatus"] != "InService":
            return
        current, least, most = variant["DesiredInstanceCount"], target["MinCapacity"], target["MaxCapacity"]
        if not least <= current <= most:
            bound, count = ("minimum", least) if current < least else ("maximum", most)
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
        # With several policies the one that asks for most wins.
        name, count = max(counts.items(), key=lambda item: item[1])
        count = min(max(count, least), most)
        if count != current:
            self._set(target, count, f"the target value of policy {name} was crossed")

    def _per_minute(self, endpoint: str, variant: str, at: int) -> dict[int, float]:
        end = datetime.fromtimestamp(at - at % 60, UTC)
        dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        found = self._context.call(
            "cloudwatch",
            "GetMetricStatistics",
            {
                "Namespace": NAMESPACE,
                "MetricName": "InvocationsPerInstance",
                "Dimensions": dimensions,
                "StartTime": end - timedelta(minutes=IN_MINUTES),
                "EndTime": end,
                "Period": 60,
                "Statistics": ["Sum"],
            },
        )
        return {int(point["Timestamp"].timestamp()): point["Sum"] for point in found["Datapoints"]}

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
        """Wait until the endpoint has its instances; say why it has not."""
        deadline = time.monotonic() + _FULFIL_SECONDS
        while time.monotonic() < deadline:
            endpoint, variant = variant_of(self._context, target["ResourceId"])
            if endpoint["EndpointStatus"] != "Updating":
                done = variant["CurrentInstanceCount"] == count
                return None if done else str(endpoint.get("FailureReason", endpoint["EndpointStatus"]))
            if self._stopping.wait(0.2):
                return "the server ended"
        return f"it was not fulfilled within {_FULFIL_SECONDS:.0f} s"

    def _end(self, identity: str, status: str, message: str) -> None:
        ended = {"StatusCode": status, "StatusMessage": message, "EndTime": now()}
        self._records.update(KIND, identity, lambda record: record.update(ended))
