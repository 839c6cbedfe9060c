"""Lake Formation's contract: the settings of an account that has never used it, in which IAM alone decides."""

from __future__ import annotations

from local_aws.contracts.operations import Service, operations
from local_aws.kernel.context import Answer, Context, Request

_IAM_ONLY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


def build(context: Context) -> Service:
    """Build the service."""
    return Service(operations("lakeformation", {"GetDataLakeSettings": _get_settings}))


def _get_settings(_request: Request) -> Answer:
    return {
        "DataLakeSettings": {
            "DataLakeAdmins": [],
            "CreateDatabaseDefaultPermissions": _IAM_ONLY,
            "CreateTableDefaultPermissions": _IAM_ONLY,
        }
    }
