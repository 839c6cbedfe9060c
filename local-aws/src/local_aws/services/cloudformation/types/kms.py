"""Resources of KMS."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_OWN_OPERATIONS = ("EnableKeyRotation", "Enabled", "KeyPolicy", "PendingWindowInDays", "RotationPeriodInDays")


class Key(ServiceType):
    """``AWS::KMS::Key``; what deletes it schedules its deletion, as on AWS."""

    name, service = "AWS::KMS::Key", "kms"
    creates, deletes = "CreateKey", "ScheduleKeyDeletion"
    missing = ("NotFoundException", "KMSInvalidStateException")
    name_property = ""
    id_path = "KeyMetadata.KeyId"
    tag_form = TagForm("KeyId", key="TagKey", value="TagValue")

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        members = without(super().creation(context, properties, name), *_OWN_OPERATIONS)
        if "KeyPolicy" in properties:
            members["Policy"] = properties["KeyPolicy"]
        return members

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        named = {"KeyId": physical_id}
        if after.get("Description", "") != before.get("Description", ""):
            self.send(context, "UpdateKeyDescription", {**named, "Description": after.get("Description", "")})
        if "KeyPolicy" in after and after["KeyPolicy"] != before.get("KeyPolicy"):
            self.send(context, "PutKeyPolicy", {**named, "PolicyName": "default", "Policy": after["KeyPolicy"]})

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        # The rotation of a key that is disabled cannot be changed.
        if not after.get("Enabled", True):
            self._rotate(context, physical_id, after, before)
        if after.get("Enabled", True) != before.get("Enabled", True):
            self.send(context, "EnableKey" if after.get("Enabled", True) else "DisableKey", {"KeyId": physical_id})
        if after.get("Enabled", True):
            self._rotate(context, physical_id, after, before)

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        return {"KeyId": physical_id, "PendingWindowInDays": properties.get("PendingWindowInDays", 30)}

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        metadata = self.send(context, "DescribeKey", {"KeyId": physical_id})["KeyMetadata"]
        return {"Arn": metadata["Arn"], "KeyId": physical_id}

    def _rotate(self, context: Context, key: str, after: Properties, before: Properties) -> None:
        members = ("EnableKeyRotation", "RotationPeriodInDays")
        rotation, rotation_before = ({name: p[name] for name in members if p.get(name)} for p in (after, before))
        if rotation == rotation_before:
            return
        if "EnableKeyRotation" in rotation:
            self.send(context, "EnableKeyRotation", {"KeyId": key, **without(rotation, "EnableKeyRotation")})
        elif "EnableKeyRotation" in rotation_before:
            self.send(context, "DisableKeyRotation", {"KeyId": key})


class Alias(ServiceType):
    """``AWS::KMS::Alias``."""

    name, service = "AWS::KMS::Alias", "kms"
    creates, updates, deletes = "CreateAlias", "UpdateAlias", "DeleteAlias"
    key = name_property = "AliasName"
    missing = ("NotFoundException",)
