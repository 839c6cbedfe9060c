"""Resources of Athena."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_RESULTS = "ResultConfiguration"
_REMOVABLE = ("BytesScannedCutoffPerQuery",)
_REMOVABLE_RESULTS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")
_DEFAULTS = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}


class WorkGroup(ServiceType):
    """``AWS::Athena::WorkGroup``."""

    name, service = "AWS::Athena::WorkGroup", "athena"
    creates, reads, updates, deletes = "CreateWorkGroup", "GetWorkGroup", "UpdateWorkGroup", "DeleteWorkGroup"
    key = "WorkGroup"
    missing, missing_text = ("InvalidRequestException",), "is not found"
    honoured = ("Name", "Description", "RecursiveDeleteOption", "State", "Tags", "WorkGroupConfiguration")
    tag_form, arn_resource = TagForm("ResourceARN"), "workgroup/{}"

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        members = without(
            super().creation(context, properties, name), "RecursiveDeleteOption", "State", "WorkGroupConfiguration"
        )
        if "WorkGroupConfiguration" in properties:
            members["Configuration"] = properties["WorkGroupConfiguration"]
        return members

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {
            "WorkGroup": physical_id,
            "Description": after.get("Description", ""),
            "ConfigurationUpdates": _updates(
                before.get("WorkGroupConfiguration", {}), after.get("WorkGroupConfiguration", {})
            ),
        }

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        state = after.get("State", "ENABLED")
        if state != before.get("State", "ENABLED"):
            self.send(context, "UpdateWorkGroup", {"WorkGroup": physical_id, "State": state})

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        recursive = bool(properties.get("RecursiveDeleteOption", False))
        return {"WorkGroup": physical_id, "RecursiveDeleteOption": recursive}

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        group = self.send(context, "GetWorkGroup", {"WorkGroup": physical_id})["WorkGroup"]
        return {
            "CreationTime": str(int(group["CreationTime"].timestamp())),
            "WorkGroupConfiguration.EngineVersion.EffectiveEngineVersion": group["Configuration"]
            .get("EngineVersion", {})
            .get("EffectiveEngineVersion", ""),
        }


def _updates(before: Properties, after: Properties) -> Properties:
    """Return what changes a work group's configuration from `before` to `after`."""
    results = dict(after.get(_RESULTS, {}))
    for name in _REMOVABLE_RESULTS:
        if name in before.get(_RESULTS, {}) and name not in results:
            results[f"Remove{name}"] = True
    updates = {**_DEFAULTS, **without(after, _RESULTS)}
    for name in _REMOVABLE:
        if name in before and name not in after:
            updates[f"Remove{name}"] = True
    return {**updates, "ResultConfigurationUpdates": results} if results else updates
