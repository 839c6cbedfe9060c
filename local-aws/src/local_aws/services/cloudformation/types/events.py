"""Resources of EventBridge."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Answer, Context, Request
from local_aws.kernel.errors import AwsError
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType


class Rule(ServiceType):
    """``AWS::Events::Rule`` with its targets."""

    name, service = "AWS::Events::Rule", "events"
    creates, reads, updates, deletes = "PutRule", "DescribeRule", "PutRule", "DeleteRule"
    max_name = 64
    tag_form, arn_resource = TagForm("ResourceARN"), "rule/{}"
    arn_attributes, id_attributes = ("Arn",), ("RuleName",)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"Name": name, **_bus(properties)}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return without(super().creation(context, properties, name), "Targets")

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return without(super().modification(context, physical_id, after, before), "Targets")

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        targets = after.get("Targets", [])
        kept = {target["Id"] for target in targets}
        self._remove_targets(
            context, physical_id, after, [target for target in before.get("Targets", []) if target["Id"] not in kept]
        )
        if targets:
            members = {"Rule": physical_id, **_bus(after), "Targets": targets}
            _check_entries(self.send(context, "PutTargets", members))

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove the targets, then the rule."""
        with self.missing_is_fine():
            listed = self.send(context, "ListTargetsByRule", {"Rule": physical_id, **_bus(properties)})
            self._remove_targets(context, physical_id, properties, listed["Targets"])
            super().delete(context, physical_id, properties)

    def _remove_targets(
        self, context: Context, rule: str, properties: Properties, targets: list[dict[str, Any]]
    ) -> None:
        if targets:
            members = {"Rule": rule, **_bus(properties), "Ids": [target["Id"] for target in targets]}
            _check_entries(self.send(context, "RemoveTargets", members))


def _bus(properties: Properties) -> dict[str, str]:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


def _check_entries(answer: Answer) -> None:
    """Raise an error for an entry that the operation refused: it answers with success all the same."""
    if answer.get("FailedEntryCount"):
        entry = answer["FailedEntries"][0]
        raise AwsError(entry["ErrorCode"], f"target {entry['TargetId']}: {entry['ErrorMessage']}")
