"""Resources of EventBridge."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.errors import AwsError
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted
from local_aws.services.cloudformation.types.steps import TagChange, begin, missing_is_fine, tag_list, undone_by

_MISSING = "ResourceNotFoundException"


class Rule(ResourceType):
    """``AWS::Events::Rule`` with its targets."""

    name = "AWS::Events::Rule"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the rule, then its targets."""
        properties = declared.properties
        rule = properties.get("Name") or declared.generated_name(64)
        begin(call, declared, rule, ("events", "DescribeRule", {"Name": rule, **_bus(properties)}), _MISSING)
        members = {**but(properties, "Targets"), "Name": rule}
        arn = call("events", "PutRule", fitted("events", "PutRule", members, self.name))["RuleArn"]
        with undone_by(lambda: self.delete(call, rule, properties)):
            self._target(call, rule, properties)
        return _made(rule, arn)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new rule in place of the old one, and its targets in place of the old ones."""
        after = declared.properties
        members = {**but(after, "Tags", "Targets"), "Name": physical_id}
        arn = call("events", "PutRule", fitted("events", "PutRule", members, self.name))["RuleArn"]
        kept = {target["Id"] for target in after.get("Targets", [])}
        dropped = [target["Id"] for target in before.get("Targets", []) if target["Id"] not in kept]
        self._untarget(call, physical_id, after, dropped)
        self._target(call, physical_id, after)
        tags = TagChange.of(before, after)
        if tags.put:
            call("events", "TagResource", {"ResourceARN": arn, "Tags": tag_list(tags.put)})
        if tags.removed:
            call("events", "UntagResource", {"ResourceARN": arn, "TagKeys": tags.removed})
        return _made(physical_id, arn)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Remove the targets, then the rule."""
        with missing_is_fine(_MISSING):
            listed = call("events", "ListTargetsByRule", {"Rule": physical_id, **_bus(properties)})
            self._untarget(call, physical_id, properties, [target["Id"] for target in listed["Targets"]])
            call("events", "DeleteRule", {"Name": physical_id, **_bus(properties)})

    def _target(self, call: Call, rule: str, properties: Properties) -> None:
        targets = properties.get("Targets", [])
        if targets:
            members = {"Rule": rule, **_bus(properties), "Targets": targets}
            _check(call("events", "PutTargets", fitted("events", "PutTargets", members, self.name)))

    def _untarget(self, call: Call, rule: str, properties: Properties, ids: list[str]) -> None:
        if ids:
            _check(call("events", "RemoveTargets", {"Rule": rule, **_bus(properties), "Ids": ids}))


def _bus(properties: Properties) -> dict[str, str]:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


def _made(rule: str, arn: str) -> Made:
    return Made(rule, {"Arn": arn, "RuleName": rule})


def _check(answer: dict[str, Any]) -> None:
    """Fail on entries that the operation refused: it answers with success all the same."""
    if answer.get("FailedEntryCount"):
        entry = answer["FailedEntries"][0]
        raise AwsError(entry["ErrorCode"], f"target {entry['TargetId']}: {entry['ErrorMessage']}")
