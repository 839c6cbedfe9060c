"""What happened to alarms: DescribeAlarmHistory."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from local_aws.kernel.context import Answer, Request
from local_aws.kernel.records import Record, Records, now, public, selected

_KIND = "cloudwatch-alarm-history"
_KEPT = timedelta(days=30)
"""How long CloudWatch keeps it."""
_KEPT_ITEMS = 5000
HISTORY_LISTING = (
    *("AlarmName", "AlarmTypes", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "NextToken", "ScanBy"),
)


class History:
    """Keeps what happened to alarms, also to those that are deleted since."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, alarm: str, item_type: str, summary: str, data: Record) -> None:
        """Add an item: a ``ConfigurationUpdate``, ``StateUpdate`` or ``Action``."""
        key = uuid.uuid4().hex
        item = {
            "AlarmName": alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": now(),
            "HistoryItemType": item_type,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", **data}),
            "_key": key,
        }
        self._records.insert(_KIND, key, item)

    def describe(self, request: Request) -> Answer:
        """Serve DescribeAlarmHistory."""
        of_alarm = selected(request, ("AlarmName",))
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        history = self._records.each(_KIND, of_alarm, newest_first=newest_first)
        return {"AlarmHistoryItems": (public(item) for item in history if _matches(item, request))}

    def thin_out(self) -> None:
        """Drop what is past its time, or too much."""
        items = self._records.list(_KIND)
        oldest = now() - _KEPT
        for index, item in enumerate(items):
            if item["Timestamp"] < oldest or index < len(items) - _KEPT_ITEMS:
                self._records.delete(_KIND, item["_key"])


def _matches(item: Record, request: Request) -> bool:
    at = item["Timestamp"]
    return (
        request.get("AlarmName", item["AlarmName"]) == item["AlarmName"]
        and "MetricAlarm" in request.get("AlarmTypes", ["MetricAlarm"])
        and request.get("HistoryItemType", item["HistoryItemType"]) == item["HistoryItemType"]
        and request.get("StartDate", at) <= at <= request.get("EndDate", at)
    )
