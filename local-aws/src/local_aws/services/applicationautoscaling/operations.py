"""Application Auto Scaling's contract, and its life cycle."""

from __future__ import annotations

from local_aws.contracts.members import Members
from local_aws.contracts.operations import Operation, Pages, Service, Table, operations
from local_aws.kernel.context import Context
from local_aws.services.applicationautoscaling.policies import POLICY, Policies
from local_aws.services.applicationautoscaling.scaler import Scaler
from local_aws.services.applicationautoscaling.targets import IDENTITY, SCALED, Targets


def build(context: Context) -> Service:
    """Build the service."""
    scaler = Scaler(context)
    targets = Targets(context, scaler.scale_now)
    policies = Policies(context, scaler.scale_now)
    identity = Members((*IDENTITY, "ResourceIds", "PolicyNames", "MaxResults", "NextToken"), values=SCALED)
    register = Members((*IDENTITY, "MinCapacity", "MaxCapacity", "RoleARN", "Tags"), values=SCALED)
    policy = Members(
        (*IDENTITY, "PolicyName", "PolicyType", *POLICY), values={**SCALED, "PolicyType": ("TargetTrackingScaling",)}
    )
    table: Table = {
        "RegisterScalableTarget": Operation(targets.register, register),
        "DescribeScalableTargets": Operation(targets.describe, identity, Pages("ScalableTargets", size=50)),
        "DeregisterScalableTarget": policies.deregister,
        "PutScalingPolicy": Operation(policies.put, policy),
        "DescribeScalingPolicies": Operation(policies.describe, identity, Pages("ScalingPolicies", size=50)),
        "DeleteScalingPolicy": policies.delete,
        "DescribeScalingActivities": Operation(scaler.activities, identity, Pages("ScalingActivities", size=50)),
        **targets.tags.table("TagResource", "UntagResource", "ListTagsForResource"),
    }
    contract = operations("application-autoscaling", table)
    return Service(contract, recover=scaler.start, stop=scaler.stop)
