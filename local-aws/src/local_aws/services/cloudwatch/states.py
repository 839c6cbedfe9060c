"""An alarm's change of state: recorded, announced, and its actions taken."""

from __future__ import annotations

import json

from local_aws.kernel.context import Context
from local_aws.kernel.events import Event
from local_aws.kernel.records import Record, now
from local_aws.services.cloudwatch.actions import Actions, stamp
from local_aws.services.cloudwatch.evaluation import Evaluation
from local_aws.services.cloudwatch.history import History

KIND = "cloudwatch-alarm"
_MAX_REASON_DATA = 1500
"""Longer reason data are left out of the history, whose items CloudWatch holds to 4095 characters."""


class States:
    """Puts alarms into states."""

    def __init__(self, context: Context, history: History) -> None:
        self._context = context
        self._history = history
        self._actions = Actions(context, history)

    def enter(self, alarm: Record, evaluation: Evaluation) -> None:
        """Put an alarm into the state of an evaluation; nothing happens when it has been changed or deleted since."""
        before: Record = {}

        def change(record: Record) -> None:
            if record["AlarmConfigurationUpdatedTimestamp"] != alarm["AlarmConfigurationUpdatedTimestamp"]:
                raise _ChangedError
            before.update(record)
            if record["StateValue"] != evaluation.value:
                record["StateTransitionedTimestamp"] = now()
            record |= {
                "StateValue": evaluation.value,
                "StateReason": evaluation.reason[:1023],
                "StateReasonData": json.dumps(evaluation.data, ensure_ascii=False, separators=(",", ":")),
                "StateUpdatedTimestamp": now(),
            }

        try:
            with self._context.records.together():
                after = self._context.records.update(KIND, alarm["AlarmName"], change)
                if before["StateValue"] != after["StateValue"]:
                    self._announce(before, after)
        except (KeyError, _ChangedError):
            return
        if before["StateValue"] != after["StateValue"]:
            self._actions.take(before, after)

    def _announce(self, before: Record, after: Record) -> None:
        old = {"stateValue": before["StateValue"], "stateReason": before["StateReason"]}
        new = {"stateValue": after["StateValue"], "stateReason": after["StateReason"]}
        if len(after["StateReasonData"]) <= _MAX_REASON_DATA:
            new["stateReasonData"] = json.loads(after["StateReasonData"])
        self._history.add(
            after["AlarmName"],
            "StateUpdate",
            f"Alarm updated from {before['StateValue']} to {after['StateValue']}",
            {"oldState": old, "newState": new},
        )
        self._context.announce(
            Event(
                "aws.cloudwatch",
                "CloudWatch Alarm State Change",
                {
                    "alarmName": after["AlarmName"],
                    "state": _state(after),
                    "previousState": _state(before),
                    "configuration": _configuration(after),
                },
                (after["AlarmArn"],),
            )
        )


class _ChangedError(Exception):
    """Raised when an alarm's configuration is not the one that was evaluated."""


def _state(record: Record) -> Record:
    state = {"value": record["StateValue"], "reason": record["StateReason"], "timestamp": stamp(record)}
    return {**state, **({"reasonData": record["StateReasonData"]} if "StateReasonData" in record else {})}


def _configuration(record: Record) -> Record:
    metric = {
        "namespace": record["Namespace"],
        "name": record["MetricName"],
        "dimensions": {dimension["Name"]: dimension["Value"] for dimension in record.get("Dimensions", [])},
    }
    statistic = record.get("Statistic") or record["ExtendedStatistic"]
    metric_stat = {"metric": metric, "period": record["Period"], "stat": statistic}
    description = {"description": record["AlarmDescription"]} if "AlarmDescription" in record else {}
    return {**description, "metrics": [{"id": record["_Id"], "metricStat": metric_stat, "returnData": True}]}
