"""CloudWatch: metrics that are kept, and alarms that are evaluated on them."""

from local_aws.services.cloudwatch.operations import build as build
