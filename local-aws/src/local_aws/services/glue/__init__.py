"""AWS Glue: jobs whose scripts run, crawlers that read, and workflows of both. The catalog itself is moto's."""

from local_aws.services.glue.operations import build as build
