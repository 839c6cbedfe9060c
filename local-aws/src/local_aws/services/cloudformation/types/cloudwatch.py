"""Resources of CloudWatch."""

from __future__ import annotations

from typing import Any

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
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
        return {"Arn": self.arn(context, physical_id)}
