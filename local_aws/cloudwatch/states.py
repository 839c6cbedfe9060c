"""An alarm's change of state: recorded, announced, and its actions taken."""

from __future__ import annotations

import json
from typing import Any

from local_aws.announcements import Happening
from local_aws.cloudwatch.evaluation import Evaluation
from local_aws.cloudwatch.history import History
from local_aws.context import ACCOUNT_ID, Context
from local_aws.errors import AwsError
from local_aws.records import Record, now

KIND = "cloudwatch-alarm"
_ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_MOST_SUBJECT = 100


class States:
    """Puts alarms into states.

    Parameters
    ----------
    context
        The server's parts.
    history
        Where changes and actions are told.
    """

    def __init__(self, context: Context, history: History) -> None:
        self._context = context
        self._history = history

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
                "StateReasonData": json.dumps(evaluation.data)[:4000],
                "StateUpdatedTimestamp": now(),
            }

        try:
            after = self._context.records.update(KIND, alarm["AlarmName"], change)
        except (KeyError, _ChangedError):
            return
        if before["StateValue"] != after["StateValue"]:
            self._tell(before, after)
            self._act(before, after)

    def _tell(self, before: Record, after: Record) -> None:
        old = {"stateValue": before["StateValue"], "stateReason": before["StateReason"]}
        new = {"stateValue": after["StateValue"], "stateReason": after["StateReason"]}
        self._history.add(
            after["AlarmName"],
            "StateUpdate",
            f"Alarm updated from {before['StateValue']} to {after['StateValue']}",
            {"oldState": old, "newState": {**new, "stateReasonData": json.loads(after["StateReasonData"])}},
        )
        self._context.announce(
            Happening(
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

    def _act(self, before: Record, after: Record) -> None:
        if not after["ActionsEnabled"]:
            return
        for action in after.get(_ACTIONS[after["StateValue"]], []):
            data = {"actionState": "Succeeded", "stateUpdateTimestamp": _stamp(after), "notificationResource": action}
            try:
                answer = self._context.call("sns", "Publish", self._notification(action, before, after))
            except AwsError as error:
                summary = f'Failed to execute action {action}. Received error: "{error}"'
                self._history.add(after["AlarmName"], "Action", summary, {**data, "actionState": "Failed"})
            else:
                data["publishedMessageId"] = answer.get("MessageId")
                summary = f"Successfully executed action {action}"
                self._history.add(after["AlarmName"], "Action", summary, data)

    def _notification(self, topic: str, before: Record, after: Record) -> dict[str, Any]:
        region = self._context.settings.region
        message = {
            "AlarmName": after["AlarmName"],
            "AlarmDescription": after.get("AlarmDescription"),
            "AWSAccountId": ACCOUNT_ID,
            "NewStateValue": after["StateValue"],
            "NewStateReason": after["StateReason"],
            "StateChangeTime": _stamp(after),
            "Region": region,
            "AlarmArn": after["AlarmArn"],
            "OldStateValue": before["StateValue"],
            **{member: after.get(member, []) for member in _ACTIONS.values()},
            "Trigger": _trigger(after),
        }
        subject = f'{after["StateValue"]}: "{after["AlarmName"]}" in {region}'[:_MOST_SUBJECT]
        return {"TopicArn": topic, "Subject": subject, "Message": json.dumps(message)}


class _ChangedError(Exception):
    """Raised when an alarm's configuration is not the one that was evaluated."""


def _state(record: Record) -> Record:
    state = {"value": record["StateValue"], "reason": record["StateReason"], "timestamp": _stamp(record)}
    return {**state, **({"reasonData": record["StateReasonData"]} if "StateReasonData" in record else {})}


def _stamp(record: Record) -> str:
    return f"{record['StateUpdatedTimestamp'].isoformat(timespec='milliseconds')[:-6]}+0000"


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


def _trigger(record: Record) -> Record:
    if "Statistic" in record:
        statistic = {"StatisticType": "Statistic", "Statistic": record["Statistic"].upper()}
    else:
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": record["ExtendedStatistic"]}
    return {
        "MetricName": record["MetricName"],
        "Namespace": record["Namespace"],
        **statistic,
        "Unit": record.get("Unit"),
        "Dimensions": [{"name": item["Name"], "value": item["Value"]} for item in record.get("Dimensions", [])],
        "Period": record["Period"],
        "EvaluationPeriods": record["EvaluationPeriods"],
        "DatapointsToAlarm": record.get("DatapointsToAlarm", record["EvaluationPeriods"]),
        "ComparisonOperator": record["ComparisonOperator"],
        "Threshold": record["Threshold"],
        "TreatMissingData": record.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": "",
    }
