"""The resource types that stacks can have here, each served by the operations of its service."""

from __future__ import annotations

from local_aws.services.cloudformation.resource_type import ResourceType
from local_aws.services.cloudformation.types import (
    application_autoscaling,
    athena,
    budgets,
    cloudwatch,
    codebuild,
    codeconnections,
    events,
    glue,
    iam,
    kms,
    lambda_,
    messages,
    s3,
    sagemaker,
)

_ALL: tuple[ResourceType, ...] = (
    s3.Bucket(),
    s3.BucketPolicy(),
    iam.Role(),
    iam.ManagedPolicy(),
    iam.Policy(),
    glue.Database(),
    glue.Table(),
    glue.Job(),
    glue.Crawler(),
    glue.Workflow(),
    glue.Trigger(),
    athena.WorkGroup(),
    lambda_.Function(),
    lambda_.Permission(),
    lambda_.EventSourceMapping(),
    events.Rule(),
    messages.Topic(),
    messages.TopicPolicy(),
    messages.Subscription(),
    messages.Queue(),
    messages.QueuePolicy(),
    cloudwatch.Alarm(),
    cloudwatch.LogGroup(),
    sagemaker.ModelPackageGroup(),
    sagemaker.Pipeline(),
    kms.Key(),
    kms.Alias(),
    budgets.Budget(),
    codebuild.Project(),
    codeconnections.Connection(),
    application_autoscaling.ScalableTarget(),
    application_autoscaling.ScalingPolicy(),
)

TYPES: dict[str, ResourceType] = {resource_type.name: resource_type for resource_type in _ALL}
"""Every type, by its name."""
