"""AWS Lake Formation: its settings, which leave the catalog to IAM."""

from local_aws.services.lakeformation.operations import build as build
