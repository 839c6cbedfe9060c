"""Amazon SQS: standard queues whose messages are durable records."""

from local_aws.services.sqs.operations import build as build
