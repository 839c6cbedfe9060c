"""Application Auto Scaling: instances of SageMaker endpoints, by invocations per instance."""

from local_aws.services.applicationautoscaling.operations import build as build
