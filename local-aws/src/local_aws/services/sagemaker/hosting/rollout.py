"""A blue/green deployment: traffic goes from one fleet to another in steps, and back when an alarm fires."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from local_aws.kernel.context import Context
from local_aws.services.sagemaker.errors import invalid
from local_aws.services.sagemaker.hosting.deployment_config import Plan
from local_aws.services.sagemaker.hosting.fleet import Fleet
from local_aws.services.sagemaker.hosting.traffic import Traffic

_POLL_SECONDS = 0.25
"""The interval at which alarms are read while a fleet bakes."""


class RolledBackError(Exception):
    """Raised when a deployment was rolled back."""


class InterruptedRolloutError(Exception):
    """Raised when this server stops in the middle of a deployment, which `recover` then rolls back."""


def require_alarms(context: Context, names: Sequence[str]) -> None:
    """Raise ``ValidationException`` for alarms that do not exist."""
    missing = sorted(set(names) - set(_states(context, names)))
    if missing:
        raise invalid(f"Cannot find the CloudWatch alarms of AutoRollbackConfiguration: {', '.join(missing)}")


class Rollout:
    """Brings the new fleet of an endpoint into service.

    `note_status` is called with the fleet's status: ``"ActivatingTraffic"`` or ``"Baking"``.
    """

    def __init__(
        self, context: Context, traffic: Traffic, stopping: threading.Event, note_status: Callable[[str], None]
    ) -> None:
        self._context = context
        self._traffic = traffic
        self._stopping = stopping
        self._note_status = note_status

    def run(self, green: Fleet, plan: Plan) -> None:
        """Start the new fleet beside the old one, and shift all requests to it, step by step.

        When it raises, the old fleet takes all requests, and the new one ends after its last.

        Raises
        ------
        RolledBackError
            If an alarm fires, or time runs out.
        ModelServerError
            If the new fleet does not start.
        InterruptedRolloutError
            If this server stops.
        """
        deadline = time.monotonic() + plan.max_seconds if plan.max_seconds is not None else None
        self._check(plan.alarms, "before traffic was shifted")
        green.start()
        try:
            for share in plan.shares:
                self._note_status("ActivatingTraffic")
                self._traffic.shift(green.serving.endpoint, green, share)
                self._note_status("Baking")
                self._bake(plan.wait_seconds, plan.alarms, deadline, share)
            self._bake(plan.termination_wait_seconds, plan.alarms, deadline, 1.0)
        except Exception:
            self._traffic.shift(green.serving.endpoint, green, 0)
            green.retire()
            raise

    def _bake(self, seconds: float, alarms: Sequence[str], deadline: float | None, share: float) -> None:
        until = time.monotonic() + seconds
        while True:
            self._check(alarms, f"while the new fleet took {share:.0%} of the traffic")
            left = until - time.monotonic()
            if deadline is not None and time.monotonic() > deadline:
                raise RolledBackError("the deployment did not end within MaximumExecutionTimeoutInSeconds")
            if left <= 0:
                return
            if self._stopping.wait(min(left, _POLL_SECONDS) if alarms else left):
                raise InterruptedRolloutError

    def _check(self, alarms: Sequence[str], when: str) -> None:
        fired = sorted(name for name, state in _states(self._context, alarms).items() if state == "ALARM")
        if fired:
            nouns = "alarm {} is" if len(fired) == 1 else "alarms {} are"
            raise RolledBackError(f"CloudWatch {nouns.format(', '.join(fired))} in state ALARM {when}")


def _states(context: Context, names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    alarms = context.call("cloudwatch", "DescribeAlarms", {"AlarmNames": list(names)})["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
