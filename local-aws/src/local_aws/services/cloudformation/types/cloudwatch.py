"""Resources of CloudWatch."""

from __future__ import annotations

from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted
from local_aws.services.cloudformation.types.steps import TagChange, already_exists, missing_is_fine, tag_list


class Alarm(ResourceType):
    """``AWS::CloudWatch::Alarm``."""

    name = "AWS::CloudWatch::Alarm"

    def create(self, call: Call, declared: Declared) -> Made:
        """Make the alarm."""
        alarm = declared.properties.get("AlarmName") or declared.generated_name(255)
        with acting_as(SERVICE):
            if call("cloudwatch", "DescribeAlarms", {"AlarmNames": [alarm]})["MetricAlarms"]:
                raise already_exists({"AlarmName": alarm})
        if "AlarmName" not in declared.properties:
            declared.begins(alarm, None)
        return self._put(call, {**declared.properties, "AlarmName": alarm})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new alarm in place of the old one; its state stays."""
        made = self._put(call, {**but(declared.properties, "Tags"), "AlarmName": physical_id})
        tags, arn = TagChange.of(before, declared.properties), made.attributes["Arn"]
        if tags.put:
            call("cloudwatch", "TagResource", {"ResourceARN": arn, "Tags": tag_list(tags.put)})
        if tags.removed:
            call("cloudwatch", "UntagResource", {"ResourceARN": arn, "TagKeys": tags.removed})
        return made

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the alarm."""
        with missing_is_fine("ResourceNotFound"):
            call("cloudwatch", "DeleteAlarms", {"AlarmNames": [physical_id]})

    def _put(self, call: Call, properties: Properties) -> Made:
        alarm = properties["AlarmName"]
        call("cloudwatch", "PutMetricAlarm", fitted("cloudwatch", "PutMetricAlarm", properties, self.name))
        (found,) = call("cloudwatch", "DescribeAlarms", {"AlarmNames": [alarm]})["MetricAlarms"]
        return Made(alarm, {"Arn": found["AlarmArn"]})
