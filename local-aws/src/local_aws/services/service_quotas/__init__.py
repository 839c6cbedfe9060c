"""AWS Service Quotas of SageMaker's instances."""

from local_aws.services.service_quotas.operations import build as build
