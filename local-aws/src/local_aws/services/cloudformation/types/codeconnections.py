"""Resources of CodeConnections."""

from __future__ import annotations

from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import fitted
from local_aws.services.cloudformation.types.steps import TagChange, missing_is_fine, tag_list


class Connection(ResourceType):
    """``AWS::CodeConnections::Connection``, pending until a person completes it."""

    name = "AWS::CodeConnections::Connection"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the connection."""
        request = fitted("codeconnections", "CreateConnection", declared.properties, self.name)
        return _made(call, call("codeconnections", "CreateConnection", request)["ConnectionArn"])

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the tags."""
        tags, arn = TagChange.of(before, declared.properties), {"ResourceArn": physical_id}
        if tags.put:
            call("codeconnections", "TagResource", {**arn, "Tags": tag_list(tags.put)})
        if tags.removed:
            call("codeconnections", "UntagResource", {**arn, "TagKeys": tags.removed})
        return _made(call, physical_id)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the connection."""
        with missing_is_fine("ResourceNotFoundException"):
            call("codeconnections", "DeleteConnection", {"ConnectionArn": physical_id})


def _made(call: Call, arn: str) -> Made:
    found = call("codeconnections", "GetConnection", {"ConnectionArn": arn})["Connection"]
    return Made(arn, {name: found[name] for name in ("ConnectionArn", "ConnectionStatus", "OwnerAccountId")})
