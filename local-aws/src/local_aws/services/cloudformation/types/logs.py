"""Resources of CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType, but


class LogGroup(ServiceType):
    """``AWS::Logs::LogGroup``."""

    name, service = "AWS::Logs::LogGroup", "logs"
    creates, reads, deletes = "CreateLogGroup", "DescribeLogStreams", "DeleteLogGroup"
    key, name_property, max_name = "logGroupName", "LogGroupName", 512
    honoured = ("KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags")
    tag_form, arn_resource = TagForm("resourceArn", "tags", "tagKeys", key=""), "log-group:{}"

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return but(super().creation(context, properties, name), "RetentionInDays")

    def change(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        if after.get("KmsKeyId") != before.get("KmsKeyId"):
            operation = "AssociateKmsKey" if "KmsKeyId" in after else "DisassociateKmsKey"
            key = {"kmsKeyId": after["KmsKeyId"]} if "KmsKeyId" in after else {}
            self.send(context, operation, {"logGroupName": physical_id, **key})

    def settle(self, context: Context, physical_id: str, after: Properties, before: Properties) -> None:
        days = after.get("RetentionInDays")
        if days == before.get("RetentionInDays"):
            return
        if days is None:
            self.send(context, "DeleteRetentionPolicy", {"logGroupName": physical_id})
        else:
            self.send(context, "PutRetentionPolicy", {"logGroupName": physical_id, "retentionInDays": days})

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        return {"Arn": f"{self.arn(context, physical_id)}:*"}
