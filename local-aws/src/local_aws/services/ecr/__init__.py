"""Amazon ECR, as far as asking goes whether an image is there."""

from local_aws.services.ecr.operations import build as build
