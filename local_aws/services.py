"""The services that the server runs."""

from __future__ import annotations

from local_aws import athena, glue, s3, sagemaker, sqs, sts

BUILDERS = (sagemaker.build, glue.build, athena.build, s3.build, sqs.build, sts.build)
