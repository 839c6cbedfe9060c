"""Resources of CloudWatch Logs."""

from __future__ import annotations

from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, only
from local_aws.services.cloudformation.types.steps import TagChange, already_exists, missing_is_fine, tag_map, undone_by

_MISSING = "ResourceNotFoundException"


class LogGroup(ResourceType):
    """``AWS::Logs::LogGroup``."""

    name = "AWS::Logs::LogGroup"
    _honoured = frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"})

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the group."""
        properties = declared.properties
        only(properties, self._honoured, self.name)
        group = properties.get("LogGroupName") or declared.generated_name(512)
        members = {**but(properties, "RetentionInDays"), "LogGroupName": group}
        if "Tags" in properties:
            members["Tags"] = tag_map(properties["Tags"])
        with acting_as(SERVICE):
            if _found(call, group):
                raise already_exists({"LogGroupName": group})
        if "LogGroupName" not in properties:
            declared.begins(group, None)
        call("logs", "CreateLogGroup", fitted("logs", "CreateLogGroup", members, self.name))
        with undone_by(lambda: self.delete(call, group, properties)):
            _retain(call, group, properties, {})
            return _made(call, group)

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change retention, key and tags where they differ."""
        after = declared.properties
        only(after, self._honoured, self.name)
        _retain(call, physical_id, after, before)
        if after.get("KmsKeyId") != before.get("KmsKeyId"):
            operation = "AssociateKmsKey" if "KmsKeyId" in after else "DisassociateKmsKey"
            key = {"kmsKeyId": after["KmsKeyId"]} if "KmsKeyId" in after else {}
            call("logs", operation, {"logGroupName": physical_id, **key})
        made = _made(call, physical_id)
        arn = made.attributes["Arn"].removesuffix(":*")
        tags = TagChange.of(before, after)
        if tags.put:
            call("logs", "TagResource", {"resourceArn": arn, "tags": tags.put})
        if tags.removed:
            call("logs", "UntagResource", {"resourceArn": arn, "tagKeys": tags.removed})
        return made

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the group with what was logged."""
        with missing_is_fine(_MISSING):
            call("logs", "DeleteLogGroup", {"logGroupName": physical_id})


def _retain(call: Call, group: str, after: Properties, before: Properties) -> None:
    days = after.get("RetentionInDays")
    if days == before.get("RetentionInDays"):
        return
    if days is None:
        call("logs", "DeleteRetentionPolicy", {"logGroupName": group})
    else:
        call("logs", "PutRetentionPolicy", {"logGroupName": group, "retentionInDays": int(days)})


def _made(call: Call, group: str) -> Made:
    (arn,) = _found(call, group)
    return Made(group, {"Arn": arn})


def _found(call: Call, group: str) -> list[str]:
    """Return the ARN of a group, if it is there."""
    listed = call("logs", "DescribeLogGroups", {"logGroupNamePrefix": group})["logGroups"]
    return [found["arn"] for found in listed if found["logGroupName"] == group]
