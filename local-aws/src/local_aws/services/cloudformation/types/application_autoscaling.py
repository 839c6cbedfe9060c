"""Resources of Application Auto Scaling."""

from __future__ import annotations

from typing import ClassVar

from local_aws.contracts.tags import TagForm
from local_aws.kernel.context import Context, Request
from local_aws.kernel.records import without
from local_aws.services.cloudformation.resource_type import Declaration, Properties
from local_aws.services.cloudformation.types.service_type import ServiceType

_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")
_RESUMED = dict.fromkeys(
    ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
)


class ScalableTarget(ServiceType):
    """``AWS::ApplicationAutoScaling::ScalableTarget``; its policies go with it."""

    name, service = "AWS::ApplicationAutoScaling::ScalableTarget", "application-autoscaling"
    creates, reads, updates = "RegisterScalableTarget", "DescribeScalableTargets", "RegisterScalableTarget"
    deletes = "DeregisterScalableTarget"
    listed = "ScalableTargets"
    missing = ("ObjectNotFoundException",)
    name_property = ""
    unset: ClassVar[Properties] = {"SuspendedState": _RESUMED}
    tag_form = TagForm("ResourceARN", key="")
    id_attributes = ("Id",)

    def name_for(self, declaration: Declaration) -> str:
        return "|".join(declaration.properties[name] for name in _TARGET)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        target = _target(name)
        return {**without(target, "ResourceId"), "ResourceIds": [target["ResourceId"]]}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return {**self.unset_of(before), **without(after, "Tags")}

    def deletion(self, context: Context, physical_id: str, properties: Properties) -> Properties:
        return _target(physical_id)

    def arn(self, context: Context, physical_id: str) -> str:
        (target,) = self.send(context, self.reads, self.reference(context, physical_id, {}))["ScalableTargets"]
        return str(target["ScalableTargetARN"])


class ScalingPolicy(ServiceType):
    """``AWS::ApplicationAutoScaling::ScalingPolicy``."""

    name, service = "AWS::ApplicationAutoScaling::ScalingPolicy", "application-autoscaling"
    creates, updates, deletes = "PutScalingPolicy", "PutScalingPolicy", "DeleteScalingPolicy"
    missing = ("ObjectNotFoundException",)
    name_property, id_path = "PolicyName", "PolicyARN"
    id_attributes = ("Arn",)

    def reference(self, context: Context, name: str, properties: Properties) -> Request:
        return {"PolicyName": properties["PolicyName"], **_target_of(properties)}

    def creation(self, context: Context, properties: Properties, name: str) -> Properties:
        return {**without(properties, "ScalingTargetId"), **_target_of(properties)}

    def modification(self, context: Context, physical_id: str, after: Properties, before: Properties) -> Properties:
        return self.creation(context, after, physical_id)


def _target(target_id: str) -> dict[str, str]:
    return dict(zip(_TARGET, target_id.split("|"), strict=True))


def _target_of(properties: Properties) -> dict[str, str]:
    """Return what a policy is for, whether it says so itself or names a target."""
    if "ScalingTargetId" in properties:
        return _target(properties["ScalingTargetId"])
    return {name: properties[name] for name in _TARGET}
