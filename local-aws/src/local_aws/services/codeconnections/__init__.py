"""AWS CodeConnections: connections to source providers, which wait for a person who completes them, as on AWS."""

from local_aws.services.codeconnections.operations import build as build
