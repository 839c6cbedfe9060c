"""Resources of Application Auto Scaling."""

from __future__ import annotations

from typing import Any

from local_aws.kernel.principals import SERVICE, acting_as
from local_aws.services.cloudformation.resource_type import Call, Declared, Made, Properties, ResourceType
from local_aws.services.cloudformation.types.fitting import but, fitted, only
from local_aws.services.cloudformation.types.steps import TagChange, already_exists, missing_is_fine

_SERVICE = "application-autoscaling"
_MISSING = "ObjectNotFoundException"
_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class ScalableTarget(ResourceType):
    """``AWS::ApplicationAutoScaling::ScalableTarget``."""

    name = "AWS::ApplicationAutoScaling::ScalableTarget"
    _honoured = frozenset({*_TARGET, "MaxCapacity", "MinCapacity", "RoleARN", "SuspendedState", "Tags"})

    def create(self, call: Call, declared: Declared) -> Made:
        """Register the target."""
        properties = declared.properties
        with acting_as(SERVICE):
            if _described(call, properties):
                raise already_exists({name: properties[name] for name in _TARGET})
        self._register(call, {**but(properties, "Tags"), **_tags(properties)})
        identifier = "|".join(properties[name] for name in _TARGET)
        return Made(identifier, {"Id": identifier})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Change the target's bounds."""
        after = but(declared.properties, "Tags")
        if "SuspendedState" in before:
            resumed = dict.fromkeys(
                ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
            )
            after.setdefault("SuspendedState", resumed)
        self._register(call, after)
        tags = TagChange.of(before, declared.properties)
        if tags.put or tags.removed:
            (target,) = _described(call, after)
            arn = target["ScalableTargetARN"]
            if tags.put:
                call(_SERVICE, "TagResource", {"ResourceARN": arn, "Tags": tags.put})
            if tags.removed:
                call(_SERVICE, "UntagResource", {"ResourceARN": arn, "TagKeys": tags.removed})
        return Made(physical_id, {"Id": physical_id})

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Deregister the target, and with it its policies."""
        with missing_is_fine(_MISSING):
            call(_SERVICE, "DeregisterScalableTarget", {name: properties[name] for name in _TARGET})

    def _register(self, call: Call, properties: Properties) -> None:
        only(properties, self._honoured, self.name)
        request = fitted(_SERVICE, "RegisterScalableTarget", properties, self.name)
        call(_SERVICE, "RegisterScalableTarget", request)


class ScalingPolicy(ResourceType):
    """``AWS::ApplicationAutoScaling::ScalingPolicy``."""

    name = "AWS::ApplicationAutoScaling::ScalingPolicy"

    def create(self, call: Call, declared: Declared) -> Made:
        """Put the policy."""
        properties = but(declared.properties, "ScalingTargetId")
        members = {**properties, **_target(declared.properties)}
        request = fitted(_SERVICE, "PutScalingPolicy", members, self.name)
        arn = call(_SERVICE, "PutScalingPolicy", request)["PolicyARN"]
        return Made(arn, {"Arn": arn})

    def update(self, call: Call, physical_id: str, declared: Declared, before: Properties) -> Made:
        """Put the new policy in place of the old one."""
        return self.create(call, declared)

    def delete(self, call: Call, physical_id: str, properties: Properties) -> None:
        """Delete the policy."""
        with missing_is_fine(_MISSING):
            named = {"PolicyName": properties["PolicyName"], **_target(properties)}
            call(_SERVICE, "DeleteScalingPolicy", named)


def _described(call: Call, properties: Properties) -> list[dict[str, Any]]:
    """Return the target of that resource and dimension, if the service has it."""
    asked = {"ServiceNamespace": properties["ServiceNamespace"], "ResourceIds": [properties["ResourceId"]]}
    targets = call(_SERVICE, "DescribeScalableTargets", asked)["ScalableTargets"]
    return [target for target in targets if target["ScalableDimension"] == properties["ScalableDimension"]]


def _tags(properties: Properties) -> Properties:
    return {"Tags": {tag["Key"]: tag["Value"] for tag in properties["Tags"]}} if properties.get("Tags") else {}


def _target(properties: Properties) -> dict[str, str]:
    """Return what a policy is for, whether it says so itself or names a target."""
    if "ScalingTargetId" in properties:
        return dict(zip(_TARGET, properties["ScalingTargetId"].split("|"), strict=True))
    return {name: properties[name] for name in _TARGET}
