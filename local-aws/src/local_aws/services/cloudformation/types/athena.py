"""Resources of Athena."""

from __future__ import annotations

from typing import Any

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import fitted, only
from local_aws.services.cloudformation.types.steps import (
    TagChange,
    begin,
    missing_is_fine,
    own_arn,
    tag_list,
    undone_by,
)

_RESULTS = "ResultConfiguration"
_REMOVABLE = ("BytesScannedCutoffPerQuery",)
_REMOVABLE_RESULTS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")
_DEFAULTS = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}


class WorkGroup(ResourceType):
    """``AWS::Athena::WorkGroup``."""

    name = "AWS::Athena::WorkGroup"
    _honoured = frozenset({"Name", "Description", "RecursiveDeleteOption", "State", "Tags", "WorkGroupConfiguration"})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the work group."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        group = properties["Name"]
        members: Properties = {name: properties[name] for name in ("Name", "Description", "Tags") if name in properties}
        if "WorkGroupConfiguration" in properties:
            members["Configuration"] = properties["WorkGroupConfiguration"]
        look = ("athena", "GetWorkGroup", {"WorkGroup": group})
        begin(call, declared, group, look, "InvalidRequestException", saying="is not found")
        call("athena", "CreateWorkGroup", fitted("athena", "CreateWorkGroup", members, self.name))
        with undone_by(lambda: self.delete(call, group, properties)):
            if properties.get("State") == "DISABLED":
                call("athena", "UpdateWorkGroup", {"WorkGroup": group, "State": "DISABLED"})
            return _made(call, group)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the work group; settings that the template has no more are removed."""
        after = declared.properties
        only(after, self._honoured, self.name)
        members = {
            "WorkGroup": physical_id,
            "Description": after.get("Description", ""),
            "State": after.get("State", "ENABLED"),
            "ConfigurationUpdates": _updates(
                before.get("WorkGroupConfiguration", {}), after.get("WorkGroupConfiguration", {})
            ),
        }
        call("athena", "UpdateWorkGroup", fitted("athena", "UpdateWorkGroup", members, self.name))
        tags = TagChange.of(before, after)
        if tags.put or tags.removed:
            arn = {"ResourceARN": own_arn(call, "athena", f"workgroup/{physical_id}")}
            if tags.put:
                call("athena", "TagResource", {**arn, "Tags": tag_list(tags.put)})
            if tags.removed:
                call("athena", "UntagResource", {**arn, "TagKeys": tags.removed})
        return _made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the work group."""
        recursive = {"RecursiveDeleteOption": bool(properties.get("RecursiveDeleteOption", False))}
        with missing_is_fine("InvalidRequestException", saying="is not found"):
            call("athena", "DeleteWorkGroup", {"WorkGroup": physical_id, **recursive})


def _updates(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what makes a work group's configuration `after` of `before`."""
    results = dict(after.get(_RESULTS, {}))
    for name in _REMOVABLE_RESULTS:
        if name in before.get(_RESULTS, {}) and name not in results:
            results[f"Remove{name}"] = True
    updates = {**_DEFAULTS, **{name: value for name, value in after.items() if name != _RESULTS}}
    for name in _REMOVABLE:
        if name in before and name not in after:
            updates[f"Remove{name}"] = True
    return {**updates, "ResultConfigurationUpdates": results} if results else updates


def _made(call: Call, group: str) -> Made:
    found = call("athena", "GetWorkGroup", {"WorkGroup": group})["WorkGroup"]
    created = found["CreationTime"]
    engine = found["Configuration"].get("EngineVersion", {}).get("EffectiveEngineVersion", "")
    return Made(
        group,
        {
            "CreationTime": str(int(created.timestamp())),
            "WorkGroupConfiguration.EngineVersion.EffectiveEngineVersion": engine,
        },
    )
