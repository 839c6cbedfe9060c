"""Amazon SNS: standard topics. What is published is written down, and delivered to queues; e-mail is never sent."""

from local_aws.services.sns.operations import build as build
