"""Amazon S3."""

from local_aws.services.s3.operations import build as build
