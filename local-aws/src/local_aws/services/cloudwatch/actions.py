"""What an alarm does when its state changes: it notifies SNS topics."""

from __future__ import annotations

import json
from typing import Any

from local_aws.kernel.account import ACCOUNT_ID
from local_aws.kernel.context import Context
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import Record
from local_aws.services.cloudwatch.history import History
from local_aws.services.iam.resource_policies import check_resource_policy

_MEMBERS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_MAX_SUBJECT = 100
_SERVICE = "cloudwatch.amazonaws.com"


class Actions:
    """Takes the actions of alarms."""

    def __init__(self, context: Context, history: History) -> None:
        self._context = context
        self._history = history

    def take(self, before: Record, after: Record) -> None:
        """Take the actions of a change from one state to another."""
        if not after["ActionsEnabled"]:
            return
        for topic in after.get(_MEMBERS[after["StateValue"]], []):
            data = {"actionState": "Succeeded", "stateUpdateTimestamp": stamp(after), "notificationResource": topic}
            try:
                data["publishedMessageId"] = self._publish(topic, before, after)
                summary = f"Successfully executed action {topic}"
            except AwsError as error:
                data["actionState"] = "Failed"
                summary = f'Failed to execute action {topic}. Received error: "{error}"'
            self._history.add(after["AlarmName"], "Action", summary, data)

    def _publish(self, topic: str, before: Record, after: Record) -> str:
        check_resource_policy(self._context, _SERVICE, topic, after["AlarmArn"], ACCOUNT_ID)
        region = self._context.settings.region
        request = {
            "TopicArn": topic,
            "Subject": f'{after["StateValue"]}: "{after["AlarmName"]}" in {region}'[:_MAX_SUBJECT],
            "Message": json.dumps(_message(before, after, region)),
        }
        return str(self._context.call("sns", "Publish", request)["MessageId"])


def stamp(record: Record) -> str:
    """Return the time of an alarm's last change as CloudWatch writes it in messages and events."""
    return f"{record['StateUpdatedTimestamp'].isoformat(timespec='milliseconds')[:-6]}+0000"


def _message(before: Record, after: Record, region: str) -> dict[str, Any]:
    return {
        "AlarmName": after["AlarmName"],
        "AlarmDescription": after.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT_ID,
        "NewStateValue": after["StateValue"],
        "NewStateReason": after["StateReason"],
        "StateChangeTime": stamp(after),
        "Region": region,
        "AlarmArn": after["AlarmArn"],
        "OldStateValue": before["StateValue"],
        **{member: after.get(member, []) for member in _MEMBERS.values()},
        "Trigger": _trigger(after),
    }


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
