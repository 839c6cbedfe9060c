"""AWS Lambda: Python functions whose code really runs, each invocation in a child process."""

from local_aws.services.lambda_.operations import build as build
