"""Resources of CloudWatch and CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Properties
from local_aws.services.cloudformation.types.service_type import ServiceType


class Alarm(ServiceType):
    """``AWS::CloudWatch::Alarm``; an update keeps its state."""

    name, service = "AWS::CloudWatch::Alarm", "cloudwatch"
    creates, reads, updates, deletes = "PutMetricAlarm", "DescribeAlarms", "PutMetricAlarm", "DeleteAlarms"
    listed = "MetricAlarms"
    missing = ("ResourceNotFound",)
    name_property = "AlarmName"
    tag_form, arn_resource = TagForm("ResourceARN"), "alarm:{}"

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"AlarmNames": [name]}

    def attributes(self, context: Context, physical_id: str) -> dict[str, Any]:
        (alarm,) = self.send(context, self.reads, {"AlarmNames": [physical_id]})["MetricAlarms"]
        return {"Arn": alarm["AlarmArn"]}


class LogGroup(ServiceType):
    """``AWS::Logs::LogGroup``."""

    name, service = "AWS::Logs::LogGroup", "logs"
    creates, reads, deletes = "CreateLogGroup", "DescribeLogStreams", "DeleteLogGroup"
    key, name_property, max_name = "logGroupName", "LogGroupName", 512
    honoured = ("KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags")
    tag_form, arn_resource = TagForm("resourceArn", "tags", "tagKeys", key=""), "log-group:{}"

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return without(super().creation(context, properties, name), "RetentionInDays")

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
        groups = self.send(context, "DescribeLogGroups", {"logGroupNamePrefix": physical_id})["logGroups"]
        return {"Arn": next(group["arn"] for group in groups if group["logGroupName"] == physical_id)}
