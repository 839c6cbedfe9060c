"""CloudFormation: stacks and change sets whose resources are really created, updated and deleted, or roll back."""

from local_aws.services.cloudformation.operations import build as build
