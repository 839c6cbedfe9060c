"""Amazon EventBridge: rules on the default bus, whose targets really get the events."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.kernel.metric_stream import MetricStream
from local_aws.services.events.bus import Bus
from local_aws.services.events.deliveries import Deliveries
from local_aws.services.events.rule_targets import RuleTargets
from local_aws.services.events.rules import Rules
from local_aws.services.events.undelivered import Undelivered


def build(context: Context) -> Service:
    """Put the service together."""
    metrics = MetricStream(context, "AWS/Events")
    rules = Rules(context)
    targets = RuleTargets(context, rules)
    deliveries = Deliveries(context, Undelivered(context, metrics), metrics)
    bus = Bus(context, rules, deliveries, metrics)
    context.listen(bus.happened)

    def recover() -> None:
        metrics.start()
        deliveries.start()

    def stop() -> None:
        deliveries.stop()
        metrics.stop()

    handlers = {
        "PutRule": rules.put,
        "DescribeRule": rules.describe,
        "ListRules": rules.list_all,
        "DeleteRule": rules.delete,
        "EnableRule": rules.enable,
        "DisableRule": rules.disable,
        "TagResource": rules.tag,
        "UntagResource": rules.untag,
        "ListTagsForResource": rules.list_tags,
        "PutTargets": targets.put,
        "RemoveTargets": targets.remove,
        "ListTargetsByRule": targets.list_by_rule,
        "ListRuleNamesByTarget": targets.list_rule_names,
        "PutEvents": bus.put,
        "TestEventPattern": bus.test_pattern,
        "DescribeEventBus": bus.describe,
    }
    return Service({("events", name): handler for name, handler in handlers.items()}, recover, stop)
