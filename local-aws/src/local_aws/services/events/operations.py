"""EventBridge's contract, and its life cycle."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.kernel.metric_stream import MetricStream
from local_aws.services.events.bus import Bus
from local_aws.services.events.deliveries import Deliveries
from local_aws.services.events.rules import Rules
from local_aws.services.events.undelivered import Undelivered


def build(context: Context) -> Service:
    """Build the service."""
    metrics = MetricStream(context, "AWS/Events")
    rules = Rules(context)
    deliveries = Deliveries(context, Undelivered(context, metrics), metrics)
    bus = Bus(context, rules, deliveries, metrics)
    context.listen(bus.take_event)

    def recover() -> None:
        metrics.start()
        deliveries.start()

    def stop() -> None:
        deliveries.stop()
        metrics.stop()

    table: Table = {
        "PutRule": Operation(
            rules.put,
            Members(
                ("Name", "EventPattern", "State", "Description", "Tags", "EventBusName"),
                values={"State": ("ENABLED", "DISABLED")},
            ),
        ),
        "DescribeRule": rules.describe,
        "ListRules": Operation(rules.list, pages=Pages("Rules", limit="Limit")),
        "DeleteRule": rules.delete,
        "EnableRule": rules.enable,
        "DisableRule": rules.disable,
        **rules.tags.table("TagResource", "UntagResource", "ListTagsForResource"),
        "PutTargets": rules.put_targets,
        "RemoveTargets": rules.remove_targets,
        "ListTargetsByRule": Operation(rules.list_targets, pages=Pages("Targets", limit="Limit")),
        "ListRuleNamesByTarget": Operation(rules.list_names_by_target, pages=Pages("RuleNames", limit="Limit")),
        "PutEvents": Operation(bus.put, Members(("Entries",))),
        "TestEventPattern": bus.test_pattern,
        "DescribeEventBus": bus.describe,
    }
    return Service(operations("events", table), recover, stop)
