"""Application Auto Scaling: instances of SageMaker endpoints, by invocations per instance."""

from __future__ import annotations

from local_aws.applicationautoscaling.policies import Policies
from local_aws.applicationautoscaling.scaler import Scaler
from local_aws.applicationautoscaling.targets import Targets
from local_aws.context import Context, Service


def build(context: Context) -> Service:
    """Put the service together."""
    scaler = Scaler(context)
    targets = Targets(context, scaler.look)
    policies = Policies(context, scaler.look)
    handlers = {
        "RegisterScalableTarget": targets.register,
        "DescribeScalableTargets": targets.describe,
        "DeregisterScalableTarget": policies.deregister,
        "PutScalingPolicy": policies.put,
        "DescribeScalingPolicies": policies.describe,
        "DeleteScalingPolicy": policies.delete,
        "DescribeScalingActivities": scaler.activities,
        "TagResource": targets.tag,
        "UntagResource": targets.untag,
        "ListTagsForResource": targets.tags,
    }
    operations = {("application-autoscaling", name): handler for name, handler in handlers.items()}
    return Service(operations, recover=scaler.start, stop=scaler.stop)
