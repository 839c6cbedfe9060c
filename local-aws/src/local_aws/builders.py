"""The services that the server runs."""

from __future__ import annotations

from local_aws.services import (
    applicationautoscaling,
    athena,
    budgets,
    cloudformation,
    cloudwatch,
    codebuild,
    codeconnections,
    ecr,
    events,
    glue,
    iam,
    kms,
    lakeformation,
    lambda_,
    logs,
    s3,
    sagemaker,
    service_quotas,
    sns,
    sqs,
    sts,
)

BUILDERS = (
    cloudwatch.build,
    sagemaker.build,
    applicationautoscaling.build,
    glue.build,
    athena.build,
    s3.build,
    sts.build,
    iam.build,
    budgets.build,
    cloudformation.build,
    codebuild.build,
    codeconnections.build,
    ecr.build,
    kms.build,
    lakeformation.build,
    lambda_.build,
    # Stopped before Lambda, whose event sources wait for messages.
    sqs.build,
    logs.build,
    service_quotas.build,
    sns.build,
    # The last is stopped first: it must not call services that have stopped.
    events.build,
)
