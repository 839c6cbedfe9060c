"""Application Auto Scaling: instances of SageMaker endpoints, by invocations per instance."""

from __future__ import annotations

from local_aws.kernel.context import Context, Service
from local_aws.services.applicationautoscaling.policies import Policies
from local_aws.services.applicationautoscaling.scaler import Scaler
from local_aws.services.applicationautoscaling.targets import Targets


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
