"""Amazon CloudWatch Logs, as far as moto does not do it: moto keeps a group's retention, and this acts on it."""

from local_aws.services.logs.operations import build as build
