"""Resources of KMS."""

from __future__ import annotations

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, text_of
from local_aws.services.cloudformation.types.steps import TagChange, missing_is_fine, tag_list, tag_map, undone_by

_SEPARATE = ("EnableKeyRotation", "Enabled", "KeyPolicy", "PendingWindowInDays", "RotationPeriodInDays", "Tags")
_TAGS = ("TagKey", "TagValue")


class Key(ResourceType):
    """``AWS::KMS::Key``; what deletes it schedules its deletion, as on AWS."""

    name = "AWS::KMS::Key"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the key."""
        properties = declared.properties
        members = {**but(properties, *_SEPARATE), "Tags": tag_list(tag_map(properties.get("Tags")), *_TAGS)}
        if "KeyPolicy" in properties:
            members["Policy"] = properties["KeyPolicy"]
        metadata = call("kms", "CreateKey", fitted("kms", "CreateKey", members, self.name))["KeyMetadata"]
        key = metadata["KeyId"]
        with undone_by(lambda: self.delete(call, key, properties)):
            _rotate(call, key, properties, {})
            _enable(call, key, properties, {})
        return Made(key, {"Arn": metadata["Arn"], "KeyId": key})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change what differs."""
        after, named = declared.properties, {"KeyId": physical_id}
        if after.get("Description", "") != before.get("Description", ""):
            call("kms", "UpdateKeyDescription", {**named, "Description": after.get("Description", "")})
        if "KeyPolicy" in after and after["KeyPolicy"] != before.get("KeyPolicy"):
            call("kms", "PutKeyPolicy", {**named, "PolicyName": "default", "Policy": text_of(after["KeyPolicy"])})
        _enable(call, physical_id, after, before)
        _rotate(call, physical_id, after, before)
        tags = TagChange.of(before, after)
        if tags.put:
            call("kms", "TagResource", {**named, "Tags": tag_list(tags.put, *_TAGS)})
        if tags.removed:
            call("kms", "UntagResource", {**named, "TagKeys": tags.removed})
        metadata = call("kms", "DescribeKey", named)["KeyMetadata"]
        return Made(physical_id, {"Arn": metadata["Arn"], "KeyId": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Schedule the key's deletion."""
        days = int(properties.get("PendingWindowInDays", 30))
        with missing_is_fine("NotFoundException", "KMSInvalidStateException"):
            call("kms", "ScheduleKeyDeletion", {"KeyId": physical_id, "PendingWindowInDays": days})


class Alias(ResourceType):
    """``AWS::KMS::Alias``."""

    name = "AWS::KMS::Alias"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the alias."""
        call("kms", "CreateAlias", fitted("kms", "CreateAlias", declared.properties, self.name))
        return Made(declared.properties["AliasName"])

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Let the alias name another key."""
        call("kms", "UpdateAlias", fitted("kms", "UpdateAlias", declared.properties, self.name))
        return Made(physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the alias."""
        with missing_is_fine("NotFoundException"):
            call("kms", "DeleteAlias", {"AliasName": physical_id})


def _rotate(call: Call, key: str, after: Properties, before: Properties) -> None:
    wanted, had = ((one.get("EnableKeyRotation", False), one.get("RotationPeriodInDays")) for one in (after, before))
    if wanted == had:
        return
    if wanted[0]:
        period = {} if wanted[1] is None else {"RotationPeriodInDays": int(wanted[1])}
        call("kms", "EnableKeyRotation", {"KeyId": key, **period})
    elif had[0]:
        call("kms", "DisableKeyRotation", {"KeyId": key})


def _enable(call: Call, key: str, after: Properties, before: Properties) -> None:
    if after.get("Enabled", True) != before.get("Enabled", True):
        call("kms", "EnableKey" if after.get("Enabled", True) else "DisableKey", {"KeyId": key})
