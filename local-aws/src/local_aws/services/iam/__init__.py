"""AWS IAM: roles and policies are moto's records; what they would allow is evaluated here. Nobody is refused."""

from local_aws.services.iam.operations import build as build
