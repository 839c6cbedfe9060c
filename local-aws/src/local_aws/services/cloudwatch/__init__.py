"""CloudWatch: metrics that are kept, and alarms that are evaluated on them."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.cloudwatch.alarms import Alarms
from local_aws.services.cloudwatch.datapoints import Datapoints
from local_aws.services.cloudwatch.evaluator import Evaluator
from local_aws.services.cloudwatch.history import History
from local_aws.services.cloudwatch.metrics import Metrics
from local_aws.services.cloudwatch.states import States
from local_aws.services.cloudwatch.tags import Tags


def build(context: Context) -> Service:
    """Put the service together."""
    datapoints = Datapoints(context.settings.data_dir / "metrics.sqlite")
    history = History(context.records)
    states = States(context, history)
    evaluator = Evaluator(context.records, datapoints, states, history)
    metrics = Metrics(datapoints, evaluator.data_came)
    alarms = Alarms(context, evaluator, states, history)
    tags = Tags(context)

    def stop() -> None:
        evaluator.stop()
        datapoints.close()

    handlers = {
        "PutMetricData": metrics.put,
        "GetMetricStatistics": metrics.statistics,
        "GetMetricData": metrics.data,
        "ListMetrics": metrics.list,
        "PutMetricAlarm": alarms.put,
        "DescribeAlarms": alarms.describe,
        "DescribeAlarmsForMetric": alarms.describe_for_metric,
        "DescribeAlarmHistory": history.describe,
        "DeleteAlarms": alarms.delete,
        "SetAlarmState": alarms.set_state,
        "EnableAlarmActions": alarms.enable_actions,
        "DisableAlarmActions": alarms.disable_actions,
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "ListTagsForResource": tags.list,
    }
    operations = {("cloudwatch", name): handler for name, handler in handlers.items()}
    return Service(operations, recover=evaluator.start, stop=stop)
