"""The services that the server runs."""

from __future__ import annotations

from local_aws import (
    athena,
    budgets,
    cloudwatch,
    codebuild,
    codeconnections,
    ecr,
    glue,
    kms,
    lambda_,
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
    glue.build,
    athena.build,
    s3.build,
    sqs.build,
    sts.build,
    budgets.build,
    codebuild.build,
    codeconnections.build,
    ecr.build,
    kms.build,
    lambda_.build,
    service_quotas.build,
    sns.build,
)
