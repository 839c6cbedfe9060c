"""CloudWatch's contract, and its life cycle."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.services.cloudwatch.alarms import ALARM, ALARM_LISTING, ALARM_VALUES, Alarms
from local_aws.services.cloudwatch.datapoints import Datapoints
from local_aws.services.cloudwatch.evaluator import Evaluator
from local_aws.services.cloudwatch.history import HISTORY_LISTING, History
from local_aws.services.cloudwatch.metrics import METRIC_DATA, METRIC_LISTING, Metrics
from local_aws.services.cloudwatch.states import States


def build(context: Context) -> Service:
    """Build the service."""
    datapoints = Datapoints(context.settings.data_dir / "metrics.sqlite")
    history = History(context.records)
    states = States(context, history)
    evaluator = Evaluator(context.records, datapoints, states, history)
    metrics = Metrics(datapoints, evaluator.data_came)
    alarms = Alarms(context, evaluator, states, history)

    def stop() -> None:
        evaluator.stop()
        datapoints.close()

    alarms_page = Pages("MetricAlarms", size=50, limit="MaxRecords")
    history_page = Pages("AlarmHistoryItems", limit="MaxRecords")
    table: Table = {
        "PutMetricData": Operation(metrics.put, Members(("Namespace", "MetricData")), error="InvalidParameterValue"),
        "GetMetricStatistics": metrics.statistics,
        "GetMetricData": Operation(metrics.data, Members(METRIC_DATA)),
        "ListMetrics": Operation(
            metrics.list, Members(METRIC_LISTING), Pages("Metrics", size=500), "InvalidParameterValue"
        ),
        "PutMetricAlarm": Operation(alarms.put, Members(ALARM, values=ALARM_VALUES)),
        "DescribeAlarms": Operation(alarms.describe, Members(ALARM_LISTING), alarms_page),
        "DescribeAlarmsForMetric": alarms.describe_for_metric,
        "DescribeAlarmHistory": Operation(
            history.describe, Members(HISTORY_LISTING), history_page, "InvalidParameterValue"
        ),
        "DeleteAlarms": alarms.delete,
        "SetAlarmState": alarms.set_state,
        "EnableAlarmActions": alarms.enable_actions,
        "DisableAlarmActions": alarms.disable_actions,
        "TagResource": alarms.tags.tag,
        "UntagResource": alarms.tags.untag,
        "ListTagsForResource": alarms.list_tags,
    }
    return Service(operations("cloudwatch", table, error="ValidationError"), recover=evaluator.start, stop=stop)
