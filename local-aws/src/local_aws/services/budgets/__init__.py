"""AWS Budgets as records: nothing here costs anything, so what was spent is 0 and no notification is ever due."""

from local_aws.services.budgets.operations import build as build
